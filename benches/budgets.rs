//! Runs the three programs against a server of its own, and prints what they cost beside what they may cost.
//!
//! Each run is a process of its own under a small one that does nothing but wait for it, so that the operating system's
//! account of the children is that of just this run. The yardstick, `bzip2 -dc` of the same file, runs in turn with
//! what is measured by it.

use std::fs::{self};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use serde_json::{Value, json};
use tempfile::TempDir;

mod measure;
#[path = "../tests/support/mod.rs"]
mod support;

use measure::{Cost, WAIT, median, wait_for};
use support::server::{Reply, Request, Server};

const CHECK: &str = env!("CARGO_BIN_EXE_check");
const IN: &str = env!("CARGO_BIN_EXE_in");
const OUT: &str = env!("CARGO_BIN_EXE_out");
/// 23 MB of XML with 3,213 notices, made from real files.
const OVAL: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpus/oval/derived-bench.com.ubuntu.jammy.usn.oval.xml.bz2");
const NAME: &str = "/oval/com.ubuntu.jammy.usn.oval.xml.bz2";
/// How often each thing is measured, unless an argument says otherwise; the median counts.
const ROUNDS: usize = 11;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match args.split_first() {
        Some((first, command)) if first == WAIT => wait_for(command),
        _ if args.iter().any(|argument| argument == "osv") => {
            osv(args.iter().find_map(|argument| argument.parse().ok()).unwrap_or(ROUNDS))
        }
        _ if !Path::new(OVAL).is_file() => {
            println!("skipped: {OVAL} is not there");
            Ok(())
        }
        _ => measure_all(args.iter().find_map(|argument| argument.parse().ok()).unwrap_or(ROUNDS)),
    };
    outcome.map_or_else(
        |error| {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
}

/// What is run, again and again.
struct Run<'a> {
    program: &'a str,
    args: Vec<&'a str>,
    input: Value,
    temporary: &'a Path,
    /// Whether it is to succeed.
    succeeds: bool,
}

impl<'a> Run<'a> {
    fn new(program: &'a str, args: &[&'a str], input: Value, temporary: &'a Path) -> Self {
        Run { program, args: args.to_vec(), input, temporary, succeeds: true }
    }

    fn once(&self) -> Result<Cost> {
        let text = if self.input.is_null() { String::new() } else { self.input.to_string() };
        measure::run(self.program, &self.args, &text, &self.temporary.join("stdin"), self.temporary, self.succeeds)
    }

    /// The medians of all rounds, after one that doesn't count; `before` prepares each.
    fn rounds(&self, rounds: usize, mut before: impl FnMut() -> Result<()>) -> Result<Cost> {
        before()?;
        self.once()?;
        let costs = (0..rounds).map(|_| before().and_then(|()| self.once())).collect::<Result<Vec<_>>>()?;
        Ok(Cost {
            wall: median(costs.iter().map(|cost| cost.wall)),
            cpu: median(costs.iter().map(|cost| cost.cpu)),
            peak: median(costs.iter().map(|cost| cost.peak)),
        })
    }
}

/// What is measured, and the most that it may be.
fn row(what: &str, measured: f64, unit: &str, budget: Option<f64>) {
    let (budget, verdict) = match budget {
        Some(budget) => (format!("{budget:.1}"), if measured <= budget { "" } else { "MISSED" }),
        None => (String::new(), ""),
    };
    println!("{what:<62} {measured:>8.2} {unit:<4} {budget:>7} {verdict}");
}

fn measure_all(rounds: usize) -> Result<()> {
    println!("{:<62} {:>8} {:<4} {:>7}", "", "measured", "", "budget");
    sizes()?;
    start_up(rounds)?;
    let upstream = Upstream::start(rounds)?;
    upstream.check("check", &upstream.source(), Some(2.0))?;
    upstream.check("check of all notices", &upstream.all_notices(), None)?;
    put(&upstream)?;
    osv(rounds)
}

fn sizes() -> Result<()> {
    let mut all = 0.0;
    for path in [CHECK, IN, OUT] {
        all += fs::metadata(path)?.len() as f64 / 1e6;
    }
    row("the three programs together", all, "MB", Some(25.0));
    Ok(())
}

fn start_up(rounds: usize) -> Result<()> {
    let folder = TempDir::new()?;
    let nothing = Run { succeeds: false, ..Run::new(CHECK, &[], Value::Null, folder.path()) };
    let cost = nothing.rounds(rounds, || Ok(()))?;
    row("check without a request: CPU", cost.cpu, "ms", None);
    row("check without a request: peak", cost.peak, "MiB", None);
    Ok(())
}

/// Canonical's servers, as far as a check needs them.
struct Upstream {
    server: Server,
    /// Stands for the newest edition of the OVAL file.
    edition: Arc<AtomicUsize>,
    rounds: usize,
}

impl Upstream {
    fn start(rounds: usize) -> Result<Upstream> {
        let edition = Arc::new(AtomicUsize::new(0));
        let (oval, page, newest) = (fs::read(OVAL)?, page(), Arc::clone(&edition));
        let server = Server::start(move |request: &Request| {
            let etag = format!("\"{}\"", newest.load(Ordering::SeqCst));
            match request.path.as_str() {
                NAME if request.header("if-none-match") == Some(&etag) => Reply::new(304, ""),
                NAME => Reply::ok(oval.as_slice()).header("ETag", &etag),
                "/api/page/notices.json" => Reply::ok(page.as_str()),
                _ => Reply::not_found(),
            }
        });
        Ok(Upstream { server, edition, rounds })
    }

    fn change(&self) {
        self.edition.fetch_add(1, Ordering::SeqCst);
    }

    /// The source of a resource with default filters, which asks OVAL and the API.
    fn source(&self) -> Value {
        json!({"os": "jammy", "upstream": {"oval": self.server.url("/oval/"), "api": self.server.url("/api/")}})
    }

    /// The source of a resource that asks OVAL for all that there is.
    fn all_notices(&self) -> Value {
        json!({
            "os": "jammy", "window": "5200w",
            "priorities": ["unknown", "negligible", "low", "medium", "high", "critical"],
            "upstream": {"oval": self.server.url("/oval/"), "api": false, "rss": false},
        })
    }

    /// A check where nothing changed, and one where the OVAL file did. The budgets are for one of as many `sources`.
    fn check(&self, what: &str, source: &Value, sources: Option<f64>) -> Result<()> {
        let folder = TempDir::new()?;
        let check = Run::new(CHECK, &[], json!({"source": source, "version": null}), folder.path());
        check.once()?;
        self.server.take_count();
        let budget = |most: f64| sources.map(|_| most);
        let same = check.rounds(self.rounds, || Ok(()))?;
        let requests = self.server.take_count() as f64 / (self.rounds + 1) as f64;
        row(&format!("{what}, nothing changed: requests"), requests, "", sources);
        row(&format!("{what}, nothing changed: CPU"), same.cpu, "ms", budget(20.0));
        row(&format!("{what}, nothing changed: peak"), same.peak, "MiB", budget(16.0));

        let yardstick = Run::new("bzip2", &["-dc", OVAL], Value::Null, folder.path());
        let (mut walls, mut cpus, mut costs) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..self.rounds {
            self.change();
            let (cost, unpacking) = (check.once()?, yardstick.once()?);
            walls.push(cost.wall / unpacking.wall);
            cpus.push(cost.cpu / unpacking.cpu);
            costs.push((cost, unpacking));
        }
        row(&format!("{what}, OVAL changed: time"), median(costs.iter().map(|(cost, _)| cost.wall)), "ms", None);
        row("  that of bzip2 -dc", median(costs.iter().map(|(_, bzip2)| bzip2.wall)), "ms", None);
        row("  ratio", median(walls.into_iter()), "", budget(1.0));
        row("  ratio of CPU", median(cpus.into_iter()), "", None);
        row(
            &format!("{what}, OVAL changed: peak"),
            median(costs.iter().map(|(cost, _)| cost.peak)),
            "MiB",
            budget(20.0),
        );
        Ok(())
    }
}

/// A page of the API's list with twenty notices that the OVAL file has too, of the size that real ones have.
fn page() -> String {
    let notices: Vec<Value> = (0..20)
        .map(|at| {
            json!({
                "id": format!("USN-{}-1", 5700 + at), "type": "USN", "title": "Example vulnerabilities",
                "summary": "Several security issues were fixed in Example.", "description": "words ".repeat(250),
                "published": "2023-01-01T10:00:00", "cves_ids": ["CVE-2023-0001", "CVE-2023-0002"],
                "releases": [{"codename": "jammy", "version": "22.04", "support_tag": "LTS"}],
            })
        })
        .collect();
    json!({"limit": 20, "offset": 0, "total_results": 20, "notices": notices}).to_string()
}

/// A put that judges some 3,000 open notices against 1,000 packages. Reading the log is told apart.
fn put(upstream: &Upstream) -> Result<()> {
    let folder = TempDir::new()?;
    let tracker = folder.path().join("tracker");
    let mut source = upstream.all_notices();
    source["product"] = json!("rootfs");
    source["tracker"] = json!({"driver": "file", "path": tracker});
    // Nothing is opened for a product without any release.
    let build = folder.path().to_string_lossy().into_owned();
    let mut first = source.clone();
    first["emit"] = json!("releases");
    let first = json!({"source": first, "params": {"version": "0.1.0"}});
    Run::new(OUT, &[&build], first, folder.path()).once()?;
    Run::new(CHECK, &[], json!({"source": source, "version": null}), folder.path()).once()?;
    let opened = events(&tracker)?.split_off(1);
    row("out: open notices", opened.len() as f64, "", None);

    source["emit"] = json!("releases");
    let reading = Run::new(CHECK, &[], json!({"source": source, "version": null}), folder.path());
    let reading = reading.rounds(upstream.rounds, || Ok(()))?;

    let names = packages(&opened)?;
    fs::write(folder.path().join("packages"), names)?;
    let params = json!({"version": "1.0.0", "packages_file": "packages"});
    let out = Run::new(OUT, &[&build], json!({"source": source, "params": params}), folder.path());
    let judging = out.rounds(upstream.rounds, || {
        // Undoes what the last round recorded.
        for event in events(&tracker)?.iter().skip(1 + opened.len()) {
            fs::remove_file(event)?;
        }
        Ok(())
    })?;
    row("out: CPU in all", judging.cpu, "ms", None);
    row("  of that for reading the log, as a check of releases does", reading.cpu, "ms", None);
    row("  and for judging and recording", judging.cpu - reading.cpu, "ms", Some(100.0));
    row("out: peak", judging.peak, "MiB", None);
    Ok(())
}

/// A check of a product with 5,000 components, where a database of 20,000 records about them is kept and nothing changed. All
/// of them are fixed already, so each is judged and none is opened.
fn osv(rounds: usize) -> Result<()> {
    const COMPONENTS: usize = 5_000;
    const RECORDS: usize = 20_000;
    let folder = TempDir::new()?;
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("osv"))?;
    let mut index = Vec::new();
    for nth in 0..RECORDS {
        let id = format!("GO-2026-{nth:05}");
        let record = json!({
            "id": id, "modified": "2026-01-01T00:00:00Z", "published": "2026-01-01T00:00:00Z",
            "aliases": [format!("CVE-2026-{nth:05}")], "summary": "An example", "details": "words ".repeat(150),
            "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
            "affected": [{"package": {"ecosystem": "Go", "name": format!("example.org/m{}", nth % COMPONENTS)},
                "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.2.0"}]}]}],
        });
        fs::write(at(&format!("osv/{id}.json")), record.to_string())?;
        index.push(json!({"id": id, "modified": "2026-01-01T00:00:00Z"}));
    }
    fs::write(at("osv/index.json"), json!(index).to_string())?;
    let components: Vec<Value> = (0..COMPONENTS)
        .map(|nth| json!({"name": "m", "purl": format!("pkg:golang/example.org/m{nth}@v1.5.0")}))
        .collect();
    let bom = json!({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": components});
    fs::write(at("sbom.json"), bom.to_string())?;
    let source = |emit: &str| {
        json!({"emit": emit, "product": "image", "tracker": {"driver": "file", "path": at("tracker")},
            "upstream": {"osv": [{"folder": format!("file://{}/", at("osv").display())}]}})
    };
    let build = folder.path().to_string_lossy().into_owned();
    let params = json!({"version": "1.0.0", "packages_file": "sbom.json"});
    Run::new(OUT, &[&build], json!({"source": source("releases"), "params": params}), folder.path()).once()?;
    let check = Run::new(CHECK, &[], json!({"source": source("notices"), "version": null}), folder.path());
    // A check fetches 2,000 records at most.
    for _ in 0..=RECORDS / 2_000 {
        check.once()?;
    }
    let same = check.rounds(rounds, || Ok(()))?;
    row("check, 20,000 records and 5,000 components: CPU", same.cpu, "ms", Some(100.0));
    row("check, 20,000 records and 5,000 components: peak", same.peak, "MiB", None);
    Ok(())
}

/// The files of the log's events, in order.
fn events(tracker: &Path) -> Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = fs::read_dir(tracker.join("rootfs"))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    Ok(files)
}

/// A thousand packages that the notices name, spread over all of them: every other one with the version that it needs
/// first, the rest with an older one.
fn packages(opened: &[PathBuf]) -> Result<String> {
    let mut lines = std::collections::BTreeMap::new();
    for event in opened {
        let event: Value = serde_json::from_slice(&fs::read(event)?)?;
        for package in event["opened"]["notice"]["packages"].as_array().into_iter().flatten() {
            if let (Some(name), Some(version)) = (package["package"].as_str(), package["version"].as_str()) {
                lines.entry(name.to_owned()).or_insert_with(|| version.to_owned());
            }
        }
    }
    let step = (lines.len() / 1000).max(1);
    let chosen = lines.into_iter().step_by(step).take(1000).enumerate();
    let line = |(at, (name, version)): (usize, (String, String))| match at % 2 {
        0 => format!("{name}={version}\n"),
        _ => format!("{name}=0\n"),
    };
    Ok(chosen.map(line).collect())
}
