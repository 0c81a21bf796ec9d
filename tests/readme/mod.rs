//! What the README and the pages in `docs` say is so.

mod partners;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::support::steps::{Place, run};
use crate::support::validation;
use crate::support::validation::mistakes;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).expect("the README")
}

/// The fenced blocks of a language.
fn blocks(language: &str) -> Vec<String> {
    let text = readme();
    let fenced = text.split("```").skip(1).step_by(2);
    let of_language = fenced.filter_map(|block| block.strip_prefix(&format!("{language}\n")));
    of_language.map(str::to_owned).collect()
}

/// The first column of the table below a heading.
fn keys(heading: &str, column: &str) -> Vec<String> {
    let text = readme();
    let section = text.split(heading).nth(1).expect("the section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let table = section.split(&format!("| {column} |")).nth(1).expect("the table");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let first = rows.map(|row| row.trim_start_matches('|').split('|').next().unwrap_or_default().to_owned());
    let mut keys: Vec<String> =
        first.flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()).collect();
    keys.sort();
    keys
}

fn list<'a>(value: &'a Value, key: &str) -> Vec<&'a Value> {
    value.get(key).and_then(Value::as_array).map(|items| items.iter().collect()).unwrap_or_default()
}

#[test]
fn the_pipeline_works_as_pasted() {
    let pipelines = blocks("yaml");
    assert_eq!(pipelines.len(), 3, "the README shows a resource, a pipeline, and other notices");
    for pipeline in pipelines {
        let pipeline: Value = serde_saphyr::from_str(&pipeline).expect("YAML");
        let mut sources = Map::new();
        for resource in list(&pipeline, "resources") {
            if resource["type"] == "davos" {
                let name = resource["name"].as_str().expect("a name");
                assert_eq!(mistakes(validation::check, &json!({"source": resource["source"]})), "", "{name}");
                sources.insert(name.to_owned(), resource["source"].clone());
            }
        }
        let has_jobs = pipeline.get("jobs").is_some();
        assert_eq!(sources.len(), if has_jobs { 2 } else { 1 }, "{:?}", sources.keys());
        for step in list(&pipeline, "jobs").into_iter().flat_map(|job| list(job, "plan")) {
            for (kind, validate) in [("get", validation::get as davos::concourse::Step), ("put", validation::put)] {
                let Some(source) = step[kind].as_str().and_then(|name| sources.get(name)) else { continue };
                let request = json!({"source": source, "params": step.get("params")});
                assert_eq!(mistakes(validate, &request), "", "{step}");
            }
        }
    }
}

/// The steps that the README shows, on the project's own fixtures: what they print is what it says that they print.
#[test]
fn what_the_steps_print_is_what_the_readme_shows() {
    let shown: Value = serde_saphyr::from_str(&blocks("yaml")[0]).expect("YAML");
    let (tracker, temporary) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let fixture = |name: &str| format!("file://{}", root().join("tests/fixtures").join(name).display());
    let source = |emit: &str| {
        let mut source = shown["resources"][0]["source"].clone();
        source["emit"] = json!(emit);
        source["product"] = json!("cflinuxfs4");
        source["tracker"] = json!({"driver": "file", "path": tracker.path()});
        source["upstream"] = json!({"oval": fixture("oval/"), "api": fixture("api/"), "rss": false});
        source
    };
    let receipts = root().join("tests/fixtures/receipts");
    let place = |now: &str| Place {
        temporary: temporary.path(),
        folder: Some(&receipts),
        job: Some("build"),
        now: now.parse().expect("a time"),
    };
    let put = |version: &str, notices: &[&str], now| {
        let file = format!("cflinuxfs4-{version}.receipt");
        let params = json!({"version": version, "packages_file": file, "notices": notices});
        run(davos::step::record, &json!({"source": source("releases"), "params": params}), place(now))
    };
    put("1.290.0", &[], "2026-01-15T12:00:00Z").json();
    let checked = run(davos::step::check, &json!({"source": source("notices")}), place("2026-01-15T12:01:00Z"));
    let claimed = put("1.297.0", &["USN-7952-1"], "2026-01-20T12:00:00Z");
    let recorded = put("1.297.0", &["USN-7946-1"], "2026-01-20T12:01:00Z");
    assert_eq!((checked.status, claimed.status, recorded.status), (0, 1, 0));
    let shown = blocks("");
    assert_eq!(shown.len(), 3);
    for (outcome, shown) in [checked, recorded, claimed].iter().zip(shown) {
        assert!(outcome.stderr.contains(&shown), "the README shows\n{shown}\nand it prints\n{}", outcome.stderr);
    }
}

/// What the section on other notices shows: each line is printed on the project's own fixtures.
#[test]
fn what_other_notices_print_is_what_the_readme_shows() {
    let block = blocks("yaml").pop().expect("the last one");
    let shown: Value = serde_saphyr::from_str(&block).expect("YAML");
    let (folder, build) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let fixtures = root().join("tests/fixtures/other");
    for (from, to) in [
        ("image-1.0.cdx.json", "sbom.json"),
        ("x_GOROUTER-2026-1.json", "notices/x_GOROUTER-2026-1.json"),
        ("scan/grype.json", "scan/grype.json"),
    ] {
        let to = build.path().join(to);
        fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        fs::copy(fixtures.join(from), to).expect("copied");
    }
    let versions = folder.path().join("go.json");
    fs::write(&versions, r#"[{"version": "go1.25.4", "stable": true}, {"version": "go1.26rc1", "stable": false}]"#)
        .expect("written");
    let source = |emit: &str, given: &Value| {
        let mut source = given.clone();
        source["emit"] = json!(emit);
        source["tracker"] = json!({"driver": "file", "path": folder.path()});
        source["upstream"]["osv"][0]["go"] = json!(format!("file://{}/", fixtures.join("go").display()));
        source["dependencies"][0]["releases"] = json!(format!("file://{}", versions.display()));
        source
    };
    let given = &shown["resources"][0]["source"];
    let run = |step: davos::concourse::Step, request: &Value| {
        let now = "2026-01-20T12:00:00Z".parse().expect("a time");
        let place = Place { temporary: folder.path(), folder: Some(build.path()), job: Some("build"), now };
        let outcome = run(step, request, place);
        assert_eq!(outcome.status, 0, "{}", outcome.stderr);
        outcome.stderr
    };
    let put = |params: &str| {
        let params: Value = serde_saphyr::from_str(params).expect("YAML");
        run(davos::step::record, &json!({"source": source("releases", given), "params": params}))
    };
    put("{version: '1.0', packages_file: sbom.json}");
    let mut said = run(davos::step::check, &json!({"source": source("notices", given)}));
    let mut lines: Vec<String> =
        block.lines().filter_map(|line| Some(line.split_once("# opened ")?.1.to_owned())).collect();
    for line in blocks("text").iter().flat_map(|block| block.lines()) {
        let (params, line) = line.split_once("params: ").and_then(|(_, rest)| rest.split_once("   ")).expect("a put");
        said += &put(params);
        lines.push(line.trim().to_owned());
    }
    assert_eq!(lines.len(), 4, "one of each kind");
    for line in lines {
        assert!(said.contains(line.trim_end_matches('…')), "the README shows\n{line}\nand it prints\n{said}");
    }
}

/// The headings of a page, as the ends of addresses that GitHub gives them.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings = page.lines().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| {
        let kept = heading.trim_start_matches('#').trim().to_lowercase();
        kept.replace(' ', "-").replace(|letter: char| !letter.is_alphanumeric() && letter != '-' && letter != '_', "")
    };
    headings.map(anchor).collect()
}

fn pages(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect()
}

#[test]
fn every_link_of_the_pages_leads_somewhere() {
    let mut all = [pages(root()), pages(&root().join("docs")), pages(&root().join("docs/decisions"))].concat();
    all.push(root().join("pipelines/README.md"));
    let mut links = 0;
    for path in all.iter().filter(|path| path.exists()) {
        let page = fs::read_to_string(path).expect("a page");
        let targets =
            page.split("](").skip(1).chain(page.split("src=\"").skip(1)).chain(page.split("srcset=\"").skip(1));
        for target in targets.map(|rest| rest.split([')', '"']).next().unwrap_or_default()) {
            if target.contains("://") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let there = if file.is_empty() { path.clone() } else { path.parent().expect("a folder").join(file) };
            assert!(there.exists(), "{}: {target} is not there", path.display());
            if !anchor.is_empty() {
                let page = fs::read_to_string(&there).expect("a page");
                assert!(anchors(&page).contains(anchor), "{}: {target} has no such heading", path.display());
            }
            links += 1;
        }
    }
    assert!(links > 50, "{links} links");
}

#[test]
fn the_readme_is_short() {
    let words = readme().split_whitespace().count();
    assert!(words < 2_200, "{words} words");
}

/// The keys that a step allows instead of one that it doesn't know, sorted.
fn allowed(step: davos::concourse::Step, request: &Value) -> Vec<String> {
    let refused = mistakes(step, request);
    let allowed = refused.split("allowed: ").nth(1).expect("the allowed keys").trim();
    let mut allowed: Vec<String> = allowed.split(", ").map(str::to_owned).collect();
    allowed.sort();
    allowed
}

#[test]
fn the_table_of_the_source_has_all_its_keys_and_no_other() {
    let told = keys("\n## `source`", "key");
    assert_eq!(told, allowed(validation::check, &json!({"source": {"os": "jammy", "no_such_key": 1}})));
}

#[test]
fn the_table_of_a_put_has_all_its_params_and_no_other() {
    let told = keys("\n## `out` (`put`)", "param");
    let source = json!({"os": "jammy", "product": "p", "tracker": {"driver": "file", "path": "/t"}});
    let params = json!({"version": "1.0.0", "no_such_param": 1});
    assert_eq!(told, allowed(validation::put, &json!({"source": source, "params": params})));
}

#[test]
fn every_pipeline_is_named() {
    let folder = root().join("pipelines");
    let named = readme();
    for entry in fs::read_dir(folder).expect("the pipelines") {
        let path = entry.expect("a pipeline").path();
        let name = path.file_name().expect("a name").to_string_lossy();
        let row = format!("| [{name}](pipelines/{name}) | ");
        assert!(path.is_dir() || named.contains(&row), "{name} is not in the table of pipelines");
    }
}

#[test]
fn the_table_of_a_get_has_all_its_params_and_no_other() {
    let told = keys("\n## `in` (`get`)", "param of a get");
    assert_eq!(told, allowed(validation::get, &json!({"source": {"os": "jammy"}, "params": {"no_such_param": 1}})));
}

#[test]
fn every_test_that_a_page_names_is_there() {
    let page = fs::read_to_string(root().join("docs/concourse.md")).expect("the page");
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| | ")).collect();
    assert_eq!(rows.len(), 20);
    for row in rows {
        let cell = row.trim_end_matches('|').rsplit('|').next().unwrap_or_default();
        let (mut file, mut source, mut found) = ("", String::new(), 0);
        for name in cell.split('`').skip(1).step_by(2) {
            if name.ends_with(".rs") {
                (file, source) = (name, fs::read_to_string(root().join(name)).expect(name));
            } else {
                assert!(source.contains(&format!("fn {name}(")), "{file} has no test {name}");
                found += 1;
            }
        }
        assert!(found > 0, "{row}");
    }
}
