//! A tracker in a git repository.

use super::{Credentials, GitConfig, Remote, Transport};
use crate::fields::{Field, Fields};
use crate::text::Secret;

/// Reads what stands beside `driver: git`. `None` only after a mistake.
pub(crate) fn read(mut fields: Fields<'_>) -> Option<GitConfig> {
    let uri = fields.get("uri");
    if uri.is_none() {
        fields.mistake_of("uri", "needed; write the address of the repository that holds the logs");
    }
    let remote = uri.and_then(|uri| uri.parsed::<Remote>());
    let branch = fields.get("branch").map(|field| field.parsed());
    let path = fields.get("path").map(|field| folder(&field));
    let private_key = fields.get("private_key").map(|field| key(&field));
    let known_hosts = fields.get("known_hosts").map(|field| lines(&field));
    let username = fields.get("username").map(|field| name(&field));
    let password = fields.get("password").map(|field| name(&field));
    let committer = fields.get("git_user").map(|field| field.parsed());
    let commit_message = fields.get("commit_message").map(|field| message(&field));

    if let Some(remote) = &remote {
        let given = GivenKeys {
            private_key: private_key.is_some(),
            known_hosts: known_hosts.is_some(),
            username: username.is_some(),
            password: password.is_some(),
        };
        given.judge(remote, &fields);
    }
    fields.finish();

    let mut config = GitConfig::new(remote?);
    config.branch = branch.unwrap_or(Some(config.branch))?;
    config.path = path.unwrap_or_else(|| Some(String::new()))?;
    if let Some(key) = private_key {
        config.credentials = Credentials::PrivateKey(Secret::new(key?));
    }
    if let (Some(username), Some(password)) = (username, password) {
        config.credentials = Credentials::Password { username: username?, password: Secret::new(password?) };
    }
    config.known_hosts = known_hosts.map_or(Some(None), |lines| lines.map(Some))?;
    config.committer = committer.unwrap_or(Some(config.committer))?;
    config.commit_message = commit_message.map_or(Some(None), |message| message.map(Some))?;
    Some(config)
}

/// Which of the keys that depend on the address are given.
struct GivenKeys {
    private_key: bool,
    known_hosts: bool,
    username: bool,
    password: bool,
}

impl GivenKeys {
    fn judge(&self, remote: &Remote, fields: &Fields<'_>) {
        let (ssh, http) = match remote.transport() {
            Transport::Ssh => (true, false),
            Transport::Http | Transport::Https => (false, true),
            Transport::Local => (false, false),
        };
        for (key, given, allowed, with) in [
            ("private_key", self.private_key, ssh, "an ssh address"),
            ("known_hosts", self.known_hosts, ssh, "an ssh address"),
            ("username", self.username, http, "an https address"),
            ("password", self.password, http, "an https address"),
        ] {
            if given && !allowed {
                fields
                    .mistake_of(key, format!("stands only with {with} in uri; change the one or leave out the other"));
            }
        }
        if ssh && !self.private_key {
            fields.mistake_of("private_key", "needed with an ssh address; write the key as in its file");
        }
        if http && self.password != self.username {
            let (missing, other) = if self.password { ("username", "password") } else { ("password", "username") };
            let token = if self.password { "; for a token most servers take any name" } else { "" };
            fields.mistake_of(missing, format!("needed with {other}{token}"));
        }
        if self.password && remote.has_userinfo() {
            fields.mistake_of(
                "uri",
                "has credentials, and so have username and password; leave out the one or the other",
            );
        }
    }
}

/// A folder in the repository, without `/` at its ends.
fn folder(field: &Field<'_>) -> Option<String> {
    let path = field.text()?.trim().trim_matches('/');
    if path.is_empty() || path == "." {
        return Some(String::new());
    }
    let odd = |c: char| c.is_control() || "\"\\:*?[".contains(c);
    let inside = |part: &str| !part.is_empty() && part != "." && part != ".." && !part.eq_ignore_ascii_case(".git");
    if path.contains(odd) || path.starts_with('-') || !path.split('/').all(inside) {
        field.wrong("a folder in the repository, such as trackers/security");
        return None;
    }
    Some(path.to_owned())
}

/// A private key in PEM. ssh refuses one without a new line at its end, which YAML often loses.
fn key(field: &Field<'_>) -> Option<String> {
    let text = field.text()?.replace("\r\n", "\n");
    let text = text.trim();
    let whole = text.starts_with("-----BEGIN ") && text.contains("PRIVATE KEY-----\n") && text.ends_with("-----");
    if !whole {
        field.wrong("a private key as in its file, with its lines kept: `private_key: |` in YAML");
        return None;
    }
    Some(format!("{text}\n"))
}

fn lines(field: &Field<'_>) -> Option<String> {
    let text = field.some_text()?.replace("\r\n", "\n");
    let text = text.trim();
    let whole = |line: &str| line.starts_with('#') || line.trim().is_empty() || line.split_whitespace().count() >= 3;
    if !text.lines().all(whole) {
        field.wrong("lines of a known_hosts file, such as `ssh-keyscan git.example.org` prints");
        return None;
    }
    Some(format!("{text}\n"))
}

/// A name or a password: git reads them line by line.
fn name(field: &Field<'_>) -> Option<String> {
    let text = field.some_text()?;
    if text.contains(char::is_control) {
        field.wrong("one line");
        return None;
    }
    Some(text.to_owned())
}

fn message(field: &Field<'_>) -> Option<String> {
    let text = field.some_text()?;
    if text.contains(|c: char| c.is_control() && c != '\n') {
        field.wrong("text with %product%, %events% and %url% where they shall stand");
        return None;
    }
    Some(text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::fields::Mistakes;
    use crate::text::Redactor;

    const KEY: &str = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----";

    fn parse(value: &Value) -> anyhow::Result<GitConfig> {
        let redactor = Redactor::new(value, []);
        let mistakes = Mistakes::new(&redactor);
        let config = read(Fields::top("tracker", value, &mistakes));
        mistakes.settle("the pipeline")?;
        Ok(config.expect("a tracker, where there is no mistake"))
    }

    #[test]
    fn a_repository_is_enough() {
        let config = parse(&json!({"uri": "/srv/log.git"})).expect("a tracker");
        assert_eq!((config.branch.as_str(), config.path.as_str()), ("main", ""));
        assert_eq!(config.committer.to_string(), "davos <davos@localhost>");
        assert_eq!(config.credentials, Credentials::None);
    }

    #[test]
    fn all_keys_are_read() {
        let config = parse(&json!({"uri": "git@git.example:log.git", "branch": "log", "path": "/trackers/a/",
            "private_key": KEY, "known_hosts": "git.example ssh-ed25519 AAAA", "git_user": "CI <ci@example.org>",
            "commit_message": "%product%: %events%"}));
        let config = config.expect("a tracker");
        assert_eq!((config.branch.as_str(), config.path.as_str()), ("log", "trackers/a"));
        assert_eq!(config.credentials, Credentials::PrivateKey(Secret::new(format!("{KEY}\n"))));
        assert_eq!(config.known_hosts.as_deref(), Some("git.example ssh-ed25519 AAAA\n"));
        assert_eq!(config.commit_message.as_deref(), Some("%product%: %events%"));
        let config =
            parse(&json!({"uri": "https://h/x", "username": "bot", "password": "hunter22"})).expect("a tracker");
        let expected = Credentials::Password { username: "bot".to_owned(), password: Secret::new("hunter22") };
        assert_eq!(config.credentials, expected);
    }

    #[test]
    fn every_mistake_has_its_path() {
        let ssh = "git@h:x";
        for (source, told) in [
            (json!({}), "tracker.uri: needed"),
            (json!({"uri": 1}), "tracker.uri: 1 is not allowed; write text"),
            (json!({"uri": "ext::sh -c id"}), "tracker.uri: is no address of a git repository"),
            (json!({"uri": "/x", "branch": "a..b"}), "tracker.branch: is no name of a branch"),
            (json!({"uri": "/x", "path": "../y"}), "tracker.path: \"../y\" is not allowed"),
            (json!({"uri": "/x", "path": ".git/hooks"}), "tracker.path:"),
            (json!({"uri": "/x", "git_user": "me"}), "tracker.git_user: is no name with an address"),
            (json!({"uri": "/x", "commit_message": "a\u{7}"}), "tracker.commit_message:"),
            (json!({"uri": "/x", "pasword": "x"}), "tracker.pasword: unknown key, did you mean `password`?"),
            (json!({"uri": "/x", "private_key": KEY}), "tracker.private_key: stands only with an ssh address"),
            (json!({"uri": "https://h/x", "private_key": KEY}), "tracker.private_key: stands only with an ssh"),
            (json!({"uri": ssh}), "tracker.private_key: needed with an ssh address"),
            (json!({"uri": ssh, "private_key": KEY.replace('\n', " ")}), "tracker.private_key: what stands here (not"),
            (json!({"uri": ssh, "private_key": KEY, "known_hosts": "h"}), "tracker.known_hosts: \"h\" is not allowed"),
            (json!({"uri": "https://h/x", "password": "hunter22"}), "tracker.username: needed with password"),
            (json!({"uri": "https://h/x", "username": "bot"}), "tracker.password: needed with username"),
            (json!({"uri": "https://a:b@h/x", "username": "c", "password": "d"}), "tracker.uri: has credentials"),
            (json!({"uri": "https://h/x", "username": "c", "password": "d\ne"}), "tracker.password: what stands here"),
        ] {
            let error = parse(&source).expect_err(told).to_string();
            let told = format!("the pipeline has a mistake: {told}");
            assert!(error.starts_with(&told), "{error}\n{told}");
        }
        let both = parse(&json!({"uri": ssh, "private_key": KEY, "username": "u", "password": "p"})).expect_err("two");
        assert_eq!(both.to_string().matches("stands only with an https address").count(), 2);
    }
}
