//! Canonical's security API, played from notices and CVEs that a test puts on its shelf.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::server::{Reply, Request};

/// What the API tells today. Clones share the shelf, so that a test can change it while a server tells it.
#[derive(Clone, Default)]
pub struct Api(Arc<Mutex<Shelf>>);

#[derive(Default)]
struct Shelf {
    notices: BTreeMap<String, Value>,
    without_details: Vec<String>,
    cves: BTreeMap<String, Value>,
}

impl Api {
    /// Publishes a notice, or changes it.
    pub fn publish(&self, notice: Value) {
        let id = notice["id"].as_str().expect("an id").to_owned();
        self.shelf().notices.insert(id, notice);
    }

    /// Takes a notice away.
    pub fn withdraw(&self, id: &str) {
        self.shelf().notices.remove(id);
    }

    /// Hides a notice's details, though a cached list still names it.
    pub fn hide_details(&self, id: &str) {
        self.shelf().without_details.push(id.to_owned());
    }

    /// Rates a CVE, or rates it anew.
    pub fn rate(&self, id: &str, priority: Value, score: Option<f64>) {
        let impact = score.map(|score| json!({"baseMetricV3": {"cvssV3": {"baseScore": score}}}));
        let cve = json!({"id": id, "priority": priority, "cvss3": score, "impact": impact, "status": "active"});
        self.shelf().cves.insert(id.to_owned(), cve);
    }

    /// Tells all of a CVE, or tells it anew.
    pub fn tell(&self, cve: Value) {
        let id = cve["id"].as_str().expect("an id").to_owned();
        self.shelf().cves.insert(id, cve);
    }

    /// What the server answers; the base address is `/security/`.
    pub fn answer(&self, request: &Request) -> Reply {
        let shelf = self.shelf();
        let path = request.path.strip_prefix("/security/").unwrap_or_default();
        if let Some(unknown) = unknown_parameter(request, path) {
            let errors = format!("{{'query': {{'{unknown}': ['Unknown field.']}}}}");
            return Reply::new(422, json!({"errors": errors, "message": "Invalid payload"}).to_string());
        }
        if path == "page/notices.json" {
            return shelf.page(request);
        }
        let of = |folder: &str| Some(path.strip_prefix(folder)?.strip_suffix(".json")?.to_owned());
        let (found, seconds, message) = if let Some(id) = of("notices/") {
            let found = shelf.notices.get(&id).filter(|_| !shelf.without_details.contains(&id));
            (found, 21600, format!("Notice with id '{id}' does not exist"))
        } else if let Some(id) = of("cves/") {
            (shelf.cves.get(&id), 60, format!("CVE with id '{id}' does not exist"))
        } else {
            (None, 0, "Not Found".to_owned())
        };
        match found {
            Some(found) => json_for(seconds, found),
            None => Reply::new(404, json!({"message": message}).to_string()),
        }
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The real API refuses parameters that it doesn't know.
fn unknown_parameter(request: &Request, path: &str) -> Option<String> {
    let known: &[&str] = match path {
        "page/notices.json" => &["details", "release", "limit", "offset", "order", "show_hidden", "cve_id", "cves"],
        _ => &["show_hidden"],
    };
    let mut keys = request.query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split('=').next());
    keys.find_map(|key| key.filter(|key| !known.contains(key)).map(ToOwned::to_owned))
}

impl Shelf {
    /// A page of the list: newest first, without packages.
    fn page(&self, request: &Request) -> Reply {
        let number = |name: &str, default: usize| request.parameter(name).map_or(Some(default), |n| n.parse().ok());
        let (Some(limit @ 1..=20), Some(offset)) = (number("limit", 10), number("offset", 0)) else {
            let errors = "{'query': {'limit': ['Must be greater than or equal to 1 and less than or equal to 20.']}}";
            return Reply::new(422, json!({"errors": errors, "message": "Invalid payload"}).to_string());
        };
        let concerns = |notice: &&Value| {
            let releases = notice["releases"].as_array().expect("releases");
            request.parameter("release").is_none_or(|release| releases.iter().any(|r| r["codename"] == release))
        };
        let mut listed: Vec<&Value> = self.notices.values().filter(concerns).collect();
        listed.sort_by_key(|notice| (notice["published"].to_string(), notice["id"].to_string()));
        listed.reverse();
        const KEYS: [&str; 8] = ["id", "type", "title", "summary", "description", "published", "cves_ids", "releases"];
        let outline = |notice: &&Value| -> Value { KEYS.iter().map(|&key| (key, notice[key].clone())).collect() };
        let page: Vec<Value> = listed.iter().skip(offset).take(limit).map(outline).collect();
        let body = json!({"notices": page, "offset": offset, "limit": limit, "total_results": listed.len()});
        json_for(60, &body)
    }
}

/// JSON that a cache may keep for so many seconds, as the real API says for each of its routes.
fn json_for(seconds: u32, body: &Value) -> Reply {
    let reply = Reply::ok(body.to_string()).header("Content-Type", "application/json");
    reply.header("Cache-Control", format!("public, max-age={seconds}"))
}
