//! The secrets in a source, and their removal from what people see.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::spelling::Pattern;

/// What stands where a secret was.
pub const REDACTED: &str = "[redacted]";

/// Removes secrets from text, in whatever spelling they stand there: raw, percent-encoded, JSON-, debug- or
/// HTML-escaped, in hexadecimal, or in base64, also within the base64 of something longer.
///
/// Concourse's own redaction knows only the raw form, and only of values that came from a credential manager. A secret
/// of fewer than four characters is removed only where it stands raw as a word of its own: any more, and half of every
/// line would be gone.
#[derive(Clone, Default)]
pub struct Redactor {
    patterns: Vec<Pattern>,
}

impl Redactor {
    /// The redactor for a source as it was written, before anyone judged it, and for the addresses (of proxies, say)
    /// that may hold a password.
    pub fn new<'a>(source: &Value, addresses: impl IntoIterator<Item = &'a str>) -> Redactor {
        let mut secrets = BTreeSet::new();
        collect(source, false, &mut secrets);
        for address in addresses {
            // A proxy is often written without its scheme.
            let scheme = if address.contains("://") { "" } else { "http://" };
            collect_from_address(&format!("{scheme}{address}"), &mut secrets);
        }
        Redactor::of(secrets.iter().map(String::as_str))
    }

    /// The redactor for these secrets.
    pub fn of<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Redactor {
        Redactor { patterns: secrets.into_iter().filter(|s| !s.trim().is_empty()).flat_map(Pattern::all_of).collect() }
    }

    /// The text with [`REDACTED`] in place of each secret.
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut found: Vec<Range<usize>> = self.patterns.iter().flat_map(|pattern| pattern.find(text)).collect();
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        found.sort_by_key(|range| (range.start, range.end));
        let mut clean = String::with_capacity(text.len());
        let mut end = 0;
        for (nth, range) in found.into_iter().enumerate() {
            if range.start >= end {
                // Two secrets side by side need only one mark.
                if range.start > end || nth == 0 {
                    clean.push_str(&text[end..range.start]);
                    clean.push_str(REDACTED);
                }
            }
            end = end.max(range.end);
        }
        clean.push_str(&text[end..]);
        Cow::Owned(clean)
    }
}

impl fmt::Debug for Redactor {
    /// Without the secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").finish_non_exhaustive()
    }
}

/// Whether what stands under this key is secret. User names are not; a word too many here costs only legibility.
pub(super) fn is_secret_key(key: &str) -> bool {
    let key: String = key.to_ascii_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    const WORDS: &[&str] = &[
        "password",
        "passwd",
        "passphrase",
        "secret",
        "token",
        "privatekey",
        "jsonkey",
        "accesskey",
        "apikey",
        "credential",
        "signature",
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
            collect_from_address(text, secrets);
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

/// The password in an address such as `https://user:password@host/?token=…`, wherever in the text it stands.
fn collect_from_address(text: &str, secrets: &mut BTreeSet<String>) {
    for (start, _) in text.match_indices("://") {
        let scheme = &text[..start];
        let address = text[start + 3..].split(char::is_whitespace).next().unwrap_or_default();
        let authority = address.split(['/', '?', '#']).next().unwrap_or_default();
        if let Some((userinfo, _host)) = authority.rsplit_once('@') {
            match userinfo.split_once(':') {
                Some((_, password)) => {
                    insert_decoded(password, secrets);
                    insert_decoded(userinfo, secrets);
                }
                // A token alone, as git hosts take it; over ssh a user alone is only a name.
                None if scheme.ends_with("http") || scheme.ends_with("https") => insert_decoded(userinfo, secrets),
                None => {}
            }
        }
        for (_, query) in address.match_indices('?').map(|(at, _)| address.split_at(at + 1)) {
            let pairs = query.split('#').next().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
            pairs.filter(|(key, _)| is_secret_key(key)).for_each(|(_, value)| insert_decoded(value, secrets));
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
    use serde_json::json;

    use super::*;

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
    fn one_mark_stands_for_secrets_that_overlap() {
        assert_eq!(Redactor::of(["abcdef", "defghi", "cdef"]).redact("-abcdefghi-"), "-[redacted]-");
    }
}
