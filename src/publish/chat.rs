//! Foreign text in a chat message. Slack and Mattermost have no way in common to write a character that both show as it is:
//! one knows entities, the other backslashes. So whatever begins markup in either gives way to a character that looks like it.

use crate::text::one_line;

/// The text on one line, without anything that Slack ("mrkdwn") or Mattermost (Markdown with mentions, hashtags and emoji)
/// would make a link, an image, code, formatting or a mention of.
pub(crate) fn chat(text: &str) -> String {
    let line = one_line(text);
    let mut safe = String::with_capacity(line.len());
    let mut before = None;
    for (at, c) in line.char_indices() {
        let after = line[at + c.len_utf8()..].chars().next();
        safe.push(shown(c, before, after));
        before = Some(c);
    }
    safe
}

fn shown(c: char, before: Option<char>, after: Option<char>) -> char {
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let ends = after.is_none_or(char::is_whitespace);
    match c {
        // Slack's links and calls to everybody, and quotes.
        '<' => '‹',
        '>' => '›',
        '@' => '＠',
        '`' => '｀',
        '*' => '∗',
        // Mattermost's links and images, formulas, and what takes the meaning of the next character.
        '[' => '［',
        ']' => '］',
        '$' => '＄',
        '\\' => '＼',
        // Within a word both mean nothing: mod_wsgi, 3.10.12-1~22.04.
        '_' if !(is_word(before) && is_word(after)) => '＿',
        '~' if !(is_word(before) && is_word(after)) => '∼',
        // A hashtag or a channel; C# is none.
        '#' if !ends => '＃',
        // An entity.
        '&' if is_word(after) || after == Some('#') => '＆',
        // An address or an emoji; an epoch (2:8.2) is none.
        ':' if !(ends || is_digit(before) && is_digit(after)) => '∶',
        // The name of a host, which both link to; a number (3.10) is none.
        '.' if is_word(before) && is_word(after) && !is_digit(after) => '․',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag};

    use super::*;

    #[test]
    fn what_titles_are_made_of_stays_as_it_is() {
        for text in [
            "Linux kernel (Azure FIPS) vulnerabilities",
            "C# & .NET 8.0: what's new?",
            "libapache2-mod_wsgi 3.10.12-1~22.04.11 (needs 2:8.2-1ubuntu1)",
            "a/b, 100% + 1 = 2; \"x\"!",
        ] {
            assert_eq!(chat(text), text);
        }
    }

    #[test]
    fn nothing_is_markup() {
        for (text, safe) in [
            ("<!channel> @here\nnow", "‹!channel› ＠here now"),
            ("<https://evil.example|Fixed>", "‹https∶//evil․example|Fixed›"),
            ("![x](https://evil.example/x.png)", "!［x］(https∶//evil․example/x․png)"),
            ("[a](b) `c` *d* _e_ ~f~ ~~g~~", "［a］(b) ｀c｀ ∗d∗ ＿e＿ ∼f∼ ∼∼g∼∼"),
            ("www.evil.example", "www․evil․example"),
            ("mailto:a@b.example tel:1", "mailto∶a＠b․example tel∶1"),
            (":smile: #general ~town-square", "∶smile: ＃general ∼town-square"),
            ("&lt;!here&gt; &#60;", "＆lt;!here＆gt; ＆＃60;"),
            ("\\_a\\_ $x$", "＼＿a＼＿ ＄x＄"),
        ] {
            assert_eq!(chat(text), safe);
        }
    }

    fn hostile() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            3 => "[ -~]{1,10}",
            1 => any::<char>().prop_map(String::from),
            2 => prop::sample::select(vec![
                "<!channel>", "<@U1>", "<https://e.example|x>", "@all", "![x](https://e.example/x.png)", "[a](b)", "[a]: b", "`a`", "```a",
                "**a**", "__a__", "~~a~~", "_a_", ":x:", "#a", "~a", "www.e.example", "e.example", "https://1.2.3.4", "$a$", "&lt;", "|-|",
                "mailto:a@e.example", "\n# a", "\n> a", "\n- a",
            ]).prop_map(str::to_owned),
        ];
        proptest::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
    }

    /// What stands between two of these marks, none of which touches what is around as a part of a word would: Slack's rule
    /// for formatting.
    fn formats(text: &str, mark: char) -> bool {
        let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let places: Vec<usize> = text.match_indices(mark).map(|(at, _)| at).collect();
        places.iter().any(|at| {
            let (before, after) = (text[..*at].chars().next_back(), text[at + mark.len_utf8()..].chars().next());
            !(is_word(before) && is_word(after))
        })
    }

    /// Whether a chat links to something in the text by itself.
    fn links(text: &str) -> bool {
        let is_host = |word: &str| {
            let labels: Vec<&str> = word.split('.').collect();
            labels.windows(2).any(|pair| {
                pair[0].ends_with(char::is_alphanumeric) && pair[1].starts_with(|c: char| c.is_alphabetic())
            })
        };
        text.contains("://") || text.split_whitespace().any(is_host)
    }

    proptest! {
        #[test]
        fn no_text_is_markup_in_slack_or_in_mattermost(text in hostile()) {
            let safe = chat(&text);
            prop_assert!(!safe.contains(['<', '>', '@', '`', '*', '\n', '\\']), "{safe}");
            prop_assert!(!formats(&safe, '_') && !formats(&safe, '~') && !links(&safe), "{safe}");
            // An emoji: a word between two colons.
            let is_emoji = |word: &str| word.split(':').skip(1).any(|name| name.starts_with(|c: char| c.is_alphabetic()));
            prop_assert!(!safe.split_whitespace().any(is_emoji), "{safe}");
            // A hashtag, a channel, an entity.
            for mark in ['#', '&'] {
                let names = |(at, _): (usize, &str)| safe[at + 1..].starts_with(|c: char| c.is_alphanumeric() || c == '#');
                prop_assert!(!safe.match_indices(mark).any(names), "{safe}");
            }
            let github = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_MATH | Options::ENABLE_GFM;
            for event in Parser::new_ext(&format!("USN-1-1 (high): {safe} on Ubuntu\np contains a\n"), github) {
                let plain = matches!(event, Event::Text(_) | Event::SoftBreak | Event::End(_) | Event::Start(Tag::Paragraph));
                prop_assert!(plain, "{event:?} in {safe}");
            }
        }
    }
}
