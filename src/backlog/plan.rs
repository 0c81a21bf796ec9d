//! What is to be written, from what should be there and what is.

use std::collections::{BTreeMap, BTreeSet};

use super::marker::Told;
use super::text::{duplicate, escalated, left};
use super::wanted::WantedIssue;
use super::{
    AnswerLabels, CloseReason, FoundIssue, HeardIssue, IssueChange, IssueDraft, IssueKey, IssueState, IssueText,
    OurPart, OwnComment, WantedStand,
};
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

/// Told where two issues are about the same, of the later one.
const DUPLICATE: &str = "duplicate";

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
    fn rating(&self, rating: &str) -> String {
        format!("{}/{rating}", self.label)
    }

    fn all(&self, rating: &str) -> Vec<String> {
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
fn is_told(told: &Told, wanted: &WantedIssue) -> bool {
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
        let mut update = Update::new(words, issue, heard.get(&issue.number));
        update.duplicate(of);
        planned.extend(update.finish());
    }
    for (key, issue) in &first {
        let mut update = Update::new(words, issue, heard.get(&issue.number));
        if let Some(wanted) = wanted.get(*key) {
            update.follow(wanted, texts.get(*key));
        }
        planned.extend(update.finish());
    }
    for (key, wanted) in wanted.iter().filter(|(key, wanted)| wanted.stand.is_open() && !first.contains_key(key)) {
        let Some(text) = texts.get(key) else { continue };
        let told = Told {
            stand: wanted.stand.token(),
            rating: wanted.rating.clone(),
            title: Told::title_mark(&text.title),
            ..Told::default()
        };
        let text_of_part = super::marker::PartText::Whole(text.body.clone());
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

/// What is to be written to one issue.
struct Update<'a> {
    words: &'a PlanWords<'a>,
    issue: &'a FoundIssue,
    heard: Option<&'a HeardIssue>,
    comments: Vec<OwnComment>,
    add: Vec<String>,
    remove: Vec<String>,
    change: IssueChange,
    what: Vec<String>,
}

impl<'a> Update<'a> {
    fn new(words: &'a PlanWords<'a>, issue: &'a FoundIssue, heard: Option<&'a HeardIssue>) -> Update<'a> {
        let change = IssueChange { title: None, part: issue.part.clone(), state: None };
        let mut update = Update {
            words,
            issue,
            heard,
            comments: Vec::new(),
            add: Vec::new(),
            remove: Vec::new(),
            change,
            what: Vec::new(),
        };
        for said in heard.into_iter().flat_map(|heard| &heard.said) {
            update.what.push(format!("hear {}", said.at.by));
        }
        for reply in heard.into_iter().flat_map(|heard| &heard.replies) {
            update.say(reply.clone());
        }
        update
    }

    /// A comment, unless it is there.
    fn say(&mut self, comment: OwnComment) {
        let is_there = self.heard.is_some_and(|heard| heard.marks.contains(&comment.mark));
        if !is_there && self.comments.iter().all(|other| other.mark != comment.mark) {
            self.comments.push(comment);
        }
    }

    fn told(&mut self) -> &mut Told {
        &mut self.change.part.told
    }

    fn duplicate(&mut self, of: u64) {
        if self.issue.part.told.stand == DUPLICATE {
            return;
        }
        self.what.push(format!("close as a duplicate of #{of}"));
        self.say(OwnComment { mark: format!("duplicate:{of}"), text: duplicate(of) });
        if self.issue.state.is_open() {
            self.change.state = Some(IssueState::Closed(CloseReason::Duplicate));
        }
        self.told().stand = DUPLICATE.to_owned();
    }

    fn follow(&mut self, wanted: &WantedIssue, text: Option<&IssueText>) {
        let token = wanted.stand.token();
        let (is_open, was) = (wanted.stand.is_open(), &self.issue.part.told);
        let moves = !is_told(was, wanted);
        if moves && is_open {
            self.open_again(&token, text);
        } else if moves {
            self.close(&wanted.stand, &token, text);
        } else if is_open && !self.issue.state.is_open() && !was.is_left {
            self.what.push("say that closing is no answer".to_owned());
            self.say(OwnComment { mark: format!("left:{token}"), text: left(self.words.labels) });
            self.told().is_left = true;
        }
        if is_open && was.rating != wanted.rating {
            self.rate(wanted, &token);
        }
        if let Some(text) = text.filter(|_| is_open || moves) {
            self.write(text);
        }
    }

    fn open_again(&mut self, token: &str, text: Option<&IssueText>) {
        if !self.issue.state.is_open() {
            self.change.state = Some(IssueState::Open);
            self.what.push("open again".to_owned());
        } else {
            self.what.push("tell that it was opened again".to_owned());
        }
        let answers = self.issue.labels.iter().filter(|label| self.words.labels.status(label).is_some());
        self.remove.extend(answers.cloned());
        if let Some(text) = text.filter(|_| !self.issue.part.told.stand.is_empty()) {
            self.say(OwnComment { mark: format!("told:{token}"), text: text.transition.clone() });
        }
        *self.told() = Told { stand: token.to_owned(), is_left: false, ..self.issue.part.told.clone() };
    }

    fn close(&mut self, stand: &WantedStand, token: &str, text: Option<&IssueText>) {
        let (why, words) = match stand {
            WantedStand::Fixed { version, .. } => (CloseReason::Completed, format!("close as done: {version}")),
            WantedStand::Contained { by } => (CloseReason::Completed, format!("close as done: {by} contains it")),
            WantedStand::Answered { .. } => (CloseReason::NotPlanned, "close as answered".to_owned()),
            WantedStand::Withdrawn { .. } => (CloseReason::NotPlanned, "close as withdrawn".to_owned()),
            _ => (CloseReason::NotPlanned, "close as needless".to_owned()),
        };
        self.what.push(words);
        if self.issue.state != IssueState::Closed(why) {
            self.change.state = Some(IssueState::Closed(why));
        }
        // Who answered here is answered there.
        let here = text.and_then(|text| text.said.as_deref());
        let is_here = here.is_some_and(|url| url.split('#').next() == Some(self.issue.url.as_str()));
        if let Some(text) = text.filter(|_| !is_here) {
            self.say(OwnComment { mark: format!("told:{token}"), text: text.transition.clone() });
        }
        *self.told() = Told { stand: token.to_owned(), is_left: false, ..self.issue.part.told.clone() };
    }

    fn rate(&mut self, wanted: &WantedIssue, token: &str) {
        let before = self.issue.part.told.rating.clone();
        if !before.is_empty() && !wanted.rating.is_empty() {
            self.what.push(format!("rate as {} instead of {before}", wanted.rating));
            let mark = format!("rating:{}:{token}", wanted.rating);
            self.say(OwnComment { mark, text: escalated(&before, &wanted.rating) });
            let old = self.words.rating(&before);
            self.remove.extend(self.issue.labels.iter().find(|label| **label == old).cloned());
        }
        let new = self.words.all(&wanted.rating).into_iter().skip(1);
        self.add.extend(new.filter(|label| !self.issue.labels.contains(label)));
        self.told().rating = wanted.rating.clone();
    }

    fn write(&mut self, text: &IssueText) {
        let whole = super::marker::PartText::Whole(text.body.clone());
        if whole.digest() != self.issue.part.text.digest() {
            if self.what.is_empty() {
                self.what.push("write what changed".to_owned());
            }
            self.change.part.text = whole;
        }
        let is_ours = Told::title_mark(&self.issue.title) == self.issue.part.told.title;
        if is_ours && text.title.trim() != self.issue.title.trim() {
            if self.what.is_empty() {
                self.what.push("write the title".to_owned());
            }
            self.change.title = Some(text.title.clone());
            self.told().title = Told::title_mark(&text.title);
        }
    }

    fn finish(mut self) -> Option<Planned> {
        let is_judged = self.heard.is_some_and(|heard| heard.is_judged);
        if self.what.is_empty() && self.comments.is_empty() && !is_judged {
            return None;
        }
        if self.what.is_empty() {
            self.what.push("answer".to_owned());
        }
        let made = self.comments.len() as u64;
        let comments = self.heard.map_or(self.issue.comments, |heard| heard.comments) + made;
        let (comment, event) = self.heard.map_or((0, 0), |heard| (heard.comment, heard.event));
        let stays = |label: &&String| !self.remove.contains(label) && self.words.labels.status(label).is_some();
        let is_labelled = self.issue.labels.iter().any(|label| stays(&label));
        let told = self.told();
        told.is_labelled = is_labelled;
        told.comments = comments;
        told.comment = told.comment.max(comment);
        told.event = told.event.max(event);
        let Update { issue, comments, add, remove, change, what, .. } = self;
        let line = format!("#{} {}: {}", issue.number, issue.part.key, what.join(", "));
        let action = Action::Update { number: issue.number, comments, add, remove, change };
        Some(Planned { key: issue.part.key.clone(), action, line })
    }
}
