//! What is kept of a database between checks, and what comes in parts.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use super::other_evidence::{put, sbom};
use super::other_notices::{Team, flask, publish};
use crate::support::server::{Reply, Server};

fn team() -> Team {
    let team = Team::new();
    sbom(&team, &["pkg:pypi/flask@2.1.0"]);
    put(&team, "1.0");
    team
}

/// The files that are kept of databases.
fn kept(team: &Team) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(team.path("tmp/davos")).expect("a folder").map(|entry| entry.expect("a file").path());
    let is_osv =
        |path: &std::path::PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("osv-"));
    let mut files: Vec<_> = entries.filter(is_osv).collect();
    files.sort();
    files
}

#[test]
fn whatever_happens_to_what_is_kept_the_next_checks_tell_the_same() {
    type Damage = fn(Vec<u8>) -> Option<Vec<u8>>;
    let damages: [Damage; 5] = [
        |_| None,
        |_| Some(Vec::new()),
        |mut bytes| {
            bytes.truncate(bytes.len() / 2);
            Some(bytes)
        },
        |mut bytes| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x20;
            Some(bytes)
        },
        |mut bytes| {
            bytes.extend_from_slice(b"more");
            Some(bytes)
        },
    ];
    for (nth, damage) in damages.into_iter().enumerate() {
        for file in 0..2 {
            let team = team();
            let records = [flask("GHSA-2222-2222-2222", 1), flask("GHSA-3333-3333-3333", 1)];
            let osv = json!([publish(&team, "osv", &records)]);
            let (told, _) = team.check_others(&osv);
            let files = kept(&team);
            assert_eq!(files.len(), 2, "an index, and texts");
            match damage(fs::read(&files[file]).expect("a file")) {
                Some(bytes) => fs::write(&files[file], bytes).expect("written"),
                None => fs::remove_file(&files[file]).expect("removed"),
            }
            // A check that finds texts damaged says so, and the next one has all again.
            team.check_others(&osv);
            let (again, said) = team.check_others(&osv);
            assert_eq!(again, told, "damage {nth} of {}: {said}", files[file].display());
            assert!(!said.contains("damaged"), "damage {nth}: {said}");
            assert_eq!(team.opened().len(), 2, "nothing is opened twice");
        }
    }
}

#[test]
fn more_records_than_one_check_fetches_come_with_the_next_ones() {
    let team = team();
    let records: Vec<Value> = (0..2_003).map(|nth| flask(&format!("PYSEC-2026-{nth}"), 1)).collect();
    let osv = json!([publish(&team, "osv", &records)]);
    let (_, said) = team.check_others(&osv);
    assert!(said.contains("2003 records are new; 2000 are fetched now, and the rest by the next checks"), "{said}");
    let first: BTreeSet<String> = team.opened().into_iter().collect();
    assert_eq!(first.len(), 2_000);
    let (_, said) = team.check_others(&osv);
    assert!(!said.contains("records are new"), "{said}");
    let opened = team.opened();
    assert_eq!((opened.len(), opened.iter().collect::<BTreeSet<_>>().len()), (2_003, 2_003));
}

#[test]
fn an_answer_of_the_api_that_has_further_pages_is_read_to_the_end_and_one_without_end_is_refused() {
    let pages = |last: usize| {
        Server::start(move |request| match (request.method.as_str(), request.path.as_str()) {
            ("POST", _) => {
                let asked: Value = serde_json::from_slice(&request.body).expect("JSON");
                let token = asked["queries"][0]["page_token"].as_str().unwrap_or("0");
                let page: usize = token.parse().expect("a number");
                let mut result =
                    json!({"vulns": [{"id": format!("PYSEC-2026-{page}"), "modified": "2026-01-01T00:00:00Z"}]});
                if page < last {
                    result["next_page_token"] = json!((page + 1).to_string());
                }
                Reply::ok(json!({"results": [result]}).to_string())
            }
            (_, path) => Reply::ok(flask(path.rsplit('/').next().expect("an id"), 1).to_string()),
        })
    };
    let team_of_three = team();
    let server = pages(2);
    let (answer, said) = team_of_three.check_others(&json!([{"api": server.url("/")}]));
    assert_eq!(answer.map(|ids| ids.len()), Some(3), "{said}");
    let server = pages(usize::MAX - 1);
    let (answer, said) = team().check_others(&json!([{"api": server.url("/")}]));
    assert!(answer.is_none() && said.contains("more than 100 pages of answers"), "{said}");
}
