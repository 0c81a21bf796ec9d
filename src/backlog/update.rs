//! What is to be written to one issue.

use super::marker::{PartText, ToldIssue};
use super::plan::is_told;
use super::text::{duplicate, escalated, left};
use super::wanted::WantedIssue;
use super::{
    Action, CloseReason, FoundIssue, HeardIssue, IssueBefore, IssueChange, IssueState, IssueText, OwnComment,
    PlanWords, Planned, WantedStand,
};

/// The most characters of a text that GitHub takes, and how many of them our marks have at most.
const MOST_CHARACTERS: usize = 65_536;
const ROOM_OF_MARKS: usize = 1_200;

/// Told where two issues are about the same, of the later one.
const DUPLICATE: &str = "duplicate";

/// What is to be written to one issue.
pub(super) struct IssueUpdate<'a> {
    words: &'a PlanWords<'a>,
    issue: &'a FoundIssue,
    heard: Option<&'a HeardIssue>,
    comments: Vec<OwnComment>,
    add: Vec<String>,
    remove: Vec<String>,
    change: IssueChange,
    what: Vec<String>,
}

impl<'a> IssueUpdate<'a> {
    pub(super) fn new(
        words: &'a PlanWords<'a>,
        issue: &'a FoundIssue,
        heard: Option<&'a HeardIssue>,
    ) -> IssueUpdate<'a> {
        let before = IssueBefore { labels: issue.labels.clone(), updated: issue.updated };
        let change = IssueChange { title: None, part: issue.part.clone(), state: None, before };
        let mut update = IssueUpdate {
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

    fn told(&mut self) -> &mut ToldIssue {
        &mut self.change.part.told
    }

    pub(super) fn duplicate(&mut self, of: u64) {
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

    pub(super) fn follow(&mut self, wanted: &WantedIssue, text: Option<&IssueText>) {
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
        *self.told() = ToldIssue { stand: token.to_owned(), is_left: false, ..self.issue.part.told.clone() };
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
        *self.told() = ToldIssue { stand: token.to_owned(), is_left: false, ..self.issue.part.told.clone() };
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
        let whole = PartText::Whole(text.body.clone());
        // Where people wrote so much that it has no room, what is there stays.
        let has_room = self.issue.around + text.body.chars().count() + ROOM_OF_MARKS <= MOST_CHARACTERS;
        if has_room && whole.digest() != self.issue.part.text.digest() {
            if self.what.is_empty() {
                self.what.push("write what changed".to_owned());
            }
            self.change.part.text = whole;
        }
        let is_ours = ToldIssue::title_mark(&self.issue.title) == self.issue.part.told.title;
        if is_ours && text.title.trim() != self.issue.title.trim() {
            if self.what.is_empty() {
                self.what.push("write the title".to_owned());
            }
            self.change.title = Some(text.title.clone());
            self.told().title = ToldIssue::title_mark(&text.title);
        }
    }

    pub(super) fn finish(mut self) -> Option<Planned> {
        // What was read is remembered where it isn't yet, lest it be read again and again.
        let is_news = |heard: &HeardIssue| heard.is_judged || self.issue.part.told.at.is_none();
        let is_judged = self.heard.is_some_and(is_news);
        if self.what.is_empty() && self.comments.is_empty() && !is_judged {
            return None;
        }
        if self.what.is_empty() {
            self.what.push(if self.comments.is_empty() { "remember what was read" } else { "answer" }.to_owned());
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
        let IssueUpdate { issue, comments, add, remove, mut change, what, .. } = self;
        change.before.labels.extend(add.iter().cloned());
        let line = format!("#{} {}: {}", issue.number, issue.part.key, what.join(", "));
        let action = Action::Update { number: issue.number, comments, add, remove, change };
        Some(Planned { key: issue.part.key.clone(), action, line })
    }
}
