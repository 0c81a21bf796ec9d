//! What is to be written, from what should be there and what is.

use std::collections::{BTreeMap, BTreeSet};

use super::marker::{PartText, ToldIssue};
use super::update::IssueUpdate;
use super::wanted::WantedIssue;
use super::{AnswerLabels, FoundIssue, HeardIssue, IssueChange, IssueDraft, IssueKey, IssueText, OurPart, OwnComment};
use crate::product::ProductName;

/// Something to be written, in a line for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// What it is about.
    pub key: IssueKey,
    /// What is written.
    pub action: Action,
    /// What it does.
    pub line: String,
}

/// What is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// A new issue.
    Create(IssueDraft),
    /// Comments, then labels, then the issue itself: that comes last, since it remembers all that was told.
    Update {
        /// The issue.
        number: u64,
        /// New comments.
        comments: Vec<OwnComment>,
        /// New labels.
        add: Vec<String>,
        /// Labels to be removed.
        remove: Vec<String>,
        /// The issue.
        change: IssueChange,
    },
}

/// What an issue is told and labelled by.
pub struct PlanWords<'a> {
    /// The product.
    pub product: &'a ProductName,
    /// The label of all issues.
    pub label: &'a str,
    /// The labels that answer.
    pub labels: &'a AnswerLabels,
}

impl PlanWords<'_> {
    pub(super) fn rating(&self, rating: &str) -> String {
        format!("{}/{rating}", self.label)
    }

    pub(super) fn all(&self, rating: &str) -> Vec<String> {
        let rating = Some(rating).filter(|rating| !rating.is_empty()).map(|rating| self.rating(rating));
        std::iter::once(self.label.to_owned()).chain(rating).collect()
    }
}

/// The first issue about each thing, by its number, and the others.
fn by_key(found: &[FoundIssue]) -> (BTreeMap<&IssueKey, &FoundIssue>, Vec<(&FoundIssue, u64)>) {
    let (mut first, mut later) = (BTreeMap::new(), Vec::new());
    let mut sorted: Vec<&FoundIssue> = found.iter().collect();
    sorted.sort_by_key(|issue| issue.number);
    for issue in sorted {
        match first.get(&issue.part.key) {
            None => drop(first.insert(&issue.part.key, issue)),
            Some(older) => later.push((issue, older.number)),
        }
    }
    (first, later)
}

/// Whether it is told already where an issue stands.
pub(super) fn is_told(told: &ToldIssue, wanted: &WantedIssue) -> bool {
    // A release that is no longer to be picked up was said to be so once; why is no news.
    let is_over = |token: &str| matches!(token, "contained" | "superseded" | "needless");
    let token = wanted.stand.token();
    told.stand == token || (is_over(&told.stand) && is_over(&token))
}

/// Of which issues the texts are needed.
pub fn needs_text(wanted: &BTreeMap<IssueKey, WantedIssue>, found: &[FoundIssue]) -> BTreeSet<IssueKey> {
    let (first, _) = by_key(found);
    let needed = wanted.iter().filter(|(key, wanted)| match first.get(key) {
        None => wanted.stand.is_open(),
        Some(issue) => wanted.stand.is_open() || !is_told(&issue.part.told, wanted),
    });
    needed.map(|(key, _)| key.clone()).collect()
}

/// What is to be written: the same again once it was written is nothing.
pub fn plan(
    words: &PlanWords<'_>,
    wanted: &BTreeMap<IssueKey, WantedIssue>,
    found: &[FoundIssue],
    heard: &BTreeMap<u64, HeardIssue>,
    texts: &BTreeMap<IssueKey, IssueText>,
) -> Vec<Planned> {
    let (first, later) = by_key(found);
    let mut planned = Vec::new();
    for (issue, of) in later {
        let mut update = IssueUpdate::new(words, issue, heard.get(&issue.number));
        update.duplicate(of);
        planned.extend(update.finish());
    }
    for (key, issue) in &first {
        let mut update = IssueUpdate::new(words, issue, heard.get(&issue.number));
        if let Some(wanted) = wanted.get(*key) {
            update.follow(wanted, texts.get(*key));
        }
        planned.extend(update.finish());
    }
    for (key, wanted) in wanted.iter().filter(|(key, wanted)| wanted.stand.is_open() && !first.contains_key(key)) {
        let Some(text) = texts.get(key) else { continue };
        let told = ToldIssue {
            stand: wanted.stand.token(),
            rating: wanted.rating.clone(),
            title: ToldIssue::title_mark(&text.title),
            ..ToldIssue::default()
        };
        let text_of_part = PartText::Whole(text.body.clone());
        let part = OurPart { product: words.product.clone(), key: key.clone(), told, text: text_of_part };
        let draft = IssueDraft { title: text.title.clone(), part, labels: words.all(&wanted.rating) };
        planned.push(Planned {
            key: key.clone(),
            line: format!("new issue: {}", text.title),
            action: Action::Create(draft),
        });
    }
    planned
}
