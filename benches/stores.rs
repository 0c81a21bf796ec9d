//! What a check and a put cost with a log in each kind of store, at several lengths: `cargo bench --bench stores -- 1000 10000`.
//!
//! The servers run on this machine; what they take is not counted. git is served by its own server over http, S3 by SeaweedFS
//! where `ci/servers` installed it.

use std::fs::{self};
use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

mod measure;
#[path = "../tests/support/mod.rs"]
mod support;

use measure::{WAIT, median, wait_for};
use support::{counting, git_server, weed};

const CHECK: &str = env!("CARGO_BIN_EXE_check");
const OUT: &str = env!("CARGO_BIN_EXE_out");
/// How often each thing is measured; the median counts.
const ROUNDS: usize = 3;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match args.split_first() {
        Some((first, command)) if first == WAIT => wait_for(command),
        _ => measure_all(&args.iter().filter_map(|argument| argument.parse().ok()).collect::<Vec<_>>()),
    };
    outcome.map_or_else(
        |error| {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
}

/// Milliseconds of the clock and of the processors, the largest process in MiB, MB that came from the server.
type Cost = [f64; 4];

/// A step with a tracker.
struct Step<'a> {
    program: &'a str,
    request: Value,
    received: &'a dyn Fn() -> u64,
}

impl Step<'_> {
    fn once(&self, temporary: &Path, build: &Path) -> Result<Cost> {
        let (build, request) = (build.to_str().context("a path")?, self.request.to_string());
        let input = Path::new(build).join("stdin");
        let cost = measure::run(self.program, &[build], &request, &input, temporary, true)?;
        Ok([cost.wall, cost.cpu, cost.peak, (self.received)() as f64 / 1e6])
    }
}

fn medians(costs: &[Cost]) -> Cost {
    std::array::from_fn(|at| median(costs.iter().map(|cost| cost[at])))
}

/// Events as a product has them, one file each.
fn write_log(folder: &Path, events: usize) -> Result<()> {
    let folder = folder.join("rootfs");
    fs::create_dir_all(&folder)?;
    let mut prev: Option<String> = None;
    for seq in 1..=events {
        let packages: Vec<Value> = (0..2 + seq % 7)
            .map(|n| json!({"package": format!("lib{}{n}", seq % 311), "version": format!("{n}.{seq}-1ubuntu0.{}", seq % 9), "pro": false}))
            .collect();
        let too_old: Vec<Value> = packages
            .iter()
            .map(|package| json!({"package": package["package"], "have": "0.1-1", "need": package["version"]}))
            .collect();
        let notice = json!({"id": format!("USN-{}-1", 1000 + seq), "release": "jammy", "title": "Example vulnerabilities",
            "summary": "Several security issues were fixed.", "published": "2023-01-01T10:00:00Z",
            "description": format!("It was discovered that length {seq} was trusted. ").repeat(12),
            "cves": [{"id": format!("CVE-2023-{}", 10_000 + seq), "priority": "high", "severity": "high"}],
            "references": [], "packages": packages});
        let event = json!({"schema": 1, "seq": seq, "at": "2023-01-02T10:00:00Z", "product": "rootfs", "by": {"team": "main"},
            "prev": prev, "opened": {"notice": notice, "opening": 1, "priority": "high", "severity": "high",
            "packages": too_old, "fixed_in": null}});
        let bytes = serde_json::to_vec_pretty(&event)?;
        prev = Some(Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect());
        fs::write(folder.join(format!("{seq:08}.json")), bytes)?;
    }
    Ok(())
}

fn measure_all(lengths: &[usize]) -> Result<()> {
    println!(
        "{:<6} {:>6} {:<12} {:>9} {:>9} {:>9} {:>9}",
        "store", "events", "", "wall ms", "CPU ms", "peak MiB", "MB in"
    );
    let default = [1_000, 10_000];
    let weed = weed::Weed::shared();
    for &events in if lengths.is_empty() { &default[..] } else { lengths } {
        let folder = TempDir::new()?;
        write_log(folder.path(), events)?;
        measure("file", events, json!({"driver": "file", "path": folder.path()}), &|| 0)?;
        if git_server::has_git() {
            let served = TempDir::new()?;
            let path = served.path().join("log.git");
            git_server::repository(&path);
            commit_each(folder.path(), &path, events)?;
            git_server::git(&path, &["config", "uploadpack.allowFilter", "true"]);
            git_server::git(&path, &["config", "http.receivepack", "true"]);
            let server = git_server::GitServer::open(served.path());
            let (front, bytes, _) = counting::counting(server.address());
            let received = move || bytes.swap(0, std::sync::atomic::Ordering::SeqCst);
            measure("git", events, json!({"driver": "git", "uri": format!("http://{front}/log.git")}), &received)?;
        }
        if let Some(weed) = weed {
            let bucket = format!("bench-{events}");
            let place = weed.place(&bucket);
            weed.fill(&bucket, &place.prefix, folder.path());
            let behind = weed.endpoint().trim_start_matches("http://").parse()?;
            let (front, bytes, _) = counting::counting(behind);
            let received = move || bytes.swap(0, std::sync::atomic::Ordering::SeqCst);
            let tracker = json!({"driver": "s3", "bucket": bucket, "prefix": place.prefix, "endpoint": format!("http://{front}"),
                "access_key_id": weed::KEY, "secret_access_key": weed::SECRET});
            measure("s3", events, tracker, &received)?;
        }
    }
    Ok(())
}

/// A commit for each event, as checks and puts make them.
fn commit_each(folder: &Path, path: &Path, events: usize) -> Result<()> {
    let mut import = Command::new("git");
    import.args(["fast-import", "--quiet"]).current_dir(path).stdin(Stdio::piped());
    let mut child = import.spawn()?;
    let mut stream = child.stdin.take().context("a pipe")?;
    for seq in 1..=events {
        let bytes = fs::read(folder.join(format!("rootfs/{seq:08}.json")))?;
        write!(stream, "commit refs/heads/main\ncommitter t <t> {} +0000\ndata 1\nx\n", 1_700_000_000 + seq)?;
        write!(stream, "M 100644 inline rootfs/{seq:08}.json\ndata {}\n", bytes.len())?;
        stream.write_all(&bytes)?;
        stream.write_all(b"\n")?;
    }
    drop(stream);
    ensure!(child.wait()?.success(), "git fast-import");
    git_server::git(path, &["repack", "-adq"]);
    Ok(())
}

fn measure(store: &str, events: usize, tracker: Value, received: &dyn Fn() -> u64) -> Result<()> {
    let source = json!({"emit": "releases", "product": "rootfs", "tracker": tracker});
    let check = Step { program: CHECK, request: json!({"source": source, "version": null}), received };
    let build = TempDir::new()?;
    let (mut cold, mut warm, mut put_cold, mut put_warm) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let put = |nth: usize| Step {
            program: OUT,
            request: json!({"source": source, "params": {"version": format!("1.{round}.{nth}")}}),
            received,
        };
        received();
        let temporary = TempDir::new()?;
        cold.push(check.once(temporary.path(), build.path())?);
        warm.push(check.once(temporary.path(), build.path())?);
        put_warm.push(put(0).once(temporary.path(), build.path())?);
        put_cold.push(put(1).once(TempDir::new()?.path(), build.path())?);
    }
    for (what, costs) in
        [("check, cold", cold), ("check, warm", warm), ("put, cold", put_cold), ("put, warm", put_warm)]
    {
        let [wall, cpu, peak, megabytes] = medians(&costs);
        println!("{store:<6} {events:>6} {what:<12} {wall:>9.0} {cpu:>9.0} {peak:>9.1} {megabytes:>9.2}");
    }
    Ok(())
}
