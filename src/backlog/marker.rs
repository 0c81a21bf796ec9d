//! Our part of an issue's text, between two marks that nobody sees, and what we remember there.
//!
//! A step may be killed anywhere and the next one runs elsewhere, so what was told already is kept with the issue itself.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::IssueKey;
use crate::product::ProductName;
use crate::text::Digest;

/// How our part begins, and how its first line ends.
const BEGIN: &str = "<!-- davos ";
const BEGIN_END: &str = " -->";
/// How it ends.
const END: &str = "<!-- /davos -->";
/// The longest first line that is looked at.
const LONGEST_MARK: usize = 1000;

/// Our part of an issue's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OurPart {
    /// The product whose issue it is.
    pub product: ProductName,
    /// What it is about.
    pub key: IssueKey,
    /// What was told already.
    pub told: ToldIssue,
    /// What people read; of an issue that was only looked at, its digest.
    pub text: PartText,
}

/// What people read in our part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PartText {
    /// All of it.
    Whole(String),
    /// Its digest.
    Digest(Digest),
}

impl PartText {
    /// Its digest.
    pub fn digest(&self) -> Digest {
        match self {
            PartText::Whole(text) => Digest::of(unified(text).trim().as_bytes()),
            PartText::Digest(digest) => *digest,
        }
    }
}

/// What was told and heard already at an issue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldIssue {
    /// Where it was said to stand, as [`WantedStand::token`](super::WantedStand::token) writes it.
    pub stand: String,
    /// The rating that was told last.
    pub rating: String,
    /// The beginning of the digest of the title that was written last. A title that people changed is theirs.
    pub title: String,
    /// The highest number of a comment that was judged.
    pub comment: u64,
    /// The highest number of a label's event that was judged.
    pub event: u64,
    /// How many comments it had then.
    pub comments: u64,
    /// Whether a label that answers was there then.
    pub is_labelled: bool,
    /// Whether people who closed it without an answer were told what that means.
    pub is_left: bool,
    /// The time of the server when this was written.
    #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::optional")]
    pub at: Option<Timestamp>,
}

impl ToldIssue {
    /// How a title is remembered.
    pub fn title_mark(title: &str) -> String {
        Digest::of(title.trim().as_bytes()).to_string()[..12].to_owned()
    }

    fn parse(words: &[&str]) -> ToldIssue {
        let get = |key: &str| words.iter().find_map(|word| word.strip_prefix(key)?.strip_prefix('='));
        let text = |key: &str| get(key).unwrap_or_default().to_owned();
        let number = |key: &str| get(key).and_then(|text| text.parse().ok()).unwrap_or(0);
        ToldIssue {
            stand: text("s"),
            rating: text("r"),
            title: text("t"),
            comment: number("c"),
            event: number("e"),
            comments: number("k"),
            is_labelled: number("a") == 1,
            is_left: number("l") == 1,
            at: get("at").and_then(|text| text.parse().ok()),
        }
    }

    fn write(&self) -> String {
        let ToldIssue { stand, rating, title, comment, event, comments, is_labelled, is_left, at } = self;
        let at = at.map(|at| format!(" at={at}")).unwrap_or_default();
        let (labelled, left) = (u8::from(*is_labelled), u8::from(*is_left));
        format!("s={stand} r={rating} t={title} c={comment} e={event} k={comments} a={labelled} l={left}{at}")
    }
}

impl OurPart {
    /// What the text of an issue says between our marks; `None` where they are not there. People may have changed any of it.
    pub fn find(body: &str) -> Option<OurPart> {
        let place = PartPlace::of(body)?;
        let mark = &body[place.begin + BEGIN.len()..place.mark_end - BEGIN_END.len()];
        let words: Vec<&str> = mark.split_whitespace().collect();
        let (product, key) = (words.first()?.parse().ok()?, words.get(1)?.parse().ok()?);
        let text = &body[place.mark_end..place.text_end];
        let digest = Digest::of(unified(text).trim().as_bytes());
        Some(OurPart { product, key, told: ToldIssue::parse(&words[2..]), text: PartText::Digest(digest) })
    }

    /// It with its marks.
    pub fn write(&self) -> String {
        let text = match &self.text {
            PartText::Whole(text) => text.trim(),
            PartText::Digest(_) => "",
        };
        format!("{}\n{text}\n{END}", self.mark())
    }

    fn mark(&self) -> String {
        format!("{BEGIN}{} {} {}{BEGIN_END}", self.product, self.key, self.told.write())
    }

    /// The text of an issue with this part in the place of the one that it has. What people wrote around it stays as it is; so
    /// does what is between the marks, where only its digest is known.
    pub fn put_into(&self, body: &str) -> String {
        let Some(place) = PartPlace::of(body) else {
            // People removed the marks meanwhile.
            return format!("{}\n\n{body}", self.write()).trim_end().to_owned();
        };
        let (before, after) = (&body[..place.begin], &body[place.end..]);
        match &self.text {
            PartText::Whole(_) => format!("{before}{}{after}", self.write()),
            PartText::Digest(_) => format!("{before}{}{}{after}", self.mark(), &body[place.mark_end..place.end]),
        }
    }
}

/// How often a beginning of our mark is looked at that is none.
const MOST_BEGINNINGS: usize = 20;

/// Where our part stands in a text, in bytes.
struct PartPlace {
    begin: usize,
    mark_end: usize,
    text_end: usize,
    end: usize,
}

impl PartPlace {
    fn of(body: &str) -> Option<PartPlace> {
        // People may write of our marks above ours.
        body.match_indices(BEGIN).take(MOST_BEGINNINGS).find_map(|(begin, _)| PartPlace::at(body, begin))
    }

    fn at(body: &str, begin: usize) -> Option<PartPlace> {
        let line_end = body[begin..].find(['\n', '\r']).map_or(body.len(), |length| begin + length);
        let mark_end = begin + body[begin..line_end].find(BEGIN_END)? + BEGIN_END.len();
        if mark_end - begin > LONGEST_MARK {
            return None;
        }
        // Where people removed the last mark, all that follows is theirs.
        let text_end = body[mark_end..].find(END).map(|length| mark_end + length);
        let (text_end, end) = text_end.map_or((mark_end, mark_end), |at| (at, at + END.len()));
        Some(PartPlace { begin, mark_end, text_end, end })
    }
}

/// How many characters stand around our part of a text.
pub(super) fn characters_around(body: &str) -> usize {
    match PartPlace::of(body) {
        Some(PartPlace { begin, end, .. }) => body[..begin].chars().count() + body[end..].chars().count(),
        None => body.chars().count(),
    }
}

/// The text with ends of lines as we write them: a browser sends others.
fn unified(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// How the mark of one of our comments begins.
const COMMENT: &str = "<!-- davos: ";

/// A comment with the mark that nobody sees.
pub(super) fn marked(mark: &str, text: &str) -> String {
    format!("{text}\n\n{COMMENT}{mark}{BEGIN_END}")
}

/// The mark of a comment of ours.
pub(super) fn mark_of(comment: &str) -> Option<String> {
    let (_, rest) = comment.rsplit_once(COMMENT)?;
    let (mark, _) = rest.split_once(BEGIN_END)?;
    (mark.len() <= LONGEST_MARK).then(|| mark.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(text: &str) -> OurPart {
        let told = ToldIssue {
            stand: "open:1:5".into(),
            rating: "high".into(),
            title: "1a2b".into(),
            comment: 3,
            at: "2026-01-19T12:00:00Z".parse().ok(),
            ..ToldIssue::default()
        };
        OurPart {
            product: "cflinuxfs4".parse().expect("a name"),
            key: "USN-7946-1".parse().expect("a key"),
            told,
            text: PartText::Whole(text.to_owned()),
        }
    }

    #[test]
    fn what_was_written_is_found_again_also_with_the_ends_of_lines_of_a_browser() {
        let part = part("a\n\nb | c\n");
        for body in [part.write(), format!("mine\n{}\nalso mine", part.write()), part.write().replace('\n', "\r\n")] {
            let found = OurPart::find(&body).expect("our part");
            assert_eq!((found.key, found.told), (part.key.clone(), part.told.clone()));
            assert_eq!(found.text.digest(), part.text.digest());
        }
    }

    #[test]
    fn only_what_is_between_the_marks_is_replaced() {
        let body = format!("before {}\r\nafter <!-- davos x -->", part("old").write());
        let new = part("new").put_into(&body);
        assert!(new.starts_with("before <!-- davos cflinuxfs4 USN-7946-1 s=open:1:5"), "{new}");
        assert!(new.ends_with("-->\nnew\n<!-- /davos -->\r\nafter <!-- davos x -->"), "{new}");
        let told = OurPart { text: PartText::Digest(Digest::of(b"")), ..part("") };
        assert!(told.put_into(&body).ends_with("-->\nold\n<!-- /davos -->\r\nafter <!-- davos x -->"));
    }

    #[test]
    fn marks_that_people_removed_or_changed_take_nothing_with_them() {
        assert_eq!(OurPart::find("nothing"), None);
        assert_eq!(OurPart::find("<!-- davos ../x USN-1-1 -->"), None);
        assert_eq!(OurPart::find("<!-- davos x USN-1-1 s=open"), None);
        let body = part("old").write().replace(END, "") + "mine";
        assert!(part("new").put_into(&body).ends_with("new\n<!-- /davos -->\nold\nmine"), "{body}");
        assert!(part("new").put_into("mine").ends_with("new\n<!-- /davos -->\n\nmine"));
        let found = OurPart::find("<!-- davos x USN-1-1 c=-4 at=soon r -->").expect("our part");
        assert_eq!(found.told, ToldIssue::default());
    }

    #[test]
    fn the_mark_of_a_comment_is_its_last() {
        assert_eq!(mark_of(&marked("re:5", "said <!-- davos: re:4 -->")).as_deref(), Some("re:5"));
        assert_eq!(mark_of("text"), None);
    }
}
