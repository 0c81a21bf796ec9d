//! What the drivers that keep a tracker in a bucket have in common.

use crate::fields::Fields;

/// The name of the bucket.
pub(super) fn bucket(fields: &mut Fields<'_>) -> Option<String> {
    let Some(field) = fields.get("bucket") else {
        fields.mistake_of("bucket", "needed; write the bucket's name");
        return None;
    };
    let name = field.some_text()?;
    // Names were freer once, and are freer elsewhere, than Amazon's rules of today.
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    if !(3..=222).contains(&name.len()) || !name.bytes().all(allowed) || name.contains("..") {
        field.wrong("the bucket's name alone: letters, digits, dots, dashes");
        return None;
    }
    Some(name.to_owned())
}

/// The folder in the bucket, without slashes at its ends; the root where none is written.
pub(super) fn prefix(fields: &mut Fields<'_>) -> Option<String> {
    let Some(field) = fields.get("prefix") else { return Some(String::new()) };
    let folder = field.text()?.trim_matches('/');
    let odd = |segment: &str| ["", ".", ".."].contains(&segment) || segment.chars().any(char::is_control);
    if !folder.is_empty() && folder.split('/').any(odd) {
        field.wrong("a folder in the bucket, such as security/logs");
        return None;
    }
    Some(folder.to_owned())
}

/// Whether a public bucket is read without credentials; they can't stand beside that.
pub(super) fn anonymous(fields: &mut Fields<'_>, credentials: &[&'static str]) -> bool {
    let anonymous = fields.flag("anonymous", false);
    if anonymous {
        for key in credentials {
            if fields.get(key).is_some() {
                fields.mistake_of(key, "`anonymous` needs no credentials; leave one of them out");
            }
        }
    }
    anonymous
}
