//! The proxies that the environment asks for, and the servers that are asked without one.

use std::net::IpAddr;

use anyhow::{Result, anyhow, bail};
use url::{Host, Position, Url};

/// How every mention of a proxy begins that a request went through.
pub(crate) const THROUGH: &str = " (through the proxy ";

/// The proxies of an environment.
///
/// reqwest would read the variables itself, but takes the upper case first, takes an empty one for an answer, ignores
/// `http_proxy` in both cases when `REQUEST_METHOD` is set (hyper-util's `Matcher`, against httpoxy), and knows no ports in
/// `no_proxy`. We are no CGI script; the lower case first is curl's rule, and what people know.
#[derive(Debug, Clone, Default)]
pub(super) struct Proxies {
    http: Option<Proxy>,
    https: Option<Proxy>,
    direct: Vec<Direct>,
}

/// A proxy.
#[derive(Debug, Clone)]
pub(super) struct Proxy {
    /// The variable that names it.
    pub(super) variable: String,
    /// Its address, with what it wants to know who asks.
    pub(super) url: Url,
}

/// Servers that are asked without a proxy, on one port or on all.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Direct {
    All,
    Network(IpAddr, u8),
    Address(IpAddr, Option<u16>),
    /// What ends in this, which begins with a dot; and what is just this without the dot, if `itself`.
    Domain {
        suffix: String,
        itself: bool,
        port: Option<u16>,
    },
}

impl Proxies {
    /// Reads `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy` in either case.
    pub(super) fn of(environment: impl Fn(&str) -> Option<String>) -> Result<Proxies> {
        let value = |name: &str| {
            let names = [name.to_owned(), name.to_ascii_uppercase()].into_iter();
            let set = names.filter_map(|name| Some((environment(&name)?.trim().to_owned(), name)));
            set.filter(|(value, _)| !value.is_empty()).map(|(value, name)| (name, value)).next()
        };
        let proxy = |name: &str| {
            let named = value(name).or_else(|| value("all_proxy"));
            named.map(|(variable, address)| Proxy::of(variable, &address)).transpose()
        };
        let (http, https) = (proxy("http_proxy")?, proxy("https_proxy")?);
        let direct = value("no_proxy").map(|(_, list)| Direct::list(&list)).unwrap_or_default();
        Ok(Proxies { http, https, direct })
    }

    /// The proxy to ask for an address.
    pub(super) fn for_url(&self, url: &Url) -> Option<&Proxy> {
        let proxy = match url.scheme() {
            "http" => self.http.as_ref(),
            "https" => self.https.as_ref(),
            _ => None,
        };
        let (host, port) = (url.host()?, url.port_or_known_default());
        proxy.filter(|_| !self.direct.iter().any(|direct| direct.covers(&host, port)))
    }

    /// Through which proxy an address is reached, in brackets and with a blank before; nothing where there is none.
    pub(super) fn through(&self, url: &Url) -> String {
        self.for_url(url).map(|proxy| format!("{THROUGH}{})", proxy.shown())).unwrap_or_default()
    }
}

/// The way to one server, for a program that reads the variables as curl does: it knows no ports in `no_proxy`, takes a leading
/// dot otherwise, and asks a proxy without a port on 1080.
pub(crate) struct CurlProxy {
    /// `http_proxy` and `https_proxy`, as far as this server is reached through them; `no_proxy` is heeded here already.
    pub(crate) variables: Vec<(&'static str, String)>,
    /// Through which proxy its address is reached, in brackets and with a blank before.
    pub(crate) through: String,
}

impl CurlProxy {
    /// The way to this address, and from `http` on to `https` on the same host.
    ///
    /// # Errors
    /// If a variable holds no proxy that we can speak to.
    pub(crate) fn of(url: &Url, environment: impl Fn(&str) -> Option<String>) -> Result<CurlProxy> {
        let proxies = Proxies::of(environment)?;
        let mut secure = url.clone();
        // Both setters fail only for addresses that have no host.
        let _ = (url.scheme() == "http").then(|| (secure.set_port(None), secure.set_scheme("https")));
        let told = [("http_proxy", url), ("https_proxy", &secure)].into_iter();
        let told = told.filter(|(name, to)| *name == format!("{}_proxy", to.scheme()));
        let told = told.filter_map(|(name, to)| Some((name, proxies.for_url(to)?.for_curl())));
        Ok(CurlProxy { variables: told.collect(), through: proxies.through(url) })
    }
}

impl Proxy {
    fn for_curl(&self) -> String {
        let port = self.url.port_or_known_default().unwrap_or(80);
        format!("{}:{port}", &self.url[..Position::AfterHost])
    }

    /// The address may hold a password, so no error shows it.
    fn of(variable: String, address: &str) -> Result<Proxy> {
        let scheme = if address.contains("://") { "" } else { "http://" };
        let no_address = || anyhow!("${variable} holds no address of a proxy");
        let url = Url::parse(&format!("{scheme}{address}")).map_err(|_| no_address())?;
        match url.scheme() {
            "http" | "https" => url.has_host().then_some(()).ok_or_else(no_address)?,
            _ => bail!(
                "${variable} holds an address of a proxy that davos can't speak to; it has to begin with http:// or https://"
            ),
        }
        Ok(Proxy { variable, url })
    }

    /// The address without what is secret in it.
    pub(super) fn shown(&self) -> String {
        self.url.origin().ascii_serialization()
    }
}

impl Direct {
    /// A `no_proxy`, as Concourse itself reads it (Go's `golang.org/x/net/http/httpproxy`): names, which stand for all below
    /// them as well, names with a leading dot or `*.`, which stand only for those, addresses, networks, each but the last
    /// with a port or without, and `*`. What can't be read stands for nothing. Blanks separate as commas do.
    fn list(text: &str) -> Vec<Direct> {
        text.split(|c: char| c == ',' || c.is_whitespace()).filter_map(Direct::of).collect()
    }

    fn of(entry: &str) -> Option<Direct> {
        let entry = entry.trim().to_lowercase();
        if entry == "*" {
            return Some(Direct::All);
        }
        if let Some((address, bits)) = entry.split_once('/') {
            let (address, bits) = (address.parse::<IpAddr>().ok()?, bits.parse::<u8>().ok()?);
            return (bits <= width(address)).then_some(Direct::Network(address, bits));
        }
        let (host, port) = match entry.rsplit_once(':') {
            // A colon more is one of an IPv6 address without brackets, which has no port.
            Some((host, port)) if !host.contains(':') || (host.starts_with('[') && host.ends_with(']')) => {
                (host, Some(port.parse().ok()?))
            }
            _ => (entry.as_str(), None),
        };
        let plain = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if let Ok(address) = plain.parse::<IpAddr>() {
            return Some(Direct::Address(address.to_canonical(), port));
        }
        let host = host.strip_prefix('*').filter(|host| host.starts_with('.')).unwrap_or(host);
        let (itself, name) = host.strip_prefix('.').map_or((true, host), |name| (false, name));
        // Addresses have names in ASCII.
        let Ok(Host::Domain(name)) = Host::parse(name) else { return None };
        Some(Direct::Domain { suffix: format!(".{name}"), itself, port })
    }

    fn covers(&self, host: &Host<&str>, port: Option<u16>) -> bool {
        let address = match host {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(IpAddr::V4(*address)),
            Host::Ipv6(address) => Some(IpAddr::V6(*address).to_canonical()),
        };
        let same_port = |wanted: &Option<u16>| wanted.is_none() || *wanted == port;
        match (self, host, address) {
            (Direct::All, ..) => true,
            (Direct::Network(network, bits), _, Some(address)) => is_within(address, *network, *bits),
            (Direct::Address(wanted, on), _, Some(address)) => *wanted == address && same_port(on),
            (Direct::Domain { suffix, itself, port: on }, Host::Domain(name), None) => {
                let is_it = *itself && suffix.strip_prefix('.') == Some(*name);
                (is_it || name.ends_with(suffix.as_str())) && same_port(on)
            }
            _ => false,
        }
    }
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// Whether the first bits of both addresses are the same.
fn is_within(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    let number = |address: IpAddr| match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    };
    let rest = u32::from(width(network) - bits);
    let front = |address| number(address).checked_shr(rest).unwrap_or(0);
    address.is_ipv4() == network.is_ipv4() && front(address) == front(network)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_direct(no_proxy: &str, url: &str) -> bool {
        let environment = |name: &str| match name {
            "all_proxy" => Some("proxy.example:3128".to_owned()),
            "no_proxy" => Some(no_proxy.to_owned()),
            _ => None,
        };
        let proxies = Proxies::of(environment).expect("proxies");
        proxies.for_url(&url.parse().expect("an address")).is_none()
    }

    #[test]
    fn no_proxy_is_read_as_concourse_reads_it() {
        // What Go's httpproxy says of each, apart from localhost, which it never asks a proxy for.
        for (no_proxy, url, direct) in [
            ("mirror.example", "http://mirror.example/", true),
            ("mirror.example", "http://a.mirror.example/", true),
            ("mirror.example", "http://notmirror.example/", false),
            ("MIRROR.example", "https://Mirror.Example/", true),
            (".mirror.example", "http://a.mirror.example/", true),
            (".mirror.example", "http://mirror.example/", false),
            ("*.mirror.example", "http://a.mirror.example/", true),
            ("*.mirror.example", "http://mirror.example/", false),
            ("mirror.example:8080", "http://mirror.example:8080/", true),
            ("mirror.example:8080", "http://a.mirror.example:8080/", true),
            ("mirror.example:8080", "http://mirror.example/", false),
            ("mirror.example:80", "http://mirror.example/", true),
            ("mirror.example:443", "https://mirror.example/", true),
            (".mirror.example:443", "https://a.mirror.example/", true),
            ("10.0.0.7", "http://10.0.0.7/", true),
            ("10.0.0.7", "http://10.0.0.70/", false),
            ("10.0.0.7:8080", "http://10.0.0.7:8080/", true),
            ("10.0.0.7:8080", "http://10.0.0.7/", false),
            ("10.0.0.0/8", "http://10.9.8.7:1/", true),
            ("10.0.0.0/8", "http://11.0.0.1/", false),
            ("0.0.0.0/0", "http://11.0.0.1/", true),
            ("0.0.0.0/0", "http://mirror.example/", false),
            ("fd00::/8", "http://[fd12::1]/", true),
            ("fd00::/8", "http://[fe80::1]/", false),
            ("fd12::1", "http://[fd12::1]:99/", true),
            ("[fd12::1]:99", "http://[fd12::1]:99/", true),
            ("[fd12::1]:99", "http://[fd12::1]/", false),
            ("other.example , mirror.example", "http://mirror.example/", true),
            ("other.example mirror.example", "http://mirror.example/", true),
            (" *, x", "http://10.0.0.1/", true),
            ("*", "https://mirror.example/", true),
            ("b\u{fc}cher.example", "http://xn--bcher-kva.example/", true),
            ("", "http://mirror.example/", false),
            (",:80,/8,10.0.0.0/33,mirror.example:x", "http://mirror.example/", false),
        ] {
            assert_eq!(is_direct(no_proxy, url), direct, "{no_proxy:?} and {url}");
        }
    }

    #[test]
    fn a_proxy_is_shown_without_what_is_secret() {
        let environment =
            |name: &str| (name == "HTTPS_PROXY").then(|| "https://me:hunter2@proxy.example/x?y".to_owned());
        let proxies = Proxies::of(environment).expect("proxies");
        let proxy = proxies.for_url(&"https://ubuntu.com/".parse().expect("an address")).expect("a proxy");
        assert_eq!((proxy.shown().as_str(), proxy.variable.as_str()), ("https://proxy.example", "HTTPS_PROXY"));
    }

    #[test]
    fn what_is_told_to_curl_is_for_one_server() {
        let told = |no_proxy: &str, url: &str| {
            let told = CurlProxy::of(&url.parse().expect("an address"), |name: &str| match name {
                "http_proxy" => Some("plain.example".to_owned()),
                "HTTPS_PROXY" => Some("https://me:p%40ss@tls.example".to_owned()),
                "no_proxy" => Some(no_proxy.to_owned()),
                _ => None,
            });
            let told = told.expect("a way");
            let names = told.variables.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
            (names.join(" "), told.through)
        };
        let (plain, tls) = ("http_proxy=http://plain.example:80", "https_proxy=https://me:p%40ss@tls.example:443");
        let both = format!("{plain} {tls}");
        for (no_proxy, url, variables, through) in [
            ("", "https://git.example/x", tls, " (through the proxy https://tls.example)"),
            ("", "http://git.example/x", &both, " (through the proxy http://plain.example)"),
            ("git.example:443", "https://git.example/x", "", ""),
            ("git.example:8443", "https://git.example/x", tls, " (through the proxy https://tls.example)"),
            ("git.example:443", "http://git.example/x", plain, " (through the proxy http://plain.example)"),
            (".git.example", "https://git.example/x", tls, " (through the proxy https://tls.example)"),
            ("git.example", "http://git.example:8080/x", "", ""),
        ] {
            assert_eq!(told(no_proxy, url), (variables.to_owned(), through.to_owned()), "{no_proxy:?} and {url}");
        }
    }

    #[test]
    fn a_proxy_of_another_kind_is_refused_by_its_variable() {
        for (address, said) in [("socks5://me:hunter2@proxy", "has to begin with http"), ("http://", "no address")] {
            let Err(error) = Proxies::of(|name| (name == "all_proxy").then(|| address.to_owned())) else {
                panic!("{address} was taken")
            };
            let error = error.to_string();
            assert!(error.starts_with("$all_proxy holds") && error.contains(said), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
