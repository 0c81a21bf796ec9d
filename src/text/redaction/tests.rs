//! No spelling of a secret survives.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use serde_json::json;

use super::*;

const QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>');
const USERINFO: &AsciiSet = &QUERY.add(b'/').add(b':').add(b'@').add(b'%').add(b'+').add(b'\\').add(b'=').add(b'&');

/// The spellings that a log, an error or an address may hold, by the name that SECURITY.md gives them.
/// A way to spell a secret, with its name.
type Spelling = (&'static str, fn(&str) -> String);

const SPELLINGS: &[Spelling] = &[
    ("as it is", |secret| secret.to_owned()),
    ("in small letters", str::to_lowercase),
    ("in capitals", str::to_uppercase),
    ("backwards", |secret| secret.chars().rev().collect()),
    ("percent-encoded", |secret| percent(secret, NON_ALPHANUMERIC)),
    ("percent-encoded, in small digits", |secret| secret.bytes().map(|byte| format!("%{byte:02x}")).collect()),
    ("percent-encoded where an address needs it", |secret| percent(secret, USERINFO)),
    ("percent-encoded up to four times", |secret| percent(&percent(secret, NON_ALPHANUMERIC), NON_ALPHANUMERIC)),
    ("percent-encoded as `%u00e9`", |secret| secret.encode_utf16().map(|unit| format!("%u{unit:04x}")).collect()),
    ("as a form sends it", |secret| url::form_urlencoded::byte_serialize(secret.as_bytes()).collect()),
    ("as the password of an address", |secret| {
        let mut url = url::Url::parse("https://bot@host.example/x").expect("an address");
        url.set_password(Some(secret)).expect("a password");
        url.to_string()
    }),
    ("in JSON", json_of),
    ("in JSON within JSON", |secret| json_of(&json_of(secret))),
    ("in JSON as `\\u00e9`", |secret| secret.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect()),
    ("in JSON as `\\u00E9`", |secret| secret.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect()),
    ("as Rust writes it", |secret| format!("{secret:?}")),
    ("as `\\u{e9}`", |secret| secret.escape_unicode().to_string()),
    ("as `\\xe9`", |secret| secret.bytes().map(|byte| format!("\\x{byte:02x}")).collect()),
    ("as `\\351`", |secret| secret.bytes().map(|byte| format!("\\{byte:03o}")).collect()),
    ("as a word of a shell", |secret| {
        secret
            .chars()
            .map(
                |c| {
                    if c.is_ascii_alphanumeric() || !(' '..='~').contains(&c) {
                        c.to_string()
                    } else {
                        format!("\\{c}")
                    }
                },
            )
            .collect()
    }),
    ("as a word of a shell in quotes", |secret| format!("'{}'", secret.replace('\'', "'\\''"))),
    ("in quotes that are written twice, as CSV, SQL and YAML have them", |secret| {
        secret.replace('"', "\"\"").replace('\'', "''")
    }),
    ("in HTML and XML", |secret| {
        secret
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;")
            .replace('\'', "&#39;")
    }),
    ("in HTML as `&#233;`", |secret| secret.chars().map(|c| format!("&#{};", c as u32)).collect()),
    ("in HTML as `&#xe9;`", |secret| secret.chars().map(|c| format!("&#x{:X};", c as u32)).collect()),
    ("quoted-printable", |secret| secret.bytes().map(|byte| format!("={byte:02X}")).collect::<Vec<_>>().join("=\r\n")),
    ("in hexadecimal", |secret| hex(secret, "")),
    ("in hexadecimal, in capitals", |secret| hex(secret, "").to_uppercase()),
    ("in hexadecimal, with a colon, a dash or a blank between", |secret| hex(secret, ":")),
    ("as a list of numbers", |secret| format!("{:?}", secret.as_bytes())),
    ("as a list of numbers as `0x68`", |secret| {
        secret.bytes().map(|byte| format!("0x{byte:02x}")).collect::<Vec<_>>().join(", ")
    }),
    ("in base64", |secret| STANDARD.encode(secret)),
    ("in base64 without padding", |secret| STANDARD_NO_PAD.encode(secret)),
    ("in base64 for addresses", |secret| URL_SAFE.encode(secret)),
    ("in base64 for addresses without padding", |secret| URL_SAFE_NO_PAD.encode(secret)),
    ("in base64 with a user's name, as HTTP sends it", |secret| STANDARD.encode(format!("x-access-token:{secret}"))),
    ("within the base64 of something longer", |secret| STANDARD.encode(format!("a{secret}bc"))),
    ("in base64 within base64", |secret| STANDARD.encode(STANDARD.encode(secret))),
    ("in base64, in lines", |secret| {
        let encoded = STANDARD.encode(format!("a line of more than twenty bytes: {secret}"));
        let lines: Vec<_> = encoded.as_bytes().chunks(24).map(String::from_utf8_lossy).collect();
        lines.join("\r\n")
    }),
    ("in base32", |secret| base32(secret.as_bytes())),
    ("in UTF-16", |secret| {
        let bytes: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
        // As a reader of UTF-8 takes it in.
        if secret.is_ascii() { String::from_utf8_lossy(&bytes).into_owned() } else { STANDARD.encode(bytes) }
    }),
    ("in UTF-8 taken for Latin-1", |secret| secret.bytes().map(char::from).collect()),
    ("in UTF-16 in base64", |secret| {
        STANDARD.encode(secret.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>())
    }),
];

fn percent(secret: &str, set: &'static AsciiSet) -> String {
    utf8_percent_encode(secret, set).to_string()
}

fn json_of(secret: &str) -> String {
    json!(secret).to_string()
}

fn hex(secret: &str, between: &str) -> String {
    secret.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(between)
}

fn base32(bytes: &[u8]) -> String {
    let bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    let digit = |bits: &[u8]| {
        let value = bits.iter().fold(0, |value, bit| value << 1 | (bit - b'0')) << (5 - bits.len());
        char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[usize::from(value)])
    };
    bits.as_bytes().chunks(5).map(digit).collect()
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
        for (name, spell) in SPELLINGS {
            let clean = Redactor::of([secret]).redact(&spell(secret)).into_owned();
            assert!(clean.contains("[redacted]") && clean.len() < 40, "{name}: {clean:?} of {secret:?}");
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
        ("is pass\\u002…", "is [redacted]…"),
        ("is pass&#4…", "is [redacted]…"),
        ("is %2570%2561%2573%2573%252…", "is [redacted]…"),
    ] {
        assert_eq!(Redactor::of(["pass-word-äöü"]).redact(text), clean);
    }
}

#[test]
fn what_was_wrapped_and_put_on_one_line_again_or_cut_is_removed() {
    let secret = "a-long-secret:of-many-Letters";
    let lines = |text: &str, length: usize, between: &str| {
        text.as_bytes().chunks(length).map(String::from_utf8_lossy).collect::<Vec<_>>().join(between)
    };
    // What is said on several lines is shown on one.
    for between in [" ", "; "] {
        for text in [
            hex(secret, " "),
            lines(&hex(&format!("{secret}{secret}"), ""), 20, between),
            lines(&STANDARD.encode(secret), 24, between),
            secret.bytes().map(|byte| format!("={byte:02X}")).collect::<Vec<_>>().join(&format!("={between}")),
        ] {
            assert!(Redactor::of([secret]).redact(&format!("<{text}>")).starts_with("<[redacted]"), "{text}");
        }
    }
    let list = format!("{:?}", secret.as_bytes());
    let list_of_hex = secret.bytes().map(|byte| format!("0x{byte:02x}")).collect::<Vec<_>>().join(", ");
    for text in [hex(secret, " "), hex(secret, ":"), list, list_of_hex] {
        for length in 40..text.len() {
            let cut = format!("{}…", &text[..length]);
            let clean = Redactor::of([secret]).redact(&cut).into_owned();
            assert!(clean.len() < 30, "{clean}");
        }
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

#[test]
fn one_mark_stands_for_secrets_that_overlap() {
    assert_eq!(Redactor::of(["abcdef", "defghi", "cdef"]).redact("-abcdefghi-"), "-[redacted]-");
}

#[test]
fn security_names_every_spelling_that_is_removed_and_no_other() {
    let security = include_str!("../../../SECURITY.md");
    let (_, list) = security.split_once("these spellings:\n\n").expect("the list");
    let named: Vec<&str> = list.lines().map_while(|line| line.strip_prefix("- ")).collect();
    let held: Vec<&str> = SPELLINGS.iter().map(|(name, _)| *name).collect();
    assert_eq!(named, held);
}

#[test]
fn the_longest_text_is_looked_through_in_no_time_whatever_it_holds() {
    let secrets: Vec<String> = (0..50).map(|n| format!("s3cr3t-{n}-{}", "x".repeat(40))).collect();
    let redactor = Redactor::of(secrets.iter().map(String::as_str));
    for unit in [
        "\\",
        "%25",
        "%",
        " ",
        "+",
        "&amp;",
        "&#",
        "a",
        "QUFB",
        "=\n",
        "\\\\u005c",
        "%5Cu0025&amp;",
        "…",
        "1, ",
        "s3cr3t",
        "\\…",
    ] {
        let text = unit.repeat((128 << 10) / unit.len());
        let started = std::time::Instant::now();
        redactor.redact(&text);
        // Two seconds where nothing is optimised, and hours if each place looked at all that follow.
        assert!(started.elapsed() < std::time::Duration::from_secs(60), "{unit:?}: {:?}", started.elapsed());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_spelling_survives(secret in secret(), before in "[a-z ]{0,12}", after in "[a-z ]{0,12}") {
        let redactor = Redactor::of([secret.as_str()]);
        for (name, spell) in SPELLINGS {
            let spelling = spell(&secret);
            let clean = redactor.redact(&format!("{before} <{spelling}> {after}")).into_owned();
            prop_assert!(clean.contains("[redacted]"), "{name}: {spelling:?} in {clean:?}");
            prop_assert!(!clean.contains(&format!("<{spelling}>")), "{name}: {spelling:?} in {clean:?}");
            prop_assert!(!clean.contains(&secret), "{name}: {spelling:?} in {clean:?}");
        }
    }

    #[test]
    fn no_spelling_of_a_spelling_survives(secret in secret(), inner in 0..SPELLINGS.len(), outer in 0..SPELLINGS.len()) {
        // Whose small and capital digits differ, or which counts places, has to come last.
        let ((inner, first), (outer, second)) = (SPELLINGS[inner], SPELLINGS[outer]);
        let loses = ["in small letters", "in capitals", "backwards"];
        // `\0` and a digit could be one number too.
        prop_assume!(!loses.contains(&outer) && (inner, outer) != ("in UTF-16", "as Rust writes it"));
        // Taken for Latin-1 twice, a letter may become a blank that breaks lines, which is none of the secret.
        prop_assume!((inner, outer) != ("in UTF-8 taken for Latin-1", "in UTF-8 taken for Latin-1"));
        // A letter right beside a digit in hexadecimal is one more digit.
        prop_assume!(outer != "within the base64 of something longer");
        let within = first(&secret);
        // An address leaves a percent sign in a password as it is: with digits after it, it reads as one more character.
        let is_one_more = |at: usize| within[at + 1..].bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
        prop_assume!(outer != "as the password of an address" || !within.match_indices('%').any(|(at, _)| is_one_more(at)));
        let spelling = second(&within);
        let clean = Redactor::of([secret.as_str()]).redact(&format!("<{spelling}>")).into_owned();
        prop_assert!(clean.contains("[redacted]"), "{outer} of {inner}: {spelling:?}");
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
