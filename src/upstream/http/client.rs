//! The HTTP clients: made when first needed, with the proxies of the environment and the system's trust store.

use std::mem::ManuallyDrop;
use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow, ensure};
use reqwest::blocking::Client;
use reqwest::redirect::Policy;
use reqwest::{Certificate, NoProxy, Proxy};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use url::Url;

use super::Limits;

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
        url.scheme() == "http" && !self.proxies.http_needs_tls
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
        let builder = self.proxies.all.iter().fold(builder, |builder, proxy| builder.proxy(proxy.clone()));
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
        let found: Vec<_> = CertificateDer::pem_slice_iter(pem.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|error| anyhow!("certificate {} of `ca_certs` is broken: {error}", at + 1))?;
        let wrong = "holds no certificate; it must start with -----BEGIN CERTIFICATE-----";
        ensure!(!found.is_empty(), "entry {} of `ca_certs` {wrong}", at + 1);
        for der in &found {
            let added = RootCertStore::empty().add(der.clone());
            added.with_context(|| format!("certificate {} of `ca_certs` is no certificate", at + 1))?;
        }
        all.extend(found);
    }
    Ok(all)
}

/// The proxies that the environment asks for.
///
/// reqwest would read the variables itself, but takes the upper case first, takes an empty one for an answer, and ignores
/// `http_proxy` in both cases when `REQUEST_METHOD` is set (hyper-util's `Matcher`, against httpoxy). We are no CGI
/// script, and curl's rules, the lower case first, are what people know.
struct Proxies {
    all: Vec<Proxy>,
    /// Whether `http` goes through a proxy that is itself asked by `https`.
    http_needs_tls: bool,
}

impl Proxies {
    fn of(environment: impl Fn(&str) -> Option<String>) -> Result<Proxies> {
        let value = |name: &str| {
            let set = [name.to_owned(), name.to_ascii_uppercase()].into_iter().filter_map(|name| environment(&name));
            set.map(|value| value.trim().to_owned()).find(|value| !value.is_empty())
        };
        let mut proxies = Proxies { all: Vec::new(), http_needs_tls: false };
        let excepted = value("no_proxy").unwrap_or_default();
        // For hyper-util's matcher a star stands for every name, but not for an IP address.
        if excepted.split(',').any(|entry| entry.trim() == "*") {
            return Ok(proxies);
        }
        let no_proxy = NoProxy::from_string(&excepted);
        for (name, make) in [("http_proxy", Proxy::http as fn(String) -> _), ("https_proxy", Proxy::https)] {
            let Some(address) = value(name).or_else(|| value("all_proxy")) else { continue };
            proxies.http_needs_tls |= name == "http_proxy" && address.starts_with("https:");
            // The address may hold a password, so neither it nor reqwest's error is shown.
            let proxy = make(address).map_err(|_| anyhow!("${name} holds no address of a proxy"))?;
            proxies.all.push(proxy.no_proxy(no_proxy.clone()));
        }
        Ok(proxies)
    }
}
