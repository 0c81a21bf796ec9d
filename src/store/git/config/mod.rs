//! What a pipeline says of a tracker in a git repository.

use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail};
use percent_encoding::percent_decode_str;
use url::Url;

use crate::text::Secret;

/// A tracker in a git repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitConfig {
    /// The repository.
    pub remote: Remote,
    /// The branch that holds the logs.
    pub branch: Branch,
    /// The folder in the repository that holds a folder for each product; empty for the root, without `/` at its ends.
    pub path: String,
    /// What the server wants to see.
    pub credentials: Credentials,
    /// The server's ssh keys, in the form of a `known_hosts` file, where they are told.
    pub known_hosts: Option<String>,
    /// In whose name commits are made.
    pub committer: Committer,
    /// The message of a commit, with `%product%`, `%events%` and `%url%` for what they say.
    pub commit_message: Option<String>,
}

impl GitConfig {
    /// The branch `main` and the root of this repository, without credentials but those in its address.
    pub fn new(mut remote: Remote) -> GitConfig {
        let userinfo = remote.userinfo.take();
        GitConfig {
            remote,
            branch: Branch("main".to_owned()),
            path: String::new(),
            credentials: userinfo
                .map_or(Credentials::None, |(username, password)| Credentials::Password { username, password }),
            known_hosts: None,
            committer: Committer { name: "davos".to_owned(), mail: "davos@localhost".to_owned() },
            commit_message: None,
        }
    }
}

impl GitConfig {
    /// Whether both name one folder of one branch.
    pub(in crate::store) fn is_same_place(&self, other: &GitConfig) -> bool {
        let address = |config: &GitConfig| {
            let address = config.remote.address().trim_end_matches('/').to_owned();
            address.strip_suffix(".git").map_or(address.clone(), str::to_owned)
        };
        (address(self), &self.branch, &self.path) == (address(other), &other.branch, &other.path)
    }

    /// What of it is secret.
    pub(crate) fn secrets(&self) -> Vec<&Secret> {
        match &self.credentials {
            Credentials::None => Vec::new(),
            Credentials::Password { password, .. } => vec![password],
            Credentials::PrivateKey(key) => vec![key],
        }
    }
}

/// How a repository is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Over `http`, in the clear.
    Http,
    /// Over `https`.
    Https,
    /// Over ssh.
    Ssh,
    /// In the file system.
    Local,
}

/// The address of a repository: nothing that git could take for an option or for a program to run.
#[derive(Clone, PartialEq, Eq)]
pub struct Remote {
    transport: Transport,
    address: String,
    userinfo: Option<(String, Secret)>,
}

impl Remote {
    /// How it is reached.
    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// The address without credentials.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Whether a user or a password stands in the address.
    pub fn has_userinfo(&self) -> bool {
        self.userinfo.is_some()
    }

    /// The host with its port, as git names it when it asks for a password.
    pub(super) fn host(&self) -> &str {
        let rest = self.address.split_once("://").map_or("", |(_, rest)| rest);
        rest.split('/').next().unwrap_or_default()
    }

    fn http(text: &str) -> Option<Remote> {
        let mut url = Url::parse(text).ok()?;
        let transport = if url.scheme() == "https" { Transport::Https } else { Transport::Http };
        if url.path() == "/" || url.query().is_some() || url.fragment().is_some() {
            return None;
        }
        let decoded = |text: &str| percent_decode_str(text).decode_utf8().map(|text| text.into_owned()).ok();
        let (username, password) = (decoded(url.username())?, decoded(url.password().unwrap_or_default())?);
        if [&username, &password].iter().any(|text| text.contains(char::is_control)) {
            return None;
        }
        url.set_username("").ok()?;
        url.set_password(None).ok()?;
        let userinfo = (!username.is_empty() || !password.is_empty()).then(|| (username, Secret::new(password)));
        Some(Remote { transport, address: url.to_string(), userinfo })
    }

    fn ssh(text: &str) -> Option<Remote> {
        let url = Url::parse(text).ok()?;
        let host = url.host_str().filter(|host| is_plain(host.trim_matches(['[', ']']), ":"))?;
        let user = url.username();
        if url.password().is_some() || !(user.is_empty() || is_plain(user, "")) || host.is_empty() {
            return None;
        }
        let path = url.path().trim_start_matches('/');
        let whole = !path.is_empty() && !path.starts_with('-') && url.query().is_none() && url.fragment().is_none();
        whole.then(|| Remote { transport: Transport::Ssh, address: text.to_owned(), userinfo: None })
    }

    /// `git@host:path`, as `scp` has it.
    fn scp(text: &str) -> Option<Remote> {
        let (user, rest) = text.split_once('@')?;
        let (host, path) = rest.split_once(':')?;
        let whole = is_plain(user, "") && is_plain(host, "") && !path.is_empty() && !path.starts_with(['-', ':']);
        whole.then(|| Remote { transport: Transport::Ssh, address: text.to_owned(), userinfo: None })
    }
}

/// A user's or a host's name that no program takes for an option.
fn is_plain(name: &str, more: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c) || more.contains(c);
    !name.is_empty() && !name.starts_with('-') && name.chars().all(plain)
}

impl fmt::Debug for Remote {
    /// Without what stands before the `@`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Remote").field(&self.address).finish()
    }
}

impl FromStr for Remote {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Remote> {
        let text = text.trim();
        let local =
            |address: &str| Some(Remote { transport: Transport::Local, address: address.to_owned(), userinfo: None });
        let scheme = text.split_once("://").map(|(scheme, _)| scheme);
        let remote = match scheme {
            // Url::parse would drop them and go on.
            _ if text.contains(|c: char| c.is_control() || c == '\\') => None,
            Some("https" | "http") => Remote::http(text),
            Some("ssh") => Remote::ssh(text),
            Some("file") if text.starts_with("file:///") => local(text),
            None if text.starts_with('/') => local(text),
            None => Remote::scp(text),
            Some(_) => None,
        };
        match remote {
            Some(remote) => Ok(remote),
            None => bail!(
                "is no address of a git repository; write https://host/path, ssh://git@host/path, git@host:path, or /a/folder"
            ),
        }
    }
}

/// The name of a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch(String);

impl Branch {
    /// The name, without `refs/heads/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Branch {
    type Err = anyhow::Error;

    /// As git-check-ref-format(1) has it, but plain names only.
    fn from_str(name: &str) -> Result<Branch> {
        let plain = |c: char| !c.is_control() && !" ~^:?*[\\\"'".contains(c);
        let part = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
        let whole = name.chars().all(plain) && name.split('/').all(part) && !name.ends_with('.');
        if !whole || name.starts_with('-') || name.contains("..") || name.contains("@{") || name == "@" {
            bail!("is no name of a branch; write one such as main");
        }
        if name.starts_with("refs/") {
            bail!("is a ref; write the name of the branch alone, such as main");
        }
        Ok(Branch(name.to_owned()))
    }
}

/// What the server wants to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// Nothing.
    None,
    /// A name and a password, or a token in its place.
    Password {
        /// The name.
        username: String,
        /// The password.
        password: Secret,
    },
    /// A private key for ssh, as in its file.
    PrivateKey(Secret),
}

/// In whose name commits are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committer {
    name: String,
    mail: String,
}

impl fmt::Display for Committer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} <{}>", self.name, self.mail)
    }
}

impl FromStr for Committer {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Committer> {
        let parts = text.trim().strip_suffix('>').and_then(|text| text.split_once('<'));
        let (name, mail) = parts.map(|(name, mail)| (name.trim(), mail.trim())).unwrap_or_default();
        let odd = |c: char| c.is_control() || c == '<' || c == '>';
        if name.is_empty() || mail.is_empty() || name.contains(odd) || mail.contains(odd) {
            bail!("is no name with an address of mail; write Name <name@example.org>");
        }
        Ok(Committer { name: name.to_owned(), mail: mail.to_owned() })
    }
}

#[cfg(test)]
mod tests;
