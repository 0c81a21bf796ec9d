//! Text from outside shows as text in every file, whatever it is.

use html5ever::tendril::TendrilSink;
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::fixture::{StatusFixture, notice};
use super::*;
use crate::tracker::By;

/// The file of a product where outside text says this, wherever it can.
fn files(text: &str) -> Files {
    let by = By {
        team: Some(text.to_owned()),
        pipeline: Some(text.to_owned()),
        job: Some(text.to_owned()),
        build: Some(text.to_owned()),
        url: Some(text.to_owned()),
    };
    let story = StatusFixture::of("rootfs")
        .by(by)
        .opened_as(notice("USN-1-1", text, &["CVE-2026-0001"]), json!({}))
        .opened_as(notice("USN-2-1", text, &["CVE-2026-0002"]), json!({}))
        .answered("USN-1-1", "affected", &format!("because {text}"), None)
        .released("1.0", &[]);
    status_files(&[story.history()], &Shipped::new(), &Targets::default(), None).expect("files")
}

fn file(files: &Files, name: &str) -> String {
    let (_, bytes) = files.iter().find(|(known, _)| *known == name).expect(name);
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// The elements of a page with the names of their attributes, in order, and the text of its data.
fn parsed(html: &str) -> (Vec<String>, Value) {
    fn walk(node: &Handle, elements: &mut Vec<String>, data: &mut String) {
        if let NodeData::Element { name, attrs, .. } = &node.data {
            let attrs = attrs.borrow();
            let names: Vec<&str> = attrs.iter().map(|attr| &*attr.name.local).collect();
            elements.push(format!("{} {}", name.local, names.join(" ")));
            if attrs.iter().any(|attr| &*attr.name.local == "id" && &*attr.value == "data") {
                for child in node.children.borrow().iter() {
                    if let NodeData::Text { contents } = &child.data {
                        data.push_str(&contents.borrow());
                    }
                }
            }
        }
        node.children.borrow().iter().for_each(|child| walk(child, elements, data));
    }
    let dom = html5ever::parse_document(RcDom::default(), Default::default()).one(html);
    assert!(dom.errors.borrow().is_empty(), "{:?}", dom.errors.borrow());
    let (mut elements, mut data) = (Vec::new(), String::new());
    walk(&dom.document, &mut elements, &mut data);
    (elements, serde_json::from_str(&data).expect("the data"))
}

fn assert_harmless(text: &str) {
    let (files, plain) = (files(text), files("harmless"));
    let html = file(&files, "status.html");
    let (elements, data) = parsed(&html);
    assert_eq!(elements, parsed(&file(&plain, "status.html")).0, "{text:?} brought in an element");
    let title = crate::text::one_line(text);
    let strings = data["strings"].as_array().expect("strings");
    assert!(strings.iter().any(|string| *string == title), "{text:?} is not shown as it is");

    let json = file(&files, "status.json");
    let status: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(status["notices"]["USN-1-1"]["title"], title);

    let atom = file(&files, "feed.atom");
    let feed = feed_rs::parser::parse(atom.as_bytes()).expect("a feed");
    assert_eq!(feed.entries.len(), 2, "{text:?}");
    let harmless = |c: char| c == '\n' || crate::text::printable(c.encode_utf8(&mut [0; 4])) == c.to_string();
    for (name, file) in [("status.json", &json), ("feed.atom", &atom), ("status.html", &html)] {
        assert!(file.chars().all(harmless), "{name} holds a character of {text:?} that fools a reader");
    }
}

const HOSTILE: [&str; 12] = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><svg onload=alert(1)>",
    "' autofocus onfocus='alert(1)",
    "<!--<script>",
    "]]><x/>",
    "&lt;b&gt;&amp;&#60;",
    "javascript:alert(1)",
    "a\u{202e}gpj.exe\u{2066}\u{200b}",
    "\u{1b}[31m\u{7}\u{9b}",
    "\u{2028}\u{2029}\u{feff}\u{fffe}\u{ffff}",
    "\\u003c/script\\u003e",
];

#[test]
fn known_attacks_show_as_text() {
    HOSTILE.iter().for_each(|text| assert_harmless(text));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_brings_in_an_element(
        parts in proptest::collection::vec(prop_oneof![proptest::sample::select(HOSTILE.to_vec()).prop_map(str::to_owned), "\\PC{1,8}", any::<char>().prop_map(String::from)], 1..6),
    ) {
        let text = format!("x{}", parts.concat());
        assert_harmless(&text);
    }
}
