//! Concourse's API, as far as the watching asks for it. The forms are those of atc/pipeline.go, atc/resource.go and atc/build.go,
//! written by hand; the token is that of skymarshal's password grant.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::support::server::{Reply, Request, Server};

pub(super) const MINUTE: i64 = 60;
/// What the pipeline's variables have.
pub(super) const PASSWORD: &str = "an-example-password";
pub(super) const TOKEN: &str = "Zm9yIHRlc3Rz.0-9_~+/=";

/// A Concourse that is played.
pub(super) struct Concourse {
    shelf: Arc<Mutex<Shelf>>,
    server: Server,
}

#[derive(Default)]
struct Shelf {
    /// By path; `exposed` stands for pipelines that anybody may look at.
    replies: BTreeMap<String, Reply>,
    /// How often a resource is still being checked.
    running: BTreeMap<String, usize>,
    /// How far the clock is ahead, in seconds.
    ahead: i64,
}

/// The time, in seconds.
pub(super) fn now() -> i64 {
    Timestamp::now().as_second()
}

/// As headers have it.
pub(super) fn date(seconds: i64) -> String {
    Timestamp::from_second(seconds).expect("a time").strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// What Concourse says of a pipeline.
pub(super) fn pipeline(name: &str, says: &Value) -> Reply {
    let usual = json!({"id": 3, "name": name, "paused": false, "public": false, "archived": false, "team_name": "main",
        "last_updated": now() - 99 * MINUTE});
    Reply::ok(with(usual, says).to_string())
}

fn resource(pipeline: &str, name: &str, says: &Value) -> Reply {
    let usual = json!({"name": name, "pipeline_id": 3, "pipeline_name": pipeline, "team_name": "main", "type": "davos",
        "icon": "ubuntu"});
    Reply::ok(with(usual, says).to_string())
}

fn with(mut usual: Value, says: &Value) -> Value {
    let says = says.as_object().expect("an object").clone();
    usual.as_object_mut().expect("an object").extend(says);
    usual
}

fn checked(status: &str) -> Value {
    let build = json!({"id": 17, "name": "check", "status": status, "team_name": "main", "start_time": now() - 8 * MINUTE,
        "end_time": now() - 7 * MINUTE, "pipeline_id": 3, "pipeline_name": "rootfs", "plan": {"id": "1", "check": {}}});
    json!({"last_checked": now() - 7 * MINUTE, "build": build})
}

impl Concourse {
    /// All is as it should be: two resources, checked seven minutes ago, and an OVAL file of yesterday.
    pub(super) fn well() -> Concourse {
        let shelf = Arc::new(Mutex::new(Shelf::default()));
        let told = Arc::clone(&shelf);
        let server = Server::start(move |request| told.lock().unwrap_or_else(PoisonError::into_inner).answer(request));
        let concourse = Concourse { shelf, server };
        for (pipeline, resource) in [("rootfs", "notices"), ("watch", "status")] {
            concourse.pipeline(pipeline, &json!({}));
            concourse.resource(pipeline, resource, &checked("succeeded"));
        }
        let token =
            json!({"access_token": TOKEN, "token_type": "bearer", "expires_in": 86_399, "id_token": "e30.e30.e30"});
        concourse.set("/sky/issuer/token", Reply::ok(token.to_string()));
        let changed = date(now() - 24 * 60 * MINUTE);
        let oval = Reply::ok("").header("Date", date(now())).header("Last-Modified", changed);
        concourse.set("/oval/com.ubuntu.jammy.usn.oval.xml.bz2", oval);
        concourse
    }

    /// What it answers at a path.
    pub(super) fn set(&self, path: &str, reply: Reply) {
        self.change(|shelf| drop(shelf.replies.insert(path.to_owned(), reply)));
    }

    /// What it says of a pipeline besides the usual.
    pub(super) fn pipeline(&self, name: &str, says: &Value) {
        self.set(&format!("/api/v1/teams/main/pipelines/{name}"), pipeline(name, says));
    }

    /// What it says of a resource besides the usual.
    pub(super) fn resource(&self, pipeline: &str, name: &str, says: &Value) {
        let path = format!("/api/v1/teams/main/pipelines/{pipeline}/resources/{name}");
        self.set(&path, resource(pipeline, name, says));
    }

    /// Checks it still, as often as it is asked.
    pub(super) fn runs_at_first(&self, pipeline: &str, name: &str, times: usize) {
        let path = format!("/api/v1/teams/main/pipelines/{pipeline}/resources/{name}");
        self.change(|shelf| {
            shelf.running.insert(path, times);
        });
    }

    /// Its clock is so many seconds ahead.
    pub(super) fn clock(&self, ahead: i64) {
        self.change(|shelf| shelf.ahead = ahead);
    }

    pub(super) fn url(&self, path: &str) -> String {
        self.server.url(path)
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.server.requests()
    }

    fn change(&self, change: impl FnOnce(&mut Shelf)) {
        change(&mut self.shelf.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Shelf {
    fn answer(&mut self, request: &Request) -> Reply {
        let Some(reply) = self.replies.get(&request.path).cloned() else { return Reply::new(404, "") };
        if request.path.starts_with("/oval/") {
            return reply;
        }
        if request.path == "/sky/issuer/token" {
            let body = String::from_utf8_lossy(&request.body).into_owned();
            assert_eq!(request.header("Authorization"), Some("Basic Zmx5OlpteDU="), "the program `fly`");
            let parts = ["grant_type=password", "username=watcher", &format!("password={PASSWORD}")];
            assert!(parts.iter().all(|part| body.split('&').any(|one| one == *part)), "{body}");
            return reply;
        }
        let known = request.header("Authorization") == Some(&format!("Bearer {TOKEN}"));
        if !known && !self.replies.contains_key("exposed") {
            return Reply::new(401, "not authorized");
        }
        if let Some(times) = self.running.get_mut(&request.path).filter(|times| **times > 0) {
            *times -= 1;
            let name = request.path.rsplit('/').next().unwrap_or_default();
            return resource("rootfs", name, &checked("started"));
        }
        reply.header("Date", date(now() + self.ahead))
    }
}
