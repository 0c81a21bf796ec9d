//! `feed.atom`: releases and answers of all products, for those who subscribe.

use anyhow::Result;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event as Xml};
use url::Url;

use super::imports::{Import, imports};
use super::state::StatusState;
use crate::notice::NoticeId;
use crate::product::{LogName, ReleaseVersion};
use crate::text::count;
use crate::text::{Digest, one_line, some_of};
use crate::tracker::{Answered, Body, Event, Released};

/// Readers poll: older ones they have.
const MOST_ENTRIES: usize = 200;

/// How far the times of two entries are apart at least.
const A_LITTLE: SignedDuration = SignedDuration::from_millis(1);

/// What a reader shows of one event, or of one import.
struct FeedItem<'a> {
    product: &'a LogName,
    event: &'a Event,
    digest: Digest,
    title: String,
    text: String,
    kind: &'static str,
    /// When it was written, and a little later where another entry says the same: readers sort and compare by this.
    updated: Timestamp,
}

/// The feed, newest first. Without an address of its own it names the files beside it.
///
/// # Errors
/// If it can't be written as XML.
pub(super) fn feed_atom(state: &StatusState<'_>, address: Option<&Url>) -> Result<Vec<u8>> {
    let items = newest(state);
    let file = |name: &str| address.and_then(|address| address.join(name).ok()).map_or(name.to_owned(), String::from);
    let (page, feed) = (file("status.html"), file("feed.atom"));

    let mut xml = Writer::new(Vec::new());
    xml.write_event(Xml::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    xml.write_event(Xml::Text(BytesText::new("\n")))?;
    xml.write_event(Xml::Start(BytesStart::new("feed").with_attributes([("xmlns", "http://www.w3.org/2005/Atom")])))?;
    line(&mut xml, "id", &identity(state))?;
    line(&mut xml, "title", "Releases and answers")?;
    let newest = items.first().map(|item| item.updated);
    line(&mut xml, "updated", &stamp(newest.max(state.now).unwrap_or_default()))?;
    link(&mut xml, &[("rel", "self"), ("type", "application/atom+xml"), ("href", &feed)])?;
    link(&mut xml, &[("rel", "alternate"), ("type", "text/html"), ("href", &page)])?;
    xml.write_event(Xml::Start(BytesStart::new("author")))?;
    line(&mut xml, "name", "davos")?;
    xml.write_event(Xml::End(BytesEnd::new("author")))?;
    line(&mut xml, "generator", "davos")?;
    for item in &items {
        entry(&mut xml, item, &page)?;
    }
    xml.write_event(Xml::End(BytesEnd::new("feed")))?;
    xml.write_event(Xml::Text(BytesText::new("\n")))?;
    Ok(xml.into_inner())
}

/// The newest entries, newest first.
fn newest<'a>(state: &StatusState<'a>) -> Vec<FeedItem<'a>> {
    let mut items: Vec<FeedItem<'a>> = Vec::new();
    for product in &state.products {
        let digests = product.history.state().entries();
        let digest = |event: &Event| {
            let place = usize::try_from(event.seq - 1).ok()?;
            Some(digests.get(place)?.digest)
        };
        let alone = product.history.events().iter().filter(|event| !product.imported.contains(&event.seq));
        items.extend(alone.filter_map(|event| item(product.name(), event, digest(event)?)));
        for import in imports(product.history.events()) {
            let (first, _) = import.releases[0];
            items.extend(digest(first).map(|digest| import_item(product.name(), &import, digest)));
        }
    }
    items.sort_by_key(|item| (item.event.at, item.product, item.event.seq));
    let mut last = None;
    for item in &mut items {
        let next = last.and_then(|last: Timestamp| last.checked_add(A_LITTLE).ok());
        let shown = item.event.at.as_millisecond();
        item.updated = Timestamp::from_millisecond(shown).unwrap_or(item.event.at).max(next.unwrap_or(Timestamp::MIN));
        last = Some(item.updated);
    }
    items.reverse();
    items.truncate(MOST_ENTRIES);
    items
}

fn entry(xml: &mut Writer<Vec<u8>>, item: &FeedItem<'_>, page: &str) -> Result<()> {
    xml.write_event(Xml::Start(BytesStart::new("entry")))?;
    line(xml, "id", &uri(item.digest))?;
    line(xml, "title", &item.title)?;
    line(xml, "updated", &stamp(item.updated))?;
    for term in [item.product.to_string().as_str(), item.kind] {
        xml.write_event(Xml::Empty(BytesStart::new("category").with_attributes([("term", term)])))?;
    }
    let place = format!("{page}#/{}/{}", item.product, item.event.seq);
    link(xml, &[("rel", "alternate"), ("type", "text/html"), ("href", &place)])?;
    if let Some(url) = item.event.by.url.as_deref().and_then(super::link::web_address) {
        link(xml, &[("rel", "related"), ("href", &url)])?;
    }
    xml.write_event(Xml::Start(BytesStart::new("content").with_attributes([("type", "text")])))?;
    xml.write_event(Xml::Text(BytesText::new(&plain(&item.text))))?;
    xml.write_event(Xml::End(BytesEnd::new("content")))?;
    xml.write_event(Xml::End(BytesEnd::new("entry")))?;
    Ok(())
}

fn link(xml: &mut Writer<Vec<u8>>, attributes: &[(&str, &str)]) -> Result<()> {
    xml.write_event(Xml::Empty(BytesStart::new("link").with_attributes(attributes.iter().copied())))?;
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

fn item<'a>(product: &'a LogName, event: &'a Event, digest: Digest) -> Option<FeedItem<'a>> {
    let (title, text, kind) = match &event.body {
        Body::Opened(_) => return None,
        Body::Released(released) => (release_title(product, released), release_text(released), "release"),
        Body::Answered(answered) => (answer_title(product, answered), answer_text(answered), "answer"),
    };
    Some(FeedItem { product, event, digest, title, text, kind, updated: event.at })
}

/// All releases of an import as one entry, named by its first event: a hundred at once would push all else out.
fn import_item<'a>(product: &'a LogName, import: &Import<'a>, digest: Digest) -> FeedItem<'a> {
    let (event, _) = import.releases[0];
    let mut versions: Vec<&ReleaseVersion> = import.releases.iter().map(|(_, released)| &released.version).collect();
    versions.sort_by(|a, b| a.compare(b));
    let range = match (versions.first(), versions.last()) {
        (Some(lowest), Some(highest)) => format!("{lowest} to {highest}"),
        _ => String::new(),
    };
    let fixed = import.releases.iter().map(|(_, released)| released.fixed.len()).sum();
    FeedItem {
        product,
        event,
        digest,
        title: format!("{product}: {} taken over", count(versions.len(), "earlier release")),
        text: format!("{range}, with {} of notices.", count(fixed, "fix")),
        kind: "import",
        updated: event.at,
    }
}

fn release_title(product: &LogName, released: &Released) -> String {
    let fixed = match released.fixed.len() {
        0 => String::new(),
        fixed => format!(": {} fixed", count(fixed, "notice")),
    };
    let open = match released.open.len() {
        0 => String::new(),
        open => format!(", {open} still open"),
    };
    format!("{product} {}{fixed}{open}", released.version)
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

fn answer_title(product: &LogName, answered: &Answered) -> String {
    if answered.withdrawn {
        return format!("{product}: {} was withdrawn", answered.notice);
    }
    format!("{product}: {} answered as {}", answered.notice, answered.status.as_str().replace('_', " "))
}

fn answer_text(answered: &Answered) -> String {
    let justification = answered.justification.map(|word| format!("{}.", word.as_str().replace('_', " ")));
    let until = answered.until.map(|until| format!("Until {until}."));
    let parts: Vec<String> = [justification, answered.statement.clone(), until].into_iter().flatten().collect();
    if parts.is_empty() { answered.notice.url() } else { parts.join(" ") }
}

/// The feed's own id: the first event of the log that began first, so that it stays when products are added.
fn identity(state: &StatusState<'_>) -> String {
    let first = |product: &super::product::Product<'_>| {
        let entry = product.history.state().entry(1)?;
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

/// The instant as RFC 3339 writes it, with milliseconds only where there are some.
fn stamp(at: Timestamp) -> String {
    let pattern = if at.subsec_millisecond() == 0 { "%Y-%m-%dT%H:%M:%SZ" } else { "%Y-%m-%dT%H:%M:%S.%3fZ" };
    at.strftime(pattern).to_string()
}
