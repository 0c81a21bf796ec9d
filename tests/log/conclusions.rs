//! What follows from a log: as davos concludes it, and as somebody does who reads the files one after the other.

use std::collections::BTreeMap;

use davos::tracker::{Closing, Log, Stand, Why, lowest};
use jiff::Timestamp;
use serde_json::Value;

use crate::log::intents::PRODUCT;

/// What readers want to know.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Conclusions {
    events: u64,
    /// The openings of each notice: number, events, and what closed it.
    openings: BTreeMap<String, Vec<(u64, usize, Option<String>)>>,
    /// Where each notice stands at each of the times asked for.
    stands: BTreeMap<String, Vec<String>>,
    /// Version and packages, in the order of the log.
    releases: Vec<(String, Option<String>)>,
    highest: Option<String>,
    /// The release whose packages are the current ones.
    current: Option<String>,
}

/// The times at which somebody asks: before the answers of the scripts run out, and after some did.
pub(crate) fn times() -> [Timestamp; 2] {
    ["2030-01-01T00:00:00Z", "2040-01-01T00:00:00Z"].map(|time| time.parse().expect("a time"))
}

impl Conclusions {
    /// Where each notice stands at the first of the times asked for.
    pub(crate) fn stands(&self) -> impl Iterator<Item = (&String, &str)> {
        self.stands.iter().filter_map(|(notice, stands)| Some((notice, stands.first()?.as_str())))
    }

    /// The openings of a notice: number, events, and what closed it.
    pub(crate) fn openings(&self, notice: &str) -> &[(u64, usize, Option<String>)] {
        &self.openings[notice]
    }

    /// As davos has them.
    pub(crate) fn of(log: &Log<'_>) -> Conclusions {
        let log_state = log.state();
        let (mut openings, mut stands) = (BTreeMap::<String, Vec<_>>::new(), BTreeMap::new());
        for (notice, timeline) in log_state.timelines().iter() {
            let told = timeline.openings().iter().map(|opening| {
                let closing = opening.closing.as_ref().map(|closing| match closing {
                    Closing::Answered { .. } => "answered".to_owned(),
                    Closing::Released { version } => version.to_string(),
                });
                (u64::from(opening.number), log_state.opened(opening).count(), closing)
            });
            openings.insert(notice.to_string(), told.collect());
            let stand = times().map(|now| match (timeline.stand(now), timeline.remark(now)) {
                (Stand::Open(why), remark) => {
                    let why = match why {
                        Why::Opened => "",
                        Why::TakenBack => ", taken back",
                        Why::RanOut { .. } => ", ran out",
                    };
                    let remark = if remark.is_some() { ", looked into" } else { "" };
                    format!("open{why}{remark}")
                }
                (Stand::Answered { seq }, _) => format!("answered by {seq}"),
                (Stand::Settled(by), _) => {
                    let lowest = lowest(by).expect("a release");
                    format!("{} {}", if lowest.fixes { "fixed in" } else { "not in" }, lowest.version)
                }
            });
            stands.insert(notice.to_string(), stand.to_vec());
            for now in times() {
                assert_eq!(timeline.is_open(now), log_state.open(now).any(|open| open == notice), "{notice}");
                assert_eq!(timeline.is_open(now), timeline.spans(now).last().is_some_and(|span| span.to.is_none()));
            }
        }
        let releases = log_state.releases().map(|release| {
            (release.released.version.to_string(), release.released.packages.map(|digest| format!("sha256:{digest}")))
        });
        Conclusions {
            events: log_state.len(),
            openings,
            stands,
            releases: releases.collect(),
            highest: log_state.highest().map(|release| release.released.version.to_string()),
            current: log_state.current().map(|release| release.released.version.to_string()),
        }
    }

    /// As the files tell them, read from the first to the last.
    pub(crate) fn read(objects: &BTreeMap<String, Vec<u8>>) -> Conclusions {
        let mut told = Conclusions::default();
        let mut words: BTreeMap<String, Vec<Word>> = BTreeMap::new();
        for seq in 1_u64.. {
            let Some(bytes) = objects.get(&format!("{PRODUCT}/{seq:08}.json")) else { break };
            told.events = seq;
            let event: Value = serde_json::from_slice(bytes).expect("an event");
            let text = |value: &Value| value.as_str().expect("text").to_owned();
            let at = text(&event["at"]).parse().expect("a time");
            let mut note = |notice: &Value, what: What| {
                let words = words.entry(text(notice)).or_default();
                if !words.is_empty() || matches!(what, What::Opened(..) | What::Settled { number: Some(_), .. }) {
                    words.push(Word { seq, at, what });
                }
            };
            if let Some(opened) = event.get("opened") {
                let number = opened["opening"].as_u64();
                let settled = |version: &Value, fixes| What::Settled { version: text(version), fixes, number };
                let what = match (&opened["fixed_in"], opened.get("not_affected_in")) {
                    (Value::Null, None) => What::Opened(number.expect("a number")),
                    (Value::Null, Some(version)) => settled(version, false),
                    (fixed, _) => settled(&fixed["version"], true),
                };
                note(&opened["notice"]["id"], what);
            } else if let Some(answered) = event.get("answered") {
                let until = answered["until"].as_str().map(|until| until.parse().expect("a time"));
                let investigates = answered["status"] == "under_investigation";
                note(&answered["notice"], if investigates { What::LookedInto } else { What::Answered(until) });
            } else {
                let released = &event["released"];
                let version = text(&released["version"]);
                let fixed = released["fixed"].as_array().expect("a list").iter().map(|fixed| (&fixed["notice"], true));
                let spared = released["not_affected"].as_array().expect("a list").iter().map(|notice| (notice, false));
                if released.get("late").is_none() {
                    for (notice, fixes) in fixed.chain(spared) {
                        note(notice, What::Settled { version: version.clone(), fixes, number: None });
                    }
                }
                told.releases.push((version, released["packages"].as_str().map(ToOwned::to_owned)));
            }
        }
        for (notice, words) in words {
            told.openings.insert(notice.clone(), openings(&words));
            told.stands.insert(notice, times().map(|now| Held::by(&words, now).in_words(&words, now)).to_vec());
        }
        let minor = |version: &str| version.split('.').nth(1).and_then(|minor| minor.parse::<u32>().ok());
        let highest = |any: bool| {
            let such = told.releases.iter().filter(|(_, packages)| any || packages.is_some());
            such.max_by_key(|(version, _)| minor(version)).map(|(version, _)| version.clone())
        };
        (told.highest, told.current) = (highest(true), highest(false));
        told
    }
}

/// What one event says of a notice.
#[derive(Debug)]
struct Word {
    seq: u64,
    at: Timestamp,
    what: What,
}

#[derive(Debug)]
enum What {
    Opened(u64),
    /// By an `opened` event with a number, or by a release.
    Settled {
        version: String,
        fixes: bool,
        number: Option<u64>,
    },
    Answered(Option<Timestamp>),
    LookedInto,
}

/// What holds after some words: asked of the last one, which asks those before it.
#[derive(Debug, PartialEq)]
enum Held {
    Open,
    TakenBack,
    RanOut,
    /// By the answer at this place.
    Answered(usize),
    /// By these words, first to last.
    Settled(Vec<usize>),
}

impl Held {
    fn by(words: &[Word], now: Timestamp) -> Held {
        let Some((last, before)) = words.split_last() else { return Held::Open };
        match &last.what {
            What::Opened(_) => Held::Open,
            What::Settled { .. } => {
                let mut by = match Held::by(before, last.at) {
                    Held::Settled(by) => by,
                    _ => Vec::new(),
                };
                by.push(before.len());
                Held::Settled(by)
            }
            What::Answered(Some(until)) if *until <= now => Held::RanOut,
            What::Answered(_) => Held::Answered(before.len()),
            What::LookedInto => match Held::by(before, last.at) {
                Held::Answered(answer) => {
                    let (earlier, at) = (&words[..answer], words[answer].at);
                    match Held::by(earlier, at) {
                        Held::Open | Held::TakenBack | Held::RanOut => Held::TakenBack,
                        Held::Answered(_) | Held::Settled(_) => Held::by(earlier, now),
                    }
                }
                Held::RanOut => Held::RanOut,
                _ => Held::by(before, now),
            },
        }
    }

    fn in_words(&self, words: &[Word], now: Timestamp) -> String {
        let looked = matches!(words.last().map(|word| &word.what), Some(What::LookedInto));
        // It goes on being looked into when it is opened once more while it is open.
        let reopened = words.iter().rev().take_while(|word| matches!(word.what, What::Opened(_))).count();
        let before = &words[..words.len() - reopened];
        let still = reopened > 0
            && matches!(before.last().map(|word| &word.what), Some(What::LookedInto))
            && !matches!(Held::by(before, now), Held::Answered(_) | Held::Settled(_));
        let looked = if looked || still { ", looked into" } else { "" };
        match self {
            Held::Open => format!("open{looked}"),
            Held::TakenBack => format!("open, taken back{looked}"),
            Held::RanOut => format!("open, ran out{looked}"),
            Held::Answered(place) => format!("answered by {}", words[*place].seq),
            Held::Settled(by) => {
                let settled = by.iter().filter_map(|place| match &words[*place].what {
                    What::Settled { version, fixes, .. } => {
                        Some((!fixes, version.split('.').nth(1)?.parse::<u32>().ok()?, version))
                    }
                    _ => None,
                });
                let (spared, _, version) = settled.min().expect("a release");
                format!("{} {version}", if spared { "not in" } else { "fixed in" })
            }
        }
    }
}

/// The openings that these words come to, each with what closed it before the next one began.
fn openings(words: &[Word]) -> Vec<(u64, usize, Option<String>)> {
    let number = |word: &Word| match word.what {
        What::Opened(number) => Some(number),
        What::Settled { number, .. } => number,
        _ => None,
    };
    let mut openings: Vec<(u64, usize, Option<String>)> = Vec::new();
    for (place, word) in words.iter().enumerate() {
        if let Some(number) = number(word) {
            match openings.last_mut().filter(|last| last.0 == number) {
                Some(last) => last.1 += 1,
                None => openings.push((number, 1, None)),
            }
        }
        let last = openings.last_mut().expect("an opening");
        // That an answer ran out is a matter of time, and no event says so.
        last.2 = match Held::by(&words[..=place], Timestamp::MIN) {
            Held::Open | Held::TakenBack => None,
            Held::RanOut | Held::Answered(_) => Some("answered".to_owned()),
            held @ Held::Settled(_) => {
                held.in_words(&words[..=place], word.at).split(' ').nth(2).map(ToOwned::to_owned)
            }
        };
    }
    openings
}
