//! What definitions refer to: tests, and through them objects, states and variables.

use anyhow::{Result, bail};
use std::io::BufRead;

use super::names::{Name, NameTable};
use super::xml::Xml;

/// The most entries of all tables. A large real file has 40,000 package names and 6,000 of each of the others.
const LIMIT: usize = 500_000;

/// The number at the end of an id such as `oval:com.ubuntu.jammy:tst:656110000000`. Within its table it is unique.
pub(super) fn number(id: &str) -> Option<u64> {
    id.rsplit(':').next().unwrap_or_default().parse().ok()
}

/// A test: what it looks at, and what that should be.
#[derive(Clone, Copy)]
struct Test {
    object: u64,
    state: u64,
}

/// What a test looks at, as far as it concerns us.
#[derive(Clone, Copy)]
enum PackageNames {
    /// The packages that a variable names.
    Variable(u64),
    /// A package named on the spot.
    Package(Name),
}

/// What a test asks for.
#[derive(Clone, Copy)]
enum VersionBound {
    /// A package version below this one.
    Version(Name),
    /// A running kernel whose release looks like this.
    Kernel(Name),
    /// A kernel release, compared as a version, below this one.
    Abi(Name),
}

/// A test as a definition sees it.
pub(super) enum AskedTest<'a> {
    /// Any of these packages below this version.
    Packages { names: &'a [(u64, Name)], version: &'a str },
    /// This package below this version.
    Package { name: &'a str, version: &'a str },
    /// A running kernel whose release looks like this.
    Kernel(&'a str),
    /// A kernel release below this one.
    Abi(&'a str),
}

/// The tests, objects, states and variables of a file, in whatever order it has them.
#[derive(Default)]
pub(super) struct Tables {
    /// Package names and versions, each once.
    pub(super) names: NameTable,
    tests: Vec<(u64, Test)>,
    objects: Vec<(u64, PackageNames)>,
    states: Vec<(u64, VersionBound)>,
    /// The values of the variables, one a row.
    values: Vec<(u64, Name)>,
    /// The rows of all four.
    rows: usize,
}

impl Tables {
    /// Reads the current element, a `tests`.
    pub(super) fn read_tests(&mut self, xml: &mut Xml<impl BufRead>) -> Result<()> {
        while xml.child()? {
            let id = reference(xml, "id")?;
            let (mut object, mut state) = (None, None);
            while xml.child()? {
                match xml.name() {
                    "object" => object = reference(xml, "object_ref")?,
                    "state" => state = reference(xml, "state_ref")?,
                    _ => {}
                }
                xml.skip()?;
            }
            if let (Some(id), Some(object), Some(state)) = (id, object, state) {
                add(&mut self.rows, &mut self.tests, id, Test { object, state })?;
            }
        }
        Ok(())
    }

    /// Reads the current element, an `objects`.
    pub(super) fn read_objects(&mut self, xml: &mut Xml<impl BufRead>, text: &mut String) -> Result<()> {
        while xml.child()? {
            let id = reference(xml, "id")?;
            while xml.child()? {
                // `name` is of a dpkginfo_object; the files for OCI images have a `pattern` over a manifest.
                let of_packages = matches!(xml.name(), "name" | "pattern");
                let variable = reference(xml, "var_ref")?;
                xml.text(text)?;
                let Some(id) = id.filter(|_| of_packages) else { continue };
                if let Some(variable) = variable {
                    add(&mut self.rows, &mut self.objects, id, PackageNames::Variable(variable))?;
                } else if let Some(package) = package_name(text) {
                    let package = self.names.keep(&package)?;
                    add(&mut self.rows, &mut self.objects, id, PackageNames::Package(package))?;
                }
            }
        }
        Ok(())
    }

    /// Reads the current element, a `states`.
    pub(super) fn read_states(&mut self, xml: &mut Xml<impl BufRead>, text: &mut String) -> Result<()> {
        while xml.child()? {
            let id = reference(xml, "id")?;
            while xml.child()? {
                let below = xml.attribute("operation")?.as_deref() == Some("less than");
                let state = match xml.name() {
                    "evr" | "subexpression" if below => Some(VersionBound::Version as fn(Name) -> VersionBound),
                    "value" if below => Some(VersionBound::Abi as fn(Name) -> VersionBound),
                    "os_release" => Some(VersionBound::Kernel as fn(Name) -> VersionBound),
                    _ => None,
                };
                xml.text(text)?;
                if let (Some(id), Some(state)) = (id, state) {
                    add(&mut self.rows, &mut self.states, id, state(self.names.keep(text.trim())?))?;
                }
            }
        }
        Ok(())
    }

    /// Reads the current element, a `variables`.
    pub(super) fn read_variables(&mut self, xml: &mut Xml<impl BufRead>, text: &mut String) -> Result<()> {
        while xml.child()? {
            let id = reference(xml, "id")?;
            while xml.child()? {
                // A local_variable, which takes a kernel's release apart, has no `value` as its child.
                let is_value = xml.name() == "value";
                xml.text(text)?;
                if let Some(id) = id.filter(|_| is_value)
                    && let Some(package) = package_name(text)
                {
                    add(&mut self.rows, &mut self.values, id, self.names.keep(&package)?)?;
                }
            }
        }
        Ok(())
    }

    /// Puts the tables in the order in which [`asked`](Self::asked) looks up.
    pub(super) fn sort(&mut self) {
        // Real files are sorted already. A stable sort keeps the values of a variable together and the first of twins.
        self.tests.sort_by_key(|row| row.0);
        self.objects.sort_by_key(|row| row.0);
        self.states.sort_by_key(|row| row.0);
        self.values.sort_by_key(|row| row.0);
    }

    /// What a test asks for; `None` if it isn't there or asks for something else.
    pub(super) fn asked(&self, test: u64) -> Option<AskedTest<'_>> {
        let test = find(&self.tests, test)?;
        let version = match *find(&self.states, test.state)? {
            VersionBound::Kernel(pattern) => return Some(AskedTest::Kernel(self.names.text(pattern))),
            VersionBound::Abi(release) => return Some(AskedTest::Abi(without_zero_epoch(self.names.text(release)))),
            VersionBound::Version(version) => without_zero_epoch(self.names.text(version)),
        };
        Some(match *find(&self.objects, test.object)? {
            PackageNames::Package(name) => AskedTest::Package { name: self.names.text(name), version },
            PackageNames::Variable(variable) => {
                let first = self.values.partition_point(|row| row.0 < variable);
                let count = self.values[first..].partition_point(|row| row.0 == variable);
                AskedTest::Packages { names: &self.values[first..first + count], version }
            }
        })
    }
}

/// The first row with this number in a sorted table.
fn find<T>(table: &[(u64, T)], number: u64) -> Option<&T> {
    let first = table.partition_point(|row| row.0 < number);
    table.get(first).filter(|row| row.0 == number).map(|row| &row.1)
}

fn add<T>(rows: &mut usize, table: &mut Vec<(u64, T)>, number: u64, row: T) -> Result<()> {
    if *rows == LIMIT {
        bail!("the file has more than {LIMIT} tests, objects, states and values");
    }
    *rows += 1;
    table.push((number, row));
    Ok(())
}

/// The number at the end of an id in an attribute.
fn reference(xml: &Xml<impl BufRead>, attribute: &str) -> Result<Option<u64>> {
    Ok(xml.attribute(attribute)?.as_deref().and_then(number))
}

/// The package that a value names: plainly, or in the files for OCI images as `^libssh-4(?::\w+|)\s+(.*)$`.
fn package_name(value: &str) -> Option<String> {
    let value = value.trim();
    let name = match value.strip_prefix('^') {
        Some(pattern) => pattern.split('(').next().unwrap_or_default().replace('\\', ""),
        None => value.to_owned(),
    };
    (!name.is_empty()).then_some(name)
}

/// Canonical's generator writes `0:` before a version that has no epoch; dpkg and the security API don't.
fn without_zero_epoch(version: &str) -> &str {
    version.strip_prefix("0:").unwrap_or(version)
}
