//! What to do about what a server of objects refuses, or what stands between.

use super::failure::{RequestSetback, SetbackCause};
use super::place::{BucketPlace, S3Place};
use crate::http::THROUGH;

impl RequestSetback {
    /// What to do about it.
    pub(super) fn advice(&self, place: &BucketPlace) -> &'static str {
        if let Some(advice) = self.advice_for_proxy() {
            return advice;
        }
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
        let is_plain = matches!(place, BucketPlace::S3(S3Place { endpoint: Some(endpoint), .. }) if endpoint.starts_with("http://"));
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
            // nginx, Go, Apache.
            RequestSetback::Refused { status: 400, code, words }
                if code.is_empty() && ["HTTPS", "SSL"].iter().any(|sign| words.contains(sign)) =>
            {
                WANTS_TLS
            }
            RequestSetback::Refused { code, status: 300..=399, .. }
            | RequestSetback::Refused { code, status: 400, .. }
                if code.contains("Redirect") || code == "AuthorizationHeaderMalformed" || code.is_empty() =>
            {
                "is the bucket in another region? correct source.tracker.region_name or endpoint"
            }
            // Nor does such a server know that a bucket is asked for: it lists them all.
            RequestSetback::Refused { status: 200..=299, words, .. }
                if is_virtual_host && words.contains(ALL_BUCKETS) =>
            {
                VIRTUAL_HOST
            }
            RequestSetback::Refused { status: 200..=299, .. } => {
                "correct source.tracker.endpoint, and look for a proxy or a page to sign in on"
            }
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
            RequestSetback::Broken { what, why: SetbackCause::Untrusted } if what.contains("not valid for name") => {
                "write the name that the server's certificate is for in source.tracker.endpoint"
            }
            RequestSetback::Broken { why: SetbackCause::Untrusted, .. } => {
                "give the server's CA in source.ca_certs, or correct source.tracker.endpoint"
            }
            RequestSetback::Broken { why: SetbackCause::NoTls, .. } => {
                "the server speaks no TLS on that port: correct the port, or write http:// in source.tracker.endpoint"
            }
            RequestSetback::Broken { why: SetbackCause::NoHttp, .. } => WANTS_TLS,
            RequestSetback::Broken { what, why: SetbackCause::Passing } if is_plain && what.contains("reset") => {
                "is the server up, and its address right? if it wants TLS there, write https:// in source.tracker.endpoint"
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

/// How a server begins the list of all buckets.
const ALL_BUCKETS: &str = "<ListAllMyBucketsResult";

/// What to do where a server wants TLS, and was asked without.
const WANTS_TLS: &str = "correct the port in source.tracker.endpoint; if the server wants TLS there, write https://";

/// What to do where a server of one's own is asked for `bucket.server`, which few know.
const VIRTUAL_HOST: &str = "if the server knows buckets only in the path of an address, set source.tracker.use_path_style to true; else correct source.tracker.bucket or endpoint";

impl RequestSetback {
    /// Where it was a proxy that refused, or may have been: what a server of objects says has a code.
    fn advice_for_proxy(&self) -> Option<&'static str> {
        match self {
            RequestSetback::Refused { status: 407, .. } => {
                Some("give its user and password in http_proxy or https_proxy, as http://user:password@host:port")
            }
            RequestSetback::Refused { status: 400.., code, words } if code.is_empty() && words.contains(THROUGH) => {
                Some(
                    "the answer may be the proxy's: does it let this pass, and reach the server? else name the server in no_proxy",
                )
            }
            RequestSetback::Broken { why: SetbackCause::NoTunnel, .. } => {
                Some("does the proxy let this pass, and know the server's address? else name the server in no_proxy")
            }
            _ => None,
        }
    }

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
            RequestSetback::Broken { what, why: SetbackCause::Untrusted } if what.contains("not valid for name") => {
                "write the name that the server's certificate is for in gcs_base_url of source.tracker.json_key; a proxy that opens TLS may stand between"
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
