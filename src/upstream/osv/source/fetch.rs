//! Fetching records, reading them, and keeping what they tell.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use serde::Deserialize;
use url::Url;

use super::kept::{KeptRecord, KeptRecords, RecordTold};
use super::{MOST_RECORDS, OsvClient};
use crate::cache::FilePart;
use crate::http::several;
use crate::http::{Answer, Failure, FailureKind, Validators};
use crate::notice::NoticeOrigin;
use crate::text::{count, quoted, shortened};
use crate::upstream::osv::notice::{id_of, notice_of};
use crate::upstream::osv::record;

/// The most that one record may have, in bytes.
const LARGEST_RECORD: u64 = 8 << 20;

/// The most records that a check fetches from one database; the rest comes with the next ones.
const MOST_FETCHED: usize = 2_000;

/// The most that the notices of the records fetched in one check may have, in bytes.
const MOST_TEXT: usize = 32 << 20;

/// A database with fewer records may lose most of them for honest reasons.
const FEW_RECORDS: usize = 10;

/// Refuses an answer that lost most of what the one before had, to the same question.
///
/// # Errors
/// If it did; what it last told counts.
pub(super) fn refuse_loss(wanted: &BTreeMap<String, String>, kept: &KeptRecords) -> Result<()> {
    let (has, had) = (wanted.len(), kept.records().len());
    ensure!(
        had < FEW_RECORDS || has * 2 >= had,
        "it names {} and named {had} before: it lost most of them, so it is not believed, and the next check asks again",
        count(has, "record")
    );
    Ok(())
}

/// What a record tells.
pub(super) struct ReadRecord {
    told: RecordTold,
    /// The JSON of its notice.
    text: Option<String>,
}

/// Reads a record.
///
/// # Errors
/// If it can't be read, is another one, or is a notice of Ubuntu's.
pub(super) fn read_record(bytes: &[u8], id: &str, by: NoticeOrigin, now: Timestamp) -> Result<ReadRecord> {
    let record = record::read(bytes)?;
    ensure!(record.id == id, "it is the record of {}", quoted(&record.id));
    if record.is_withdrawn {
        let texts = [record.summary.as_str(), record.details.as_str()];
        let words = texts.into_iter().find(|text| !text.trim().is_empty()).unwrap_or("it was withdrawn");
        let words = shortened(words.lines().next().unwrap_or_default(), 300);
        let told = RecordTold::Withdrawn(id_of(&record)?, words);
        return Ok(ReadRecord { told, text: None });
    }
    let notice = notice_of(record, by, now)?.notice;
    let text = Some(serde_json::to_string(&notice)?);
    Ok(ReadRecord { told: RecordTold::Notice(notice.facts(), FilePart::default()), text })
}

/// Keeps what a record tells. One that can't be read is kept as that, so that it is named at each check and fetched again only
/// when it changes; but what it told before counts until it can be read again, and that is the answer.
pub(super) fn take_in(kept: &mut KeptRecords, id: &str, modified: &str, read: Result<ReadRecord>) -> Option<String> {
    let ReadRecord { told, text } = match read {
        Ok(read) => read,
        Err(error) => {
            let why = shortened(&format!("{error:#}"), 400);
            if kept.records().get(id).is_some_and(|known| !matches!(known.told, RecordTold::Unreadable(_))) {
                return Some(format!("the record {id} can't be read, and what it last told counts: {why}"));
            }
            let told = RecordTold::Unreadable(format!("the record {id} is left out: {why}"));
            ReadRecord { told, text: None }
        }
    };
    kept.insert(id.into(), KeptRecord { modified: modified.into(), told }, text);
    None
}

/// The part of a record that tells that it is one, and whole.
#[derive(Deserialize)]
struct NamedRecord {
    id: String,
}

/// Fetches the record of each id whose `modified` differs from the one that is kept, and forgets those that are not wanted any more.
/// What can't be had for a reason of its own is a warning, as is what there is no time or room for; the next check asks again.
///
/// # Errors
/// If the server fails, or nothing can be had: an index without its records is no answer.
pub(super) fn fetch(
    wanted: &BTreeMap<String, String>,
    client: OsvClient<'_>,
    kept: &mut KeptRecords,
    by: NoticeOrigin,
    url: impl Fn(&str) -> Result<Url>,
) -> Result<Vec<String>> {
    ensure!(wanted.len() <= MOST_RECORDS, "it has more than {MOST_RECORDS} records");
    let changed: Vec<(&String, &String)> = wanted
        .iter()
        .filter(|(id, modified)| kept.records().get(id.as_str()).is_none_or(|known| known.modified != **modified))
        .collect();
    let mut warnings = Vec::new();
    if changed.len() > MOST_FETCHED {
        warnings.push(format!(
            "{} records are new; {MOST_FETCHED} are fetched now, and the rest by the next checks",
            changed.len()
        ));
    }
    let changed: Vec<(&String, &String, Url)> = changed
        .into_iter()
        .take(MOST_FETCHED)
        .map(|(id, modified)| Ok((id, modified, url(id)?)))
        .collect::<Result<_>>()?;
    let room = AtomicUsize::new(MOST_TEXT);
    let answers = several::ask(&changed, |(id, _, url)| {
        if room.load(Ordering::Relaxed) == 0 {
            let what = format!("not asked for: the records before it have more than {} MiB", MOST_TEXT >> 20);
            return Err(Failure::new(FailureKind::TooLong, url, what));
        }
        client.http.get(url, &Validators::default(), LARGEST_RECORD, |body| {
            let mut bytes = Vec::new();
            body.read_to_end(&mut bytes)?;
            // A page that says "not found" is no record, and neither is one that was cut off.
            let named: NamedRecord = serde_json::from_slice(&bytes).context("it is no OSV record")?;
            ensure!(named.id == **id, "it is the record of {}", quoted(&named.id));
            let read = read_record(&bytes, id, by, client.now);
            let size = read.as_ref().map_or(0, |read| read.text.as_ref().map_or(0, String::len));
            let less = |room: usize| Some(room.saturating_sub(size));
            let _ = room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
            Ok(read)
        })
    });
    let (mut failures, mut fetched) = (Vec::new(), 0);
    for ((id, modified, _), answer) in changed.into_iter().zip(answers) {
        match answer {
            Ok(Answer::Fresh { value, .. }) => {
                fetched += 1;
                warnings.extend(take_in(kept, id, modified, value));
            }
            Ok(Answer::NotModified) => {}
            Err(failure) => failures.push((id, failure)),
        }
    }
    let has_some = wanted.keys().any(|id| kept.records().contains_key(id.as_str()));
    let is_of_all = |failure: &Failure| match failure.kind() {
        FailureKind::OutOfTime => fetched == 0,
        _ => failure.is_of_the_server() || !has_some,
    };
    if let Some(at) = failures.iter().position(|(_, failure)| is_of_all(failure)) {
        let (id, failure) = failures.swap_remove(at);
        return Err(failure).with_context(|| format!("the record {id}"));
    }
    if let Some((id, first)) = failures.first() {
        let more = match failures.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        warnings.push(format!("the record {id}{more} can't be had: {first}"));
    }
    kept.retain(|id| wanted.contains_key(id));
    Ok(warnings)
}
