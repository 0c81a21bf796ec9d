//! What HTTP tells about the age of an answer: validators and `Cache-Control`.

use std::time::Duration;

use reqwest::header::{AGE, CACHE_CONTROL, ETAG, HeaderMap, HeaderName, LAST_MODIFIED};
use serde::{Deserialize, Serialize};

/// What a server said to recognise the same content by, sent back when asking again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// `ETag`, with its quotes.
    pub etag: Option<String>,
    /// `Last-Modified`, as sent.
    pub last_modified: Option<String>,
}

impl Validators {
    /// Whether there is nothing to recognise by.
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }
}

/// An answer.
#[derive(Debug)]
pub enum Answer<T> {
    /// The content is still what the validators stand for.
    NotModified,
    /// The content as parsed.
    Fresh {
        /// What was parsed.
        value: T,
        /// What to recognise it by next time.
        validators: Validators,
        /// How long it may be used without asking again; zero where the server doesn't allow it.
        max_age: Duration,
    },
}

impl<T> Answer<T> {
    /// The parsed content, if it is fresh.
    pub fn fresh(self) -> Option<T> {
        match self {
            Answer::Fresh { value, .. } => Some(value),
            Answer::NotModified => None,
        }
    }
}

/// The longest header that counts, in bytes. They are kept of every answer, and a server may send 400 kB of them.
const LONGEST: usize = 256;

/// What the headers of an answer say.
pub(super) fn of(headers: &HeaderMap) -> (Validators, Duration) {
    let text = |name: HeaderName| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.filter(|value| value.len() <= LONGEST).map(str::to_owned)
    };
    let validators = Validators { etag: text(ETAG), last_modified: text(LAST_MODIFIED) };
    let seconds = |text: &str| text.trim().trim_matches('"').parse().ok().map(Duration::from_secs);
    let age = text(AGE).and_then(|age| seconds(&age)).unwrap_or_default();
    let controls = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let mut max_age = Duration::ZERO;
    for control in controls.flat_map(|list| list.split(',')).map(|control| control.trim().to_ascii_lowercase()) {
        if control == "no-store" || control == "no-cache" {
            return (validators, Duration::ZERO);
        }
        if let Some(text) = control.strip_prefix("max-age=") {
            max_age = seconds(text).unwrap_or_default();
        }
    }
    (validators, max_age.saturating_sub(age))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn max_age(pairs: &[(&'static str, &'static str)]) -> u64 {
        let parse = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), value.parse().expect("a header value"))
        };
        of(&pairs.iter().map(parse).collect()).1.as_secs()
    }

    #[test]
    fn an_answer_may_be_used_as_long_as_its_server_allows_less_its_age() {
        // The API's own header for a notice.
        let control = ("cache-control", "public, max-age=21600, stale-while-revalidate=86400, stale-if-error=300");
        assert_eq!(max_age(&[control]), 21600);
        assert_eq!(max_age(&[control, ("age", "600")]), 21000);
        assert_eq!(max_age(&[control, ("age", "99999")]), 0);
        assert_eq!(max_age(&[("cache-control", "Max-Age=60")]), 60);
    }

    #[test]
    fn an_answer_may_not_be_used_again_where_nobody_allows_it() {
        assert_eq!(max_age(&[]), 0);
        assert_eq!(max_age(&[("cache-control", "max-age=60, no-store")]), 0);
        assert_eq!(max_age(&[("cache-control", "no-cache")]), 0);
        assert_eq!(max_age(&[("cache-control", "max-age=soon")]), 0);
    }
}
