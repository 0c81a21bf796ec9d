//! The output of `dpkg-query -W`: columns between tabs, which are never cut, whatever the terminal. Canonical's image manifests
//! are the same, with rows of snaps.
//!
//! What `dpkg-query` lists is not all installed: a removed package whose configuration is left stands there with its version.
//! Only a column with the state tells.

use anyhow::{Result, bail};

use super::listing::FoundPackages;
use super::{ADVICE, TextForm, first_line, line, package, shorten, state};

pub(super) const FORM: TextForm = TextForm { name: "the output of `dpkg-query -W`", is_such, read };

/// Where the state stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StateAt {
    First,
    Last,
    Nowhere,
}

fn is_such(text: &str) -> bool {
    let name = first_line(text).split_once('\t').map(|(name, _)| name);
    name.is_some_and(|name| !name.contains(['=', '"', '{', '<']))
}

fn read(text: &str, listing: &mut FoundPackages) -> Result<()> {
    if is_selection(first_line(text)) {
        bail!(
            "the output of `dpkg --get-selections` has no versions, and a list without versions proves no fix; {ADVICE}"
        );
    }
    let mut form = None;
    for (index, row) in text.lines().enumerate().filter(|(_, row)| !row.trim().is_empty()) {
        let place = || line(index + 1);
        let mut columns: Vec<&str> = row.split('\t').map(str::trim).collect();
        if let Some(snap) = snap(&columns) {
            listing.snap(snap);
            continue;
        }
        let at = state_at(&columns);
        if *form.get_or_insert(at) != at {
            bail!("{} has its columns otherwise than the lines above: {:?}; {ADVICE}", place(), shorten(row));
        }
        let installed = match at {
            StateAt::First => is_installed(columns.remove(0)),
            StateAt::Last => columns.pop().and_then(is_installed),
            StateAt::Nowhere => None,
        };
        if columns.len() == 3 && columns.last().is_some_and(|column| is_architecture(column)) {
            columns.pop();
        }
        let [name, version] = columns.as_slice() else {
            bail!("{} is no name and version with a tab between: {:?}; {ADVICE}", place(), shorten(row));
        };
        match installed {
            Some(false) => continue,
            Some(true) => {}
            None => listing.tells_no_state(),
        }
        listing.take(package(place, name, version)?)?;
    }
    Ok(())
}

/// Where the state stands in a row. There is a package that is called `ii`; where the last column is a state, the first is none.
fn state_at(columns: &[&str]) -> StateAt {
    let is_state = |column: Option<&&str>| columns.len() > 2 && column.is_some_and(|c| is_installed(c).is_some());
    match (is_state(columns.first()), is_state(columns.last())) {
        (_, true) => StateAt::Last,
        (true, false) => StateAt::First,
        (false, false) => StateAt::Nowhere,
    }
}

fn is_installed(column: &str) -> Option<bool> {
    state::of_letters(column).or_else(|| state::of_words(column))
}

/// Debian's names of architectures, as far as Ubuntu has them.
fn is_architecture(column: &str) -> bool {
    ["all", "amd64", "arm64", "armel", "armhf", "i386", "powerpc", "ppc64el", "riscv64", "s390x"].contains(&column)
}

/// The snap of a row of Canonical's manifests: `snap:lxd`, the channel, the revision.
fn snap<'a>(columns: &[&'a str]) -> Option<&'a str> {
    match columns {
        [name, _, revision] if revision.bytes().all(|b| b.is_ascii_alphanumeric()) => name.strip_prefix("snap:"),
        _ => None,
    }
}

/// Whether a row is one of `dpkg --get-selections`, which has the wanted state where others have a version.
fn is_selection(row: &str) -> bool {
    let wanted = row.rsplit('\t').next().unwrap_or_default().trim();
    ["install", "hold", "deinstall", "purge"].contains(&wanted)
}
