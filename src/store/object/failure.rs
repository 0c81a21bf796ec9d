//! What a server of objects refuses, as a sentence for the reader of a red build.

use std::error::Error;
use std::fmt;

use anyhow::{Result, anyhow};
use object_store::client::{HttpError, HttpErrorKind};
use serde_json::Value;

use super::place::BucketPlace;
use crate::http::THROUGH;
use crate::text::shortened;

/// What kept an answer from being whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SetbackCause {
    /// The network, or a server that is away.
    Passing,
    /// The other side is not trusted.
    Untrusted,
    /// The other side speaks no TLS.
    NoTls,
    /// The other side speaks no HTTP, as a server that wants TLS does.
    NoHttp,
    /// Nobody knows the name of the server.
    NoName,
    /// A proxy doesn't connect to the server.
    NoTunnel,
}

/// Why a request came to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RequestSetback {
    /// The server refused it.
    Refused {
        /// The status of the answer.
        status: u16,
        /// The server's word for what is wrong, such as `NoSuchBucket`.
        code: String,
        /// What else it says.
        words: String,
    },
    /// There was no whole answer.
    Broken {
        /// What happened.
        what: String,
        /// Why, where that is known.
        why: SetbackCause,
    },
    /// The answer has more MiB than these.
    TooLarge(usize),
    /// This host would have to be asked without TLS.
    NotSecure(String),
}

impl RequestSetback {
    /// What an answer that is no success says: S3 and Google's XML interface tell code and message in XML, Google's token
    /// server in JSON (RFC 6749, 5.2), others in whatever their proxy has.
    pub(super) fn refused(status: u16, body: &[u8]) -> RequestSetback {
        let text = String::from_utf8_lossy(&body[..body.len().min(64 << 10)]);
        let json: Value = serde_json::from_str(&text).unwrap_or_default();
        let word = |value: &Value| value.as_str().map(ToOwned::to_owned);
        let code = element(&text, "Code").or_else(|| word(&json["error"])).or_else(|| word(&json["error"]["status"]));
        let words = element(&text, "Message")
            .or_else(|| word(&json["error_description"]))
            .or_else(|| word(&json["error"]["message"]))
            .or_else(|| code.is_none().then(|| text.clone().into_owned()));
        let line = |text: Option<String>, most: usize| {
            let text = text.unwrap_or_default();
            shortened(&text.split_whitespace().collect::<Vec<_>>().join(" "), most)
        };
        RequestSetback::Refused { status, code: line(code, 60), words: line(words, 200) }
    }

    /// The same of a request that went this way, through a proxy.
    pub(super) fn on(mut self, way: &str) -> RequestSetback {
        if let RequestSetback::Refused { words: what, .. } | RequestSetback::Broken { what, .. } = &mut self {
            *what += way;
        }
        self
    }

    /// As an error that is not worth another try.
    pub(super) fn last(self) -> HttpError {
        HttpError::new(HttpErrorKind::Unknown, self)
    }

    /// The setback within an error of `object_store`.
    pub(super) fn of(error: &object_store::Error) -> Option<&RequestSetback> {
        let mut error: &(dyn Error + 'static) = error;
        loop {
            if let Some(setback) = error.downcast_ref() {
                return Some(setback);
            }
            error = error.source()?;
        }
    }

    /// Whether it is the bucket that is missing, rather than an object in it.
    pub(super) fn is_of_the_bucket(&self) -> bool {
        matches!(self, RequestSetback::Refused { code, .. } if code == "NoSuchBucket")
    }

    /// Whether the server may have done what it was asked for.
    pub(super) fn is_unclear(&self) -> bool {
        matches!(
            self,
            RequestSetback::Broken { why: SetbackCause::Passing | SetbackCause::NoName | SetbackCause::NoTunnel, .. }
        )
    }

    /// Whether the same request may be answered otherwise a moment later.
    pub(super) fn may_pass(&self) -> bool {
        self.is_unclear() || matches!(self, RequestSetback::Refused { status: 408 | 409 | 429 | 500 | 502..=599, .. })
    }

    /// Whether the request that came is not the one that was signed.
    pub(super) fn is_of_the_signature(&self) -> bool {
        let codes = ["SignatureDoesNotMatch", "AccessDenied", "InvalidRequest", ""];
        matches!(self, RequestSetback::Refused { status: 400 | 403, code, words } if codes[0] == code
            || (codes.contains(&code.as_str()) && words.to_ascii_lowercase().contains("sign")))
    }

    /// Whether the server says that it knows no conditions.
    pub(super) fn is_of_the_condition(&self) -> bool {
        let RequestSetback::Refused { status, code, .. } = self else { return false };
        let codes = ["", "NotImplemented", "InvalidArgument", "InvalidRequest", "UnsupportedOperation"];
        *status == 501 || (*status == 400 && codes.contains(&code.as_str()))
    }
}

impl fmt::Display for RequestSetback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RequestSetback::Refused { status, code, words } => {
                let rest = [code.as_str(), words.as_str()].into_iter().filter(|text| !text.is_empty());
                let rest = rest.collect::<Vec<_>>().join(": ");
                let colon = if rest.is_empty() { "" } else { ": " };
                write!(f, "the server answered {status}{colon}{rest}")
            }
            RequestSetback::Broken { what, why: SetbackCause::Untrusted } => {
                write!(f, "the server is not trusted: {what}")
            }
            RequestSetback::Broken { what, why: SetbackCause::NoTls | SetbackCause::NoHttp } => {
                write!(f, "what the server answered is not what was asked for: {what}")
            }
            RequestSetback::Broken { what, why: SetbackCause::NoTunnel } => {
                let way = what.find(THROUGH).map_or("", |at| &what[at..]);
                write!(f, "the proxy doesn't connect to the server{way}")
            }
            RequestSetback::Broken { what, .. } => write!(f, "the server could not be reached: {what}"),
            RequestSetback::TooLarge(most) => write!(f, "the answer is larger than {most} MiB"),
            RequestSetback::NotSecure(host) => write!(f, "{host} would be asked without TLS"),
        }
    }
}

impl Error for RequestSetback {}

/// The error of what was being done, in one line that ends with what to do.
pub(super) fn sentence(doing: &str, place: &BucketPlace, error: &object_store::Error) -> anyhow::Error {
    let at = place.describe();
    match RequestSetback::of(error) {
        Some(setback) => anyhow!("{doing} in {at}: {setback}; {}", setback.advice(place)),
        // What `object_store` itself makes of an answer: no XML, a missing header.
        None => {
            let mut innermost: &dyn Error = error;
            while let Some(source) = innermost.source() {
                innermost = source;
            }
            anyhow!("{doing} in {at}: {}", shortened(&innermost.to_string().replace('\n', " "), 200))
        }
    }
}

/// The text of the first XML element of this name that holds no others.
fn element(text: &str, name: &str) -> Option<String> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    let (inner, _) = rest.split_once(&format!("</{name}>"))?;
    let unescaped = quick_xml::escape::unescape(inner).map_or_else(|_| inner.to_owned(), |text| text.into_owned());
    Some(unescaped)
}

/// A result of `object_store`, with a sentence for its error.
pub(super) fn told<T>(
    result: object_store::Result<T>,
    place: &BucketPlace,
    doing: impl FnOnce() -> String,
) -> Result<T> {
    result.map_err(|error| sentence(&doing(), place, &error))
}
