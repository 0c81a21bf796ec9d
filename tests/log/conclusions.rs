//! What follows from a log: as davos concludes it, and as somebody does who reads the files one after the other.

use std::collections::BTreeMap;

use davos::tracker::{Closing, Log};
use serde_json::Value;

use crate::intents::PRODUCT;

/// What readers want to know.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Conclusions {
    events: u64,
    /// The openings of each notice: number, events, and what closed it.
    openings: BTreeMap<String, Vec<(u64, usize, Option<String>)>>,
    /// Version and packages, in the order of the log.
    releases: Vec<(String, Option<String>)>,
    highest: Option<String>,
    /// The release whose packages are the current ones.
    current: Option<String>,
}

impl Conclusions {
    /// As davos has them.
    pub(crate) fn of(log: &Log<'_>) -> Conclusions {
        let ledger = log.ledger();
        let mut openings = BTreeMap::<String, Vec<_>>::new();
        for notice in ledger.last_openings().map(|last| last.notice) {
            let told = ledger.openings(notice).iter().map(|opening| {
                let closing = opening.closing.as_ref().map(|closing| match closing {
                    Closing::Answered { .. } => "answered".to_owned(),
                    Closing::Released { version } => version.to_string(),
                });
                (u64::from(opening.number), ledger.opened(opening).count(), closing)
            });
            openings.insert(notice.to_string(), told.collect());
        }
        let open: Vec<String> = ledger.open().map(|opening| opening.notice.to_string()).collect();
        let unclosed = openings.iter().filter(|(_, told)| told.last().is_some_and(|last| last.2.is_none()));
        assert_eq!(open, unclosed.map(|(notice, _)| notice.clone()).collect::<Vec<_>>());
        let releases = ledger.releases().map(|release| {
            (release.released.version.to_string(), release.released.packages.map(|digest| format!("sha256:{digest}")))
        });
        Conclusions {
            events: ledger.len(),
            openings,
            releases: releases.collect(),
            highest: ledger.highest().map(|release| release.released.version.to_string()),
            current: ledger.current().map(|release| release.released.version.to_string()),
        }
    }

    /// As the files tell them, read from the first to the last.
    pub(crate) fn read(objects: &BTreeMap<String, Vec<u8>>) -> Conclusions {
        let mut told = Conclusions::default();
        for seq in 1_u64.. {
            let Some(bytes) = objects.get(&format!("{PRODUCT}/{seq:08}.json")) else { break };
            told.events = seq;
            let event: Value = serde_json::from_slice(bytes).expect("an event");
            let text = |value: &Value| value.as_str().expect("text").to_owned();
            if let Some(opened) = event.get("opened") {
                let number = opened["opening"].as_u64().expect("a number");
                let openings = told.openings.entry(text(&opened["notice"]["id"])).or_default();
                if openings.last().is_none_or(|last| last.0 != number) {
                    openings.push((number, 0, None));
                }
                let last = openings.last_mut().expect("an opening");
                last.1 += 1;
                last.2 = opened["fixed_in"]["version"].as_str().map(ToOwned::to_owned);
            } else if let Some(answered) = event.get("answered") {
                if answered["status"] != "under_investigation" {
                    told.close(&text(&answered["notice"]), "answered");
                }
            } else {
                let released = &event["released"];
                let version = text(&released["version"]);
                let fixed = released["fixed"].as_array().expect("a list").iter().map(|fixed| &fixed["notice"]);
                for notice in fixed.chain(released["not_affected"].as_array().expect("a list")) {
                    told.close(&text(notice), &version);
                }
                told.releases.push((version, released["packages"].as_str().map(ToOwned::to_owned)));
            }
        }
        let minor = |version: &str| version.split('.').nth(1).and_then(|minor| minor.parse::<u32>().ok());
        let highest = |any: bool| {
            let such = told.releases.iter().filter(|(_, packages)| any || packages.is_some());
            such.max_by_key(|(version, _)| minor(version)).map(|(version, _)| version.clone())
        };
        (told.highest, told.current) = (highest(true), highest(false));
        told
    }

    fn close(&mut self, notice: &str, by: &str) {
        if let Some(last) = self.openings.get_mut(notice).and_then(|openings| openings.last_mut()) {
            last.2 = Some(by.to_owned());
        }
    }
}
