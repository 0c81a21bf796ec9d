//! One commit for all objects of an addition.

use super::config::Committer;
use crate::store::Object;

/// More than these are counted in a message, not named.
const MOST_NAMED: usize = 8;

/// The longest name of a commit, with the end of its line.
pub(super) const LONGEST_NAME: usize = 65;

/// The stream that makes `git fast-import` write one commit and print its name.
pub(super) fn stream(
    committer: &Committer,
    message: &str,
    parent: Option<&str>,
    objects: &[(String, &Object)],
) -> Vec<u8> {
    let mut stream = format!("commit refs/davos/next\nmark :1\ncommitter {committer} now\n").into_bytes();
    push_data(&mut stream, message.as_bytes());
    if let Some(parent) = parent {
        stream.extend(format!("from {parent}\n").bytes());
    }
    for (path, object) in objects {
        stream.extend(format!("M 100644 inline {path}\n").bytes());
        push_data(&mut stream, &object.bytes);
    }
    stream.extend(b"\nget-mark :1\ndone\n");
    stream
}

fn push_data(stream: &mut Vec<u8>, bytes: &[u8]) {
    stream.extend(format!("data {}\n", bytes.len()).bytes());
    stream.extend(bytes);
    stream.push(b'\n');
}

/// The message of the commit: what is recorded, and the build that does.
pub(super) fn message(template: Option<&str>, objects: &[Object]) -> String {
    let product = objects.first().map_or("", |object| object.key.split('/').next().unwrap_or_default());
    let url = objects.iter().find_map(|object| object.note.url.as_deref()).unwrap_or_default();
    let template = template.unwrap_or("%product%: %events%");
    // The longest list last: what is put in is not looked through again.
    let mut message = filled(template, &[("%product%", product), ("%url%", url), ("%events%", &told(objects))]);
    if !url.is_empty() && !template.contains("%url%") {
        message = format!("{message}\n\n{url}");
    }
    message.retain(|c| c == '\n' || !c.is_control());
    message
}

fn filled(template: &str, values: &[(&str, &str)]) -> String {
    let mut rest = template;
    let mut text = String::new();
    while let Some(at) = rest.find('%') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        match values.iter().find(|(name, _)| rest.starts_with(name)) {
            Some((name, value)) => {
                text.push_str(value);
                rest = &rest[name.len()..];
            }
            None => {
                text.push('%');
                rest = &rest[1..];
            }
        }
    }
    text + rest
}

fn told(objects: &[Object]) -> String {
    let notes: Vec<&str> =
        objects.iter().map(|object| object.note.text.as_str()).filter(|text| !text.is_empty()).collect();
    if notes.is_empty() {
        return format!("{} files", objects.len());
    }
    let mut told = notes[..notes.len().min(MOST_NAMED)].join(", ");
    if notes.len() > MOST_NAMED {
        told.push_str(&format!(", and {} more", notes.len() - MOST_NAMED));
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Note;

    fn object(key: &str, text: &str, url: Option<&str>) -> Object {
        let note = Note { text: text.to_owned(), url: url.map(str::to_owned) };
        Object { note, ..Object::new(key, b"{}") }
    }

    #[test]
    fn a_message_says_what_is_recorded_and_by_which_build() {
        let packages = Object::new("rootfs/packages/x", b"a=1\n");
        let event = object("rootfs/00000001.json", "answered USN-7952-1 (affected)", Some("https://ci/1"));
        let told = "rootfs: answered USN-7952-1 (affected)";
        let objects = [packages.clone(), event];
        assert_eq!(message(None, &objects), format!("{told}\n\nhttps://ci/1"));
        assert_eq!(message(Some("[ci skip] 100% %product% %url%"), &objects), "[ci skip] 100% rootfs https://ci/1");
        assert_eq!(message(None, &[object("rootfs/1", "answered USN-7952-1 (affected)", None)]), told);
        assert_eq!(message(None, &[packages]), "rootfs: 1 files");
    }

    #[test]
    fn many_events_are_counted() {
        let many: Vec<Object> = (0..30).map(|number| object("rootfs/1", &format!("opened {number}"), None)).collect();
        assert_eq!(
            message(None, &many),
            "rootfs: opened 0, opened 1, opened 2, opened 3, opened 4, opened 5, opened 6, opened 7, and 22 more"
        );
    }
}
