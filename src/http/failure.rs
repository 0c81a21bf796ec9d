//! Why a request came to nothing, as a sentence for the reader of a red build.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::StatusCode;
use reqwest::blocking::Response;
use reqwest::header::RETRY_AFTER;
use url::Url;

use crate::text::shortened;

use super::proxies::{Proxy, THROUGH};

/// What kind of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// 404 or 410, or no such file.
    NotFound,
    /// Another answer that asking again doesn't change: 4xx, a redirect to something less safe.
    Refused,
    /// The server is overloaded or broken: 429 or 5xx.
    Unavailable,
    /// No connection, or one that broke.
    Unreachable,
    /// No certificate that we trust, or no TLS at all.
    Untrusted,
    /// It took longer than one request may.
    TimedOut,
    /// The deadline for all requests is over.
    OutOfTime,
    /// The body ended early.
    Truncated,
    /// The body is longer than it may be.
    TooLong,
    /// The body is complete, and not what was expected.
    Unreadable,
}

/// A request that came to nothing. Displays as a sentence, without credentials.
#[derive(Debug, Clone)]
pub struct Failure {
    kind: FailureKind,
    /// Shared: of a server that is down, all that was to be asked gets the same.
    sentence: Arc<str>,
}

impl Failure {
    /// A failure that was found in an answer after it was read.
    pub fn new(kind: FailureKind, url: &Url, what: impl Into<String>) -> Failure {
        TrySetback::of(kind, what).give_up(url, 1, "")
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> FailureKind {
        self.kind
    }

    /// Whether other requests to the same server would likely fail as well.
    pub fn is_of_the_server(&self) -> bool {
        use FailureKind::{NotFound, Refused, TooLong, Unreadable};
        !matches!(self.kind, NotFound | Refused | TooLong | Unreadable)
    }

    /// Whether the server answered that there is no such thing.
    pub fn is_not_found(&self) -> bool {
        self.kind == FailureKind::NotFound
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl Error for Failure {}

/// One try that came to nothing.
#[derive(Debug, Clone)]
pub(super) struct TrySetback {
    pub(super) kind: FailureKind,
    what: String,
    /// When the server wants to be asked again.
    pub(super) retry_after: Option<Duration>,
    retried: bool,
    /// Who answered, or failed to, where it isn't the server that was asked: in brackets, with a blank before.
    way: String,
    /// The variable of a proxy that wants to know who asks.
    asks_who: Option<String>,
}

impl TrySetback {
    pub(super) fn of(kind: FailureKind, what: impl Into<String>) -> TrySetback {
        let retried = matches!(kind, FailureKind::Unreachable | FailureKind::TimedOut | FailureKind::Truncated);
        TrySetback { kind, what: what.into(), retry_after: None, retried, way: String::new(), asks_who: None }
    }

    /// The same, of a request for `asked` that came to `at` in the end, and that by this proxy.
    pub(super) fn on_the_way(mut self, asked: &Url, at: &Url, proxy: Option<&Proxy>) -> TrySetback {
        if at.origin() != asked.origin() {
            self.way = format!(" (redirected to {})", place(at));
        }
        if let Some(proxy) = proxy {
            self.way += &format!("{THROUGH}{})", proxy.shown());
            self.asks_who = (self.kind == FailureKind::Refused && self.what.starts_with(PROXY_ASKS_WHO))
                .then(|| proxy.variable.clone());
        }
        self
    }

    /// Whether another try may do better.
    pub(super) fn may_pass(&self) -> bool {
        self.retried
    }

    /// An answer that is neither the content nor a redirect.
    pub(super) fn of_status(response: Response) -> TrySetback {
        let status = response.status();
        let kind = match status {
            StatusCode::NOT_FOUND | StatusCode::GONE => FailureKind::NotFound,
            StatusCode::TOO_MANY_REQUESTS => FailureKind::Unavailable,
            status if status.is_server_error() => FailureKind::Unavailable,
            _ => FailureKind::Refused,
        };
        let after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = after.and_then(wait_asked_for);
        // 501 and the like say that the server never will.
        let retried = matches!(status.as_u16(), 429 | 500 | 502 | 503 | 504);
        let mut start = Vec::new();
        // The status alone will do where the body can't be read.
        let _ = response.take(1024).read_to_end(&mut start);
        let what = match status {
            StatusCode::PROXY_AUTHENTICATION_REQUIRED => format!("{PROXY_ASKS_WHO}{}", quoted(&start)),
            _ => format!("answered {status}{}", quoted(&start)),
        };
        TrySetback { retry_after, retried, ..TrySetback::of(kind, what) }
    }

    /// No answer at all.
    pub(super) fn of_transport(error: reqwest::Error) -> TrySetback {
        if error.is_timeout() {
            let during = if error.is_connect() { "no connection" } else { "no answer" };
            return TrySetback::of(FailureKind::TimedOut, format!("{during} within the time limit"));
        }
        if is_no_http(&error) {
            return TrySetback::of(FailureKind::Unreachable, "what answered is no HTTP server, is the port right?");
        }
        let causes = causes(&error);
        // hyper-util has no type for these that is at hand here.
        if causes.ends_with("proxy authorization required") {
            return TrySetback::of(FailureKind::Refused, PROXY_ASKS_WHO);
        }
        if causes.ends_with("tunnel error: unsuccessful") {
            return TrySetback::of(FailureKind::Unreachable, "the proxy does not connect to this server");
        }
        let kind = match is_about_tls(&error) {
            true => FailureKind::Untrusted,
            false => FailureKind::Unreachable,
        };
        TrySetback::of(kind, causes)
    }

    /// A body that broke while it was read.
    pub(super) fn of_read(error: &io::Error) -> TrySetback {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<reqwest::Error>());
        if inner.is_some_and(reqwest::Error::is_timeout) || error.kind() == io::ErrorKind::TimedOut {
            return TrySetback::of(FailureKind::TimedOut, "the answer did not end within the time limit");
        }
        let cause = inner.map_or_else(|| error.to_string(), causes);
        TrySetback::of(FailureKind::Truncated, format!("the answer broke off ({cause})"))
    }

    /// A complete body that is not what was expected; `start` is how it begins.
    pub(super) fn of_content(error: &anyhow::Error, start: &[u8]) -> TrySetback {
        if start.is_empty() {
            return TrySetback::of(FailureKind::Unreadable, "answered with what can't be used: nothing");
        }
        TrySetback::of(FailureKind::Unreadable, format!("answered with what can't be used: {error:#}{}", quoted(start)))
    }

    /// The end of trying, and `why` it is the end, if that isn't plain.
    pub(super) fn give_up(self, url: &Url, tried: u32, why: &str) -> Failure {
        let times = if tried == 1 { String::new() } else { format!(", {tried} times") };
        let sentence = format!("{}{times}: {}{}{why}; {}", shown(url), self.what, self.way, self.advice());
        Failure { kind: self.kind, sentence: sentence.into() }
    }

    fn advice(&self) -> Cow<'static, str> {
        if let Some(variable) = &self.asks_who {
            return format!("give its user and password in {variable}, as http://user:password@host:port").into();
        }
        let through_proxy = self.way.contains("proxy");
        Cow::Borrowed(match self.kind {
            FailureKind::Refused if through_proxy => {
                "see whether the proxy lets this pass, or belongs there at all (no_proxy), and whether the address and its credentials are right"
            }
            FailureKind::Unreachable if through_proxy => {
                "see whether the proxy is right and lets this pass, or whether the server belongs into no_proxy"
            }
            FailureKind::NotFound => "if that is unexpected, see whether the address is right",
            FailureKind::Refused => "see whether the address and its credentials are right",
            FailureKind::Unavailable | FailureKind::OutOfTime => "the next check asks again",
            FailureKind::Unreachable => "see whether name resolution, proxy variables and firewall allow it",
            FailureKind::Untrusted => "see whether the server's authority is in the system's trust store or `ca_certs`",
            FailureKind::TimedOut | FailureKind::Truncated => {
                "see whether the network is slow; the next check asks again"
            }
            FailureKind::TooLong | FailureKind::Unreadable => "see whether the address leads to the right server",
        })
    }
}

/// How people are told that a proxy answered 407, or refused a connection for that reason.
const PROXY_ASKS_WHO: &str = "the proxy wants to know who asks (407)";

/// Which server a URL leads to. The rest may be signed, or hold a token.
pub(super) fn place(url: &Url) -> String {
    match url.has_host() {
        true => url.origin().ascii_serialization(),
        false => format!("an address of {}", url.scheme()),
    }
}

/// A URL without its credentials.
pub(crate) fn shown(url: &Url) -> Url {
    let mut url = url.clone();
    // Both setters fail only for addresses that have no host, hence no credentials.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

/// The last two causes of an error: the first ones say only "error sending request".
fn causes(error: &reqwest::Error) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        texts.push(cause.to_string());
        next = cause.source();
    }
    texts.dedup();
    match texts.len() {
        0 => "the connection failed".to_owned(),
        length => texts.split_off(length.saturating_sub(2)).join(": "),
    }
}

/// Whether it was TLS that failed. An `io::Error` is asked for what it holds, because its `source` is that of the error
/// within and leaves out the error itself.
pub(crate) fn is_about_tls(error: &(dyn Error + 'static)) -> bool {
    let held = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    error.is::<rustls::Error>()
        || held.is_some_and(|held| is_about_tls(held))
        || error.source().is_some_and(is_about_tls)
}

/// Whether what came is no HTTP. hyper's own type for that is not at hand here, its words are.
fn is_no_http(error: &reqwest::Error) -> bool {
    std::iter::successors(error.source(), |&cause| cause.source())
        .any(|cause| cause.to_string().starts_with("invalid HTTP"))
}

/// How a body begins, on one line, in brackets; nothing for an empty one.
fn quoted(start: &[u8]) -> String {
    let text = String::from_utf8_lossy(start);
    // Packed or enciphered bytes tell nobody anything; a page in an old encoding still does.
    if text.chars().filter(|&c| c == '\u{fffd}').count() * 8 > text.chars().count() {
        return " (it is no text)".to_owned();
    }
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() { line } else { format!(" ({})", shortened(&line, 120)) }
}

/// The wait that a `Retry-After` asks for: seconds, or a date (RFC 9110, 10.2.3).
pub(crate) fn wait_asked_for(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = rfc2822::DateTimeParser::new().parse_timestamp(text.trim()).ok()?;
    Some(Duration::try_from(date.duration_since(Timestamp::now())).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_is_one_short_printable_line() {
        assert_eq!(quoted(b"<html>\n  <b>504\x1b[31m Gateway\r\n</b>"), r" (<html> <b>504\u{1b}[31m Gateway </b>)");
        assert_eq!(quoted(b" \n"), "");
        assert_eq!(quoted(&[b'x'; 500]).chars().count(), 120 + " (…)".chars().count());
    }

    #[test]
    fn a_wait_is_asked_for_in_seconds_or_as_a_date() {
        assert_eq!(wait_asked_for(" 120 "), Some(Duration::from_secs(120)));
        assert_eq!(wait_asked_for("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert_eq!(wait_asked_for("soon"), None);
        let in_an_hour = (Timestamp::now() + Duration::from_secs(3600)).strftime("%a, %d %b %Y %H:%M:%S GMT");
        let wait = wait_asked_for(&in_an_hour.to_string()).expect("a date");
        assert!((3590..=3600).contains(&wait.as_secs()), "{wait:?}");
    }
}
