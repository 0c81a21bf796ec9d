//! The API as a scripted server plays it.

mod answers;
mod listing;
mod memory;
mod real;

use std::fs;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::http::Limits;
use crate::notice::Severity;
use crate::server::{Reply, Request, Server};

const LIMITS: Limits = Limits {
    connect: Duration::from_secs(1),
    read: Duration::from_secs(2),
    whole: Duration::from_secs(4),
    tries: 1,
    pause: Duration::from_millis(1),
    longest_wait: Duration::from_millis(10),
    total: Duration::from_secs(20),
};

fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn jammy() -> UbuntuRelease {
    "jammy".parse().expect("a release")
}

/// A server with a list of notices, the newest first, a cache folder and a clock.
struct ApiServer {
    notices: Arc<Mutex<Vec<Value>>>,
    server: Server,
    folder: TempDir,
    now: Timestamp,
    limits: Limits,
}

impl ApiServer {
    /// Notices `USN-<count>-1` to `USN-1-1`, an hour apart, the newest at noon.
    fn of(count: i64) -> ApiServer {
        ApiServer::with(count, |_| None)
    }

    fn with(count: i64, other: impl Fn(&Request) -> Option<Reply> + Send + Sync + 'static) -> ApiServer {
        let all = (0..count)
            .map(|hours| notice(count - hours, time("2026-01-19T12:00:00Z") - SignedDuration::from_hours(hours)));
        let notices = Arc::new(Mutex::new(all.collect::<Vec<_>>()));
        let list = Arc::clone(&notices);
        let server = Server::start(move |request| {
            other(request).unwrap_or_else(|| match request.path.as_str() {
                "/security/page/notices.json" => page(request, &list.lock().unwrap_or_else(PoisonError::into_inner)),
                _ => Reply::not_found(),
            })
        });
        let folder = tempfile::tempdir().expect("a folder");
        ApiServer { notices, server, folder, now: time("2026-01-19T12:30:00Z"), limits: LIMITS }
    }

    fn publish(&self, number: i64, published: &str) {
        self.notices.lock().expect("the list").insert(0, notice(number, time(published)));
    }

    /// What a check that lasts as long as `look` does with the API.
    fn check<T>(&self, look: impl FnOnce(&mut SecurityApi<'_>) -> T) -> T {
        let http = Http::with_environment(self.limits, &[], 1, |_| None).expect("a client");
        let base = self.server.url("/security").parse().expect("an address");
        let mut api = SecurityApi::open(&http, base, &jammy(), self.folder.path(), self.now);
        let seen = look(&mut api);
        api.save().expect("kept");
        seen
    }

    /// A check of the last thirty days: how it went, and how many notices there are.
    fn list(&self) -> (Result<Listing>, usize) {
        let since = self.now - SignedDuration::from_hours(30 * 24);
        self.check(|api| (api.list(since), api.listed().count()))
    }

    fn queries(&self) -> Vec<String> {
        let queries = self.server.requests().into_iter().map(|request| request.query).collect();
        self.server.take_count();
        queries
    }
}

fn notice(number: i64, published: Timestamp) -> Value {
    json!({
        "id": format!("USN-{number}-1"), "title": "Avahi vulnerabilities", "type": "USN", "description": null,
        "published": published.to_string().trim_end_matches('Z'), "cves_ids": ["CVE-2025-68276", "not one"],
    })
}

fn page(request: &Request, notices: &[Value]) -> Reply {
    let number = |name| request.parameter(name).and_then(|text| text.parse::<usize>().ok()).expect("a number");
    let part: Vec<_> = notices.iter().skip(number("offset")).take(number("limit")).collect();
    Reply::ok(json!({"notices": part, "total_results": notices.len(), "limit": 20, "offset": 0}).to_string())
}
