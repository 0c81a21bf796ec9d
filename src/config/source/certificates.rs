//! The certificates that a source trusts besides the system's.

use crate::fields::Field;
use crate::http::Certificates;

/// Certificates, each entry in the form that every program reads. What was pasted may be a private key, so no mistake
/// quotes it.
pub(super) fn certificates(field: &Field<'_>, warnings: &mut Vec<String>) -> Vec<String> {
    if field.value().is_string() {
        field.mistake("is one text, where a list belongs; begin the certificate with `- |`, on a line of its own");
        return Vec::new();
    }
    let mut read = |(nth, item): (usize, Field<'_>)| match Certificates::read(item.text()?) {
        Ok(certificates) => {
            if let Some(line) = certificates.stray_line {
                warnings.push(format!("source.ca_certs[{nth}]: line {line} is neither of a certificate nor a comment that begins with #; it is left out"));
            }
            Some(certificates.to_pem())
        }
        Err(what) => {
            item.mistake(what);
            None
        }
    };
    field.list().into_iter().enumerate().filter_map(&mut read).collect()
}
