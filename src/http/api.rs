//! Requests to an API with a token: each is sent once, and whoever asks decides what an answer means and when to ask again.

use std::time::{Duration, Instant};

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH};
use url::Url;

use super::body::Received;
use super::client::Clients;
use super::failure::TrySetback;
use super::{Failure, FailureKind, Limits, Validators};
use crate::text::Secret;

/// Asks an API.
pub(crate) struct ApiClient {
    clients: Clients,
    limits: Limits,
    headers: &'static [(&'static str, &'static str)],
}

/// One request.
#[derive(Debug)]
pub(crate) struct ApiRequest<'a> {
    /// The method.
    pub(crate) method: Method,
    /// The address.
    pub(crate) url: &'a Url,
    /// Who asks.
    pub(crate) token: &'a Secret,
    /// What the content was recognised by, if it is known already.
    pub(crate) etag: Option<&'a str>,
    /// What is sent.
    pub(crate) json: Option<String>,
    /// The most bytes of an answer.
    pub(crate) cap: u64,
}

/// An answer, whatever its status.
#[derive(Debug)]
pub(crate) struct ApiReply {
    /// The status.
    pub(crate) status: u16,
    headers: HeaderMap,
    /// The body, whole.
    pub(crate) body: Vec<u8>,
}

impl ApiReply {
    /// A header as text, if it has it and is no longer than anybody reads.
    pub(crate) fn header(&self, name: &'static str) -> Option<&str> {
        let value = self.headers.get(HeaderName::from_static(name)).and_then(|value| value.to_str().ok());
        value.filter(|value| value.len() <= 4096)
    }
}

impl ApiClient {
    /// Nothing is connected yet. Every request has these `headers`.
    ///
    /// # Errors
    /// If one of `ca_certs` is no certificate in PEM, or a proxy variable no address.
    pub(crate) fn new(
        limits: Limits,
        ca_certs: &[String],
        headers: &'static [(&'static str, &'static str)],
    ) -> anyhow::Result<ApiClient> {
        let clients = Clients::new(&limits, ca_certs, |name| std::env::var(name).ok())?;
        Ok(ApiClient { clients, limits, headers })
    }

    /// Sends a request once. No redirect is followed: a token goes to nobody else.
    ///
    /// # Errors
    /// If there is no answer, or none that is whole.
    pub(crate) fn send(&self, request: &ApiRequest<'_>) -> Result<ApiReply, Failure> {
        let ApiRequest { method, url, token, etag, json, cap } = request;
        let failed = |setback: TrySetback| setback.on_the_way(url, url, self.clients.proxy(url)).give_up(url, 1, "");
        let client = self.clients.for_url(url);
        let client = client.map_err(|error| failed(TrySetback::of(FailureKind::Unreachable, error)))?;
        let asked = client.request(method.clone(), (*url).clone());
        let mut asked = self.headers.iter().fold(asked, |asked, (name, value)| asked.header(*name, *value));
        let bearer = HeaderValue::from_str(&format!("Bearer {}", token.reveal()));
        let mut bearer = bearer.map_err(|_| failed(TrySetback::of(FailureKind::Refused, "the token is no text")))?;
        bearer.set_sensitive(true);
        asked = asked.header(AUTHORIZATION, bearer);
        if let Some(etag) = etag {
            asked = asked.header(IF_NONE_MATCH, *etag);
        }
        if let Some(json) = json {
            asked = asked.header(CONTENT_TYPE, "application/json").body(json.clone());
        }
        let response = asked.send().map_err(|error| failed(TrySetback::of_transport(error)))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let received = Received::fresh((Validators::default(), Duration::ZERO), response);
        let mut read = |body: &mut dyn std::io::Read| {
            let mut bytes = Vec::new();
            body.read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        let body = received.parse(*cap, Instant::now() + self.limits.whole, &mut read).map_err(failed)?;
        let body = body.fresh().unwrap_or_default();
        Ok(ApiReply { status, headers, body })
    }
}
