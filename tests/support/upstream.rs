//! An upstream on disk that changes with time: an OVAL file, and the pages of the API.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::{Value, json};

/// The words of a priority, lowest first.
pub(crate) const PRIORITIES: [&str; 6] = ["unknown", "negligible", "low", "medium", "high", "critical"];
/// The words of a severity and a score of each, lowest first; the first is none at all.
pub(crate) const SEVERITIES: [(&str, &str); 5] =
    [("", ""), ("low", "2.0"), ("medium", "5.0"), ("high", "8.0"), ("critical", "9.8")];

/// A package that a notice fixes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fix {
    pub(crate) package: &'static str,
    pub(crate) version: String,
    pub(crate) pro: bool,
}

/// A notice as upstream has it today.
#[derive(Debug, Clone)]
pub(crate) struct Notice {
    pub(crate) id: String,
    /// `None` until it appears for the first time.
    pub(crate) published: Option<Timestamp>,
    pub(crate) in_oval: bool,
    pub(crate) in_api: bool,
    /// An index into [`PRIORITIES`].
    pub(crate) priority: usize,
    /// An index into [`SEVERITIES`].
    pub(crate) severity: usize,
    pub(crate) fixes: Vec<Fix>,
}

impl Notice {
    /// The fixes as the one who asks both sources is told: OVAL takes the pocket of the first for all of them, and the API's
    /// word counts.
    pub(crate) fn told(&self) -> Vec<Fix> {
        let first = self.fixes.first().is_some_and(|fix| fix.pro);
        let pro = |fix: &Fix| if self.in_api { fix.pro } else { first };
        self.fixes.iter().map(|fix| Fix { pro: pro(fix), ..fix.clone() }).collect()
    }
}

/// Where the files are.
#[derive(Debug)]
pub(crate) struct Upstream {
    root: PathBuf,
    pub(crate) notices: Vec<Notice>,
    pub(crate) oval_is_down: bool,
    pub(crate) api_is_down: bool,
    /// Whether the OVAL file is made anew with the rest; it takes most of the time.
    pub(crate) oval_is_due: bool,
    /// How many old ones there are that nobody asks for; as many as the others unless it is said.
    pub(crate) old: Option<usize>,
    /// What was written last: writing takes longer than a step.
    written: RefCell<String>,
}

impl Upstream {
    pub(crate) fn new(root: PathBuf, notices: Vec<Notice>) -> Upstream {
        for folder in ["oval", "api/page", "api/notices", "api/cves"] {
            fs::create_dir_all(root.join(folder)).expect("a folder");
        }
        Upstream {
            root,
            notices,
            oval_is_down: false,
            api_is_down: false,
            oval_is_due: true,
            old: None,
            written: RefCell::default(),
        }
    }

    /// What a source names.
    pub(crate) fn addresses(&self) -> Value {
        let address = |folder: &str| format!("file://{}/{folder}", self.root.display());
        json!({"oval": address("oval"), "api": address("api"), "rss": false})
    }

    /// Writes what there is today.
    pub(crate) fn publish(&self) {
        let today = format!("{:?} {} {}", self.notices, self.oval_is_down, self.api_is_down);
        if self.written.replace(today.clone()) == today {
            return;
        }
        let old = self.old.unwrap_or(self.notices.len());
        let visible = |shown: fn(&Notice) -> bool| self.notices.iter().filter(move |notice| shown(notice));
        let path = self.root.join("oval/com.ubuntu.jammy.usn.oval.xml.bz2");
        let as_it_was = !self.oval_is_due && path.exists() != self.oval_is_down;
        if !as_it_was {
            let oval = (!self.oval_is_down).then(|| pack(&oval(visible(|notice| notice.in_oval), old)));
            put(&path, oval);
        }
        let page = list(visible(|notice| notice.in_api), old);
        put(&self.root.join("api/page/notices.json"), (!self.api_is_down).then(|| page.to_string().into_bytes()));
        for notice in &self.notices {
            let shown = notice.in_api && !self.api_is_down;
            let detail = shown.then(|| detail(notice).to_string().into_bytes());
            put(&self.root.join(format!("api/notices/{}.json", notice.id)), detail);
            let rating = (!self.api_is_down).then(|| rating(notice).to_string().into_bytes());
            put(&self.root.join(format!("api/cves/{}.json", cve(&notice.id))), rating);
        }
    }
}

/// The one CVE of a notice.
fn cve(id: &str) -> String {
    let number: u32 = id[4..].replace('-', "").parse().expect("an id of a notice");
    format!("CVE-2026-{}", 10_000 + number)
}

/// Replaces a file, or removes it.
fn put(path: &Path, bytes: Option<Vec<u8>>) {
    match bytes {
        Some(bytes) => fs::write(path, bytes).expect("written"),
        None => fs::remove_file(path).unwrap_or_default(),
    }
}

/// A text as bzip2 packs it. What repeats itself as these texts do is sorted fastest by the way that bzip2 takes when it gives
/// up on the usual one, which it does at once here.
pub(crate) fn pack(text: &str) -> Vec<u8> {
    let mut packed = Vec::with_capacity(text.len() + 1024);
    let mut packer = bzip2::Compress::new(bzip2::Compression::new(1), 1);
    let mut rest = text.as_bytes();
    loop {
        let before = packer.total_in();
        let status = packer.compress_vec(rest, &mut packed, bzip2::Action::Finish).expect("packed");
        rest = &rest[usize::try_from(packer.total_in() - before).expect("a length")..];
        if status == bzip2::Status::StreamEnd {
            return packed;
        }
        packed.reserve(text.len());
    }
}

fn published(notice: &Notice) -> String {
    notice.published.expect("a visible notice was published").to_string()
}

/// An OVAL file. It always has as many notices that nobody asks for, since one that loses most of them is not believed.
fn oval<'a>(notices: impl Iterator<Item = &'a Notice>, others: usize) -> String {
    let mut parts = Parts::default();
    for number in 1..=others + 1 {
        parts.add(&format!("USN-{number}-1"), "2020-01-01", "negligible", "", &[("filler", "0:1", false)]);
    }
    for notice in notices {
        let (word, score) = SEVERITIES[notice.severity];
        let severity = match score {
            "" => String::new(),
            score => format!(r#" cvss_score="{score}" cvss_severity="{word}""#),
        };
        // An untriaged priority is left out, as a real file does with what it doesn't know.
        let priority = if notice.priority == 0 { "" } else { PRIORITIES[notice.priority] };
        let first = notice.fixes.first().is_some_and(|fix| fix.pro);
        let fixes: Vec<_> = notice.fixes.iter().map(|fix| (fix.package, fix.version.as_str(), first)).collect();
        parts.add(&notice.id, &published(notice)[..10], priority, &severity, &fixes);
    }
    let Parts { definitions, tests, objects, states, variables } = parts;
    format!(
        r#"<oval_definitions xmlns="http://oval.mitre.org/XMLSchema/oval-definitions-5" xmlns:oval="urn:o" xmlns:linux="urn:l">
<definitions>{definitions}</definitions><tests>{tests}</tests><objects>{objects}</objects>
<states>{states}</states><variables>{variables}</variables></oval_definitions>"#
    )
}

/// The parts of an OVAL file.
#[derive(Default)]
pub(crate) struct Parts {
    pub(crate) definitions: String,
    pub(crate) tests: String,
    pub(crate) objects: String,
    pub(crate) states: String,
    pub(crate) variables: String,
}

impl Parts {
    /// Adds a notice: its day, priority, the attributes of its severity, and packages with version and pocket.
    pub(crate) fn add(&mut self, id: &str, day: &str, priority: &str, severity: &str, fixes: &[(&str, &str, bool)]) {
        let number = id[4..].replace('-', "");
        let cve = cve(id);
        let priority = if priority.is_empty() { String::new() } else { format!(r#" priority="{priority}""#) };
        let mut criteria = String::new();
        for (at, (package, version, pro)) in fixes.iter().enumerate() {
            let n = format!("{number}000000{at}");
            let pocket = if *pro { "Available with Ubuntu Pro: https://ubuntu.com/pro" } else { "Long Term Support" };
            let _ = write!(criteria, r#"<criterion test_ref="oval:com.ubuntu.jammy:tst:{n}" comment="{pocket}"/>"#);
            let _ = write!(
                self.tests,
                r#"<linux:dpkginfo_test id="oval:com.ubuntu.jammy:tst:{n}"><linux:object object_ref="oval:com.ubuntu.jammy:obj:{n}"/><linux:state state_ref="oval:com.ubuntu.jammy:ste:{n}"/></linux:dpkginfo_test>"#
            );
            let _ = write!(
                self.objects,
                r#"<linux:dpkginfo_object id="oval:com.ubuntu.jammy:obj:{n}"><linux:name var_ref="oval:com.ubuntu.jammy:var:{n}" var_check="at least one"/></linux:dpkginfo_object>"#
            );
            let _ = write!(
                self.states,
                r#"<linux:dpkginfo_state id="oval:com.ubuntu.jammy:ste:{n}"><linux:evr datatype="debian_evr_string" operation="less than">{version}</linux:evr></linux:dpkginfo_state>"#
            );
            let _ = write!(
                self.variables,
                r#"<constant_variable id="oval:com.ubuntu.jammy:var:{n}" datatype="string"><value>{package}</value></constant_variable>"#
            );
        }
        let _ = write!(
            self.definitions,
            r#"<definition id="oval:com.ubuntu.jammy:def:{number}" class="patch"><metadata><title>{id} -- some vulnerability</title>
<reference source="USN" ref_id="{id}" ref_url="https://ubuntu.com/security/notices/{id}"/><description>Something.</description>
<advisory><issued date="{day}"/><cve{priority}{severity}>{cve}</cve></advisory></metadata>
<criteria><criteria operator="OR">{criteria}</criteria></criteria></definition>"#
        );
    }
}

/// The one page of the list, newest first. It always has some that nobody asks for.
fn list<'a>(notices: impl Iterator<Item = &'a Notice>, others: usize) -> Value {
    let mut listed: Vec<(String, Value)> = notices
        .map(|notice| (published(notice), json!({"id": notice.id, "published": published(notice), "title": "some vulnerability", "cves_ids": [cve(&notice.id)]})))
        .collect();
    listed.sort_by(|a, b| b.0.cmp(&a.0));
    listed.extend((1..=others + 1).map(|number| {
        let id = format!("USN-{number}-1");
        (String::new(), json!({"id": id, "published": "2020-01-01T00:00:00", "title": "old", "cves_ids": []}))
    }));
    let notices: Vec<Value> = listed.into_iter().map(|(_, notice)| notice).collect();
    json!({"limit": 20, "offset": 0, "total_results": notices.len(), "notices": notices})
}

fn detail(notice: &Notice) -> Value {
    let binary = |fix: &Fix| {
        let pocket = if fix.pro { "esm-infra" } else { "security" };
        json!({"name": fix.package, "version": fix.version, "is_source": false, "pocket": pocket})
    };
    let packages: Vec<Value> = notice.fixes.iter().map(binary).collect();
    json!({
        "id": notice.id, "title": "some vulnerability", "summary": "Something.", "description": "Something.",
        "published": published(notice), "cves_ids": [cve(&notice.id)], "references": [],
        "releases": [{"codename": "jammy"}], "release_packages": {"jammy": packages},
    })
}

fn rating(notice: &Notice) -> Value {
    let priority = Some(PRIORITIES[notice.priority]).filter(|_| notice.priority > 0);
    let score = SEVERITIES[notice.severity].1.parse::<f64>().ok();
    json!({"id": cve(&notice.id), "priority": priority, "cvss3": score})
}
