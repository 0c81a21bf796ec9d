//! What people read in an issue, in GitHub's renderer and in its mails.
//!
//! Foreign text shows just its characters: no mention calls anybody, and no number of an issue links to it, which GitHub does
//! after Markdown was read, so that escaping alone is not enough.

mod foreign;
mod replies;

use std::fmt::Write as _;

use self::foreign::{address, code, day, foreign, foreign_words};
use self::replies::answer_words;
pub(super) use self::replies::{
    duplicate, escalated, left, may_not, nothing_to_answer, past, recorded, said_before, settled_already, wrong,
};
use super::wanted::ClosingFacts;
use super::{AnswerLabels, IssueFacts, IssueKey, WantedStand};
use crate::notice::Notice;
use crate::product::Comparison;
use crate::publish::chat::chat;
use crate::publish::text::link;
use crate::text::{count, cut, shortened, some_of};
use crate::tracker::{Evidence, Why};

/// The longest title of a notice that is shown, in characters.
const TITLE: usize = 120;
/// GitHub takes titles of 256 characters, and texts of 65,536, of which most are left to people.
const LONGEST_TITLE: usize = 250;
const LONGEST_BODY: usize = 30_000;
/// The most packages and CVEs that are named.
const MOST: usize = 40;

/// The texts of an issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueText {
    /// Its title.
    pub title: String,
    /// Our part of its text.
    pub body: String,
    /// The comment that tells where it stands now, where it stood elsewhere before.
    pub transition: String,
    /// What made it stand there, if somebody said that in the backlog itself, who is answered there.
    pub said: Option<String>,
}

impl IssueText {
    /// The texts that follow from the facts.
    pub fn of(facts: &IssueFacts, labels: &AnswerLabels) -> IssueText {
        let said = match &facts.closing {
            Some(ClosingFacts::Answer(answered)) => answered.said.as_ref().map(|said| said.url.clone()),
            _ => None,
        };
        let body = match &facts.key {
            IssueKey::Notice(_) => notice_body(facts, labels),
            IssueKey::PickUp(..) => pick_up_body(facts),
        };
        IssueText {
            title: shortened(&title(facts), LONGEST_TITLE),
            body: fitting(body),
            transition: transition(facts),
            said,
        }
    }
}

/// As many lines as fit.
fn fitting(body: String) -> String {
    if body.len() <= LONGEST_BODY {
        return body;
    }
    let start = cut(&body, LONGEST_BODY);
    let lines = start.rsplit_once('\n').map_or("", |(lines, _)| lines);
    format!("{lines}\n\n…\n\n{FOOT}")
}

fn title(facts: &IssueFacts) -> String {
    let product = &facts.product;
    match (&facts.key, &facts.wanted.stand) {
        (IssueKey::PickUp(inside, version), WantedStand::ToPickUp { fixes, .. }) => {
            let ids = some_of(fixes.iter().map(ToString::to_string));
            format!("pick up {inside} {version} in {product}: fixes {ids}")
        }
        (IssueKey::PickUp(inside, version), _) => format!("pick up {inside} {version} in {product}"),
        (IssueKey::Notice(id), _) => {
            let title = facts.notice.as_ref().map(|notice| chat(&shortened(&notice.title, TITLE))).unwrap_or_default();
            let title = if title.is_empty() { String::new() } else { format!(": {title}") };
            format!("{id} ({}) in {product}{title}", facts.wanted.rating)
        }
    }
}

/// Below our part.
const FOOT: &str = "<sub>Written by davos, which writes this part anew when it changes. Write your own text above or below it, or in comments: that stays.</sub>";

fn notice_body(facts: &IssueFacts, labels: &AnswerLabels) -> String {
    let IssueFacts { product, notice: Some(notice), .. } = facts else { return String::new() };
    let id = notice.id;
    let mut text = String::new();
    let release = facts.current.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
    let title =
        if notice.title.is_empty() { String::new() } else { format!(": {}", foreign_words(&notice.title, TITLE)) };
    let _ = writeln!(text, "**{}**{title}\n", link(id, notice.page()));
    let _ = writeln!(text, "{}\n", now(facts));
    let _ = writeln!(text, "| | |\n|---|---|\n| Product | {product}{release} |");
    let severity = notice.severity().map(|severity| format!(", CVSS severity {severity}")).unwrap_or_default();
    let _ = writeln!(text, "| How bad | priority {}{severity} |", notice.priority());
    let _ = writeln!(text, "| Published | {} |", notice.published);
    if let WantedStand::Open { opening, from, .. } = &facts.wanted.stand {
        let nth = if *opening > 1 { format!(", for the {} time", ordinal(*opening)) } else { String::new() };
        let _ = writeln!(text, "| Open since | {}{nth} |", day(from.at));
    }
    let cves = cves(notice);
    if !cves.is_empty() {
        let _ = writeln!(text, "| CVEs | {cves} |");
    }
    text.push('\n');
    match &facts.closing {
        Some(ClosingFacts::Release(Evidence::Packages(packages))) => text.push_str(&table(packages, "has")),
        _ if facts.wanted.stand.is_open() => text.push_str(&packages(facts, notice)),
        _ => {}
    }
    let summary = [&notice.summary, &notice.description].into_iter().find(|text| !text.trim().is_empty());
    if let Some(summary) = summary {
        let quote: String = foreign(summary).lines().map(|line| format!("> {line}\n")).collect();
        let _ = writeln!(text, "{quote}");
    }
    if facts.wanted.stand.is_open() {
        text.push_str(&what_to_do(facts, labels));
    }
    text + FOOT
}

/// Where it stands, in a sentence.
fn now(facts: &IssueFacts) -> String {
    let product = &facts.product;
    match &facts.wanted.stand {
        WantedStand::Open { .. } => match facts.too_old.len() {
            0 => format!("This is open in {product}: no recorded release fixes it yet."),
            n => format!(
                "This is open in {product}: {} too old.",
                if n == 1 { "1 package is".to_owned() } else { format!("{n} packages are") }
            ),
        },
        WantedStand::Fixed { version, fixes: true, .. } => format!("**Fixed in {product} {version}.**"),
        WantedStand::Fixed { version, .. } => format!("**{product} {version} holds nothing that it affects.**"),
        WantedStand::Answered { .. } | WantedStand::Withdrawn { .. } => answer_of(facts),
        WantedStand::ToPickUp { .. }
        | WantedStand::Contained { .. }
        | WantedStand::Superseded { .. }
        | WantedStand::Needless => String::new(),
    }
}

fn answer_of(facts: &IssueFacts) -> String {
    let Some(ClosingFacts::Answer(answered)) = &facts.closing else { return "Answered.".to_owned() };
    if answered.withdrawn {
        let words = answered.statement.as_deref().map(|words| foreign_words(words, 300)).unwrap_or_default();
        return format!("**Withdrawn** by whoever published it: {words}");
    }
    let said = answered.said.as_ref().map(|said| format!(" [Said here]({}).", address(&said.url))).unwrap_or_default();
    format!("**Answered**: {}.{said}", answer_words(answered))
}

fn cves(notice: &Notice) -> String {
    let cves = notice.sorted_cves();
    let more = cves.len().saturating_sub(MOST);
    let one = |cve: &&crate::notice::Cve| {
        format!("[{}](https://www.cve.org/CVERecord?id={}) ({})", cve.id, cve.id, cve.priority)
    };
    let mut all: Vec<String> = cves.iter().take(MOST).map(one).collect();
    if more > 0 {
        all.push(format!("and {more} more"));
    }
    all.join(", ")
}

/// Which package from what to what.
fn packages(facts: &IssueFacts, notice: &Notice) -> String {
    if !facts.too_old.is_empty() {
        return table(&facts.too_old, "needed");
    }
    let fixes = &notice.fixes;
    if fixes.is_empty() {
        return "No source tells its packages.\n\n".to_owned();
    }
    let mut text = "| package | needed |\n|---|---|\n".to_owned();
    for fix in fixes.iter().take(MOST) {
        let _ = writeln!(text, "| {} | {} |", code(&fix.package.shown()), code(fix.version.as_str()));
    }
    text + &more(fixes.len())
}

fn table(packages: &[Comparison], need: &str) -> String {
    let (second, third) = if need == "has" { ("needed", "has") } else { ("has", "needed") };
    let mut text = format!("| package | {second} | {third} |\n|---|---|---|\n");
    for Comparison { package, have, need: needed, .. } in packages.iter().take(MOST) {
        let (have, needed) = (code(have.as_str()), code(needed.as_str()));
        let (second, third) = if need == "has" { (needed, have) } else { (have, needed) };
        let _ = writeln!(text, "| {} | {second} | {third} |", code(&package.shown()));
    }
    text + &more(packages.len())
}

fn more(all: usize) -> String {
    match all.saturating_sub(MOST) {
        0 => "\n".to_owned(),
        more => format!("\nand {more} more\n\n"),
    }
}

fn what_to_do(facts: &IssueFacts, labels: &AnswerLabels) -> String {
    let product = &facts.product;
    format!(
        "**What to do**\n\n\
         - Rebuild {product} with these versions and record the release: that closes this issue, with the evidence. Closing it by hand records nothing.\n\
         - Or answer: set the label {} or {}, or say more in a comment of one line, such as\n\n\
         ```\n/davos not_affected vulnerable_code_not_in_execute_path: why that is so until {}-12-31\n/davos wont_fix: why, and what protects instead\n```\n\n",
        code(&labels.not_affected),
        code(&labels.wont_fix),
        next_year(facts),
    )
}

/// An example of a date that lies ahead of the opening.
fn next_year(facts: &IssueFacts) -> i16 {
    match &facts.wanted.stand {
        WantedStand::Open { from, .. } => from.at.to_zoned(jiff::tz::TimeZone::UTC).year() + 1,
        _ => 2030,
    }
}

fn pick_up_body(facts: &IssueFacts) -> String {
    let IssueKey::PickUp(inside, version) = &facts.key else { return String::new() };
    let product = &facts.product;
    let text = match &facts.wanted.stand {
        WantedStand::ToPickUp { have, fixes } => {
            let release = facts.current.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
            let list = fixes.iter().take(MOST).map(|id| format!("- {}\n", link(id, id.page()))).collect::<String>();
            format!(
                "{product}{release} contains {inside} {have}. **{inside} {version}** is out, and fixes {}:\n\n{list}{}\n\
                 **What to do**\n\n- Build {product} with {inside} {version} or a later one and record the release, with it in `includes`: that closes this issue.\n\n",
                count(fixes.len(), "notice"),
                more(fixes.len())
            )
        }
        _ => format!("{}\n\n", transition(facts)),
    };
    text + FOOT
}

/// The comment where an issue stands elsewhere than before.
fn transition(facts: &IssueFacts) -> String {
    let product = &facts.product;
    match &facts.wanted.stand {
        WantedStand::Open { opening, from, why } => {
            let why = match why {
                Why::RanOut { .. } => "the answer ran out".to_owned(),
                Why::TakenBack => "the answer was taken back".to_owned(),
                Why::Opened => format!(
                    "it was put before you again, because an answer no longer holds, the packages of the current release of {product} contradict a recorded fix, or as a reminder"
                ),
            };
            format!("Open again since {} (opening {opening}): {why}.", day(from.at))
        }
        WantedStand::Fixed { fixes: true, .. } => {
            let shown = match &facts.closing {
                Some(ClosingFacts::Release(Evidence::Packages(packages))) if !packages.is_empty() => {
                    format!("\n\n{}", table(packages, "has"))
                }
                _ => " That was claimed: no packages show it.".to_owned(),
            };
            format!("{}{}", now(facts), shown.trim_end())
        }
        WantedStand::Fixed { .. } | WantedStand::Answered { .. } | WantedStand::Withdrawn { .. } => now(facts),
        WantedStand::ToPickUp { .. } => "This is to be picked up after all.".to_owned(),
        WantedStand::Contained { by } => format!("**{product} {by} contains it.**"),
        WantedStand::Superseded { by } => {
            format!("A newer release is to be picked up instead: {by} has all that this one has.")
        }
        WantedStand::Needless => "There is nothing to be picked up here any more.".to_owned(),
    }
}

fn ordinal(n: u32) -> String {
    let end = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{n}{end}")
}
