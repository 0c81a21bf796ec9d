//! How scanners apply OpenVEX, for tests: the rules of Grype 0.121.3 (`grype/vex/openvex`), of Trivy 0.74.0 (`pkg/vex`), and of
//! go-vex 0.2.9, which both use.

use std::collections::HashMap;

use packageurl::PackageUrl;
use serde_json::Value;

/// What a scanner found: a vulnerability in a package.
#[derive(Debug, Clone)]
pub(super) struct ScannerFinding {
    pub(super) vulnerability: String,
    pub(super) purl: String,
}

impl ScannerFinding {
    /// In a `.deb`, as Grype spells it: the epoch is in the version.
    pub(super) fn by_grype(vulnerability: &str, name: &str, version: &str) -> ScannerFinding {
        let version = version.replace(':', "%3A").replace('+', "%2B");
        let purl = format!(
            "pkg:deb/ubuntu/{}@{version}?arch=amd64&distro=ubuntu-22.04&upstream=source",
            name.replace('+', "%2B")
        );
        ScannerFinding { vulnerability: vulnerability.to_owned(), purl }
    }

    /// As Trivy spells it: the epoch is a qualifier.
    pub(super) fn by_trivy(vulnerability: &str, name: &str, version: &str) -> ScannerFinding {
        let (epoch, version) = version.split_once(':').map_or(("", version), |(epoch, version)| (epoch, version));
        let epoch = if epoch.is_empty() { String::new() } else { format!("&epoch={epoch}") };
        let (name, version) = (name.replace('+', "%2B"), version.replace('+', "%2B"));
        let purl = format!("pkg:deb/ubuntu/{name}@{version}?arch=amd64&distro=ubuntu-22.04{epoch}");
        ScannerFinding { vulnerability: vulnerability.to_owned(), purl }
    }

    /// In what pip installed.
    pub(super) fn in_pip(vulnerability: &str, name: &str) -> ScannerFinding {
        ScannerFinding { vulnerability: vulnerability.to_owned(), purl: format!("pkg:pypi/{name}@6.1") }
    }
}

/// What Grype calls that which it scans, by what that is.
pub(super) fn grype_modes() -> Vec<(&'static str, Vec<String>)> {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    vec![
        ("folder", Vec::new()),
        ("folder with a name", texts(&["pkg:generic/p@1.3.0"])),
        ("archive", texts(&["p:1", "pkg:oci/p?tag=1", "pkg:oci/p?repository_url=index.docker.io%2Flibrary%2Fp&tag=1"])),
        (
            "registry",
            texts(&[
                "r.example/p@sha256:00",
                "pkg:oci/p@sha256%3A00",
                "pkg:oci/p@sha256%3A00?repository_url=r.example%2Fp",
                "00",
            ]),
        ),
    ]
}

/// The package URL of the root of Trivy's tree, by what that is; a folder and an archive have none.
pub(super) fn trivy_modes() -> Vec<(&'static str, Option<String>)> {
    vec![
        ("folder", None),
        ("registry", Some("pkg:oci/p@sha256%3A00?arch=amd64&repository_url=r.example%2Fp".to_owned())),
        ("SBOM", Some("pkg:generic/p@1.3.0".to_owned())),
    ]
}

/// Whether Grype hides a finding, which calls what it scans by these names: the product's names first, then the package's own,
/// and of several statements the oldest.
pub(super) fn grype_hides(document: &Value, names: &[String], finding: &ScannerFinding) -> bool {
    let all = sorted(document, statements(document).iter().collect());
    let first =
        |product: &str, inside: &str| matching(document, &all, finding, product, inside).first().map(|s| hides(s));
    let by_name = names.iter().find_map(|name| first(name, &finding.purl));
    by_name.or_else(|| first(&finding.purl, "")).unwrap_or_default()
}

/// Whether Trivy hides a finding below a root: if the package itself or anything on its way to the root is stated of, and of
/// several statements the newest.
pub(super) fn trivy_hides(document: &Value, root: Option<&str>, finding: &ScannerFinding) -> bool {
    let all: Vec<&Value> = statements(document).iter().collect();
    let last = |product: &str, inside: &str| {
        matching(document, &all, finding, product, inside).last().is_some_and(|s| hides(s))
    };
    let purl = finding.purl.as_str();
    last(purl, "") || last(purl, purl) || root.is_some_and(|root| last(root, purl))
}

fn statements(document: &Value) -> &[Value] {
    document["statements"].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn hides(statement: &Value) -> bool {
    statement["status"] == "fixed" || statement["status"] == "not_affected"
}

/// The statements by the names of their vulnerabilities, and of one name by their time.
fn sorted<'a>(document: &'a Value, mut statements: Vec<&'a Value>) -> Vec<&'a Value> {
    let time = |statement: &Value| {
        let own = statement["timestamp"].as_str().or(document["timestamp"].as_str());
        own.and_then(|time| time.parse::<jiff::Timestamp>().ok())
    };
    let name = |statement: &Value| statement["vulnerability"]["name"].as_str().map(str::to_owned);
    statements.sort_by_key(|statement| (name(statement), time(statement)));
    statements
}

/// The statements about the vulnerability in a product, and in a part of it if one is named.
fn matching<'a>(
    document: &'a Value,
    all: &[&'a Value],
    finding: &ScannerFinding,
    product: &str,
    inside: &str,
) -> Vec<&'a Value> {
    let is_about = |statement: &Value| {
        let vulnerability = &statement["vulnerability"];
        let mut aliases = vulnerability["aliases"].as_array().into_iter().flatten();
        let named = vulnerability["@id"] == finding.vulnerability.as_str()
            || vulnerability["name"] == finding.vulnerability.as_str();
        named || aliases.any(|alias| alias == finding.vulnerability.as_str())
    };
    let concerns = |of: &Value| {
        let parts = of["subcomponents"].as_array().map(Vec::as_slice).unwrap_or_default();
        is_component(of, product)
            && (parts.is_empty() || inside.is_empty() || parts.iter().any(|part| is_component(part, inside)))
    };
    let of_products = |statement: &Value| statement["products"].as_array().into_iter().flatten().any(concerns);
    let found = all.iter().rev().copied().filter(|statement| is_about(statement) && of_products(statement)).collect();
    sorted(document, found)
}

fn is_component(component: &Value, name: &str) -> bool {
    let ids = [component["@id"].as_str(), component["identifiers"]["purl"].as_str()];
    ids.into_iter().flatten().any(|id| id == name || (id.starts_with("pkg:") && purl_matches(id, name)))
}

/// Whether a package URL says all that another one says: no version stands for any, and so does a qualifier that is absent.
fn purl_matches(stated: &str, found: &str) -> bool {
    let (Ok(stated), Ok(found)) = (stated.parse::<PackageUrl<'_>>(), found.parse::<PackageUrl<'_>>()) else {
        return false;
    };
    let qualifiers: HashMap<_, _> = found.qualifiers().clone();
    stated.ty() == found.ty()
        && stated.namespace() == found.namespace()
        && stated.name() == found.name()
        && (stated.version().is_none() || stated.version() == found.version())
        && stated.qualifiers().iter().all(|(key, value)| qualifiers.get(key) == Some(value))
}

#[test]
fn package_urls_match_as_go_vex_matches_them() {
    for (stated, found, matches) in [
        ("pkg:deb/ubuntu/a", "pkg:deb/ubuntu/a@1?arch=amd64", true),
        ("pkg:deb/ubuntu/a@1", "pkg:deb/ubuntu/a", false),
        ("pkg:deb/ubuntu/a@1?distro=x", "pkg:deb/ubuntu/a@1?arch=y&distro=x", true),
        ("pkg:deb/ubuntu/a@1?distro=x", "pkg:deb/ubuntu/a@1", false),
        ("pkg:deb/ubuntu/a@1%3A2", "pkg:deb/ubuntu/a@1:2", true),
        ("pkg:deb/ubuntu/a@1%3A2", "pkg:deb/ubuntu/a@2?epoch=1", false),
        ("pkg:deb/debian/a", "pkg:deb/ubuntu/a", false),
        ("https://ubuntu.com/security/notices/USN-1-1", "pkg:deb/ubuntu/a", false),
    ] {
        assert_eq!(purl_matches(stated, found), matches, "{stated} {found}");
    }
}
