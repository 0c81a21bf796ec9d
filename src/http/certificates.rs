//! Certificates as people paste them into a pipeline.
//!
//! Lines may be lost on the way (YAML's `>` and quotes fold them), and two certificates may have been glued together. What
//! is unambiguous is taken; the rest is refused in words of ours, for what was pasted may be a private key.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";
const KIND: &str = "CERTIFICATE";
const ADVICE: &str =
    "write each certificate as a block of its own that begins with `- |`, so that its lines stay as they are";

/// The certificates in a text.
#[derive(Debug, PartialEq, Eq)]
pub struct Certificates {
    ders: Vec<CertificateDer<'static>>,
    /// The first line between two certificates that is neither of one nor a comment.
    pub stray_line: Option<usize>,
}

impl Certificates {
    /// Reads a PEM text (RFC 7468). What stands before a certificate explains it; what stands after the last one would be
    /// lost, and is refused unless it is a comment that begins with `#`.
    ///
    /// # Errors
    /// With a sentence that quotes nothing of the text.
    pub fn read(text: &str) -> Result<Certificates, String> {
        if text.contains("PRIVATE KEY") {
            return Err(
                "holds a private key, and only certificates belong here; remove it, and make a new key if it is in \
                        use, since whoever may see the pipeline may have seen it"
                    .to_owned(),
            );
        }
        let mut found = Certificates { ders: Vec::new(), stray_line: None };
        let mut at = 0;
        while let Some(begin) = text[at..].find(BEGIN).map(|begin| at + begin) {
            found.pass(text, at, begin, true)?;
            let (der, end) = certificate(text, begin, found.ders.len() + 1)?;
            found.ders.push(der);
            at = end;
        }
        if found.ders.is_empty() {
            return Err("is no certificate; write a PEM text that starts with -----BEGIN CERTIFICATE-----".to_owned());
        }
        found.pass(text, at, text.len(), false)?;
        Ok(found)
    }

    /// The certificates in PEM, as every program reads it.
    pub fn to_pem(&self) -> String {
        let mut pem = String::new();
        for der in &self.ders {
            let body = STANDARD.encode(der);
            pem += "-----BEGIN CERTIFICATE-----\n";
            // Base64 is ASCII.
            for line in body.as_bytes().chunks(64) {
                pem += &String::from_utf8_lossy(line);
                pem.push('\n');
            }
            pem += "-----END CERTIFICATE-----\n";
        }
        pem
    }

    pub(super) fn into_ders(self) -> Vec<CertificateDer<'static>> {
        self.ders
    }

    /// Looks at what stands outside of certificates, from `at` to `to`; `before` tells whether a certificate follows.
    fn pass(&mut self, text: &str, at: usize, to: usize, before: bool) -> Result<(), String> {
        let number = |nth: usize| 1 + nth + text[..at].matches('\n').count();
        let first_of_all = self.ders.is_empty();
        for (nth, line) in text[at..to].split('\n').enumerate() {
            let line = line.trim();
            if line.contains(DASHES) {
                return Err(format!("line {}: a line of dashes begins or ends no certificate; {ADVICE}", number(nth)));
            }
            if first_of_all || line.is_empty() {
                continue;
            }
            if nth == 0 {
                return Err(format!(
                    "line {}: text stands right behind -----END CERTIFICATE-----; {ADVICE}",
                    number(nth)
                ));
            }
            if line.starts_with('#') {
                continue;
            }
            if !before {
                let advice = "is a certificate cut? if it is a comment, begin it with #";
                return Err(format!("line {}: text stands behind the last certificate; {advice}", number(nth)));
            }
            self.stray_line.get_or_insert(number(nth));
        }
        Ok(())
    }
}

/// The certificate whose first line begins at `begin`, the `nth` of its text, and where its last line ends.
fn certificate(text: &str, begin: usize, nth: usize) -> Result<(CertificateDer<'static>, usize), String> {
    let body = begin + BEGIN.len();
    let kind = text[body..].split(DASHES).next().unwrap_or_default();
    if kind != KIND {
        let known = kind.len() <= 40 && kind.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b' ');
        let kind = if known { kind } else { "something else" };
        return Err(format!("holds {kind}, where only -----BEGIN CERTIFICATE----- belongs"));
    }
    let body = (body + KIND.len() + DASHES.len()).min(text.len());
    let whole = text[body..].find(DASHES).map(|end| body + end).and_then(|end| {
        let rest = text[end..].strip_prefix(END)?.strip_prefix(KIND)?.strip_prefix(DASHES)?;
        Some((&text[body..end], text.len() - rest.len()))
    });
    let Some((base64, end)) = whole else {
        return Err(format!("certificate {nth} has no -----END CERTIFICATE----- line; {ADVICE}"));
    };
    let base64: String = base64.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let der = STANDARD.decode(base64).ok().map(CertificateDer::from);
    match der.filter(|der| RootCertStore::empty().add(der.clone()).is_ok()) {
        Some(der) => Ok((der, end)),
        None => Err(format!("certificate {nth} is damaged, or cut; {ADVICE}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUTHORITY: &str = include_str!("../../tests/support/tls/ca.pem");
    const SERVER: &str = include_str!("../../tests/support/tls/server.pem");
    const KEY: &str = include_str!("../../tests/support/tls/server.key");

    fn count(text: &str) -> Result<usize, String> {
        Certificates::read(text).map(|found| found.ders.len())
    }

    #[test]
    fn lost_lines_and_glued_certificates_are_taken_where_nothing_else_can_be_meant() {
        let one_line = AUTHORITY.replace('\n', " ");
        let no_line = AUTHORITY.replace('\n', "");
        let glued = format!("{}{}", AUTHORITY.trim(), SERVER.trim());
        let windows = format!("{AUTHORITY}{SERVER}").replace('\n', "\r\n");
        for (text, certificates) in [
            (AUTHORITY.to_owned(), 1),
            (AUTHORITY.trim().to_owned(), 1),
            (one_line.clone(), 1),
            (no_line.clone(), 1),
            (format!("{one_line}{one_line}"), 2),
            (format!("{no_line}{AUTHORITY}"), 2),
            (glued, 2),
            (windows, 2),
            (format!("the mirror's:\n{AUTHORITY}"), 1),
            (format!("# ours\n{AUTHORITY}\n# theirs\n\n{SERVER}# end\n"), 2),
        ] {
            let found = Certificates::read(&text).expect(&text);
            assert_eq!((found.ders.len(), found.stray_line), (certificates, None), "{text}");
            assert!(found.to_pem().starts_with(AUTHORITY), "{text}");
            assert_eq!(Certificates::read(&found.to_pem()), Ok(found), "{text}");
        }
    }

    #[test]
    fn text_behind_a_certificate_is_never_lost_in_silence() {
        let behind = format!("{AUTHORITY}MIIBpDCCAUugAwIBAgIUBbb\n");
        assert!(count(&behind).expect_err("text behind").starts_with("line 12: text stands behind the last"));
        let beside = format!("{} and more\n{SERVER}", AUTHORITY.trim());
        assert!(count(&beside).expect_err("text beside").starts_with("line 11: text stands right behind"));
        let between = format!("{AUTHORITY} 1 s:CN = root\n{SERVER}");
        assert_eq!(Certificates::read(&between).expect("two").stray_line, Some(12));
        for broken in [
            format!("{AUTHORITY}{}", SERVER.replace("-----BEGIN CERTIFICATE-----\n", "")),
            format!("{}{SERVER}", AUTHORITY.replace("-----END CERTIFICATE-----\n", "")),
            AUTHORITY.replace("-----END CERTIFICATE-----\n", ""),
            AUTHORITY.replace("-----END CERTIFICATE-----", "-----END CERTIFICAT"),
            AUTHORITY.replace("-----END", "-----\n-----END"),
        ] {
            let error = count(&broken).expect_err(&broken);
            assert!(error.contains("`- |`") || error.contains("begin it with #"), "{error}");
        }
    }

    #[test]
    fn nothing_of_the_text_is_told_whatever_it_is() {
        let secret = KEY.lines().nth(1).expect("a line of the key");
        let texts = [
            format!("{AUTHORITY}{KEY}"),
            format!("{} {}", AUTHORITY.replace('\n', " "), KEY.replace('\n', " ")),
            KEY.replace("PRIVATE KEY", "CERTIFICATE"),
            KEY.replace("BEGIN PRIVATE KEY", &format!("BEGIN {secret}")).replace("PRIVATE KEY", "X"),
            format!("-----BEGIN CERTIFICATE-----{secret}-----END CERTIFICATE-----"),
            format!("-----BEGIN CERTIFICATE-----{secret}"),
            format!("{AUTHORITY}{secret}\n"),
            format!("{secret}\n-----\n{AUTHORITY}"),
            format!("-----BEGIN {secret}"),
            secret.to_owned(),
        ];
        let decimal: Vec<String> = secret.bytes().take(4).map(|byte| byte.to_string()).collect();
        for text in texts {
            let error = count(&text).expect_err(&text);
            for form in [&secret[..12], &STANDARD.encode(secret)[..12], &decimal.join(", ")] {
                assert!(!error.contains(form), "{error}");
            }
            assert!(error.len() < 300 && !error.contains('\n'), "{error}");
        }
        assert!(count(&format!("{AUTHORITY}{KEY}")).expect_err("a key").starts_with("holds a private key"));
    }

    #[test]
    fn what_holds_no_certificate_is_named() {
        for (text, said) in [
            ("/etc/ssl/ca.pem", "is no certificate"),
            ("", "is no certificate"),
            ("-----BEGIN CERTIFICATE-----", "certificate 1 has no -----END"),
            ("-----BEGIN PGP MESSAGE-----\nAAAA\n-----END PGP MESSAGE-----", "holds PGP MESSAGE, where only"),
            ("-----BEGIN CERTIFICATE-----\n\u{e4}\u{20ac}\n-----END CERTIFICATE-----", "certificate 1 is damaged"),
            ("-----BEGIN CERTIFICATE----\n", "holds something else"),
        ] {
            let error = count(text).expect_err(text);
            assert!(error.starts_with(said), "{text}: {error}");
        }
    }
}
