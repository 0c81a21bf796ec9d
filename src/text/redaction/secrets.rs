//! What in a source is secret: what stands under a secret's name, and what an address has besides where it leads.

use std::collections::BTreeSet;

use percent_encoding::percent_decode_str;
use serde_json::Value;
use url::Url;

use super::redactor::Redactor;

/// What follows a colon in a long text is looked at so far for an address.
const LONGEST_ADDRESS: usize = 8 << 10;

/// So many colons of a text are looked at: what has more holds no address, and each may be a secret as long as the text.
const MOST_COLONS: usize = 200;

/// What is shorter is no secret where no name says so: `page=2`.
const SHORTEST_VALUE: usize = 4;

impl Redactor {
    /// The redactor for a source as it was written, before anyone judged it, and for the addresses (of proxies, say)
    /// that may hold a password.
    pub fn new<'a>(source: &Value, addresses: impl IntoIterator<Item = &'a str>) -> Redactor {
        let mut secrets = BTreeSet::new();
        collect(source, false, &mut secrets);
        for address in addresses {
            collect_from_addresses(address, &mut secrets);
            // A proxy is often written without its scheme.
            collect_from_addresses(&format!("http://{address}"), &mut secrets);
        }
        Redactor::of(secrets.iter().map(String::as_str))
    }
}

/// Whether what stands under this key is secret. User names are not; a word too many here costs only legibility.
pub(crate) fn is_secret_key(key: &str) -> bool {
    let key: String = key.to_ascii_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    const WORDS: &[&str] = &[
        "password",
        "passwd",
        "passphrase",
        "pwd",
        "secret",
        "token",
        "privatekey",
        "jsonkey",
        "accesskey",
        "apikey",
        "credential",
        "signature",
        "authorization",
        "cookie",
    ];
    WORDS.iter().any(|word| key.contains(word))
}

fn collect(value: &Value, secret: bool, secrets: &mut BTreeSet<String>) {
    match value {
        Value::Object(keys) => {
            for (key, value) in keys {
                collect(value, secret || is_secret_key(key), secrets);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, secret, secrets)),
        Value::String(text) => {
            collect_from_addresses(text, secrets);
            if secret {
                collect_text(text, secrets);
            }
        }
        Value::Number(number) if secret => {
            secrets.insert(number.to_string());
        }
        _ => {}
    }
}

fn collect_text(text: &str, secrets: &mut BTreeSet<String>) {
    secrets.insert(text.trim().to_owned());
    // A key of several lines is often logged line by line. The BEGIN and END lines are no secret.
    if text.trim().contains('\n') {
        let lines = text.lines().map(str::trim).filter(|line| line.len() >= 8 && !line.starts_with("-----"));
        secrets.extend(lines.filter(|line| !["{", "}"].contains(line)).map(ToOwned::to_owned));
    }
    // A service account's JSON key holds the real secret inside.
    if let Ok(inner @ Value::Object(_)) = serde_json::from_str(text) {
        collect(&inner, false, secrets);
    }
}

/// The secrets of the addresses in a text: of the whole as one address, and of what begins with a scheme in it.
///
/// Addresses are read as the one who connects reads them, by the `url` crate: `HTTP:\\t@host` is one too, and a tab in it counts
/// for nothing. What it refuses is read leniently, because the refusal may quote it.
fn collect_from_addresses(text: &str, secrets: &mut BTreeSet<String>) {
    collect_from_address(text.trim(), secrets);
    for (colon, _) in text.match_indices(':').take(MOST_COLONS) {
        let is_scheme = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
        let length = text.as_bytes()[..colon].iter().rev().take(20).take_while(|byte| is_scheme(byte)).count();
        let end = (colon..=text.len().min(colon + LONGEST_ADDRESS)).rev().find(|&end| text.is_char_boundary(end));
        let address = &text[colon - length..end.unwrap_or(colon)];
        if length > 0 {
            collect_from_address(address.split(char::is_whitespace).next().unwrap_or_default(), secrets);
        }
    }
}

/// What an address has besides where it leads: a password, a token in the place of a user, and all values of its query.
fn collect_from_address(text: &str, secrets: &mut BTreeSet<String>) {
    if let Ok(url) = Url::parse(text) {
        collect_userinfo(url.scheme(), url.username(), url.password(), secrets);
        [url.query(), url.fragment()].into_iter().flatten().for_each(|query| collect_query(query, secrets));
    }
    let is_address = |scheme: &str| !scheme.contains(['@', '/', '\\']) && !scheme.eq_ignore_ascii_case("mailto");
    let Some((scheme, rest)) = text.split_once(':').filter(|(scheme, _)| is_address(scheme)) else { return };
    let slash = |c: char| c == '/' || c == '\\' || c.is_whitespace();
    let mut parts = rest.trim_start_matches(slash).split(['?', '#']);
    let before_query = parts.next().unwrap_or_default();
    if rest.starts_with(slash) {
        parts.for_each(|query| collect_query(query, secrets));
    }
    let userinfo = before_query.split(['/', '\\']).next().and_then(|authority| authority.rsplit_once('@'));
    let Some((userinfo, _)) = userinfo.filter(|(userinfo, _)| !userinfo.contains(' ')) else { return };
    match userinfo.split_once(':') {
        Some((user, password)) => collect_userinfo(scheme, user, Some(password), secrets),
        // Without slashes it may be that what looks like a scheme is the user: `bot:hunter22@host`.
        None if !rest.starts_with(slash) => {
            collect_userinfo(scheme, scheme, Some(userinfo), secrets);
        }
        None => collect_userinfo(scheme, userinfo, None, secrets),
    }
}

fn collect_userinfo(scheme: &str, user: &str, password: Option<&str>, secrets: &mut BTreeSet<String>) {
    match password {
        Some(password) => {
            insert_decoded(password, secrets);
            insert_decoded(&format!("{user}:{password}"), secrets);
        }
        // A token alone, as git hosts take it; over ssh a user alone is only a name, and a file has none.
        None if !scheme.to_ascii_lowercase().contains("ssh") && !scheme.eq_ignore_ascii_case("file") => {
            insert_decoded(user, secrets);
        }
        None => {}
    }
}

fn collect_query(query: &str, secrets: &mut BTreeSet<String>) {
    for pair in query.split(['&', ';']) {
        let (key, value) = pair.split_once('=').unwrap_or(("", pair));
        if value.len() >= SHORTEST_VALUE || is_secret_key(key) {
            insert_decoded(value, secrets);
        }
    }
}

fn insert_decoded(text: &str, secrets: &mut BTreeSet<String>) {
    if text.is_empty() {
        return;
    }
    secrets.insert(text.to_owned());
    secrets.insert(percent_decode_str(text).decode_utf8_lossy().into_owned());
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::text::REDACTED;

    fn redacted(source: Value, text: &str) -> String {
        Redactor::new(&source, []).redact(text).into_owned()
    }

    #[test]
    fn without_secrets_a_text_is_not_even_copied() {
        assert!(matches!(Redactor::new(&json!({"os": "jammy"}), []).redact("jammy"), Cow::Borrowed("jammy")));
    }

    #[test]
    fn what_stands_under_a_secret_key_is_removed_at_any_depth() {
        let source = json!({"tracker": {"password": "hunter2", "username": "gitbot", "access_key_id": 123456,
            "secret_access_key": "wJalrXUtnFEMI", "passwrod_password": "other"}, "token": ["a-token"]});
        let text = "hunter2 gitbot 123456 wJalrXUtnFEMI other a-token";
        let expected = "[redacted] gitbot [redacted] [redacted] [redacted] [redacted]";
        assert_eq!(redacted(source, text), expected);
    }

    #[test]
    fn the_password_in_an_address_is_removed_wherever_the_address_stands() {
        let source = json!({"tracker": {"uri": "https://bot:s3cr3t%2Fword@git.example/x.git"}});
        assert_eq!(redacted(source.clone(), "Basic auth for s3cr3t/word"), "Basic auth for [redacted]");
        let clean = redacted(source, "fatal: https://bot:s3cr3t%2fword@git.example/x.git");
        assert_eq!(clean, "fatal: https://[redacted]@git.example/x.git");
        let token =
            json!({"unknown": "see https://ghp_0123456789@github.com/ and https://x/?a=b&X-Amz-Signature=abcdef"});
        assert_eq!(redacted(token, "ghp_0123456789 abcdef b"), "[redacted] [redacted] b");
        let ssh = json!({"uri": "ssh://git@github.com/x"});
        assert_eq!(redacted(ssh, "git push"), "git push");
        let proxy = Redactor::new(&Value::Null, ["http://u:proxypass@proxy:3128"]);
        assert_eq!(proxy.redact("proxypass"), "[redacted]");
        assert_eq!(Redactor::new(&Value::Null, ["u:proxypass@proxy:3128"]).redact("proxypass"), "[redacted]");
    }

    #[test]
    fn a_key_of_several_lines_is_removed_line_by_line() {
        let key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\nQyNTUxOQAAACDx\n-----END OPENSSH PRIVATE KEY-----\n";
        let source = json!({"tracker": {"private_key": key}});
        assert_eq!(redacted(source.clone(), key.trim()), REDACTED);
        assert_eq!(redacted(source.clone(), "line 2: QyNTUxOQAAACDx"), "line 2: [redacted]");
        let begin = "-----BEGIN OPENSSH PRIVATE KEY-----";
        assert_eq!(redacted(source, begin), begin);
    }

    #[test]
    fn the_private_key_inside_a_json_key_is_removed() {
        let inner = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\n-----END PRIVATE KEY-----\n";
        let json_key = json!({"type": "service_account", "private_key": inner}).to_string();
        let source = json!({"tracker": {"json_key": json_key}});
        for text in [inner.trim(), json_key.as_str(), "MIIEvQIBADANBgkq", &json!(inner.trim()).to_string()] {
            assert!(!redacted(source.clone(), text).contains("MIIEvQIBADANBgkq"), "{text}");
        }
        assert_eq!(redacted(source, "service_account"), "service_account");
    }

    #[test]
    fn a_short_secret_is_removed_only_as_a_word() {
        let source = json!({"password": "abc"});
        assert_eq!(redacted(source, "abc abcd xabc (abc)"), "[redacted] abcd xabc ([redacted])");
    }

    #[test]
    fn every_value_of_a_query_is_removed_whatever_its_key() {
        for (address, secret) in [
            ("https://feeds.example/rss.xml?sig=5ecr3t%2Fsig", "5ecr3t/sig"),
            ("https://feeds.example/rss.xml?page=2&code=5ecr3t", "5ecr3t"),
            ("https://feeds.example/rss.xml?5ecr3t", "5ecr3t"),
            ("https://feeds.example/rss.xml?a=b;key=5ecr3t#x", "5ecr3t"),
            ("https://feeds.example/#auth=5ecr3t", "5ecr3t"),
            ("https:feeds.example?auth=5ecr3t", "5ecr3t"),
        ] {
            let source = json!({"upstream": {"rss": address}});
            assert_eq!(redacted(source, &format!("<{secret}> page 2")), "<[redacted]> page 2", "{address}");
        }
    }

    #[test]
    fn a_text_of_colons_takes_no_time() {
        let started = std::time::Instant::now();
        let _ = Redactor::new(&json!({"uri": "https://user:pass".repeat(1 << 16)}), []);
        let _ = Redactor::new(&json!([":".repeat(1 << 20), "a:".repeat(1 << 20)]), []);
        assert!(started.elapsed() < std::time::Duration::from_secs(20), "{:?}", started.elapsed());
    }

    #[test]
    fn an_address_is_read_as_the_one_who_connects_reads_it() {
        for address in [
            "HTTP://t0ken@h/x",
            "http:bot:t0ken@h/x",
            "http:/bot:t0ken@h/x",
            "http:\\\\bot:t0ken@h\\x",
            "ht\ttp://bot:t0ken@h/x",
            "http:/\n/bot:t0\tken@h/x",
            "http://bot@x:t0ken@h/x",
            "  https://t0ken@h/x",
            "http:////t0ken@h/x",
            "see https:t0ken@h/x for more",
            "ssh://bot:t0ken@h/x",
            "foo://t0ken@h/x",
            "git+https://t0ken@h/x",
            // Refused by the one who connects; but the refusal may quote it.
            "http://bot:t0ken@h:99999/x",
            "http://bot:t0ken@[x/y",
            "https://bot:t0ken@/x",
            "bot:t0ken@h",
        ] {
            assert_eq!(redacted(json!({"uri": address}), "<t0ken>"), "<[redacted]>", "{address:?}");
        }
        for address in ["git@host:path/x", "ssh://git@host/x", "file:///srv/git@host", "mailto:git@host", "git: x"] {
            assert_eq!(redacted(json!({"uri": address}), "<git>"), "<git>", "{address:?}");
        }
    }

    proptest! {
        #[test]
        fn what_the_url_crate_takes_for_a_password_or_a_value_is_always_removed(
            scheme in "[hH][tT]{2}[pP][sS]?", slashes in "[/\\\\]{0,4}", user in "[a-z%@]{0,6}",
            password in "[a-zA-Z0-9%!$']{4,12}", query in "[a-z]{0,5}=?[a-zA-Z0-9%]{4,12}"
        ) {
            let address = format!("{scheme}:{slashes}{user}:{password}@host.example/x?{query}");
            let redactor = Redactor::new(&json!({"uri": address}), []);
            if let Ok(url) = Url::parse(&address) {
                let value = url.query_pairs().last().map(|(key, value)| if value.is_empty() { key } else { value }.into_owned());
                for secret in [url.password().unwrap_or_default(), value.as_deref().unwrap_or_default()] {
                    // What is less than four characters without what nobody sees is a word.
                    let seen = secret.trim_matches(|c: char| c.is_whitespace() || c.is_control());
                    prop_assert!(seen.chars().count() < 4 || redactor.redact(secret) == REDACTED, "{secret} of {address}");
                }
            }
        }

        #[test]
        fn no_source_makes_a_panic(text in "\\PC{0,30}[:@/\\\\?#&=]{0,5}\\PC{0,20}") {
            let _ = Redactor::new(&json!([text]), [text.as_str()]);
        }
    }
}
