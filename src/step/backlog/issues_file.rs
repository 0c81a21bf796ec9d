//! `backlog.json`: the issues that should be open by a log.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::backlog::{IssueFacts, IssueText, PickUps, WantedIssue, WantedStand, stands};
use crate::config::BacklogKeys;
use crate::notice::NoticeId;
use crate::product::ProductName;
use crate::tracker::History;

/// The file, and how many issues are in it. Times are told at the newest event, so that the same log gives the same bytes; what is to be picked up follows
/// from other logs, and isn't in it.
pub(super) fn issues_file(history: &History, product: &ProductName, keys: &BacklogKeys) -> Result<(String, usize)> {
    let log_state = history.state();
    let at = log_state.entries().last().map(|entry| entry.at).context("the log has no event")?;
    let wanted = stands(log_state, &keys.filter, at, &PickUps::default(), &BTreeSet::new());
    let issues: Vec<Value> =
        wanted.iter().filter_map(|(key, wanted)| issue(history, product, keys, key.notice()?, wanted)).collect();
    let count = issues.len();
    let file = json!({"product": product, "log": log_state.len(), "repository": keys.config.place.repository.to_string(), "issues": issues});
    Ok((serde_json::to_string_pretty(&file).context("writing backlog.json")? + "\n", count))
}

fn issue(
    history: &History,
    product: &ProductName,
    keys: &BacklogKeys,
    id: NoticeId,
    wanted: &WantedIssue,
) -> Option<Value> {
    let newest = history.state().newest_opened(id)?.entry.seq;
    let opened = history.opened(newest)?;
    let WantedStand::Open { opening, from, .. } = &wanted.stand else { return None };
    let facts = IssueFacts {
        key: crate::backlog::IssueKey::Notice(id),
        product: product.clone(),
        current: history.state().current().map(|release| release.released.version.clone()),
        wanted: wanted.clone(),
        notice: Some(opened.notice.clone()),
        too_old: opened.packages.clone(),
        closing: None,
    };
    let text = IssueText::of(&facts, &keys.config.labels);
    Some(json!({
        "notice": id,
        "title": text.title,
        "rating": wanted.rating,
        "opening": opening,
        "since": from.at,
        "packages": opened.packages,
        "text": text.body,
    }))
}
