//! Commands in comments: `/davos <status> [<justification>][: <reason>] [until <date>]`.

use anyhow::{Result, anyhow, bail};
use jiff::Timestamp;

use crate::notice::Published;
use crate::text::{cut, quoted};
use crate::tracker::{Justification, Status};

/// How a line with a command begins.
const WORD: &str = "/davos";

/// The longest line that is read as a command, in bytes.
const LONGEST: usize = 2000;

/// What somebody wrote of a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The status.
    pub status: Status,
    /// Why it is not affected.
    pub justification: Option<Justification>,
    /// The reason, in their words.
    pub reason: Option<String>,
    /// Until when it holds; `None` for good.
    pub until: Option<Timestamp>,
}

/// The lines of a comment that begin a command: outside of code and quotes, as a mail program or GitHub makes them. There
/// may be only one in a comment, so of more than that all are given, in one line that is none.
pub(super) fn command_line(comment: &str) -> Option<String> {
    let (mut fence, mut found) = (None::<&str>, Vec::new());
    for line in comment.lines() {
        let trimmed = line.trim();
        let mark = ["```", "~~~"].into_iter().find(|mark| trimmed.starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            (Some(_), _) => {}
            // Four blanks make code (CommonMark 0.31, 4.4).
            (None, None) if !line.starts_with("    ") && !line.starts_with('\t') => {
                let rest = trimmed.strip_prefix(WORD);
                if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', ':'])) {
                    found.push(trimmed);
                }
            }
            (None, None) => {}
        }
    }
    match found.as_slice() {
        [] => None,
        [one] => Some(cut(one, LONGEST).into_owned()),
        _ => Some(format!("{WORD} {WORD}")),
    }
}

/// What a line with a command says.
///
/// # Errors
/// With what is wrong with it, for its author.
pub fn command(line: &str) -> Result<Command> {
    let rest = line.strip_prefix(WORD).unwrap_or(line).trim_start_matches(':').trim();
    if rest.starts_with(WORD) {
        bail!("there are several commands in one comment, and it couldn't be told which is meant");
    }
    if rest.ends_with('…') && line.len() >= LONGEST - 3 {
        bail!("the command is longer than {LONGEST} characters");
    }
    let (rest, until) = until(rest)?;
    let (words, reason) = match rest.split_once(':') {
        Some((words, reason)) => (words, Some(reason.trim().to_owned()).filter(|reason| !reason.is_empty())),
        None => (rest, None),
    };
    let mut words = words.split_whitespace();
    let status = match words.next() {
        None => bail!("the status is missing"),
        Some(word) => status(word)?,
    };
    let justification = words.next().map(|word| {
        let plain = word.to_lowercase().replace('-', "_");
        plain.parse::<Justification>().map_err(|_| {
            anyhow!(
                "{} is no justification; there are {}. A reason in your own words follows a colon",
                quoted(word),
                Justification::WORDS.join(", ")
            )
        })
    });
    let justification = justification.transpose()?;
    if let Some(word) = words.next() {
        bail!("{} is one word too many; a reason in your own words follows a colon", quoted(word));
    }
    match status {
        Status::NotAffected if justification.is_none() && reason.is_none() => {
            bail!("`not_affected` needs a justification, or a reason after a colon")
        }
        Status::Affected if reason.is_none() => bail!("`affected` needs a reason after a colon, be it \"won't fix\""),
        Status::Affected | Status::UnderInvestigation if justification.is_some() => {
            bail!("a justification stands only with `not_affected`; say it after a colon")
        }
        Status::UnderInvestigation if until.is_some() => {
            bail!("`under_investigation` keeps the notice open, so it has no `until`")
        }
        _ => Ok(Command { status, justification, reason, until }),
    }
}

fn status(word: &str) -> Result<Status> {
    let plain = word.to_lowercase().replace(['-', '’'], "_").replace('\'', "");
    match plain.as_str() {
        "wont_fix" | "wontfix" => return Ok(Status::Affected),
        "fixed" => bail!("`fixed` is no answer: a recorded release shows it, and then this issue is closed"),
        _ => {}
    }
    plain
        .parse()
        .map_err(|_| anyhow!("{} is no status; there are {} and wont_fix", quoted(word), Status::WORDS.join(", ")))
}

/// What stands before `until <date>` at the end, and the date. "until upstream has fixed it" is a reason like any other.
fn until(text: &str) -> Result<(&str, Option<Timestamp>)> {
    let bare = text.strip_suffix(']').unwrap_or(text).trim_end();
    let Some((before, date)) = bare.rsplit_once(char::is_whitespace) else { return Ok((text, None)) };
    let before = before.trim_end();
    let Some(before) = before.strip_suffix("until").or_else(|| before.strip_suffix("Until")) else {
        return Ok((text, None));
    };
    let before = before.strip_suffix('[').unwrap_or(before);
    if !date.starts_with(|c: char| c.is_ascii_digit()) || before.ends_with(|c: char| c.is_alphanumeric()) {
        return Ok((text, None));
    }
    let time = match date.parse::<Published>() {
        Ok(day) if day.day().year() == 9999 => None,
        Ok(Published::Day(day)) => Some(Published::Day(day).instant()),
        _ => match date.parse::<Timestamp>() {
            Ok(time) => Some(time),
            Err(_) => bail!("{} is no date; write one such as 2027-01-31", quoted(date)),
        },
    };
    Ok((before.trim_end(), time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_says_all_that_an_answer_has() {
        let read = command("/davos not_affected vulnerable_code_not_in_execute_path: gpgv: never run until 2027-01-31");
        let read = read.expect("a command");
        assert_eq!(read.status, Status::NotAffected);
        assert_eq!(read.justification, Some(Justification::VulnerableCodeNotInExecutePath));
        assert_eq!(read.reason.as_deref(), Some("gpgv: never run"));
        assert_eq!(read.until.map(|until| until.to_string()).as_deref(), Some("2027-01-31T00:00:00Z"));
        for (line, status, reason) in [
            ("/davos won't_fix: no", Status::Affected, Some("no")),
            (
                "/davos wont-fix: wait until upstream has fixed it",
                Status::Affected,
                Some("wait until upstream has fixed it"),
            ),
            ("/davos Not-Affected: x [until 2027-01-31]", Status::NotAffected, Some("x")),
            ("/davos under_investigation", Status::UnderInvestigation, None),
            ("/davos: not_affected component_not_present", Status::NotAffected, None),
        ] {
            let read = command(line).expect(line);
            assert_eq!((read.status, read.reason.as_deref()), (status, reason), "{line}");
        }
    }

    #[test]
    fn a_wrong_command_is_told_what_is_wrong() {
        for (line, said) in [
            ("/davos", "the status is missing"),
            ("/davos fixed", "`fixed` is no answer"),
            ("/davos notaffected: x", "is no status; there are not_affected"),
            ("/davos not_affected", "needs a justification, or a reason"),
            ("/davos not_affected because: x", "\"because\" is no justification"),
            ("/davos not_affected component_not_present now", "\"now\" is one word too many"),
            ("/davos affected", "needs a reason"),
            ("/davos affected component_not_present: x", "stands only with"),
            ("/davos affected: x until 2027-31-01", "is no date"),
            ("/davos under_investigation until 2027-01-31", "has no `until`"),
            ("/davos /davos", "several commands"),
        ] {
            let error = command(line).expect_err(line).to_string();
            assert!(error.contains(said), "{line}: {error}");
        }
    }

    #[test]
    fn a_command_is_a_line_of_its_own_and_neither_code_nor_a_quote() {
        assert_eq!(command_line("Hello\r\n  /davos not_affected: x\r\n").as_deref(), Some("/davos not_affected: x"));
        for none in
            ["> /davos affected: x", "```\n/davos affected: x\n```", "    /davos affected: x", "a /davos b", "/davosx"]
        {
            assert_eq!(command_line(none), None, "{none}");
        }
        assert!(command(&command_line("/davos affected: x\n/davos affected: y").expect("a line")).is_err());
        let long = format!("/davos affected: {}", "é".repeat(LONGEST));
        assert!(command(&command_line(&long).expect("a line")).is_err());
    }
}
