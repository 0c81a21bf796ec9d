//! Whatever upstream writes, people read just that, and nothing of it becomes markup.

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};
use serde_json::{Value, json};

use super::fixture::{LogFixture, notice};
use super::notes::Layout;
use super::{Wording, release_files};

/// What a reader of the Markdown sees; fails if it holds HTML, an image, or a link to where we link nothing to.
fn seen(markdown: &str) -> String {
    let mut seen = String::new();
    // What GitHub knows besides CommonMark.
    let github = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_MATH
        | Options::ENABLE_GFM;
    for event in Parser::new_ext(markdown, github) {
        match event {
            Event::Text(text) | Event::Code(text) => seen.push_str(&text),
            Event::Html(html) | Event::InlineHtml(html) => panic!("HTML {html:?} in\n{markdown}"),
            Event::InlineMath(math) | Event::DisplayMath(math) => panic!("a formula {math:?} in\n{markdown}"),
            Event::FootnoteReference(name) => panic!("a footnote {name:?} in\n{markdown}"),
            Event::Start(Tag::Image { dest_url, .. }) => panic!("an image {dest_url:?} in\n{markdown}"),
            Event::Start(Tag::Link { dest_url, .. }) => {
                assert!(dest_url.starts_with("https://ubuntu.com/security/"), "a link to {dest_url:?} in\n{markdown}");
            }
            Event::Start(Tag::CodeBlock(_) | Tag::BlockQuote(_)) => panic!("a block in\n{markdown}"),
            Event::SoftBreak | Event::HardBreak | Event::Start(Tag::Paragraph) => seen.push(' '),
            _ => {}
        }
    }
    words(&seen)
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn hostile() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => "[ -~]{1,12}",
        2 => "[\\*_`~\\[\\]()!#<>&|$^:=+.-]{1,6}",
        1 => any::<char>().prop_map(String::from),
        3 => prop::sample::select(vec![
            "<script>alert(1)</script>", "![x](https://evil.example/x.png)", "[a](javascript:b)", "<https://evil.example>",
            "https://evil.example", "[ref]: https://evil.example", "[ref]", "&lt;b&gt;", "&#60;b&#62;", "\n- a", "\n1. a",
            "\n# a", "\n```\n", "\n~~~\n", "\n> a", "\n    a", "\n---\n", "\n===\n", "| a |\n|---|\n", "<!-- a", "$a$", "[^1]",
            "\n\ta", "  \n", "\\\n", "\r\n+ a", "\u{202e}a\u{202c}", "\u{200b}", "\u{7}", "\u{1b}[31m", "\0", "{{ 1 }}", "**a**", "+++",
            "\n: a", "\n---\na: b\n---\n", "- [ ] a", "{#id}", "[!NOTE]", "www.evil.example",
        ]).prop_map(str::to_owned),
    ];
    proptest::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

fn story(title: &str, description: &str, statement: &str) -> LogFixture {
    let mut fixed: Value = notice("USN-1-1", title, "2026-01-01", &[("CVE-2026-0001", "high")], &[("a", "5")]);
    fixed["description"] = json!(description);
    let open = notice("USN-2-1", title, "2026-01-01", &[], &[("b", "5")]);
    let answered = notice("USN-3-1", title, "2026-01-01", &[], &[("c", "5")]);
    let evidence = json!([{"package": "a", "have": "5", "need": "5"}]);
    LogFixture::of("p")
        .opened(fixed)
        .opened(open)
        .opened(answered)
        .then(json!({"answered": {"notice": "USN-3-1", "status": "affected", "statement": format!("x {statement}")}}))
        .released(
            "1",
            Some("a=5\nb=4\nc=4\n"),
            json!({"fixed": [{"notice": "USN-1-1", "evidence": evidence, "via": null}], "open": ["USN-2-1"]}),
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn every_document_shows_what_was_written_and_nothing_else(
        title in hostile(), description in hostile(), statement in hostile()
    ) {
        let story = story(&title, &description, &statement);
        let history = story.history();
        // A description that is empty is not shown, and neither is white space around it.
        let lines = crate::text::printable_lines(description.trim()).into_owned();
        let shown = |text: &str| words(&crate::text::printable(&words(text)));
        for layout in Layout::ALL {
            let wording = Wording { layout: *layout, ..Wording::default() };
            let files = release_files(&story.facts(&history), &wording).expect("files");
            for (name, contents) in files.iter() {
                let text = std::str::from_utf8(contents).expect("UTF-8");
                prop_assert!(!text.contains(['\u{202e}', '\u{200b}', '\u{7}', '\u{1b}', '\0']), "{name}");
                if !name.ends_with(".md") {
                    continue;
                }
                let seen = seen(text.replace("<https://ci.example.org/", "<https://ubuntu.com/security/").as_str());
                prop_assert!(seen.contains(&shown(&title)), "{name}: {:?} is not in\n{seen}\n{text}", shown(&title));
                if name.starts_with("advisories/") {
                    prop_assert!(seen.contains(&words(&lines)), "{name}: {:?} is not in\n{seen}\n{text}", words(&lines));
                } else {
                    prop_assert!(seen.contains(&shown(&statement)), "{name}: {:?} is not in\n{seen}\n{text}", shown(&statement));
                }
            }
        }
    }
}
