//! No spelling of a secret survives.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use serde_json::json;

use crate::concourse::secrets::Redactor;

const QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>');
const USERINFO: &AsciiSet = &QUERY.add(b'/').add(b':').add(b'@').add(b'%').add(b'+').add(b'\\').add(b'=').add(b'&');

/// The spellings that a log, an error or a URL may hold.
fn spellings(secret: &str) -> Vec<String> {
    let inside = |quoted: String| quoted[1..quoted.len() - 1].to_owned();
    let json = inside(json!(secret).to_string());
    let percent = |set| utf8_percent_encode(secret, set).to_string();
    let lower = |text: String| {
        let mut parts = text.split('%');
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (digits, rest) = part.split_at(2);
            out.push('%');
            out.push_str(&digits.to_ascii_lowercase());
            out.push_str(rest);
        }
        out
    };
    vec![
        secret.to_owned(),
        percent(NON_ALPHANUMERIC),
        lower(percent(NON_ALPHANUMERIC)),
        percent(USERINFO),
        url::form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
        inside(json!(json).to_string()),
        inside(format!("{secret:?}")),
        secret.escape_default().to_string(),
        secret.escape_unicode().to_string(),
        utf8_percent_encode(&percent(NON_ALPHANUMERIC), NON_ALPHANUMERIC).to_string(),
        secret.bytes().map(|byte| format!("{byte:02X}")).collect(),
        secret.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\'', "&#39;"),
        json,
    ]
}

/// What a secret of four or more characters may be; never one that the mark itself spells.
fn secret() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~]{4,24}", "[a-zA-Z0-9+/=]{4,40}", "[\\\\\"'\n%+& a]{4,12}", "\\PC{4,16}"]
        .prop_filter("trimmed and not in the mark", |s| s.trim() == s && !"[redacted]".contains(s.as_str()))
}

#[test]
fn base64_of_a_user_and_a_password_is_removed() {
    let redactor = Redactor::of(["hunter22"]);
    for user in ["", "a:", "ab:", "abc:", "x-access-token:"] {
        let header = format!("Authorization: Basic {}", STANDARD.encode(format!("{user}hunter22")));
        assert_eq!(redactor.redact(&header), "Authorization: Basic [redacted]");
    }
}

#[test]
fn base64_wrapped_into_lines_is_removed() {
    let secret = "a-long-secret-that-does-not-fit-on-one-line-of-base64-when-it-is-wrapped";
    let encoded = STANDARD.encode(format!("xy{secret}"));
    let wrapped = format!("{}\r\n{}", &encoded[..64], &encoded[64..]);
    assert_eq!(Redactor::of([secret]).redact(&wrapped), "[redacted]");
}

#[test]
fn backslashes_and_what_they_escape_are_removed_together() {
    for secret in ["a\\\"b\"", "pa\\\nss", "\\\\\\\\", "a\\nb\\", "\"\"\"\""] {
        for spelling in spellings(secret) {
            assert_eq!(Redactor::of([secret]).redact(&format!("<{spelling}>")), "<[redacted]>", "{secret:?}");
        }
    }
}

#[test]
fn what_a_cut_has_left_of_a_secret_is_removed() {
    for (text, clean) in [
        ("is pass-wor…", "is [redacted]…"),
        ("is pass%2…", "is [redacted]…"),
        ("is %70%61%73%73%2D%77%6…", "is [redacted]…"),
        ("is 706173732d…", "is [redacted]…"),
        ("is cGFzcy13…", "is [redacted]…"),
        ("is pas…", "is pas…"),
        ("is pass…age", "is [redacted]…age"),
        ("is passing…", "is passing…"),
    ] {
        assert_eq!(Redactor::of(["pass-word-äöü"]).redact(text), clean);
    }
}

#[test]
fn blanks_that_ran_together_hide_no_secret() {
    let redactor = Redactor::of(["correct  horse\t\n staple"]);
    for text in
        ["correct horse staple", "correct  horse\n\nstaple", "correct++horse staple", "correct%20%20horse staple"]
    {
        assert_eq!(redactor.redact(&format!("<{text}>")), "<[redacted]>");
    }
    assert_eq!(redactor.redact("correcthorse staple"), "correcthorse staple");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_spelling_survives(secret in secret(), before in "[a-z ]{0,12}", after in "[a-z ]{0,12}") {
        let redactor = Redactor::of([secret.as_str()]);
        for spelling in spellings(&secret) {
            let clean = redactor.redact(&format!("{before} <{spelling}> {after}")).into_owned();
            prop_assert!(clean.contains("[redacted]"), "{spelling:?} in {clean:?}");
            prop_assert!(!clean.contains(&format!("<{spelling}>")), "{spelling:?} in {clean:?}");
            prop_assert!(!clean.contains(&secret), "{spelling:?} in {clean:?}");
        }
    }

    #[test]
    fn no_base64_survives(secret in secret(), before in prop::collection::vec(any::<u8>(), 0..9),
                          after in prop::collection::vec(any::<u8>(), 0..9)) {
        let redactor = Redactor::of([secret.as_str()]);
        let bytes = [before.as_slice(), secret.as_bytes(), after.as_slice()].concat();
        for engine in [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD] {
            let encoded = engine.encode(&bytes);
            prop_assert_eq!(redactor.redact(&encoded), "[redacted]");
            let percent: String = url::form_urlencoded::byte_serialize(encoded.as_bytes()).collect();
            let clean = redactor.redact(&percent).into_owned();
            prop_assert!(clean.contains("[redacted]"), "{} in {}", percent, clean);
        }
    }

    #[test]
    fn any_text_and_any_secret_make_no_panic(secrets in prop::collection::vec(any::<String>(), 0..4), text in any::<String>()) {
        let _ = Redactor::of(secrets.iter().map(String::as_str)).redact(&text);
    }
}
