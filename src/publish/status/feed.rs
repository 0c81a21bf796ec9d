//! `feed.atom`: releases and answers of all products, for those who subscribe.

use anyhow::Result;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event as Xml};

use super::state::State;
use crate::notice::NoticeId;
use crate::product::{Digest, ProductName};
use crate::publish::some_of;
use crate::publish::text::one_line;
use crate::tracker::{Answered, Body, Event, Released};

/// Readers poll: older ones they have.
const MOST_ENTRIES: usize = 200;

/// What a reader shows of one event.
struct Item<'a> {
    product: &'a ProductName,
    event: &'a Event,
    digest: Digest,
    title: String,
    text: String,
    kind: &'static str,
}

/// The feed, newest first.
///
/// # Errors
/// If it can't be written as XML.
pub(super) fn feed_atom(state: &State<'_>) -> Result<Vec<u8>> {
    let mut items: Vec<Item<'_>> = Vec::new();
    for product in &state.products {
        let log = product.history.events().iter().zip(product.history.ledger().entries());
        items.extend(log.filter_map(|(event, entry)| item(product.name(), event, entry.digest)));
    }
    items.sort_by_key(|item| std::cmp::Reverse((item.event.at, item.product, item.event.seq)));
    items.truncate(MOST_ENTRIES);

    let mut xml = Writer::new(Vec::new());
    xml.write_event(Xml::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    xml.write_event(Xml::Text(BytesText::new("\n")))?;
    xml.write_event(Xml::Start(BytesStart::new("feed").with_attributes([("xmlns", "http://www.w3.org/2005/Atom")])))?;
    line(&mut xml, "id", &identity(state))?;
    line(&mut xml, "title", "Releases and answers")?;
    line(&mut xml, "updated", &stamp(state.now.unwrap_or_default()))?;
    xml.write_event(Xml::Start(BytesStart::new("author")))?;
    line(&mut xml, "name", "davos")?;
    xml.write_event(Xml::End(BytesEnd::new("author")))?;
    line(&mut xml, "generator", "davos")?;
    for item in &items {
        entry(&mut xml, item)?;
    }
    xml.write_event(Xml::End(BytesEnd::new("feed")))?;
    xml.write_event(Xml::Text(BytesText::new("\n")))?;
    Ok(xml.into_inner())
}

fn entry(xml: &mut Writer<Vec<u8>>, item: &Item<'_>) -> Result<()> {
    xml.write_event(Xml::Start(BytesStart::new("entry")))?;
    line(xml, "id", &uri(item.digest))?;
    line(xml, "title", &item.title)?;
    line(xml, "updated", &stamp(item.event.at))?;
    for term in [item.product.as_str(), item.kind] {
        xml.write_event(Xml::Empty(BytesStart::new("category").with_attributes([("term", term)])))?;
    }
    if let Some(url) = item.event.by.url.as_deref().and_then(super::link::web_address) {
        let link = BytesStart::new("link").with_attributes([("rel", "related"), ("href", url.as_str())]);
        xml.write_event(Xml::Empty(link))?;
    }
    xml.write_event(Xml::Start(BytesStart::new("content").with_attributes([("type", "text")])))?;
    xml.write_event(Xml::Text(BytesText::new(&plain(&item.text))))?;
    xml.write_event(Xml::End(BytesEnd::new("content")))?;
    xml.write_event(Xml::End(BytesEnd::new("entry")))?;
    Ok(())
}

fn line(xml: &mut Writer<Vec<u8>>, name: &str, text: &str) -> Result<()> {
    xml.write_event(Xml::Start(BytesStart::new(name)))?;
    xml.write_event(Xml::Text(BytesText::new(&plain(text))))?;
    xml.write_event(Xml::End(BytesEnd::new(name)))?;
    Ok(())
}

/// The text with nothing in it that XML 1.0 has no place for, and nothing that fools a reader.
fn plain(text: &str) -> String {
    one_line(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

fn item<'a>(product: &'a ProductName, event: &'a Event, digest: Digest) -> Option<Item<'a>> {
    let (title, text, kind) = match &event.body {
        Body::Opened(_) => return None,
        Body::Released(released) => (release_title(product, released), release_text(released), "release"),
        Body::Answered(answered) => (answer_title(product, answered), answer_text(answered), "answer"),
    };
    Some(Item { product, event, digest, title, text, kind })
}

fn release_title(product: &ProductName, released: &Released) -> String {
    let open = match released.open.len() {
        0 => String::new(),
        open => format!(", {open} still open"),
    };
    match released.fixed.len() {
        0 => format!("{product} {}{open}", released.version),
        1 => format!("{product} {}: 1 notice fixed{open}", released.version),
        fixed => format!("{product} {}: {fixed} notices fixed{open}", released.version),
    }
}

fn release_text(released: &Released) -> String {
    let ids = |ids: Vec<NoticeId>| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let fixed = ids(released.fixed.iter().map(|fixed| fixed.notice).collect());
    let mut parts = Vec::new();
    for (what, ids) in [
        ("Fixed", fixed),
        ("Not affected", ids(released.not_affected.clone())),
        ("Still open", ids(released.open.clone())),
    ] {
        if !ids.is_empty() {
            parts.push(format!("{what}: {ids}."));
        }
    }
    let inside: Vec<String> = released.includes.iter().map(|(name, version)| format!("{name} {version}")).collect();
    if !inside.is_empty() {
        parts.push(format!("Contains {}.", some_of(inside.into_iter())));
    }
    if parts.is_empty() { "It fixes no open notice.".to_owned() } else { parts.join(" ") }
}

fn answer_title(product: &ProductName, answered: &Answered) -> String {
    format!("{product}: {} answered as {}", answered.notice, answered.status.as_str().replace('_', " "))
}

fn answer_text(answered: &Answered) -> String {
    let justification = answered.justification.map(|word| format!("{}.", word.as_str().replace('_', " ")));
    let until = answered.until.map(|until| format!("Until {until}."));
    let parts: Vec<String> = [justification, answered.statement.clone(), until].into_iter().flatten().collect();
    if parts.is_empty() { answered.notice.url() } else { parts.join(" ") }
}

/// The feed's own id: the first event of the log that began first, so that it stays when products are added.
fn identity(state: &State<'_>) -> String {
    let first = |product: &super::state::Product<'_>| {
        let entry = product.history.ledger().entry(1)?;
        Some((entry.at, product.name().clone(), entry.digest))
    };
    let oldest = state.products.iter().filter_map(first).min();
    let digest = oldest.map_or_else(|| Digest::of(b""), |(_, _, digest)| digest);
    format!("{}?feed", uri(digest))
}

/// A digest as an address (RFC 6920): an event is named by its bytes.
fn uri(digest: Digest) -> String {
    format!("ni:///sha-256;{}", BASE64_URL_SAFE_NO_PAD.encode(digest.as_bytes()))
}

/// The instant as RFC 3339 writes it, to the second.
fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
