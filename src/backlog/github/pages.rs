//! Lists of several pages.

use anyhow::{Context as _, Result, bail};
use serde::de::DeserializeOwned;
use url::Url;

use super::{Call, Github};

impl Github<'_> {
    /// What is found in all pages of a list, of which one at a time is kept.
    pub(super) fn pages<T: DeserializeOwned, F>(
        &self,
        call: Call<'_>,
        find: impl Fn(T) -> Option<F>,
    ) -> Result<Vec<F>> {
        let mut all = Vec::new();
        self.each_page(call, |items, _| all.extend(items.into_iter().filter_map(&find)))?;
        Ok(all)
    }

    /// Takes the pages of a list one after the other, each with the address of the next.
    pub(super) fn each_page<T: DeserializeOwned>(
        &self,
        mut call: Call<'_>,
        mut take: impl FnMut(Vec<T>, Option<&Url>),
    ) -> Result<ListEnd> {
        for page in 1..=MOST_PAGES {
            let reply = self.ask(&call)?;
            if reply.status == 304 && call.etag.is_some() {
                return Ok(ListEnd::Known);
            }
            let items: Vec<T> = self.read(call.doing, &reply)?;
            let is_full = items.len() >= PER_PAGE;
            let next = match reply.header("link") {
                Some(link) => next_page(link, &call.url)
                    .with_context(|| format!("{} in {}", call.doing, self.place.describe()))?,
                // All in one page have no such header, and some proxies drop it.
                None if is_full => Some(after(&call.url)),
                None => None,
            };
            take(items, next.as_ref());
            let Some(next) = next else {
                return Ok(ListEnd::Whole { etag: reply.header("etag").filter(|_| page == 1).map(str::to_owned) });
            };
            call = Call { url: next, etag: None, ..call };
        }
        bail!(
            "{} in {}: there are more than {}, which nobody works through; use a user or a repository of its own for davos",
            call.doing,
            self.place.describe(),
            MOST_PAGES * PER_PAGE
        )
    }
}

/// How a list ended.
pub(super) enum ListEnd {
    /// It is what is known already.
    Known,
    /// All of it was taken.
    Whole {
        /// The validator of the only page, if there is only one.
        etag: Option<String>,
    },
}

/// The most items of a page that GitHub sends.
const PER_PAGE: usize = 100;
/// The most pages that are read.
const MOST_PAGES: usize = 300;

/// The next page, as the `Link` header tells (RFC 8288); a token goes to no other server.
fn next_page(link: &str, at: &Url) -> Result<Option<Url>> {
    for part in link.split(',') {
        let Some((target, parameters)) = part.trim().strip_prefix('<').and_then(|part| part.split_once('>')) else {
            continue;
        };
        let is_next = parameters.split(';').any(|parameter| matches!(parameter.trim(), "rel=\"next\"" | "rel=next"));
        if is_next {
            let next = at.join(target).context("the next page has no address")?;
            if next.origin() != at.origin() {
                bail!(
                    "the next page is said to be on {}, which is another server; see whether source.backlog.endpoint is right",
                    next.host_str().unwrap_or_default()
                );
            }
            return Ok(Some(next));
        }
    }
    Ok(None)
}

/// The same address with the number of the next page.
fn after(url: &Url) -> Url {
    let number = url.query_pairs().find(|(key, _)| key == "page").and_then(|(_, number)| number.parse::<u64>().ok());
    let page = number.unwrap_or(1).saturating_add(1);
    let pairs: Vec<(String, String)> =
        url.query_pairs().filter(|(key, _)| key != "page").map(|(k, v)| (k.into(), v.into())).collect();
    let mut url = url.clone();
    url.query_pairs_mut().clear().extend_pairs(pairs).append_pair("page", &page.to_string());
    url
}
