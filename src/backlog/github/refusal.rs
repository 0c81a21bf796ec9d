//! What GitHub refuses and why, as a sentence for the reader of a red build.

use std::time::Duration;

use anyhow::{Error, anyhow};
use jiff::Timestamp;
use serde_json::Value;

use super::GithubPlace;
use super::wire::WireRefusal;
use crate::http::api::ApiReply;
use crate::http::wait_asked_for;
use crate::text::shortened;

/// The longest part of a server's own words that is shown, in characters.
const WORDS: usize = 200;

/// How long the server wants not to be asked, if that is what it says: `Some(None)` where it doesn't say for how long.
pub(super) fn limited(reply: &ApiReply, now: Timestamp) -> Option<Option<Duration>> {
    if reply.status == 422 && words(reply).contains("submitted too quickly") {
        return Some(None);
    }
    if !matches!(reply.status, 403 | 429 | 503) {
        return None;
    }
    if let Some(asked) = reply.header("retry-after").and_then(wait_asked_for) {
        return Some(Some(asked));
    }
    if reply.header("x-ratelimit-remaining") == Some("0") {
        let reset = reply.header("x-ratelimit-reset").and_then(|at| Timestamp::from_second(at.parse().ok()?).ok());
        let wait = reset.map(|reset| Duration::try_from(reset.duration_since(now)).unwrap_or(Duration::ZERO));
        // A second more, since its clock shows whole ones.
        return Some(wait.map(|wait| wait + Duration::from_secs(1)));
    }
    let said = refusal(reply).message.to_lowercase();
    let is_limit = reply.status == 429
        || (reply.status == 403 && (said.contains("rate limit") || said.contains("abuse detection")));
    is_limit.then_some(None)
}

/// Whether an issue takes no more comments.
pub(super) fn is_locked(reply: &ApiReply) -> bool {
    refusal(reply).message.to_lowercase().contains("is locked")
}

fn refusal(reply: &ApiReply) -> WireRefusal {
    serde_json::from_slice(&reply.body).unwrap_or_default()
}

/// The server's own words, in brackets; nothing where it has none.
pub(super) fn words(reply: &ApiReply) -> String {
    let WireRefusal { message, errors } = refusal(reply);
    let detail = |error: &Value| match error {
        Value::String(text) => text.clone(),
        other => {
            let part = |key: &str| other.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            [part("message"), part("field"), part("code")]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(" ")
        }
    };
    let all: Vec<String> = std::iter::once(message).chain(errors.iter().take(3).map(detail)).collect();
    let all = all.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ");
    if all.is_empty() { String::new() } else { format!(" ({})", shortened(&all, WORDS)) }
}

/// What a refusal means. `doing` says what was tried, such as "listing the issues".
pub(super) fn refused(place: &GithubPlace, doing: &str, reply: &ApiReply) -> Error {
    let (status, words) = (reply.status, words(reply));
    let repository = &place.repository;
    let needed = "a fine-grained token needs `Issues: read and write` and `Metadata: read` for this repository";
    let what_to_do = match status {
        301 | 302 | 307 | 308 => {
            "the repository was renamed or moved: write its new name in source.backlog.repository".to_owned()
        }
        401 => format!(
            "source.backlog.token is wrong, was revoked, or has expired: make a new one and put it where the pipeline reads it; {needed}"
        ),
        403 if reply.header("x-github-sso").is_some() => {
            "the organisation wants single sign-on: authorize the token for it, in the settings of the token's user".to_owned()
        }
        403 if words.contains("archived") => format!("{repository} is archived: name another one, or take `backlog` out of the pipeline"),
        403 => {
            let wanted = reply.header("x-accepted-github-permissions").map(|wanted| format!(" (asked for: {})", shortened(wanted, WORDS)));
            format!("the token may not do that: {needed}{}", wanted.unwrap_or_default())
        }
        404 => format!("there is no {repository}, or the token may not see it; {needed}"),
        410 => format!("{repository} has no issues: switch them on in its settings"),
        422 => "this is likely a bug of davos; please report it with these words".to_owned(),
        451 => "the repository is blocked".to_owned(),
        500.. => "the server has trouble: what was written stays, and the next synchronisation goes on from here".to_owned(),
        _ => "see whether source.backlog.endpoint is the address of its API: https://api.github.com, or https://<host>/api/v3".to_owned(),
    };
    anyhow!("{doing} in {}: the server answered {status}{words}; {what_to_do}", place.describe())
}

/// That an answer can't be read.
pub(super) fn unreadable(place: &GithubPlace, doing: &str, error: &serde_json::Error) -> Error {
    anyhow!(
        "{doing} in {}: the answer is not what GitHub's API sends ({}); see whether source.backlog.endpoint is the address of the API: https://api.github.com, or https://<host>/api/v3",
        place.describe(),
        shortened(&error.to_string(), WORDS)
    )
}
