//! Many writers on one log, some of which are killed.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::acceptance::product::Product;
use crate::support::binary::Step;

const WRITERS: u32 = 8;
const EACH: u32 = 10;

fn version(writer: u32, nth: u32) -> String {
    format!("{writer}.{nth}.0")
}

/// The versions in the log, after a look at every link of it: numbered without gaps, each event with the digest of the one
/// before.
fn recorded(product: &Product) -> Vec<String> {
    let mut prev = Value::Null;
    let mut versions = Vec::new();
    for (at, (name, bytes)) in product.log_files().into_iter().enumerate() {
        assert_eq!(name, format!("{:08}.json", at + 1));
        let event: Value = serde_json::from_slice(&bytes).expect("a whole event");
        assert_eq!((&event["seq"], &event["prev"]), (&json!(at + 1), &prev));
        let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        prev = json!(digest);
        versions.push(event["released"]["version"].as_str().expect("a version").to_owned());
    }
    versions
}

#[test]
fn eight_writers_lose_nothing_and_repeat_nothing() {
    let product = Product::new(json!({}));
    thread::scope(|scope| {
        for writer in 1..=WRITERS {
            let product = &product;
            scope.spawn(move || {
                for nth in 1..=EACH {
                    product.put("releases", json!({"version": version(writer, nth)})).succeeded();
                }
            });
        }
    });
    let versions = recorded(&product);
    let expected: BTreeSet<String> =
        (1..=WRITERS).flat_map(|writer| (1..=EACH).map(move |nth| version(writer, nth))).collect();
    assert_eq!(versions.len(), expected.len(), "no duplicates");
    assert_eq!(versions.into_iter().collect::<BTreeSet<_>>(), expected);
}

#[test]
fn what_was_reported_is_there_even_where_writers_are_killed() {
    let product = Product::new(json!({}));
    let reported: BTreeSet<String> = thread::scope(|scope| {
        let writers: Vec<_> = (1..=WRITERS).map(|writer| (writer, &product)).collect();
        let write = |(writer, product): (u32, &Product)| {
            let mut reported = Vec::new();
            for nth in 1..=EACH {
                let version = version(writer, nth);
                let request = json!({"source": product.source("releases"), "params": {"version": version}});
                let mut put = product.container.start(Step::Out, &request.to_string(), Some(&product.build()));
                if (writer + nth) % 2 == 0 {
                    // Anywhere from before the first read to after the last write.
                    thread::sleep(Duration::from_micros(u64::from(writer * 7919 + nth * 1009) * 37 % 25_000));
                    let _ = put.kill();
                }
                if put.wait_with_output().expect("the put ends").status.success() {
                    reported.push(version);
                }
            }
            reported
        };
        let running: Vec<_> = writers.into_iter().map(|writer| scope.spawn(move || write(writer))).collect();
        running.into_iter().flat_map(|writer| writer.join().expect("a writer")).collect()
    });
    let versions = recorded(&product);
    let unique: BTreeSet<String> = versions.iter().cloned().collect();
    assert_eq!(unique.len(), versions.len(), "no duplicates");
    assert!(reported.is_subset(&unique), "lost: {:?}", reported.difference(&unique));
    assert!(reported.len() >= 40, "those that nobody killed: {}", reported.len());
    let started = Instant::now();
    product.put("releases", json!({"version": "99.0.0"})).succeeded();
    assert!(started.elapsed() < Duration::from_secs(5), "a killed writer leaves nothing that others wait for");
}
