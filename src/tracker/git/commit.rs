//! One commit for all objects of an addition.

use super::config::Committer;
use crate::tracker::{Body, Event, Object};

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
    let events: Vec<Event> = objects.iter().filter_map(|object| serde_json::from_slice(&object.bytes).ok()).collect();
    let product = match events.first() {
        Some(event) => event.product.to_string(),
        None => objects.first().map_or("", |object| object.key.split('/').next().unwrap_or_default()).to_owned(),
    };
    let url = events.iter().find_map(|event| event.by.url.as_deref()).unwrap_or_default();
    let template = template.unwrap_or("%product%: %events%");
    // The longest list last: what is put in is not looked through again.
    let mut message =
        filled(template, &[("%product%", &product), ("%url%", url), ("%events%", &told(&events, objects))]);
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

fn told(events: &[Event], objects: &[Object]) -> String {
    if events.is_empty() {
        return format!("{} files", objects.len());
    }
    let mut told: Vec<String> = events.iter().take(MOST_NAMED).map(one).collect();
    if events.len() > MOST_NAMED {
        told.push(format!("and {} more", events.len() - MOST_NAMED));
    }
    told.join(", ")
}

fn one(event: &Event) -> String {
    match &event.body {
        Body::Opened(opened) if opened.opening > 1 => format!("opened {} again", opened.notice.id),
        Body::Opened(opened) => format!("opened {}", opened.notice.id),
        Body::Answered(answered) => format!("answered {} ({})", answered.notice, answered.status),
        Body::Released(released) if released.fixed.is_empty() => format!("released {}", released.version),
        Body::Released(released) => {
            let fixed: Vec<String> = released.fixed.iter().map(|fixed| fixed.notice.to_string()).collect();
            let more = fixed.len().saturating_sub(MOST_NAMED);
            let named = fixed[..fixed.len() - more].join(" ");
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("released {} (fixes {named}{more})", released.version)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(url: &str) -> Object {
        let json = format!(
            r#"{{"schema":1,"seq":1,"at":"2026-01-19T12:00:00Z","product":"rootfs","by":{{"url":{url:?}}},"prev":null,
            "answered":{{"notice":"USN-7952-1","status":"affected","justification":null,"statement":"no","until":null}}}}"#
        );
        Object { key: "rootfs/00000001.json".to_owned(), bytes: json.into_bytes() }
    }

    #[test]
    fn a_message_says_what_is_recorded_and_by_which_build() {
        let events = [event("https://ci/1")];
        let told = "rootfs: answered USN-7952-1 (affected)";
        assert_eq!(message(None, &events), format!("{told}\n\nhttps://ci/1"));
        assert_eq!(message(Some("[ci skip] 100% %product% %url%"), &events), "[ci skip] 100% rootfs https://ci/1");
        assert_eq!(message(None, &[event("")]), told);
        let other = Object { key: "rootfs/packages/x".to_owned(), bytes: b"a=1\n".to_vec() };
        assert_eq!(message(None, &[other]), "rootfs: 1 files");
    }
}
