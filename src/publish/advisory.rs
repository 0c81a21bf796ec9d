//! The notices that a release fixes in the form of Cloud Foundry's security notices, by a template.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use jiff::tz::TimeZone;
use minijinja::context;

use super::notice_outcome::{NoticeOutcome, Verdict};
use super::release::RecordedRelease;
use super::template::Work;
use crate::notice::{Notice, NoticeOrigin, UbuntuRelease};
use crate::product::{Comparison, ProductName, Standing};
use crate::publish::notice_files::affected_ranges;

/// The template that is used where no other is given.
const DEFAULT: &str = include_str!("advisory.md");

/// Writes an advisory for each notice that the release fixes or is claimed to, by id. With a template that is not ours that
/// is done `apart`, by this program in a process of its own; here where there is none.
///
/// # Errors
/// If the template can't be read or used; the error names its line.
pub(super) fn advisories(
    release: &RecordedRelease<'_>,
    template: Option<&str>,
    apart: Option<&Path>,
) -> Result<Vec<(String, String)>> {
    let fixed = release.fixed();
    let variables = fixed.into_iter().map(|outcome| Ok((outcome.id.to_string(), variables(release, outcome)?)));
    let work = Work {
        template: template.unwrap_or(DEFAULT).to_owned(),
        documents: variables.collect::<Result<BTreeMap<_, _>>>()?,
    };
    let written = match apart.filter(|_| template.is_some()) {
        Some(program) => work.done_apart(program)?,
        None => work.done()?,
    };
    // Worst first, as the release tells them.
    let mut written = written.into_iter().collect::<BTreeMap<_, _>>();
    let ids = release.fixed().into_iter().map(|outcome| outcome.id.to_string());
    Ok(ids.filter_map(|id| Some((id.clone(), written.remove(&id)?))).collect())
}

/// What a template can use. Addresses are ours, so they stay as they are.
fn variables(release: &RecordedRelease<'_>, outcome: &NoticeOutcome<'_>) -> Result<serde_json::Value> {
    let notice = outcome.notice;
    let text = |get: fn(&crate::notice::Notice) -> &str| notice.map(get).unwrap_or_default().trim().to_owned();
    let one_line = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let cves = notice.iter().flat_map(|notice| notice.sorted_cves()).map(|cve| {
        context! {
            id => cve.id.as_str(),
            url => cve.id.url(),
            priority => cve.priority.as_str(),
            severity => cve.severity.map(|severity| severity.as_str()),
        }
    });
    let (evidence, via): (&[Comparison], _) = match &outcome.verdict {
        Verdict::Fixed { evidence, via } => (evidence, *via),
        Verdict::Claimed { via } => (&[], *via),
        _ => (&[], None),
    };
    let package = |compared: &Comparison| {
        let before = release.before.and_then(|(_, packages)| packages.find(&compared.package));
        context! {
            name => compared.package.shown(),
            before => before.map(|(_, version)| version.as_str()),
            have => compared.have.as_str(),
            need => compared.need.as_str(),
        }
    };
    let inherited = via.map(|via| {
        let version = release.released.includes.get(via).map(|version| version.as_str());
        let partner = release.partner_of(outcome.id, via).map(|partner| partner.as_str());
        context! { product => via.as_str(), version => version, partner => partner }
    });
    let os = notice.and_then(|notice| notice.release.as_ref());
    let mut ubuntu = os.map(|os| os.codename().to_owned()).unwrap_or_default();
    if let Some(number) = os.and_then(UbuntuRelease::number) {
        let codename = std::mem::take(&mut ubuntu);
        let _ = write!(ubuntu, "{number} ({codename})");
    }
    let variables = context! {
        product => release.product.as_str(),
        version => release.version().as_str(),
        previous => release.since.map(|(version, _)| version.as_str()),
        affected => affected(release, outcome),
        contained => via.and_then(|via| contained(release, via)),
        recorded => release.at().to_zoned(TimeZone::UTC).date().to_string(),
        build => release.event.by.url.as_deref(),
        evidence => matches!(outcome.verdict, Verdict::Fixed { .. }),
        inherited => inherited,
        packages => evidence.iter().map(package).collect::<Vec<_>>(),
        cves => cves.collect::<Vec<_>>(),
        references => notice.map(|notice| notice.references.clone()).unwrap_or_default(),
        vendor => vendor(outcome, release),
        versions => notice.iter().flat_map(|notice| &notice.fixes).filter(|fix| !fix.package.is_ubuntu()).map(|fix| {
            context! { package => fix.package.shown(), versions => affected_ranges(fix).replace('`', "") }
        }).collect::<Vec<_>>(),
        ubuntu => context! {
            name => ubuntu,
            codename => os.map(UbuntuRelease::codename),
            number => os.and_then(UbuntuRelease::number),
        },
        notice => context! {
            id => outcome.id.to_string(),
            url => notice.map_or_else(|| outcome.id.page(), Notice::page).unwrap_or_default(),
            title => one_line(text(|notice| &notice.title)),
            summary => one_line(text(|notice| &notice.summary)),
            description => text(|notice| &notice.description),
            priority => outcome.priority().as_str(),
            severity => notice.and_then(|notice| notice.severity()).map(|severity| severity.as_str()),
            published => notice.map(|notice| notice.published.day().to_string()),
        },
    };
    Ok(serde_json::to_value(variables)?)
}

/// Who published the notice.
fn vendor(outcome: &NoticeOutcome<'_>, release: &RecordedRelease<'_>) -> String {
    let id = outcome.id.to_string();
    let database = match id.split('-').next().unwrap_or_default() {
        "USN" => "Canonical Ubuntu",
        "GO" => "The Go Vulnerability Database",
        "GHSA" => "GitHub Advisory Database",
        "DSA" | "DLA" => "Debian",
        "CVE" => "The CVE Program",
        _ => match outcome.notice.and_then(|notice| notice.by) {
            Some(NoticeOrigin::Osv) => "A database in the form of OSV",
            Some(NoticeOrigin::Scanner) => "A scanner",
            Some(NoticeOrigin::Dependency) => "The authors of the dependency",
            // What a team opens is in the product's own name.
            Some(NoticeOrigin::Team) | None => return release.product.to_string(),
        },
    };
    database.to_owned()
}

/// The releases below this one that are known to be affected, lowest first: those that were recorded with the notice open,
/// and the last one with packages if they are too old. Of all others nobody knows.
fn affected(release: &RecordedRelease<'_>, outcome: &NoticeOutcome<'_>) -> Vec<String> {
    // A fix of another product asks for that product's packages.
    let is_own = !matches!(outcome.verdict, Verdict::Fixed { via: Some(_), .. } | Verdict::Claimed { via: Some(_) });
    let shown = release.before.filter(|(_, packages)| {
        let standing = outcome.notice.and_then(|notice| Standing::of(&notice.fixes, packages));
        is_own && matches!(standing, Some(Standing::Open(_)))
    });
    let below = release.history().below().into_iter().rev();
    let is_affected = |below: &crate::tracker::Release<'_>| {
        let too_old = shown.is_some_and(|(version, _)| version.is_same(&below.released.version));
        too_old || below.released.open.contains(&outcome.id)
    };
    below.filter(is_affected).map(|below| below.released.version.to_string()).collect()
}

/// The release below this one, if it contains an older release of the product that brought the fix.
fn contained(release: &RecordedRelease<'_>, via: &ProductName) -> Option<minijinja::Value> {
    let now = release.released.includes.get(via)?;
    let below = release.history().below().into_iter().next()?;
    let before = below.released.includes.get(via).filter(|before| before.compare(now).is_lt())?;
    Some(context! {
        version => below.released.version.as_str(),
        product => via.as_str(),
        inside => before.as_str(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::publish::fixture::{LogFixture, golden, notice, rootfs};

    fn written(template: Option<&str>) -> Result<Vec<(String, String)>> {
        let (story, history) = (rootfs(), rootfs().history());
        advisories(&RecordedRelease::of(&story.facts(&history))?, template, None)
    }

    #[test]
    fn the_default_is_as_it_was_read_through() {
        let advisories = written(None).expect("advisories");
        let ids: Vec<&str> = advisories.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, ["USN-7956-1", "USN-7946-1", "USN-7951-1", "USN-7955-1"], "worst first");
        for (id, text) in &advisories[..2] {
            golden(&format!("{id}.md"), text);
        }
        assert!(advisories[3].1.contains("No packages were recorded that show the fix"), "{}", advisories[3].1);
    }

    /// What an advisory about a story says of affected releases.
    fn affected(story: &LogFixture, id: &str) -> String {
        let history = story.history();
        let release = RecordedRelease::of(&story.facts(&history)).map(|release| advisories(&release, None, None));
        let advisories = release.expect("a release").expect("advisories");
        let (_, text) = advisories.iter().find(|(known, _)| known == id).expect("an advisory");
        let line = text.lines().find(|line| line.starts_with("- p: ")).expect("a line");
        line.to_owned()
    }

    #[test]
    fn only_releases_that_are_known_to_be_affected_are_called_so() {
        let opened = || LogFixture::of("p").opened(notice("USN-1-1", "a", "2026-01-01", &[], &[("a", "5")]));
        let fixed = || json!({"fixed": [{"notice": "USN-1-1", "evidence": [], "via": null}]});
        let open = || json!({"open": ["USN-1-1"]});
        let first = opened().released("1", Some("a=5\n"), fixed());
        assert_eq!(affected(&first, "USN-1-1"), "- p: no release before 1 is known to be affected");
        let fine_before = LogFixture::of("p").released("1", Some("a=5\n"), json!({}));
        let fine_before = fine_before.opened(notice("USN-1-1", "a", "2026-01-01", &[], &[("a", "5")])).released(
            "2",
            Some("a=5\n"),
            fixed(),
        );
        assert_eq!(affected(&fine_before, "USN-1-1"), "- p: no release before 2 is known to be affected");
        let two =
            opened().released("1", None, open()).released("2", None, json!({})).released("3", Some("a=4\n"), json!({}));
        assert_eq!(affected(&two.released("4", Some("a=5\n"), fixed()), "USN-1-1"), "- p: 1, 3");
        let many = (1..=12).fold(opened(), |story, n| story.released(&n.to_string(), None, open()));
        assert_eq!(
            affected(&many.released("13", Some("a=5\n"), fixed()), "USN-1-1"),
            "- p: from 1 to 12; 12 of these releases were recorded with this notice open"
        );
    }

    #[test]
    fn an_inherited_fix_says_what_the_earlier_release_of_this_product_contained() {
        let inherited = |before: Value, now: &str| {
            let fixed = json!([{"notice": "USN-1-1", "evidence": "none", "via": "base"}]);
            LogFixture::of("p")
                .released("1", None, json!({ "includes": before }))
                .opened(notice("USN-1-1", "a", "2026-01-01", &[], &[("a", "5")]))
                .released("2", None, json!({"includes": {"base": now}, "fixed": fixed}))
        };
        let nothing = "- p: no release before 2 is known to be affected";
        assert_eq!(affected(&inherited(json!({"base": "7.9"}), "7.10"), "USN-1-1"), "- p: 1, which contains base 7.9");
        assert_eq!(affected(&inherited(json!({"base": "7.10"}), "7.10"), "USN-1-1"), nothing, "it had the fix as well");
        assert_eq!(affected(&inherited(json!({}), "7.10"), "USN-1-1"), nothing);
    }

    #[test]
    fn a_template_of_ones_own_is_used_and_its_values_are_escaped() {
        let own = "{% for cve in cves %}{{ cve.id }} {% endfor %}{{ '<b> [x](y)' }} {{ notice.url }}";
        let text = &written(Some(own)).expect("advisories")[1].1;
        assert_eq!(text, "CVE-2025-68973 &lt;b&gt; \\[x\\](y) https://ubuntu.com/security/notices/USN-7946-1\n");
    }

    #[test]
    fn a_template_that_is_wrong_is_refused_with_its_line() {
        for (template, said) in [
            ("a\n{{ notice.titel }}", "can't be used: line 2: it uses a variable that there is not"),
            ("{{ notice.title | safe }}", "line 1"),
            ("{% for x in range(9999) %}{% for y in range(9999) %}{{ y }}{% endfor %}{% endfor %}", "too much work"),
            ("{% if %}", "line 1"),
            ("{{ 'x' * 2000000 }}", "1 MiB"),
            ("{% include 'x' %}", "line 1"),
        ] {
            let error = format!("{:#}", written(Some(template)).expect_err(template));
            assert!(error.contains(said) && error.contains("params.advisory_template"), "{template}: {error}");
        }
        let long = " ".repeat((64 << 10) + 1);
        assert!(written(Some(&long)).expect_err("too long").to_string().contains("64 KiB"));
    }
}
