//! The entries of a feed in Atom or RSS, one after the other, of which only the few texts that are asked for are kept.

use anyhow::{Result, anyhow, bail, ensure};
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use crate::text::{cut, one_line, quoted};

/// The longest text that is kept, in bytes.
const TEXT_LIMIT: usize = 4_096;
/// The longest tag. GitHub's longest, with the address of a picture, has some 200 bytes.
const TAG_LIMIT: usize = 16_384;
/// The deepest nesting. A text in XHTML nests, and is passed over.
const DEPTH_LIMIT: usize = 256;

/// What is kept of an entry.
#[derive(Default)]
pub(super) struct XmlEntry {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) published: String,
    pub(super) updated: String,
    /// The address of its page.
    pub(super) link: String,
}

impl XmlEntry {
    fn text(&mut self, name: &str) -> Option<&mut String> {
        match name {
            "id" => Some(&mut self.id),
            "title" => Some(&mut self.title),
            "published" | "pubDate" => Some(&mut self.published),
            "updated" => Some(&mut self.updated),
            // RSS.
            "guid" => Some(&mut self.id),
            "link" => Some(&mut self.link),
            _ => None,
        }
    }
}

/// Hands out each entry of `what`: of `feed` the `entry`s, of `rss` the `item`s. The name of the root is the result; of another one
/// nothing is handed out.
///
/// # Errors
/// If it is no XML, or ends in the middle.
pub(super) fn entries(text: &str, what: &str, mut wanted: impl FnMut(XmlEntry)) -> Result<String> {
    // HTML is no XML, and what is wrong with it as such helps nobody.
    if is_html(text) {
        return Ok("html".to_owned());
    }
    let mut reader = Reader::from_str(text);
    let mut walk = FeedWalk::default();
    loop {
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => {
                let offset = usize::try_from(reader.error_position()).unwrap_or(usize::MAX).min(text.len());
                let line = 1 + text.as_bytes()[..offset].iter().filter(|&&byte| byte == b'\n').count();
                bail!("{what} is no XML, at line {line}: {}", one_line(&cut(&error.to_string(), 120)));
            }
        };
        match event {
            Event::Decl(declaration) => {
                if let Some(Ok(encoding)) = declaration.encoding() {
                    let is_known =
                        ["utf-8", "utf8", "us-ascii"].iter().any(|known| encoding.eq_ignore_ascii_case(known));
                    ensure!(is_known, "{what} says that it is in {}; davos reads UTF-8", quoted(&encoding));
                }
            }
            Event::Start(tag) => walk.open(&tag, what)?,
            Event::Empty(tag) => {
                walk.open(&tag, what)?;
                walk.close(&mut wanted);
            }
            Event::End(_) => walk.close(&mut wanted),
            Event::Text(plain) => walk.add(&plain),
            Event::CData(plain) => walk.add(&plain),
            Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                Ok(Some(character)) => walk.add(character.encode_utf8(&mut [0; 4])),
                _ => match resolve_predefined_entity(&reference) {
                    Some(text) => walk.add(text),
                    None => ["&", &reference, ";"].into_iter().for_each(|part| walk.add(part)),
                },
            },
            Event::Eof => break,
            _ => {}
        }
        if walk.is_over {
            break;
        }
    }
    ensure!(walk.is_over, "{what} ends in the middle of its XML; was it cut off?");
    walk.root.ok_or_else(|| anyhow!("{what} is XML without an element"))
}

/// Where the reader is.
#[derive(Default)]
struct FeedWalk {
    depth: usize,
    root: Option<String>,
    /// What the root has before its name: Atom's elements have it too, and others' have something else.
    prefix: String,
    entry: Option<XmlEntry>,
    /// Which text of the entry is being read.
    field: Option<String>,
    is_over: bool,
}

impl FeedWalk {
    fn open(&mut self, tag: &BytesStart<'_>, what: &str) -> Result<()> {
        ensure!(tag.len() <= TAG_LIMIT, "{what} has an XML tag of more than {TAG_LIMIT} bytes, which none has");
        ensure!(self.depth < DEPTH_LIMIT, "{what} nests deeper than {DEPTH_LIMIT} XML elements, which none does");
        self.depth += 1;
        let name = tag.name();
        let name = name.as_ref();
        if self.root.is_none() {
            let (prefix, local) = name.split_at(name.rfind(':').map_or(0, |colon| colon + 1));
            self.prefix = prefix.to_owned();
            self.root = Some(local.to_owned());
        }
        let local = name.strip_prefix(self.prefix.as_str()).unwrap_or_default();
        // Where the entries stand.
        let (depth, element) = match self.root.as_deref() {
            Some("feed") => (2, "entry"),
            Some("rss") => (3, "item"),
            _ => return Ok(()),
        };
        match &mut self.entry {
            None if self.depth == depth && local == element => self.entry = Some(XmlEntry::default()),
            Some(entry) if self.depth == depth + 1 && local == "link" && element == "entry" => read_link(tag, entry),
            Some(entry) if self.depth == depth + 1 => {
                self.field = entry.text(local).is_some().then(|| local.to_owned());
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, wanted: &mut impl FnMut(XmlEntry)) {
        let depth = if self.root.as_deref() == Some("rss") { 3 } else { 2 };
        if self.depth == depth {
            if let Some(entry) = self.entry.take() {
                wanted(entry);
            }
        } else if self.depth == depth + 1 {
            self.field = None;
        }
        self.depth = self.depth.saturating_sub(1);
        self.is_over = self.depth == 0;
    }

    fn add(&mut self, text: &str) {
        let (Some(field), Some(entry)) = (&self.field, &mut self.entry) else { return };
        if let Some(kept) = entry.text(field) {
            let room = TEXT_LIMIT.saturating_sub(kept.len());
            let end = (0..=room.min(text.len())).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
            kept.push_str(&text[..end]);
        }
    }
}

/// The first address of the entry's page.
fn read_link(tag: &BytesStart<'_>, entry: &mut XmlEntry) {
    let (mut href, mut rel) = (None, None);
    for attribute in tag.attributes().with_checks(false).flatten() {
        match attribute.key.as_ref() {
            "href" => href = attribute.normalized_value(XmlVersion::Explicit1_0).ok(),
            "rel" => rel = attribute.normalized_value(XmlVersion::Explicit1_0).ok(),
            _ => {}
        }
    }
    // By RFC 4287, 4.2.7.2, a link without `rel` is one to the page.
    let is_page = rel.is_none_or(|rel| rel == "alternate");
    if let Some(href) = href.filter(|href| is_page && entry.link.is_empty() && href.len() <= TEXT_LIMIT) {
        entry.link = href.trim().to_owned();
    }
}

/// Whether the text begins as a page in HTML does.
fn is_html(text: &str) -> bool {
    let start: String = text.chars().take(2_000).collect::<String>().to_ascii_lowercase();
    start.starts_with("<!doctype html")
        || start.contains("<html") && !start.contains("<feed") && !start.contains("<rss")
}
