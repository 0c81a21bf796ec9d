//! `status.html`: one page without any request, that reads without a script and is searched with one.

mod calendar;
mod cards;
mod data;
mod figures;
mod html;
mod legs;
mod partners;
mod plot;
mod sections;
mod table;

use std::fmt::Write;

use anyhow::Result;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use super::state::StatusState;
use html::text;

/// How the page looks.
const STYLE: &str = concat!(include_str!("style.css"), include_str!("parts.css"));

/// What the page does: every part is a list of functions, and the last one starts.
const SCRIPT: &str = concat!(
    "'use strict';\n(() => {\n",
    include_str!("model.js"),
    include_str!("view.js"),
    include_str!("events.js"),
    include_str!("search.js"),
    include_str!("open.js"),
    include_str!("start.js"),
    "})();\n"
);

/// A shield, without a blank: an address has none.
const ICON: &str = "data:image/svg+xml,%3Csvg%20xmlns='http://www.w3.org/2000/svg'%20viewBox='0%200%2024%2024'%3E%3Cpath%20fill='%230f766e'%20d='M12%201%203%205v6c0%205.5%203.8%2010.7%209%2012%205.200-1.300%209-6.500%209-12V5z'/%3E%3Cpath%20fill='none'%20stroke='white'%20stroke-width='2.400'%20d='m8%2012%203%203%205-6'/%3E%3C/svg%3E";

/// The page.
///
/// # Errors
/// If what it shows can't be written as JSON.
pub(super) fn status_html(state: &StatusState<'_>) -> Result<String> {
    let data = data::data(state)?;
    let mut page = String::with_capacity(data.len() + (256 << 10));
    head(&mut page, state);
    page.push_str("<body>\n<a class=\"skip\" href=\"#answer\">Skip to the answer</a>\n");
    cards::header(&mut page, state);
    page.push_str("<main>\n");
    cards::answer(&mut page, state);
    sections::search(&mut page);
    cards::products(&mut page, state);
    sections::open(&mut page, state);
    sections::answers_table(&mut page, state);
    sections::contents(&mut page, state);
    partners::partners(&mut page, state);
    figures::figures(&mut page, state);
    page.push_str("</main>\n");
    sections::footer(&mut page, state);
    let _ = write!(page, "<script type=\"application/json\" id=\"data\">{data}</script>\n<script>{SCRIPT}</script>\n");
    page.push_str("</body>\n</html>\n");
    Ok(page)
}

fn head(page: &mut String, state: &StatusState<'_>) {
    let hash = |text: &str| format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text.as_bytes())));
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src {}; script-src {}; img-src \
         data:; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{} · Security status</title>\n<link rel=\"icon\" href=\"{ICON}\">\n\
         <link rel=\"alternate\" type=\"application/atom+xml\" title=\"Releases and answers\" href=\"feed.atom\">\n<style>{STYLE}</style>\n</head>\n",
        hash(STYLE),
        hash(SCRIPT),
        text(cards::verdict(state)),
    );
}
