//! The products of a CSAF document: the release by each of its names, the packages, and each package as a part of the release.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Statement;
use crate::publish::notice_outcome::NoticeOutcome;
use crate::publish::purl::PurlPackage;

#[derive(Serialize)]
pub(super) struct Tree {
    full_product_names: Vec<CsafProduct>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    relationships: Vec<Relationship>,
}

#[derive(Serialize)]
struct CsafProduct {
    name: String,
    product_id: String,
    product_identification_helper: Helper,
}

#[derive(Serialize)]
struct Relationship {
    category: &'static str,
    full_product_name: CsafProduct,
    product_reference: String,
    relates_to_product_reference: String,
}

/// How others find a product again.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Helper {
    Purl(String),
    /// Of a package as a part of the release: no package URL, since Trivy would take it for the package wherever it is.
    XGenericUris([Uri; 1]),
}

#[derive(Serialize)]
struct Uri {
    namespace: &'static str,
    uri: String,
}

impl Helper {
    fn uri(uri: &str) -> Helper {
        Helper::XGenericUris([Uri { namespace: "https://github.com/package-url/purl-spec", uri: uri.to_owned() }])
    }
}

/// What a statement is about: a package, or whatever a notice is about whose packages are unknown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Subject {
    id: String,
    name: String,
    /// A package URL, or the notice's page.
    url: String,
}

/// The products of a document, collected while its vulnerabilities are written.
pub(super) struct Products<'a> {
    name: &'a str,
    id: &'a str,
    /// The package URLs of the release.
    urls: &'a [String],
    subjects: BTreeSet<Subject>,
    /// What is a part of the release by which of its names.
    parts: BTreeSet<(usize, Subject)>,
}

impl<'a> Products<'a> {
    /// A release of this name and id, which goes by these package URLs.
    pub(super) fn of(name: &'a str, id: &'a str, urls: &'a [String]) -> Products<'a> {
        Products { name, id, urls, subjects: BTreeSet::new(), parts: BTreeSet::new() }
    }

    /// The ids of what a statement is about: parts of the release, and the packages themselves where that is true of them.
    pub(super) fn about(&mut self, statement: &Statement<'_>, of_packages: bool) -> Vec<String> {
        let packages: Vec<Subject> = statement.packages.iter().flat_map(package).collect();
        let subjects = if packages.is_empty() {
            statement.notices.iter().map(|outcome| notice(outcome)).collect()
        } else {
            packages.clone()
        };
        let mut ids = Vec::new();
        for subject in subjects.into_iter().filter(|_| statement.is_of_product) {
            for nth in 0..self.urls.len() {
                ids.push(self.part_id(nth, &subject));
                self.parts.insert((nth, subject.clone()));
            }
            self.subjects.insert(subject);
        }
        for package in packages.into_iter().filter(|_| of_packages) {
            ids.push(package.id.clone());
            self.subjects.insert(package);
        }
        ids
    }

    fn part_id(&self, nth: usize, part: &Subject) -> String {
        format!("{}:{}", self.release_id(nth), part.id)
    }

    /// The release by its first name has the id of the document, by another that name.
    fn release_id(&self, nth: usize) -> &str {
        if nth == 0 { self.id } else { &self.urls[nth] }
    }

    fn release_name(&self, nth: usize) -> String {
        if nth == 0 { self.name.to_owned() } else { format!("{} ({})", self.name, self.urls[nth]) }
    }

    /// All of them.
    pub(super) fn tree(self) -> Tree {
        let of_release = |(nth, url): (usize, &String)| CsafProduct {
            name: self.release_name(nth),
            product_id: self.release_id(nth).to_owned(),
            product_identification_helper: Helper::Purl(url.clone()),
        };
        let of_subject = |subject: &Subject| CsafProduct {
            name: subject.name.clone(),
            product_id: subject.id.clone(),
            product_identification_helper: match subject.url.starts_with("pkg:") {
                true => Helper::Purl(subject.url.clone()),
                false => Helper::uri(&subject.url),
            },
        };
        let of_part = |(nth, part): &(usize, Subject)| Relationship {
            category: "default_component_of",
            full_product_name: CsafProduct {
                name: format!("{} in {}", part.name, self.release_name(*nth)),
                product_id: self.part_id(*nth, part),
                product_identification_helper: Helper::uri(&part.url),
            },
            product_reference: part.id.clone(),
            relates_to_product_reference: self.release_id(*nth).to_owned(),
        };
        Tree {
            full_product_names: self
                .urls
                .iter()
                .enumerate()
                .map(of_release)
                .chain(self.subjects.iter().map(of_subject))
                .collect(),
            relationships: self.parts.iter().map(of_part).collect(),
        }
    }
}

/// A package by each spelling of its URL.
fn package(package: &PurlPackage) -> impl Iterator<Item = Subject> {
    let name = package.to_string();
    package.urls().into_iter().enumerate().map(move |(nth, url)| {
        let name = if nth == 0 { name.clone() } else { format!("{name} (its epoch as a qualifier)") };
        Subject { id: url.clone(), name, url }
    })
}

/// What a notice is about.
fn notice(outcome: &NoticeOutcome<'_>) -> Subject {
    Subject { id: outcome.id.to_string(), name: format!("What {} is about", outcome.id), url: outcome.id.url() }
}
