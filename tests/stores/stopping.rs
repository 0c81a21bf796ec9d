//! A put that is stopped, as Concourse stops the steps of an aborted build: with SIGTERM, ten seconds before SIGKILL.

use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::stores::git_processes::{Stage, ask, once_each, put, run};
use crate::support::git_server::hook;

/// Longer than a process takes to end on a busy machine, and shorter than Concourse waits.
const SOON: Duration = Duration::from_secs(5);

#[test]
fn a_put_that_is_stopped_ends_with_a_sentence_and_its_record_is_there_or_not() {
    let Some(stage) = Stage::new() else { return };
    // The server thinks about every push.
    hook(&stage.path(), "pre-receive", "sleep 1");
    let versions: Vec<String> = (0..6).map(|nth| format!("1.{nth}.0")).collect();
    for (nth, version) in versions.iter().enumerate() {
        let temporary = stage.temporary(&nth.to_string());
        let mut out = put(&temporary).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("out");
        ask(&mut out, &stage.tracker(), version);
        sleep(Duration::from_millis(100 + 250 * nth as u64));
        let stopped = Instant::now();
        let kill = Command::new("sh").args(["-c", &format!("kill -TERM {}", out.id())]).status();
        let gone = !kill.expect("kill").success();
        let ended = out.wait_with_output().expect("out");
        assert!(stopped.elapsed() < SOON, "{:?}", stopped.elapsed());
        let said = String::from_utf8_lossy(&ended.stderr);
        if ended.status.code() == Some(143) {
            assert!(said.contains("error: stopped by SIGTERM; what was being recorded is in the log whole"), "{said}");
            // Between the answer and the end there is but a moment.
            let answer = String::from_utf8_lossy(&ended.stdout);
            assert!(answer.is_empty() || answer.ends_with("}\n"), "{answer:?}");
        } else {
            // It was done before, and had answered.
            assert!(ended.status.success() && (gone || !ended.stdout.is_empty()), "{:?}: {said}", ended.status);
        }
    }
    // Pushes that are under way end, one way or the other.
    sleep(Duration::from_secs(3));
    once_each(&stage.recorded());
    for version in &versions {
        let again = run(&stage.tracker(), version, &stage.temporary("again"), None);
        assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    }
    assert_eq!(once_each(&stage.recorded()), versions.into_iter().collect());
}

#[test]
fn a_step_that_waits_for_its_server_can_be_stopped() {
    // Takes requests and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let server = format!("http://{}", silent.local_addr().expect("the port"));
    for tracker in [
        json!({"driver": "git", "uri": format!("{server}/log.git")}),
        json!({"driver": "s3", "bucket": "our-logs", "endpoint": server, "access_key_id": "a", "secret_access_key": "hunter22"}),
    ] {
        let temporary = tempfile::tempdir().expect("a folder");
        let mut out = put(temporary.path()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("out");
        ask(&mut out, &tracker, "1.0.0");
        sleep(Duration::from_secs(1));
        let limits = std::fs::read_to_string(format!("/proc/{}/limits", out.id())).expect("its limits");
        let core = limits.lines().find(|line| line.starts_with("Max core file size")).expect("the limit of core files");
        // 0 where more was forbidden before it began.
        assert!(
            ["0", "1"].contains(&core.split_whitespace().nth(4).expect("a number")),
            "it can dump its secrets: {core}"
        );
        let stopped = Instant::now();
        assert!(Command::new("sh").args(["-c", &format!("kill -TERM {}", out.id())]).status().expect("kill").success());
        let ended = out.wait_with_output().expect("out");
        assert!(stopped.elapsed() < SOON, "{:?}", stopped.elapsed());
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.code() == Some(143) && said.contains("stopped by SIGTERM"), "{:?}: {said}", ended.status);
        let left = processes_with(&server);
        assert!(left.is_empty(), "git's children go on: {left:?}");
    }
}

/// The command lines that have this in them.
fn processes_with(words: &str) -> Vec<String> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let lines = entries.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " ")).filter(|line| line.contains(words)).collect()
}
