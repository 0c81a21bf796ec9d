//! Answers with something wrong in them: read or refused, never a panic.

use super::*;

/// How often each answer is changed.
const CHANGES: usize = 20_000;

/// What is put into an answer.
const PIECES: &[&[u8]] = &[
    b"\0",
    b"\xff",
    b"<",
    b">",
    b"</",
    b"/>",
    b"&",
    b"&#0;",
    b"&#x110000;",
    b"<![CDATA[",
    b"]]>",
    b"<!--",
    b"<entry>",
    b"</entry>",
    b"<feed>",
    b"</feed>",
    b"<title>",
    b"<link href='",
    b"rel=\"self\"",
    b"xmlns:a=\"b\"",
    b"\"",
    b"'",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"null",
    b"true",
    b"1e999",
    b"-0",
    b"1.25",
    b"99999999999999999999",
    b"\xe2\x80\xae",
    b"\xc3\xbc",
    b"_",
    b"-",
    b".",
    b"+",
    b"rc1",
    b"\"version\":",
    b"\"cycle\":",
    b"\"result\":",
    b"\"releases\":",
    b"9999-12-31",
    b"%2F",
    b"%ff",
    b":Repository/",
    b"\xef\xbb\xbf",
];

fn changed(answer: &[u8], random: &mut fastrand::Rng) -> Vec<u8> {
    let mut answer = answer.to_vec();
    for _ in 0..random.usize(1..=4) {
        let place = random.usize(0..answer.len().max(1)).min(answer.len());
        let length = if random.u8(0..4) == 0 { random.usize(0..=200) } else { random.usize(0..=4) };
        let end = answer.len().min(place + length);
        match random.u8(0..16) {
            0 if place < answer.len() => answer[place] = random.u8(..),
            1 if place < answer.len() => answer[place] ^= 1 << random.u8(0..8),
            2 => drop(answer.drain(place..end)),
            3 => {
                let part = answer[place..end].to_vec();
                answer.splice(place..place, part);
            }
            4 if random.bool() => answer.truncate(place),
            5 => {
                let piece = PIECES[random.usize(..PIECES.len())];
                answer.splice(place..place, piece.iter().copied());
            }
            // The words and numbers, which leave the form as it is.
            _ => {
                if let Some(byte) = answer[place..end].iter_mut().find(|byte| byte.is_ascii_alphanumeric()) {
                    *byte = random.alphanumeric() as u8;
                }
            }
        }
    }
    answer
}

#[test]
fn changed_answers_are_read_or_refused_in_one_line() {
    let mut random = fastrand::Rng::with_seed(20_251);
    let (mut read_ones, mut refused) = (0, 0);
    for answer in [GO_DEV, ENDOFLIFE_V1, ENDOFLIFE_V0, TAGS, RELEASES, COMMITS] {
        for _ in 0..CHANGES {
            match read(&changed(answer.as_bytes(), &mut random)) {
                Err(error) => {
                    refused += 1;
                    fits(&format!("{error:#}"));
                }
                Ok(versions) => {
                    read_ones += 1;
                    assert!(!versions.versions.is_empty() && versions.warnings.len() <= 20);
                    versions.warnings.iter().for_each(|warning| fits(warning));
                    for version in &versions.versions {
                        assert!(version.version.len() <= 64 && version.version.is_ascii());
                        assert!(version.notes.len() <= 2_000 && !version.notes.contains(char::is_control));
                        assert!(version.url.as_ref().is_none_or(|url| url.starts_with("http") && url.len() <= 2_000));
                    }
                    for line in &versions.lines {
                        let _ = versions.newest_of_line(&line.name, numbers);
                    }
                    let _ = versions.newest(numbers);
                }
            }
        }
    }
    assert!(read_ones > CHANGES && refused > CHANGES, "{read_ones} read, {refused} refused");
}
