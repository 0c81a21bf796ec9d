//! What a server of objects refuses, as a sentence for the reader of a red build.

use std::error::Error;
use std::fmt;

use anyhow::{Result, anyhow};
use object_store::client::{HttpError, HttpErrorKind};
use serde_json::Value;

use super::place::{BucketPlace, S3Place};
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
}

/// SetbackCause a request came to nothing.
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
        /// SetbackCause, where that is known.
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
        matches!(self, RequestSetback::Broken { why: SetbackCause::Passing | SetbackCause::NoName, .. })
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

    /// What to do about it.
    fn advice(&self, place: &BucketPlace) -> &'static str {
        if let BucketPlace::Gcs(gcs) = place
            && let Some(advice) = self.advice_for_gcs(gcs.json_key.is_some())
        {
            return advice;
        }
        let keys = match place {
            BucketPlace::S3(place) if place.keys.is_some() => "access_key_id and secret_access_key",
            BucketPlace::S3(_) => "the role of the machine (source.tracker has no access keys)",
            BucketPlace::Gcs(place) if place.json_key.is_some() => "json_key",
            BucketPlace::Gcs(_) => "the account of the machine (source.tracker has no json_key)",
        };
        let is_virtual_host = matches!(place, BucketPlace::S3(S3Place { path_style: false, endpoint: Some(_), .. }));
        match self {
            // A server that doesn't know the bucket in front of its name takes the first folder for the bucket.
            RequestSetback::Refused { code, .. } if code == "NoSuchBucket" && is_virtual_host => VIRTUAL_HOST,
            RequestSetback::Refused { code, .. } if code == "NoSuchBucket" => {
                "make the bucket, or correct source.tracker.bucket"
            }
            RequestSetback::Refused { code, .. }
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
            RequestSetback::Refused { code, .. } if code == "RequestTimeTooSkewed" => "set the clock of the worker",
            RequestSetback::Refused { code, status: 300..=399, .. }
            | RequestSetback::Refused { code, status: 400, .. }
                if code.contains("Redirect") || code == "AuthorizationHeaderMalformed" || code.is_empty() =>
            {
                "is the bucket in another region? correct source.tracker.region_name or endpoint"
            }
            RequestSetback::Refused { status: 200..=299, .. } => {
                "correct source.tracker.endpoint, and look for a proxy or a page to sign in on"
            }
            RequestSetback::Refused { status: 407, .. } => "check user and password in http_proxy or https_proxy",
            RequestSetback::Refused { status: 401 | 403, .. } => match keys {
                "json_key" => "may the account of source.tracker.json_key list, read and create objects here?",
                "access_key_id and secret_access_key" => {
                    "may the owner of source.tracker.access_key_id list, read and create objects here?"
                }
                _ => {
                    "may the account that the machine lends us list, read and create objects here? source.tracker holds no keys"
                }
            },
            RequestSetback::Refused { status: 404, .. } if is_virtual_host => VIRTUAL_HOST,
            RequestSetback::Refused { status: 404, .. } => "correct source.tracker.endpoint or bucket",
            RequestSetback::Refused { .. } => "try again later",
            RequestSetback::Broken { why: SetbackCause::Untrusted, .. } => {
                "give the server's CA in source.ca_certs, or correct source.tracker.endpoint"
            }
            RequestSetback::Broken { why: SetbackCause::NoTls, .. } => {
                "the server speaks no TLS on that port: correct the port, or write http:// in source.tracker.endpoint"
            }
            RequestSetback::Broken { why: SetbackCause::NoHttp, .. } => {
                "correct the port in source.tracker.endpoint; if the server wants TLS there, write https://"
            }
            RequestSetback::Broken { why: SetbackCause::NoName, .. } if is_virtual_host => VIRTUAL_HOST,
            RequestSetback::Broken { .. } => match keys {
                "access_key_id and secret_access_key" | "json_key" => "is the server up, and its address right?",
                _ => "is the server up? source.tracker holds no keys, so the machine itself was asked for some too",
            },
            RequestSetback::TooLarge(_) => "a tracker holds nothing that large; is this its bucket?",
            RequestSetback::NotSecure(_) => "write https, or an endpoint with http:// if that is meant",
        }
    }
}

/// What to do where a server of one's own is asked for `bucket.server`, which few know.
const VIRTUAL_HOST: &str = "if the server knows buckets only in the path of an address, set source.tracker.use_path_style to true; else correct source.tracker.bucket or endpoint";

impl RequestSetback {
    /// Where Google Cloud Storage has keys of its own in `source`.
    fn advice_for_gcs(&self, has_key: bool) -> Option<&'static str> {
        Some(match self {
            RequestSetback::Refused { code, status, .. }
                if ["invalid_grant", "SignatureDoesNotMatch", "InvalidSecurity", "invalid_client"]
                    .contains(&code.as_str())
                    || (*status == 401 && has_key) =>
            {
                match has_key {
                    true => "is source.tracker.json_key right, and still valid?",
                    false => "may the account of the machine be used here? give source.tracker.json_key if not",
                }
            }
            RequestSetback::Refused { status: 200..=399, .. } => {
                "is gcs_base_url in source.tracker.json_key right, if it has one? look for a proxy or a page to sign in on"
            }
            RequestSetback::Refused { code, status: 404, .. } if code != "NoSuchBucket" => {
                "correct source.tracker.bucket, or gcs_base_url in source.tracker.json_key if it has one"
            }
            RequestSetback::Broken { why: SetbackCause::Untrusted, .. } => {
                "give the server's CA in source.ca_certs; a proxy that opens TLS needs its own there"
            }
            RequestSetback::Broken { why: SetbackCause::NoTls | SetbackCause::NoHttp, .. } => {
                "correct the address and the port of gcs_base_url in source.tracker.json_key"
            }
            RequestSetback::NotSecure(_) => "write https, or a gcs_base_url with http:// in json_key if that is meant",
            _ => return None,
        })
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
