//! A server that behaves as GitHub's API is documented to, as far as issues go: users and their rights, labels that are dropped
//! without a word, pages, validators, limits, and whatever a test lets go wrong.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::support::server::{Reply, Request, Server};

/// What a user may do in the repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Right {
    Read,
    Triage,
    Write,
}

/// A comment.
#[derive(Debug, Clone)]
pub(crate) struct Comment {
    pub(crate) id: u64,
    pub(crate) at: Timestamp,
    pub(crate) by: String,
    pub(crate) body: String,
}

/// An issue.
#[derive(Debug, Clone)]
pub(crate) struct Issue {
    pub(crate) number: u64,
    pub(crate) by: String,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) labels: Vec<String>,
    pub(crate) state: String,
    pub(crate) reason: Option<String>,
    pub(crate) comments: Vec<Comment>,
    /// Each time that a label was set.
    pub(crate) labelled: Vec<Labelled>,
    pub(crate) updated: Timestamp,
    pub(crate) is_pull: bool,
}

/// That a label was set.
#[derive(Debug, Clone)]
pub(crate) struct Labelled {
    pub(crate) id: u64,
    pub(crate) at: Timestamp,
    pub(crate) by: String,
    pub(crate) label: String,
}

/// What goes wrong with the next request that fits.
pub(crate) struct Mishap {
    pub(crate) method: &'static str,
    pub(crate) path_ends: &'static str,
    /// The answer instead.
    pub(crate) reply: Reply,
    /// Whether what was asked is done all the same.
    pub(crate) is_done: bool,
}

/// What somebody does.
pub(crate) type Deed = Box<dyn FnOnce(&mut World) + Send>;

/// The repository.
pub(crate) struct World {
    pub(crate) issues: BTreeMap<u64, Issue>,
    pub(crate) rights: BTreeMap<String, Right>,
    /// Whose token it is.
    pub(crate) bot: String,
    pub(crate) now: Timestamp,
    pub(crate) mishaps: VecDeque<Mishap>,
    pub(crate) per_page: usize,
    pub(crate) token: String,
    pub(crate) may_write_issues: bool,
    pub(crate) may_read_metadata: bool,
    pub(crate) knows_duplicate: bool,
    /// What people do right before the next request with this method whose path ends like that.
    pub(crate) meanwhile: Option<(&'static str, &'static str, Deed)>,
    /// A proxy on the way drops the header that leads to the next page.
    pub(crate) drops_link: bool,
    /// After so many requests nothing is done any more.
    pub(crate) stop_after: Option<usize>,
    next: u64,
}

impl World {
    fn id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// So much time passes.
    pub(crate) fn pass(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
    }

    fn tick(&mut self) -> Timestamp {
        self.now += SignedDuration::from_secs(1);
        self.now
    }

    pub(crate) fn right(&self, user: &str) -> Right {
        self.rights.get(user).copied().unwrap_or(Right::Read)
    }

    /// Somebody makes an issue.
    pub(crate) fn open(&mut self, by: &str, title: &str, body: &str, labels: &[&str]) -> u64 {
        let (number, updated) = (self.issues.keys().max().map_or(1, |last| last + 1), self.tick());
        // "Any user with pull access can create an issue. Labels are silently dropped without push access."
        let may = self.right(by) >= Right::Write;
        let labels: Vec<String> = labels.iter().filter(|_| may).map(|label| (*label).to_owned()).collect();
        let issue = Issue {
            number,
            by: by.to_owned(),
            title: title.to_owned(),
            body: body.to_owned(),
            labels: Vec::new(),
            state: "open".to_owned(),
            reason: None,
            comments: Vec::new(),
            labelled: Vec::new(),
            updated,
            is_pull: false,
        };
        self.issues.insert(number, issue);
        labels.iter().for_each(|label| self.label(by, number, label));
        number
    }

    pub(crate) fn comment(&mut self, by: &str, number: u64, body: &str) -> u64 {
        let (id, at) = (self.id(), self.tick());
        let issue = self.issues.get_mut(&number).expect("an issue");
        issue.comments.push(Comment { id, at, by: by.to_owned(), body: body.to_owned() });
        issue.updated = at;
        id
    }

    pub(crate) fn label(&mut self, by: &str, number: u64, label: &str) {
        let (id, at) = (self.id(), self.tick());
        let issue = self.issues.get_mut(&number).expect("an issue");
        if !issue.labels.iter().any(|there| there == label) {
            issue.labels.push(label.to_owned());
            issue.labelled.push(Labelled { id, at, by: by.to_owned(), label: label.to_owned() });
            issue.updated = at;
        }
    }

    pub(crate) fn set_state(&mut self, number: u64, state: &str, reason: Option<&str>) {
        let at = self.tick();
        let issue = self.issues.get_mut(&number).expect("an issue");
        issue.state = state.to_owned();
        issue.reason = reason.map(str::to_owned);
        issue.updated = at;
    }

    pub(crate) fn edit(&mut self, number: u64, change: impl FnOnce(&mut Issue)) {
        let at = self.tick();
        let issue = self.issues.get_mut(&number).expect("an issue");
        change(issue);
        issue.updated = at;
    }
}

/// The server.
pub(crate) struct GithubServer {
    pub(crate) server: Server,
    world: Arc<Mutex<World>>,
}

/// The repository's address below the endpoint.
const REPOSITORY: &str = "/repos/example-org/rootfs";

impl GithubServer {
    pub(crate) fn start() -> GithubServer {
        let world = World {
            issues: BTreeMap::new(),
            rights: BTreeMap::from([("davos-bot".to_owned(), Right::Write), ("alice".to_owned(), Right::Triage)]),
            bot: "davos-bot".to_owned(),
            now: "2026-01-19T12:00:00Z".parse().expect("a time"),
            mishaps: VecDeque::new(),
            per_page: 100,
            token: "github_pat_example".to_owned(),
            may_write_issues: true,
            may_read_metadata: true,
            knows_duplicate: true,
            meanwhile: None,
            drops_link: false,
            stop_after: None,
            next: 1000,
        };
        let world = Arc::new(Mutex::new(world));
        let shared = Arc::clone(&world);
        let server =
            Server::start(move |request| answer(&mut shared.lock().unwrap_or_else(PoisonError::into_inner), request));
        GithubServer { server, world }
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `source.backlog`.
    pub(crate) fn backlog(&self) -> Value {
        json!({"driver": "github", "repository": "example-org/rootfs", "token": "github_pat_example", "endpoint": self.server.url("")})
    }

    /// The method and path of every request since this was asked last, without the repository.
    pub(crate) fn take_requests(&self) -> Vec<String> {
        let all = self.server.requests().into_iter();
        let shown = all.map(|request| format!("{} {}", request.method, request.path.replace(REPOSITORY, ""))).collect();
        self.server.take_count();
        shown
    }
}

fn answer(world: &mut World, request: &Request) -> Reply {
    let reply = decided(world, request);
    reply.header("Date", world.now.strftime("%a, %d %b %Y %H:%M:%S GMT"))
}

fn decided(world: &mut World, request: &Request) -> Reply {
    match &mut world.stop_after {
        Some(0) => return Reply::new(401, r#"{"message": "Bad credentials"}"#),
        Some(left) => *left -= 1,
        None => {}
    }
    let fits = |mishap: &Mishap| mishap.method == request.method && request.path.ends_with(mishap.path_ends);
    if let Some(nth) = world.mishaps.iter().position(fits)
        && let Some(mishap) = world.mishaps.remove(nth)
    {
        if mishap.is_done {
            route(world, request);
        }
        return mishap.reply;
    }
    if request.header("authorization") != Some(&format!("Bearer {}", world.token)) {
        return Reply::new(
            401,
            r#"{"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest"}"#,
        );
    }
    if request.header("user-agent").is_none() || request.header("x-github-api-version") != Some("2022-11-28") {
        return Reply::new(400, r#"{"message": "no such version of the API"}"#);
    }
    let is_next = |(method, end, _): &mut (&str, &str, Deed)| *method == request.method && request.path.ends_with(*end);
    if let Some((.., deed)) = world.meanwhile.take_if(is_next) {
        deed(world);
    }
    route(world, request)
}

fn refused() -> Reply {
    Reply::new(403, r#"{"message": "Resource not accessible by personal access token"}"#)
        .header("x-accepted-github-permissions", "issues=write")
}

fn not_found() -> Reply {
    Reply::new(404, r#"{"message": "Not Found"}"#)
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

fn route(world: &mut World, request: &Request) -> Reply {
    let method = request.method.as_str();
    if request.path == "/user" {
        return Reply::ok(user(&world.bot).to_string());
    }
    let Some(rest) = request.path.strip_prefix(REPOSITORY) else { return not_found() };
    let parts: Vec<String> = rest.split('/').skip(1).map(decoded).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    if let ["collaborators", name, "permission"] = parts.as_slice() {
        return if world.may_read_metadata { permission(world, name) } else { refused() };
    }
    if method != "GET" && !world.may_write_issues {
        return refused();
    }
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
    let bot = world.bot.clone();
    let (number, what) = match parts.as_slice() {
        ["issues"] if method == "GET" => return list(world, request),
        ["issues"] => {
            let (title, text) = (text("title").expect("a title"), text("body").unwrap_or_default());
            if title.chars().count() > 256 || text.chars().count() > 65_536 {
                return Reply::new(
                    422,
                    r#"{"message": "Validation Failed", "errors": [{"field": "body", "code": "too_long"}]}"#,
                );
            }
            let labels: Vec<&str> = body["labels"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let number = world.open(&bot, &title, &text, &labels);
            return Reply::new(201, issue(&world.issues[&number]).to_string());
        }
        ["issues", number, what @ ..] => (number.parse().unwrap_or(0), what.to_vec()),
        _ => return not_found(),
    };
    if !world.issues.contains_key(&number) {
        return Reply::new(410, r#"{"message": "This issue was deleted"}"#);
    }
    match (method, what.as_slice()) {
        ("GET", []) => Reply::ok(issue(&world.issues[&number]).to_string()),
        ("PATCH", []) => {
            let reason = text("state_reason");
            if reason.as_deref() == Some("duplicate") && !world.knows_duplicate {
                return Reply::new(
                    422,
                    r#"{"message": "Validation Failed", "errors": ["state_reason is not in the list"]}"#,
                );
            }
            world.edit(number, |issue| {
                issue.title = text("title").unwrap_or(issue.title.clone());
                issue.body = text("body").unwrap_or(issue.body.clone());
                issue.state = text("state").unwrap_or(issue.state.clone());
                issue.reason = if issue.state == "open" { None } else { reason.or(issue.reason.clone()) };
            });
            Reply::ok(issue(&world.issues[&number]).to_string())
        }
        ("GET", ["comments"]) => {
            let all: Vec<Value> = world.issues[&number].comments.iter().map(|c| comment(number, c)).collect();
            page(world, request, &all)
        }
        ("POST", ["comments"]) => {
            world.comment(&bot, number, &text("body").expect("a body"));
            let last = world.issues[&number].comments.last().expect("a comment");
            Reply::new(201, comment(number, last).to_string())
        }
        ("GET", ["events"]) => {
            let event = |Labelled { id, at, by, label }: &Labelled| json!({"id": id, "event": "labeled", "actor": user(by), "label": {"name": label}, "created_at": at.to_string()});
            let other = json!({"id": 1, "event": "mentioned", "actor": null, "created_at": "2026-01-01T00:00:00Z"});
            let all: Vec<Value> =
                std::iter::once(other).chain(world.issues[&number].labelled.iter().map(event)).collect();
            page(world, request, &all)
        }
        ("POST" | "DELETE", ["labels", ..]) if world.right(&bot) < Right::Triage => refused(),
        ("POST", ["labels"]) => {
            for label in body["labels"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                world.label(&bot, number, label);
            }
            Reply::ok("[]")
        }
        ("DELETE", ["labels", label]) => {
            if !world.issues[&number].labels.iter().any(|there| there == label) {
                return Reply::new(404, r#"{"message": "Label does not exist"}"#);
            }
            world.edit(number, |issue| issue.labels.retain(|there| there != label));
            Reply::ok("[]")
        }
        _ => not_found(),
    }
}

fn user(login: &str) -> Value {
    let id: u64 = login.bytes().fold(7, |id, b| id * 31 % 1_000_003 + u64::from(b));
    json!({"login": login, "id": id, "type": "User"})
}

fn permission(world: &World, name: &str) -> Reply {
    let Some(right) = world.rights.get(name) else {
        return Reply::ok(json!({"permission": "read", "role_name": "read", "user": {"login": name, "permissions": {"pull": true, "triage": false, "push": false}}}).to_string());
    };
    // Triage is told as read in the old field.
    let (old, role) = match right {
        Right::Read => ("read", "read"),
        Right::Triage => ("read", "triage"),
        Right::Write => ("write", "write"),
    };
    let rights = json!({"pull": true, "triage": *right >= Right::Triage, "push": *right >= Right::Write});
    Reply::ok(json!({"permission": old, "role_name": role, "user": {"login": name, "permissions": rights}}).to_string())
}

fn issue(issue: &Issue) -> Value {
    let mut json = json!({
        "id": issue.number + 90_000, "number": issue.number, "title": issue.title, "body": issue.body, "user": user(&issue.by),
        "html_url": format!("https://github.com/example-org/rootfs/issues/{}", issue.number),
        "labels": issue.labels.iter().map(|name| json!({"id": 1, "name": name, "color": "ededed"})).collect::<Vec<_>>(),
        "state": issue.state, "state_reason": issue.reason, "comments": issue.comments.len(),
        "updated_at": issue.updated.to_string(), "locked": false, "author_association": "NONE"
    });
    if issue.is_pull {
        json["pull_request"] = json!({"url": "x"});
    }
    json
}

fn comment(number: u64, comment: &Comment) -> Value {
    let url = format!("https://github.com/example-org/rootfs/issues/{number}#issuecomment-{}", comment.id);
    json!({"id": comment.id, "html_url": url, "body": comment.body, "user": user(&comment.by), "created_at": comment.at.to_string()})
}

fn list(world: &World, request: &Request) -> Reply {
    let parameter = |name: &str| request.parameter(name).map(decoded);
    let since: Option<Timestamp> = parameter("since").map(|since| since.parse().expect("a time"));
    let state = parameter("state").unwrap_or_else(|| "open".to_owned());
    let fits = |issue: &&Issue| {
        (state == "all" || issue.state == state)
            && parameter("creator").is_none_or(|creator| creator == issue.by)
            && parameter("labels").is_none_or(|label| issue.labels.contains(&label))
            && since.is_none_or(|since| issue.updated >= since)
    };
    let mut found: Vec<&Issue> = world.issues.values().filter(fits).collect();
    match parameter("sort").as_deref() {
        Some("updated") => found.sort_by_key(|issue| issue.updated),
        _ => found.sort_by_key(|issue| issue.number),
    }
    if parameter("direction").as_deref() != Some("asc") {
        found.reverse();
    }
    page(world, request, &found.into_iter().map(issue).collect::<Vec<_>>())
}

/// One page, with the header that leads to the next, and 304 for what is known.
fn page(world: &World, request: &Request, all: &[Value]) -> Reply {
    let per_page = request.parameter("per_page").and_then(|n| n.parse().ok()).unwrap_or(30).min(world.per_page);
    let nth: usize = request.parameter("page").and_then(|n| n.parse().ok()).unwrap_or(1);
    let items: Vec<&Value> = all.iter().skip((nth - 1) * per_page).take(per_page).collect();
    let body = serde_json::to_string(&items).expect("JSON");
    let etag = format!("W/\"{:x}\"", body.bytes().fold(5381u64, |hash, b| hash.wrapping_mul(33) ^ u64::from(b)));
    if request.header("if-none-match") == Some(&etag) {
        return Reply::new(304, "");
    }
    let reply = Reply::ok(body).header("ETag", &etag);
    if world.drops_link {
        return reply;
    }
    if nth * per_page >= all.len() {
        return if nth > 1 {
            reply.header("Link", "<http://localhost/x>; rel=\"prev\", <http://localhost/x>; rel=\"first\"")
        } else {
            reply
        };
    }
    let query: Vec<&str> = request.query.split('&').filter(|pair| !pair.starts_with("page=")).collect();
    let host = request.header("host").unwrap_or_default();
    let next = format!(
        "<http://{host}{}?{}&page={}>; rel=\"next\", <http://{host}/x>; rel=\"last\"",
        request.path,
        query.join("&"),
        nth + 1
    );
    reply.header("Link", next)
}
