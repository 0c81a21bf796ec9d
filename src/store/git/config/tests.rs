//! Which addresses, branches and committers are taken.

use super::*;

#[test]
fn only_an_address_that_runs_nothing_is_one() {
    for (text, transport) in [
        ("https://git.example/team/log.git", Transport::Https),
        ("http://127.0.0.1:8080/log", Transport::Http),
        ("ssh://git@git.example:2222/team/log.git", Transport::Ssh),
        ("ssh://git@[::1]:22/log", Transport::Ssh),
        ("git@git.example:team/log.git", Transport::Ssh),
        ("file:///srv/log.git", Transport::Local),
        ("/srv/a b/log.git", Transport::Local),
    ] {
        let remote: Remote = text.parse().expect(text);
        assert_eq!((remote.transport(), remote.address()), (transport, text));
    }
    for text in [
        "",
        "-u/x",
        "--upload-pack=/bin/sh",
        "ext::sh -c id",
        "fd::17",
        "git@host::x",
        "-oProxyCommand=id@h:x",
        "git@-oProxyCommand=id:x",
        "ssh://-oProxyCommand=id/x",
        "ssh://git@-oProxy/x",
        "ssh://git@host/-x",
        "ssh://u:password@host/x",
        "git://host/x",
        "ftp://host/x",
        "file://host/x",
        "../x",
        "host:x",
        "C:\\x",
        "https://host/",
        "https://host/x?y",
        "https://host/x#y",
        "https://",
        "/a\nb",
        "https::https://host/x",
        "git@host:-x",
        "ssh://git@host",
        "https://u:a%0ab@host/x",
    ] {
        assert!(text.parse::<Remote>().is_err(), "{text}");
    }
}

#[test]
fn credentials_are_taken_out_of_an_address() {
    let remote: Remote = "https://bot:s3%2Fcr3t@git.example:8443/log.git".parse().expect("an address");
    assert!(remote.has_userinfo() && !format!("{remote:?}").contains("s3"));
    assert_eq!(remote.host(), "git.example:8443");
    let config = GitConfig::new(remote);
    assert_eq!(config.remote.address(), "https://git.example:8443/log.git");
    let expected = Credentials::Password { username: "bot".to_owned(), password: Secret::new("s3/cr3t") };
    assert_eq!(config.credentials, expected);
    assert!(!format!("{config:?}").contains("cr3t"));
}

#[test]
fn a_branch_is_a_plain_name() {
    for name in ["main", "team/log", "v1.2"] {
        assert_eq!(name.parse::<Branch>().expect(name).as_str(), name);
    }
    for name in
        ["", "-d", "a..b", "a b", "a:b", "+a", "refs/heads/a", "a/", "/a", ".a", "a.lock", "a~1", "@", "a@{1}", "*"]
    {
        assert_eq!(name.parse::<Branch>().is_ok(), name == "+a", "{name}");
    }
}

#[test]
fn a_committer_has_a_name_and_an_address() {
    let committer: Committer = "CI Bot <ci@example.org>".parse().expect("a committer");
    assert_eq!(committer.to_string(), "CI Bot <ci@example.org>");
    for text in ["", "CI", "<a@b>", "CI <>", "CI <a@b> x", "C\nI <a@b>", "C<I <a@b>"] {
        assert!(text.parse::<Committer>().is_err(), "{text}");
    }
}
