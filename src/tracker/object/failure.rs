//! What a server of objects refuses, as a sentence for the reader of a red build.

use std::error::Error;
use std::fmt;

use anyhow::{Result, anyhow};
use object_store::client::{HttpError, HttpErrorKind};
use serde_json::Value;

use super::place::{Place, S3Place};
use crate::text::shortened;
use crate::upstream::http::THROUGH;

/// What kept an answer from being whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
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
pub(super) enum Setback {
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
        why: Why,
    },
    /// The answer has more MiB than these.
    TooLarge(usize),
    /// This host would have to be asked without TLS.
    NotSecure(String),
}

impl Setback {
    /// What an answer that is no success says: S3 and Google's XML interface tell code and message in XML, Google's token
    /// server in JSON (RFC 6749, 5.2), others in whatever their proxy has.
    pub(super) fn refused(status: u16, body: &[u8]) -> Setback {
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
        Setback::Refused { status, code: line(code, 60), words: line(words, 200) }
    }

    /// The same of a request that went this way, through a proxy.
    pub(super) fn on(mut self, way: &str) -> Setback {
        if let Setback::Refused { words: what, .. } | Setback::Broken { what, .. } = &mut self {
            *what += way;
        }
        self
    }

    /// As an error that is not worth another try.
    pub(super) fn last(self) -> HttpError {
        HttpError::new(HttpErrorKind::Unknown, self)
    }

    /// The setback within an error of `object_store`.
    pub(super) fn of(error: &object_store::Error) -> Option<&Setback> {
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
        matches!(self, Setback::Refused { code, .. } if code == "NoSuchBucket")
    }

    /// Whether the server may have done what it was asked for.
    pub(super) fn is_unclear(&self) -> bool {
        matches!(self, Setback::Broken { why: Why::Passing | Why::NoName | Why::NoTunnel, .. })
    }

    /// Whether the same request may be answered otherwise a moment later.
    pub(super) fn may_pass(&self) -> bool {
        self.is_unclear() || matches!(self, Setback::Refused { status: 408 | 409 | 429 | 500 | 502..=599, .. })
    }

    /// Whether the request that came is not the one that was signed.
    pub(super) fn is_of_the_signature(&self) -> bool {
        let codes = ["SignatureDoesNotMatch", "AccessDenied", "InvalidRequest", ""];
        matches!(self, Setback::Refused { status: 400 | 403, code, words } if codes[0] == code
            || (codes.contains(&code.as_str()) && words.to_ascii_lowercase().contains("sign")))
    }

    /// Whether the server says that it knows no conditions.
    pub(super) fn is_of_the_condition(&self) -> bool {
        let Setback::Refused { status, code, .. } = self else { return false };
        let codes = ["", "NotImplemented", "InvalidArgument", "InvalidRequest", "UnsupportedOperation"];
        *status == 501 || (*status == 400 && codes.contains(&code.as_str()))
    }

    /// What to do about it.
    fn advice(&self, place: &Place) -> &'static str {
        if let Some(advice) = self.advice_for_proxy() {
            return advice;
        }
        if let Place::Gcs(gcs) = place
            && let Some(advice) = self.advice_for_gcs(gcs.json_key.is_some())
        {
            return advice;
        }
        let keys = match place {
            Place::S3(place) if place.keys.is_some() => "access_key_id and secret_access_key",
            Place::S3(_) => "the role of the machine (source.tracker has no access keys)",
            Place::Gcs(place) if place.json_key.is_some() => "json_key",
            Place::Gcs(_) => "the account of the machine (source.tracker has no json_key)",
        };
        let is_virtual_host = matches!(place, Place::S3(S3Place { path_style: false, endpoint: Some(_), .. }));
        match self {
            // A server that doesn't know the bucket in front of its name takes the first folder for the bucket.
            Setback::Refused { code, .. } if code == "NoSuchBucket" && is_virtual_host => VIRTUAL_HOST,
            Setback::Refused { code, .. } if code == "NoSuchBucket" => {
                "make the bucket, or correct source.tracker.bucket"
            }
            Setback::Refused { code, .. }
                if [
                    "InvalidAccessKeyId",
                    "SignatureDoesNotMatch",
                    "InvalidToken",
                    "InvalidTokenId",
                    "ExpiredToken",
                ]
                .contains(&code.as_str()) =>
            {
                if code.contains("Token") {
                    "is session_token in source.tracker right, and still valid? Keys that never run out have none"
                } else {
                    "are access_key_id, secret_access_key and session_token in source.tracker right, and still valid?"
                }
            }
            Setback::Refused { code, .. } if code == "RequestTimeTooSkewed" => "set the clock of the worker",
            Setback::Refused { code, status: 300..=399, .. } | Setback::Refused { code, status: 400, .. }
                if code.contains("Redirect") || code == "AuthorizationHeaderMalformed" || code.is_empty() =>
            {
                "is the bucket in another region? correct source.tracker.region_name or endpoint"
            }
            Setback::Refused { status: 200..=299, .. } => {
                "correct source.tracker.endpoint, and look for a proxy or a page to sign in on"
            }
            Setback::Refused { status: 401 | 403, .. } => match keys {
                "json_key" => "may the account of source.tracker.json_key list, read and create objects here?",
                "access_key_id and secret_access_key" => {
                    "may the owner of source.tracker.access_key_id list, read and create objects here?"
                }
                _ => {
                    "may the account that the machine lends us list, read and create objects here? source.tracker holds no keys"
                }
            },
            Setback::Refused { status: 404, .. } if is_virtual_host => VIRTUAL_HOST,
            Setback::Refused { status: 404, .. } => "correct source.tracker.endpoint or bucket",
            Setback::Refused { .. } => "try again later",
            Setback::Broken { why: Why::Untrusted, .. } => {
                "give the server's CA in source.ca_certs, or correct source.tracker.endpoint"
            }
            Setback::Broken { why: Why::NoTls, .. } => {
                "the server speaks no TLS on that port: correct the port, or write http:// in source.tracker.endpoint"
            }
            Setback::Broken { why: Why::NoHttp, .. } => {
                "correct the port in source.tracker.endpoint; if the server wants TLS there, write https://"
            }
            Setback::Broken { why: Why::NoName, .. } if is_virtual_host => VIRTUAL_HOST,
            Setback::Broken { .. } => match keys {
                "access_key_id and secret_access_key" | "json_key" => "is the server up, and its address right?",
                _ => "is the server up? source.tracker holds no keys, so the machine itself was asked for some too",
            },
            Setback::TooLarge(_) => "a tracker holds nothing that large; is this its bucket?",
            Setback::NotSecure(_) => "write https, or an endpoint with http:// if that is meant",
        }
    }
}

/// What to do where a server of one's own is asked for `bucket.server`, which few know.
const VIRTUAL_HOST: &str = "if the server knows buckets only in the path of an address, set source.tracker.use_path_style to true; else correct source.tracker.bucket or endpoint";

impl Setback {
    /// Where it was a proxy that refused, or may have been: what a server of objects says has a code.
    fn advice_for_proxy(&self) -> Option<&'static str> {
        match self {
            Setback::Refused { status: 407, .. } => {
                Some("give its user and password in http_proxy or https_proxy, as http://user:password@host:port")
            }
            Setback::Refused { status: 400.., code, words } if code.is_empty() && words.contains(THROUGH) => Some(
                "the answer may be the proxy's: does it let this pass, and reach the server? else name the server in no_proxy",
            ),
            Setback::Broken { why: Why::NoTunnel, .. } => {
                Some("does the proxy let this pass, and know the server's address? else name the server in no_proxy")
            }
            _ => None,
        }
    }

    /// Where Google Cloud Storage has keys of its own in `source`.
    fn advice_for_gcs(&self, has_key: bool) -> Option<&'static str> {
        Some(match self {
            Setback::Refused { code, status, .. }
                if ["invalid_grant", "SignatureDoesNotMatch", "InvalidSecurity", "invalid_client"]
                    .contains(&code.as_str())
                    || (*status == 401 && has_key) =>
            {
                match has_key {
                    true => "is source.tracker.json_key right, and still valid?",
                    false => "may the account of the machine be used here? give source.tracker.json_key if not",
                }
            }
            Setback::Refused { status: 200..=399, .. } => {
                "is gcs_base_url in source.tracker.json_key right, if it has one? look for a proxy or a page to sign in on"
            }
            Setback::Refused { code, status: 404, .. } if code != "NoSuchBucket" => {
                "correct source.tracker.bucket, or gcs_base_url in source.tracker.json_key if it has one"
            }
            Setback::Broken { why: Why::Untrusted, .. } => {
                "give the server's CA in source.ca_certs; a proxy that opens TLS needs its own there"
            }
            Setback::Broken { why: Why::NoTls | Why::NoHttp, .. } => {
                "correct the address and the port of gcs_base_url in source.tracker.json_key"
            }
            Setback::NotSecure(_) => "write https, or a gcs_base_url with http:// in json_key if that is meant",
            _ => return None,
        })
    }
}

impl fmt::Display for Setback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Setback::Refused { status, code, words } => {
                let rest = [code.as_str(), words.as_str()].into_iter().filter(|text| !text.is_empty());
                let rest = rest.collect::<Vec<_>>().join(": ");
                let colon = if rest.is_empty() { "" } else { ": " };
                write!(f, "the server answered {status}{colon}{rest}")
            }
            Setback::Broken { what, why: Why::Untrusted } => write!(f, "the server is not trusted: {what}"),
            Setback::Broken { what, why: Why::NoTls | Why::NoHttp } => {
                write!(f, "what the server answered is not what was asked for: {what}")
            }
            Setback::Broken { what, why: Why::NoTunnel } => {
                let way = what.find(THROUGH).map_or("", |at| &what[at..]);
                write!(f, "the proxy doesn't connect to the server{way}")
            }
            Setback::Broken { what, .. } => write!(f, "the server could not be reached: {what}"),
            Setback::TooLarge(most) => write!(f, "the answer is larger than {most} MiB"),
            Setback::NotSecure(host) => write!(f, "{host} would be asked without TLS"),
        }
    }
}

impl Error for Setback {}

/// The error of what was being done, in one line that ends with what to do.
pub(super) fn sentence(doing: &str, place: &Place, error: &object_store::Error) -> anyhow::Error {
    let at = place.describe();
    match Setback::of(error) {
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
pub(super) fn told<T>(result: object_store::Result<T>, place: &Place, doing: impl FnOnce() -> String) -> Result<T> {
    result.map_err(|error| sentence(&doing(), place, &error))
}
