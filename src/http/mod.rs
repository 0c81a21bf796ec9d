//! HTTP: timeouts, few retries, a deadline, caps and conditional requests.

pub(crate) mod api;
mod body;
mod certificates;
mod client;
mod exists;
mod failure;
mod file;
mod freshness;
mod proxies;
mod retry;
pub(crate) mod several;

use std::io::Read;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use reqwest::StatusCode;
use reqwest::blocking::Response;
use reqwest::header::{CONTENT_TYPE, IF_MODIFIED_SINCE, IF_NONE_MATCH, LOCATION};
use url::Url;

use body::Received;
pub use certificates::Certificates;
use client::Clients;
pub(crate) use client::Route;
pub(crate) use failure::is_about_tls;
pub use failure::{Failure, FailureKind};
use failure::{TrySetback, place};
pub(crate) use failure::{shown, wait_asked_for};
pub use freshness::{Answer, Validators};
pub(crate) use proxies::{CurlProxy, THROUGH};
use retry::Pauses;

/// How long and how often to ask.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For a connection to stand, TLS included.
    pub connect: Duration,
    /// For the next bytes to come.
    pub read: Duration,
    /// For one try, from asking to the last byte.
    pub whole: Duration,
    /// Tries of one request, the first included.
    pub tries: u32,
    /// The pause before the second try; it doubles from try to try and jitter up to its length comes on top.
    pub pause: Duration,
    /// A `Retry-After` is honoured up to this; a server that wants more has failed.
    pub longest_wait: Duration,
    /// For everything, from [`Http::new`] on.
    pub total: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connect: Duration::from_secs(5),
            read: Duration::from_secs(10),
            whole: Duration::from_secs(30),
            tries: 3,
            pause: Duration::from_millis(500),
            longest_wait: Duration::from_secs(10),
            total: Duration::from_secs(45),
        }
    }
}

/// What a server is asked.
struct Question<'a> {
    /// What is known already.
    validators: &'a Validators,
    /// The question, where it doesn't fit into an address.
    json: Option<&'a str>,
    /// Whether the head of the answer is all that is asked for.
    head: bool,
}

/// Redirects followed for one request.
const REDIRECTS: usize = 5;

/// Asks servers, or files. Several threads may ask at once.
pub struct Http {
    limits: Limits,
    clients: Clients,
    deadline: Instant,
    jitter_seed: u64,
    asked: AtomicU64,
}

impl Http {
    /// Nothing is connected and no trust store is loaded before the first request that needs it.
    ///
    /// # Errors
    /// If one of `ca_certs` is no certificate in PEM, or a proxy variable no address.
    pub fn new(limits: Limits, ca_certs: &[String], jitter_seed: u64) -> Result<Http> {
        Http::with_environment(limits, ca_certs, jitter_seed, |name| std::env::var(name).ok())
    }

    /// As [`new`](Http::new), with the proxy variables that `environment` knows.
    pub(crate) fn with_environment(
        limits: Limits,
        ca_certs: &[String],
        jitter_seed: u64,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Http> {
        let clients = Clients::new(&limits, ca_certs, environment)?;
        Ok(Http { limits, clients, deadline: Instant::now() + limits.total, jitter_seed, asked: AtomicU64::new(0) })
    }

    /// The time left until the deadline.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Until when to work on what came: the last twentieth of the time is for whoever asked, to judge it and to keep it.
    pub(crate) fn until(&self) -> Instant {
        self.deadline - self.limits.total / 20
    }

    /// Asks for `url`. `parse` reads the body, decoded and of at most `cap` bytes, and runs again on a retry. What it
    /// leaves unread is read and thrown away, because only the end shows that a body is complete.
    ///
    /// # Errors
    /// With a sentence, when there is no answer within the limits, none that is a body, or none that `parse` takes.
    pub fn get<T>(
        &self,
        url: &Url,
        validators: &Validators,
        cap: u64,
        parse: impl FnMut(&mut dyn Read) -> Result<T>,
    ) -> Result<Answer<T>, Failure> {
        self.ask_for(url, &Question { validators, json: None, head: false }, cap, parse)
    }

    /// The same with a question in JSON, which the server may be asked again: it changes nothing there.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn post<T>(
        &self,
        url: &Url,
        json: &str,
        cap: u64,
        parse: impl FnMut(&mut dyn Read) -> Result<T>,
    ) -> Result<Answer<T>, Failure> {
        self.ask_for(url, &Question { validators: &Validators::default(), json: Some(json), head: false }, cap, parse)
    }

    fn ask_for<T>(
        &self,
        url: &Url,
        question: &Question<'_>,
        cap: u64,
        mut parse: impl FnMut(&mut dyn Read) -> Result<T>,
    ) -> Result<Answer<T>, Failure> {
        let mut pauses = Pauses::new(&self.limits, self.next_seed());
        for tried in 1.. {
            let setback = match self.once(url, question, cap, &mut parse) {
                Ok(answer) => return Ok(answer),
                Err(setback) => setback,
            };
            match pauses.before_next(&setback, self.until().saturating_duration_since(Instant::now())) {
                Ok(pause) => thread::sleep(pause),
                Err(why) => return Err(setback.give_up(url, tried, &why)),
            }
        }
        unreachable!("the pauses of a request are counted")
    }

    fn once<T>(
        &self,
        url: &Url,
        question: &Question<'_>,
        cap: u64,
        parse: &mut impl FnMut(&mut dyn Read) -> Result<T>,
    ) -> Result<Answer<T>, TrySetback> {
        self.in_time()?;
        let until = self.until().min(Instant::now() + self.limits.whole);
        match url.scheme() {
            "file" => file::open(url, question.validators)?.parse(cap, until, parse),
            "http" | "https" => {
                let mut at = url.clone();
                let answer = self.ask(&mut at, question).and_then(|given| given.parse(cap, until, parse));
                answer.map_err(|setback| setback.on_the_way(url, &at, self.clients.proxy(&at)))
            }
            other => Err(TrySetback::of(FailureKind::Refused, format!("{other:?} is no scheme to ask; use https"))),
        }
    }

    fn next_seed(&self) -> u64 {
        self.jitter_seed ^ self.asked.fetch_add(1, Ordering::Relaxed)
    }

    fn in_time(&self) -> Result<(), TrySetback> {
        match Instant::now() >= self.until() {
            true => Err(TrySetback::of(FailureKind::OutOfTime, "not asked: the time for all requests is over")),
            false => Ok(()),
        }
    }

    /// Asks the server `at`, and the one that it names instead, until one gives a body; `at` is then that one.
    fn ask(&self, at: &mut Url, question: &Question<'_>) -> Result<Received<Response>, TrySetback> {
        for _ in 0..=REDIRECTS {
            let response = self.send(at, question)?;
            match response.status() {
                StatusCode::OK => return Ok(Received::fresh(freshness::of(response.headers()), response)),
                StatusCode::NOT_MODIFIED if !question.validators.is_empty() => return Ok(Received::NotModified),
                status if status.is_redirection() && response.headers().contains_key(LOCATION) => {
                    *at = redirected(at, &response)?;
                }
                _ => return Err(TrySetback::of_status(response)),
            }
        }
        Err(TrySetback::of(FailureKind::Refused, format!("redirected more than {REDIRECTS} times")))
    }

    fn send(&self, url: &Url, question: &Question<'_>) -> Result<Response, TrySetback> {
        let client = self.clients.for_url(url).map_err(|error| TrySetback::of(FailureKind::Unreachable, error))?;
        let validators = question.validators;
        let mut request = match question.json {
            Some(json) => client.post(url.clone()).header(CONTENT_TYPE, "application/json").body(json.to_owned()),
            None if question.head => client.head(url.clone()),
            None => client.get(url.clone()),
        };
        if self.remaining() < self.limits.whole {
            // It replaces both limits of the client, for the whole and for each wait.
            request = request.timeout(self.remaining());
        }
        if let Some(etag) = &validators.etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        if let Some(date) = &validators.last_modified {
            request = request.header(IF_MODIFIED_SINCE, date);
        }
        request.send().map_err(TrySetback::of_transport)
    }
}

/// Where a redirect leads: never from https to anything less, and credentials go to no other server.
fn redirected(from: &Url, response: &Response) -> Result<Url, TrySetback> {
    let wrong = |what: String| TrySetback::of(FailureKind::Refused, what);
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut to = from.join(location).map_err(|_| wrong("redirected to what is no address".to_owned()))?;
    let allowed = to.scheme() == "https" || (to.scheme() == "http" && from.scheme() == "http");
    if !allowed {
        return Err(wrong(format!("redirected to {}, which is less safe than {}", place(&to), from.scheme())));
    }
    if to.origin() == from.origin() {
        // Both setters fail only for addresses that have no host.
        let _ = to.set_username(from.username());
        let _ = to.set_password(from.password());
    }
    Ok(to)
}

#[cfg(test)]
mod tests;
