//! How requests of `object_store` reach a server: with our trust, our proxies and our limits.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use http_body_util::BodyExt;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
};
use object_store::{ClientConfigKey, ClientOptions};
use reqwest::header::CONTENT_LENGTH;
use reqwest::{Client, Method, StatusCode};
use url::Url;

use super::failure::{RequestSetback, SetbackCause};
use super::gate::Gate;
use crate::http::{Limits, Route, is_about_tls};
use crate::store::LARGEST;

/// The largest page of a list: a thousand names of a thousand bytes, each escaped, and what else is said of them.
const LARGEST_LIST: usize = 8 << 20;

/// How a list begins, after the declaration of XML and maybe a prefix.
const LIST: &[u8] = b"ListBucketResult";

/// For one request. Reads are retried for 20 seconds, so that the last one ends well within a minute.
pub(super) fn limits() -> Limits {
    Limits { whole: Duration::from_secs(25), ..Limits::default() }
}

/// The servers that lend a machine its own account, at addresses that mean the same everywhere (AWS: instance metadata;
/// Google: metadata server). No proxy reaches them.
const LENDERS: &[&str] = &["169.254.169.254", "metadata.google.internal", "metadata"];

/// Makes the clients of all that `object_store` wants to reach.
#[derive(Debug, Clone)]
pub(super) struct Connector(Arc<ObjectClients>);

struct ObjectClients {
    route: Route,
    plain: OnceLock<Client>,
    tls: OnceLock<Client>,
    lender: OnceLock<Client>,
    /// The most bytes of an object, where they are fewer than a tracker holds.
    largest: OnceLock<usize>,
}

impl fmt::Debug for ObjectClients {
    /// Without the proxies, whose addresses may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectClients").finish_non_exhaustive()
    }
}

impl Connector {
    pub(super) fn new(route: Route) -> Connector {
        let (plain, tls, lender) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Connector(Arc::new(ObjectClients { route, plain, tls, lender, largest: OnceLock::new() }))
    }

    /// Reads no object that is larger.
    pub(super) fn hold_to(&self, largest: usize) {
        let _ = self.0.largest.set(largest);
    }
}

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let http_allowed = options.get_config_value(&ClientConfigKey::AllowHttp).as_deref() == Some("true");
        Ok(HttpClient::new(Wire { clients: Arc::clone(&self.0), http_allowed }))
    }
}

/// One request after the other.
#[derive(Debug)]
struct Wire {
    clients: Arc<ObjectClients>,
    http_allowed: bool,
}

#[async_trait]
impl HttpService for Wire {
    /// What is no success, and nothing that `object_store` has a meaning for, becomes an error that holds a [`RequestSetback`]:
    /// its own errors keep status and words only as text.
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let url =
            parts.uri.to_string().parse::<Url>().map_err(|error| HttpError::new(HttpErrorKind::Unknown, error))?;
        if url.scheme() != "https" && !self.http_allowed && !self.clients.is_lender(&url) {
            return Err(RequestSetback::NotSecure(url.host_str().unwrap_or_default().to_owned()).last());
        }
        let lists = parts.method == Method::GET && url.query().is_some_and(|query| query.contains("list-type=2"));
        let way = self.clients.way(&url);
        let broken = |error| broken(error, &way);
        let mut request = reqwest::Request::new(parts.method, url);
        *request.headers_mut() = parts.headers;
        let body = body.collect().await?.to_bytes();
        *request.body_mut() = Some(match parts.extensions.get::<Gate>() {
            Some(gate) => {
                request.headers_mut().insert(CONTENT_LENGTH, body.len().into());
                gate.clone().body(&body)
            }
            None => body.into(),
        });
        let client = self.clients.for_url(request.url())?;
        let mut response = client.execute(request).await.map_err(broken)?;

        let largest = if lists { LARGEST_LIST } else { self.clients.largest.get().copied().unwrap_or(LARGEST) };
        let mut whole = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            if whole.len() + chunk.len() > largest {
                return Err(RequestSetback::TooLarge(largest >> 20).last());
            }
            whole.extend_from_slice(&chunk);
        }
        let status = response.status();
        if !status.is_success() {
            let setback = RequestSetback::refused(status.as_u16(), &whole).on(&way);
            let told = matches!(status, StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED)
                || status == StatusCode::NOT_MODIFIED
                || (status == StatusCode::NOT_FOUND && !lists && !setback.is_of_the_bucket());
            // 501 is the only 5xx that asking again doesn't change.
            let passing = status == StatusCode::TOO_MANY_REQUESTS
                || status == StatusCode::REQUEST_TIMEOUT
                || (status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED);
            match (told, passing) {
                (true, _) => {}
                (false, true) => return Err(HttpError::new(HttpErrorKind::Request, setback)),
                (false, false) => return Err(setback.last()),
            }
        }
        // object_store takes any XML for a list without names: a page to sign in on would be an empty log.
        if lists && status.is_success() && !whole.windows(LIST.len()).take(1024).any(|window| window == LIST) {
            return Err(RequestSetback::refused(status.as_u16(), &[b"no list of a bucket: ", &whole[..]].concat())
                .on(&way)
                .last());
        }
        let headers = std::mem::take(response.headers_mut());
        let mut answer = HttpResponse::new(whole.into());
        *answer.status_mut() = status;
        *answer.headers_mut() = headers;
        Ok(answer)
    }
}

impl ObjectClients {
    fn is_lender(&self, url: &Url) -> bool {
        url.host_str().is_some_and(|host| LENDERS.contains(&host))
    }

    /// By which proxy a server is reached.
    fn way(&self, url: &Url) -> String {
        if self.is_lender(url) { String::new() } else { self.route.through(url) }
    }

    fn for_url(&self, url: &Url) -> Result<&Client, HttpError> {
        let (client, builder) = if self.is_lender(url) {
            (&self.lender, self.route.builder(false).no_proxy().connect_timeout(Duration::from_secs(1)))
        } else if self.route.is_plain(url) {
            (&self.plain, self.route.builder(false))
        } else {
            (&self.tls, self.route.builder(true))
        };
        if let Some(client) = client.get() {
            return Ok(client);
        }
        // object_store needs the length of what it gets, so nothing may be packed on the way.
        let built = builder.no_gzip().read_timeout(limits().read).build();
        let built = built.map_err(|error| HttpError::new(HttpErrorKind::Unknown, error))?;
        Ok(client.get_or_init(|| built))
    }
}

/// A request without an answer, or with half of one. Creating is no idempotent request for `object_store`, so of these it
/// repeats only what surely was not sent; the rest is for us to repeat, who compare what is there then.
fn broken(error: reqwest::Error, way: &str) -> HttpError {
    let tls = is_about_tls(&error);
    let kind = if tls {
        HttpErrorKind::Unknown
    } else if error.is_connect() {
        HttpErrorKind::Connect
    } else if error.is_timeout() {
        HttpErrorKind::Timeout
    } else {
        HttpErrorKind::Interrupted
    };
    let timed_out = error.is_timeout();
    let error = error.without_url();
    // The innermost error is the one that tells something: "Connection refused".
    let mut innermost: &dyn Error = &error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    // hyper-util has no type for it that is at hand here. A wrong password stays wrong.
    if innermost.to_string().ends_with("proxy authorization required") {
        return RequestSetback::refused(407, b"the proxy wants to know who asks").on(way).last();
    }
    let what = if timed_out { "no answer in time".to_owned() } else { innermost.to_string() };
    // Neither rustls nor hyper has a type for these that is at hand here.
    let why = match &what {
        what if tls && ["InvalidContentType", "corrupt message"].iter().any(|sign| what.contains(sign)) => {
            SetbackCause::NoTls
        }
        _ if tls => SetbackCause::Untrusted,
        what if what.starts_with("invalid HTTP") => SetbackCause::NoHttp,
        what if what.contains("failed to lookup address") => SetbackCause::NoName,
        what if what.ends_with("tunnel error: unsuccessful") => SetbackCause::NoTunnel,
        _ => SetbackCause::Passing,
    };
    if why == SetbackCause::NoHttp {
        return RequestSetback::Broken { what, why }.on(way).last();
    }
    HttpError::new(kind, RequestSetback::Broken { what, why }.on(way))
}
