//! A bucket in memory that answers as Google's XML interface and S3 are documented to, or lies.
//!
//! <https://cloud.google.com/storage/docs/xml-api/get-bucket-list>, <https://cloud.google.com/storage/docs/xml-api/put-object-upload>

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use percent_encoding::percent_decode_str;

use crate::stores::http::{Answer, Request, answer, serve_by_head};

/// What the server does with the condition of a create.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Manner {
    Heeds,
    Ignores,
    /// Looks whether the object is there, and writes it a moment later.
    ChecksThenWrites,
    /// Looks whether the object is there when it has the head of a request, and writes it when it has the body.
    ChecksByHead,
    /// Says that all is well and keeps nothing.
    KeepsNothing,
    /// Heeds the condition, and keeps nothing but the objects whose key has a dot after the last slash.
    KeepsProbes,
    /// Refuses what is written under a condition that it doesn't see, as where a proxy drops it from what was signed.
    WantsItSigned,
    /// Refuses every request that has one, with this status.
    Refuses(u16),
}

/// Where the look at the head of a request notes what it saw.
const WAS_THERE: &str = "x-was-there";

const PAGE: usize = 100;

/// A server with the bucket `our-logs`, where this header with this value is the condition of a create.
pub(crate) fn bucket(condition: (&'static str, &'static str), manner: Manner) -> SocketAddr {
    let objects = Arc::new(Mutex::new(BTreeMap::<String, Vec<u8>>::new()));
    let seen = Arc::clone(&objects);
    let look = move |request: &mut Request| {
        if manner == Manner::ChecksByHead && request.method == "PUT" {
            let there = seen.lock().expect("no panic").contains_key(&key_of(request));
            request.headers.push((WAS_THERE.to_owned(), there.to_string()));
        }
    };
    serve_by_head(look, move |request: Request| {
        if manner == Manner::ChecksByHead && request.header(WAS_THERE) == Some("true") {
            return there_already();
        }
        if manner == Manner::ChecksThenWrites && request.method == "PUT" {
            return check_then_write(&objects, condition, request);
        }
        let mut objects = objects.lock().expect("no panic");
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        let path = decoded(path);
        let Some(key) = path.strip_prefix("/our-logs") else {
            return error(404, "NoSuchBucket", "The specified bucket does not exist.");
        };
        let key = key.trim_start_matches('/').to_owned();
        match request.method.as_str() {
            "GET" if key.is_empty() => list(&objects, query),
            "GET" => match objects.get(&key) {
                Some(bytes) => found(bytes),
                None => error(404, "NoSuchKey", "The specified key does not exist."),
            },
            _ => {
                let conditional = request.header(condition.0) == Some(condition.1);
                match manner {
                    Manner::Refuses(status) if conditional => {
                        return error(
                            status,
                            "NotImplemented",
                            "A header you provided implies functionality that is not implemented.",
                        );
                    }
                    Manner::Heeds | Manner::KeepsProbes | Manner::WantsItSigned
                        if conditional && objects.contains_key(&key) =>
                    {
                        return there_already();
                    }
                    Manner::WantsItSigned if !conditional => {
                        return error(
                            403,
                            "SignatureDoesNotMatch",
                            "The request signature we calculated does not match.",
                        );
                    }
                    Manner::KeepsNothing => None,
                    Manner::KeepsProbes if !key.contains("/.davos") => None,
                    _ => objects.insert(key, request.body),
                };
                answer(200, "ETag: \"1\"\r\nx-goog-generation: 1\r\n", "")
            }
        }
    })
}

/// As s3proxy 2.9 and S3Mock 4.7 do: each of two writers is refused where the other was done before it began, and not where
/// both are at it.
fn check_then_write(objects: &Mutex<BTreeMap<String, Vec<u8>>>, condition: (&str, &str), request: Request) -> Answer {
    let key = key_of(&request);
    let there = objects.lock().expect("no panic").contains_key(&key);
    if there && request.header(condition.0) == Some(condition.1) {
        return there_already();
    }
    std::thread::sleep(std::time::Duration::from_millis(3));
    objects.lock().expect("no panic").insert(key, request.body);
    answer(200, "ETag: \"1\"\r\nx-goog-generation: 1\r\n", "")
}

fn there_already() -> Answer {
    error(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold.")
}

/// The key of a request for one object.
fn key_of(request: &Request) -> String {
    decoded(&request.target).trim_start_matches("/our-logs").trim_start_matches('/').to_owned()
}

fn found(bytes: &[u8]) -> Answer {
    answer(200, "ETag: \"1\"\r\nLast-Modified: Tue, 06 Jan 2026 10:00:00 GMT\r\nx-goog-generation: 1\r\n", bytes)
}

fn error(status: u16, code: &str, message: &str) -> Answer {
    answer(status, "", format!("<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"))
}

fn list(objects: &BTreeMap<String, Vec<u8>>, query: &str) -> Answer {
    let asked: BTreeMap<&str, String> =
        query.split('&').filter_map(|pair| pair.split_once('=')).map(|(key, value)| (key, decoded(value))).collect();
    let prefix = asked.get("prefix").cloned().unwrap_or_default();
    let after = asked.get("continuation-token").or(asked.get("start-after")).cloned().unwrap_or_default();
    let mut names = BTreeSet::new();
    for key in objects.keys().filter(|key| key.starts_with(&prefix)) {
        let folder = key[prefix.len()..].find('/').map(|slash| &key[..=prefix.len() + slash]);
        names.insert(folder.unwrap_or(key));
    }
    let names: Vec<&str> = names.into_iter().filter(|name| *name > after.as_str()).collect();
    let page = &names[..names.len().min(PAGE)];
    let mut xml = "<?xml version='1.0'?><ListBucketResult xmlns='http://doc.s3.amazonaws.com/2006-03-01'>".to_owned();
    for name in page {
        xml += &match name.ends_with('/') {
            true => format!("<CommonPrefixes><Prefix>{name}</Prefix></CommonPrefixes>"),
            false => format!(
                "<Contents><Key>{name}</Key><LastModified>2026-01-06T10:00:00.000Z</LastModified><ETag>\"1\"</ETag><Size>{}</Size></Contents>",
                objects[*name].len()
            ),
        };
    }
    if let (Some(last), true) = (page.last(), names.len() > PAGE) {
        xml += &format!("<NextContinuationToken>{last}</NextContinuationToken>");
    }
    answer(200, "", xml + "</ListBucketResult>")
}

fn decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}
