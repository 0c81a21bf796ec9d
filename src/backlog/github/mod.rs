//! Issues on GitHub, or on a server that speaks as it does.

mod issues;
mod listing;
mod memory;
mod pages;
mod refusal;
mod wire;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

pub use self::memory::GithubMemory;
use self::refusal::{limited, refused, unreadable};
use self::wire::WireUser;
use super::{Pace, RepositoryName};
use crate::http::FailureKind;
use crate::http::api::{ApiClient, ApiReply, ApiRequest};
use crate::text::Secret;

/// A repository of GitHub, and how it is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GithubPlace {
    /// The repository.
    pub repository: RepositoryName,
    /// Who asks.
    pub token: Secret,
    /// The server's API.
    pub endpoint: Url,
    /// The label that all of our issues get.
    pub label: String,
}

impl GithubPlace {
    /// Where it is, for people.
    pub fn describe(&self) -> String {
        match self.server() {
            "api.github.com" => format!("{} on GitHub", self.repository),
            server => format!("{} on {server}", self.repository),
        }
    }

    /// The server's name.
    pub fn server(&self) -> &str {
        self.endpoint.host_str().unwrap_or_default()
    }

    fn url(&self, segments: &[&str], query: &[(&str, &str)]) -> Result<Url> {
        let mut url = self.endpoint.clone();
        url.path_segments_mut()
            .map_err(|()| anyhow!("source.backlog.endpoint has no path"))?
            .pop_if_empty()
            .extend(segments);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }

    /// An address below the repository.
    fn of_repository(&self, segments: &[&str], query: &[(&str, &str)]) -> Result<Url> {
        let own = ["repos", self.repository.owner.as_str(), self.repository.name.as_str()];
        self.url(&[own.as_slice(), segments].concat(), query)
    }
}

/// What every request says (docs.github.com/rest, "API versions"; who asks has to be named, which the client does).
const HEADERS: &[(&str, &str)] = &[("accept", "application/vnd.github+json"), ("x-github-api-version", "2022-11-28")];

/// The largest answer: a hundred issues of 65,536 characters, each of which may have four bytes.
const LARGEST: u64 = 32 << 20;

/// The issues of a repository.
pub struct Github<'a> {
    place: GithubPlace,
    client: ApiClient,
    pace: Pace<'a>,
    /// How far the server's clock is ahead of ours.
    ahead: Cell<SignedDuration>,
    me: RefCell<Option<WireUser>>,
    memory: RefCell<GithubMemory>,
    may: RefCell<BTreeMap<String, bool>>,
    /// The issues that this run wrote to, and when by the server's clock.
    written: RefCell<BTreeMap<u64, Timestamp>>,
}

/// One request.
struct Call<'a> {
    method: Method,
    url: Url,
    json: Option<String>,
    etag: Option<String>,
    /// What it is for, in words.
    doing: &'a str,
    /// Whether it makes an issue or a comment.
    creates: bool,
}

impl<'a> Call<'a> {
    fn get(url: Url, doing: &'a str) -> Call<'a> {
        Call { method: Method::GET, url, json: None, etag: None, doing, creates: false }
    }

    fn write(method: Method, url: Url, body: &impl Serialize, doing: &'a str) -> Result<Call<'a>> {
        Ok(Call { method, json: Some(serde_json::to_string(body)?), ..Call::get(url, doing) })
    }
}

/// What came of a request.
enum Sent {
    /// An answer.
    Reply(ApiReply),
    /// None: what was to be written may have been.
    Lost(anyhow::Error),
}

impl<'a> Github<'a> {
    /// Nothing is asked yet. `ca_certs` are PEM certificates to trust besides the system's; `memory` is what an earlier run
    /// saw, if there was one.
    ///
    /// # Errors
    /// If a certificate is none, or a proxy variable no address.
    pub fn new(place: GithubPlace, ca_certs: &[String], pace: Pace<'a>, memory: GithubMemory) -> Result<Github<'a>> {
        Ok(Github {
            client: ApiClient::new(pace.limits(), ca_certs, HEADERS)?,
            place,
            pace,
            ahead: Cell::new(SignedDuration::ZERO),
            me: RefCell::new(memory.me.clone()),
            memory: RefCell::new(memory),
            may: RefCell::default(),
            written: RefCell::default(),
        })
    }

    /// What was seen, for a later run.
    pub fn into_memory(self) -> GithubMemory {
        let me = self.me.into_inner();
        GithubMemory { me, ..self.memory.into_inner() }
    }

    fn server_time(&self) -> Timestamp {
        let now = self.pace.now();
        now.checked_add(self.ahead.get()).unwrap_or(now)
    }

    /// Notes that this run wrote to an issue just now.
    fn wrote(&self, number: u64) {
        self.written.borrow_mut().insert(number, self.server_time());
    }

    /// Asks once, and again only where the server wants fewer requests.
    fn send(&self, call: &Call<'_>) -> Result<Sent> {
        loop {
            self.pace.in_time(&self.place.describe())?;
            if call.method != Method::GET {
                self.pace.before_write(call.creates);
            }
            let sent = self.client.send(&ApiRequest {
                method: call.method.clone(),
                url: &call.url,
                token: &self.place.token,
                etag: call.etag.as_deref(),
                json: call.json.clone(),
                cap: LARGEST,
            });
            let reply = match sent {
                Ok(reply) => reply,
                Err(failure) => {
                    use FailureKind::{TimedOut, Truncated, Unreachable};
                    let passes = matches!(failure.kind(), TimedOut | Truncated | Unreachable);
                    let error = anyhow!(failure).context(format!("{} in {}", call.doing, self.place.describe()));
                    return if passes { Ok(Sent::Lost(error)) } else { Err(error) };
                }
            };
            let date = reply.header("date").and_then(|date| rfc2822::DateTimeParser::new().parse_timestamp(date).ok());
            if let Some(date) = date {
                self.ahead.set(date.duration_since(self.pace.now()));
            }
            if let Some(asked) = limited(&reply, self.server_time()) {
                self.pace.limited(&self.place.describe(), asked)?;
                continue;
            }
            self.pace.answered();
            if reply.status >= 500 {
                return Ok(Sent::Lost(refused(&self.place, call.doing, &reply)));
            }
            return Ok(Sent::Reply(reply));
        }
    }

    /// The answer to what can be asked as often as one likes: reading, and writing what then is as it was asked for.
    fn ask(&self, call: &Call<'_>) -> Result<ApiReply> {
        for failed in 1.. {
            match self.send(call)? {
                Sent::Reply(reply) => return Ok(reply),
                Sent::Lost(error) => self.pace.again(failed, error)?,
            }
        }
        bail!("a request was tried without end")
    }

    /// The same, and what it says.
    fn value<T: DeserializeOwned>(&self, call: &Call<'_>) -> Result<T> {
        let reply = self.ask(call)?;
        self.read(call.doing, &reply)
    }

    fn read<T: DeserializeOwned>(&self, doing: &str, reply: &ApiReply) -> Result<T> {
        if !(200..300).contains(&reply.status) {
            return Err(refused(&self.place, doing, reply));
        }
        serde_json::from_slice(&reply.body).map_err(|error| unreadable(&self.place, doing, &error))
    }

    /// Our own user.
    fn me(&self) -> Result<WireUser> {
        if let Some(me) = self.me.borrow().as_ref() {
            return Ok(me.clone());
        }
        let doing = "asking whose token it is";
        let call = Call::get(self.place.url(&["user"], &[])?, doing);
        let reply = self.ask(&call)?;
        if reply.status == 403 {
            bail!(
                "{doing}, {} answered 403: tokens of an app's installation don't tell; use a fine-grained personal access token, best of a user that does nothing else",
                self.place.server()
            );
        }
        let me: WireUser = self.read(doing, &reply)?;
        *self.me.borrow_mut() = Some(me.clone());
        Ok(me)
    }
}

/// How long a lost answer may take to show in a list: the server ends what takes longer than ten seconds (GitHub, "Troubleshooting the
/// REST API", timeouts).
const SETTLES: Duration = Duration::from_secs(10);
