//! The HTTP clients: made when first needed, with the proxies of the environment and the system's trust store.

use std::mem::ManuallyDrop;
use std::sync::OnceLock;

use anyhow::{Result, anyhow};
use reqwest::Certificate;
use reqwest::blocking::Client;
use reqwest::redirect::Policy;
use rustls::pki_types::CertificateDer;
use url::Url;

use super::Limits;
use super::certificates::Certificates;
use super::proxies::{Proxies, Proxy};

/// A client for `http` and one for everything with TLS. Loading the system's trust store costs more than a whole check
/// against a plain mirror, so the first goes without.
///
/// Neither is ever dropped: that would wait for name look-ups that we no longer wait for, which know no limit.
pub(super) struct Clients {
    route: Route,
    plain: OnceLock<Result<ManuallyDrop<Client>, String>>,
    tls: OnceLock<Result<ManuallyDrop<Client>, String>>,
}

impl Clients {
    pub(super) fn new(
        limits: &Limits,
        ca_certs: &[String],
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Clients> {
        let route = Route::new(limits, ca_certs, environment)?;
        Ok(Clients { route, plain: OnceLock::new(), tls: OnceLock::new() })
    }

    /// The client for an address.
    pub(super) fn for_url(&self, url: &Url) -> Result<&Client, String> {
        let client = match self.route.is_plain(url) {
            true => self.plain.get_or_init(|| self.build(false)),
            false => self.tls.get_or_init(|| self.build(true)),
        };
        client.as_ref().map(|client| &**client).map_err(Clone::clone)
    }

    /// The proxy that is asked for an address.
    pub(super) fn proxy(&self, url: &Url) -> Option<&Proxy> {
        self.route.proxies.for_url(url)
    }

    #[cfg(test)]
    pub(super) fn is_without_trust(&self) -> bool {
        self.tls.get().is_none()
    }

    fn build(&self, with_trust: bool) -> Result<ManuallyDrop<Client>, String> {
        // reqwest's blocking client takes this limit for each wait, for the headers or for more of the body; the one of the
        // async client within is for the whole.
        let builder = reqwest::blocking::ClientBuilder::from(self.route.builder(with_trust));
        let client = builder.timeout(self.route.limits.read).build();
        client.map(ManuallyDrop::new).map_err(|error| format!("no HTTP client can be made: {:#}", anyhow!(error)))
    }
}

/// What any client of ours needs to know of the way to a server: whom to trust, which proxies to ask, how long to wait.
pub(crate) struct Route {
    limits: Limits,
    proxies: Proxies,
    ca_certs: Vec<CertificateDer<'static>>,
}

impl Route {
    /// The way with these certificates besides the system's and the proxies of this environment.
    pub(crate) fn new(
        limits: &Limits,
        ca_certs: &[String],
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Route> {
        Ok(Route { limits: *limits, proxies: Proxies::of(environment)?, ca_certs: certificates(ca_certs)? })
    }

    /// Whether no TLS is spoken on the way to an address, also not to a proxy.
    pub(crate) fn is_plain(&self, url: &Url) -> bool {
        url.scheme() == "http" && self.proxies.for_url(url).is_none_or(|proxy| proxy.url.scheme() == "http")
    }

    /// Through which proxy an address is reached, in brackets and with a blank before; nothing where there is none.
    pub(crate) fn through(&self, url: &Url) -> String {
        self.proxies.through(url)
    }

    /// The beginnings of a client that follows no redirects, with the system's trust store or with none.
    pub(crate) fn builder(&self, with_trust: bool) -> reqwest::ClientBuilder {
        // Fails only where one is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = reqwest::Client::builder()
            .user_agent(concat!("davos/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(self.limits.connect)
            .timeout(self.limits.whole)
            .redirect(Policy::none())
            .no_proxy();
        let proxies = self.proxies.clone();
        let proxy = move |url: &Url| proxies.for_url(url).map(|proxy| proxy.url.clone());
        let builder = builder.proxy(reqwest::Proxy::custom(proxy));
        match with_trust {
            // reqwest's platform verifier loads SSL_CERT_FILE and SSL_CERT_DIR, or else the system's own store
            // (rustls-native-certs), and adds these.
            true => builder.tls_certs_merge(self.reqwest_certificates()),
            false => builder.tls_certs_only([]),
        }
    }

    fn reqwest_certificates(&self) -> Vec<Certificate> {
        self.ca_certs.iter().filter_map(|der| Certificate::from_der(der).ok()).collect()
    }
}

/// The certificates in some PEM texts, each checked to be one.
fn certificates(pems: &[String]) -> Result<Vec<CertificateDer<'static>>> {
    let mut all = Vec::new();
    for (at, pem) in pems.iter().enumerate() {
        let found = Certificates::read(pem).map_err(|error| anyhow!("source.ca_certs[{at}]: {error}"))?;
        all.extend(found.into_ders());
    }
    Ok(all)
}
