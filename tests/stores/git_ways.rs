//! Servers and repositories as they are: large ones, plain ones, of either object format, in bad health.

use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use davos::store::{Object, Store};
use tempfile::TempDir;

use crate::stores::git::{object, open, with_password};
use crate::stores::http::{answer, serve};
use crate::support::counting::counting;
use crate::support::git_server::{GitServer, PASSWORD, commit_to, git, has_git, hook, repository};
use crate::support::relay::{AUTHORITY, tls_cutting, tls_front};

struct Case {
    folder: TempDir,
    temporary: TempDir,
}

impl Case {
    fn new() -> Option<Case> {
        let new = || tempfile::tempdir().expect("a folder");
        has_git().then(|| Case { folder: new(), temporary: new() })
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("log.git")
    }

    /// The names in the folder of a product, after a start with nothing.
    fn cold(&self, address: &str, product: &str) -> Vec<String> {
        let temporary = tempfile::tempdir().expect("a folder");
        let store = open(address, temporary.path(), |_| {});
        let mut names = store.list(product, "").expect("a list");
        names.sort();
        let keys: Vec<String> = names.iter().map(|name| format!("{product}/{name}")).collect();
        store.announce(&keys).expect("announced");
        assert!(store.read(&keys).expect("read").iter().all(Option::is_some));
        names
    }
}

/// A log of so many events for each product, a commit for each.
fn logs(path: &Path, products: usize, events: usize) {
    let mut stream = String::new();
    for n in 0..products * events {
        // Text that differs, as that of notices does.
        let text: String = (0..40).map(|word| format!("{:x} ", (n + 1) * 7919 * (word + 3) % 1_000_003)).collect();
        let (product, event) = (n % products, n / products);
        stream += &format!("commit refs/heads/main\ncommitter t <t> {} +0000\ndata 1\nx\n", 1_700_000_000 + n);
        stream += &format!("M 100644 inline p{product}/{event:08}.json\ndata {}\n{text}\n", text.len());
    }
    let mut import = Command::new("git");
    import.args(["fast-import", "--quiet"]).current_dir(path).stdin(Stdio::piped());
    let mut child = import.spawn().expect("git");
    child.stdin.take().expect("stdin").write_all(stream.as_bytes()).expect("the stream");
    assert!(child.wait().expect("git").success());
}

#[test]
fn one_product_of_twenty_costs_what_that_one_costs() {
    let Some(case) = Case::new() else { return };
    let mut costs = Vec::new();
    for (name, products) in [("one.git", 1), ("twenty.git", 20)] {
        let path = case.folder.path().join(name);
        repository(&path);
        logs(&path, products, 150);
        git(&path, &["config", "uploadpack.allowFilter", "true"]);
        let server = GitServer::open(case.folder.path());
        let (front, bytes, _) = counting(server.address());
        assert_eq!(case.cold(&format!("http://{front}/{name}"), "p0").len(), 150);
        costs.push(bytes.load(Ordering::SeqCst));
    }
    println!("{costs:?} bytes");
    assert!(costs[1] < costs[0] + costs[0] / 5 + 4096, "{costs:?}");
}

#[test]
fn the_history_is_not_fetched_and_a_record_on_top_of_it_is_taken() {
    let Some(case) = Case::new() else { return };
    repository(&case.path());
    logs(&case.path(), 2, 60);
    for filter in ["true", "false"] {
        git(&case.path(), &["config", "uploadpack.allowFilter", filter]);
        let server = GitServer::open(case.folder.path());
        git(&case.path(), &["config", "http.receivepack", "true"]);
        let temporary = tempfile::tempdir().expect("a folder");
        let store = open(&server.url("log.git"), temporary.path(), |_| {});
        let before = store.list("p0", "").expect("a list").len();
        let key = format!("p0/{before:08}.json");
        assert_eq!(
            store.create(&[object(&key, "{}"), object(&format!("new/deep/{filter}"), filter)]).expect("created"),
            2
        );
        assert_eq!(store.list("p0", "").expect("a list").len(), before + 1);
        drop(store);
        let copy =
            std::fs::read_dir(temporary.path()).expect("the folder").next().expect("one").expect("a copy").path();
        assert_eq!(git(&copy, &["--git-dir=.", "rev-list", "--count", "refs/davos/tip"]), "2", "the newest and ours");
        let again = open(&server.url("log.git"), temporary.path(), |_| {});
        assert_eq!(again.read(&[key]).expect("read"), [Some(b"{}".to_vec())]);
    }
    git(&case.path(), &["fsck", "--strict"]);
}

#[test]
fn a_server_that_only_has_files_is_read_whole() {
    let Some(case) = Case::new() else { return };
    repository(&case.path());
    logs(&case.path(), 2, 5);
    git(&case.path(), &["update-server-info"]);
    let root = case.folder.path().to_owned();
    let server = serve(move |request| {
        let path = request.target.split('?').next().unwrap_or_default().trim_start_matches('/').to_owned();
        match std::fs::read(root.join(path)) {
            Ok(bytes) => answer(200, "Content-Type: text/plain\r\n", bytes),
            Err(_) => answer(404, "", ""),
        }
    });
    let store = open(&format!("http://{server}/log.git"), case.temporary.path(), |_| {});
    for _ in 0..2 {
        assert_eq!(store.list("p1", "").expect("a list").len(), 5);
        assert!(store.read(&["p1/00000003.json".to_owned()]).expect("read")[0].is_some());
    }
}

#[test]
fn repositories_of_both_object_formats_take_records_empty_and_filled() {
    let Some(case) = Case::new() else { return };
    for (format, length) in [("sha256", 64), ("sha1", 40)] {
        for filled in [false, true] {
            let path = case.folder.path().join(format!("{format}-{filled}.git"));
            let made = format!("--object-format={format}");
            git(case.folder.path(), &["init", "-q", "--bare", "-b", "main", &made, &path.to_string_lossy()]);
            git(&path, &["config", "uploadpack.allowFilter", "true"]);
            if filled {
                commit_to(&path, "main", "README");
            }
            let address = format!("file://{}", path.display());
            for n in 0..3 {
                // Once more with what is kept from before, once with nothing.
                let other = tempfile::tempdir().expect("a folder");
                let store = open(&address, if n < 2 { case.temporary.path() } else { other.path() }, |_| {});
                assert_eq!(store.list("rootfs", "").expect("a list").len(), n);
                assert_eq!(store.create(&[object(&format!("rootfs/{n}"), "{}")]).expect("created"), 1);
            }
            assert_eq!(git(&path, &["rev-parse", "main"]).len(), length);
            git(&path, &["fsck", "--strict"]);
        }
    }
}

/// The repository is replaced by one of the other format under the same address.
#[test]
fn a_copy_of_the_other_format_is_replaced() {
    let Some(case) = Case::new() else { return };
    let address = format!("file://{}", case.path().display());
    for format in ["sha1", "sha256", "sha1"] {
        let _ = std::fs::remove_dir_all(case.path());
        let made = format!("--object-format={format}");
        git(case.folder.path(), &["init", "-q", "--bare", "-b", "main", &made, "log.git"]);
        let store = open(&address, case.temporary.path(), |_| {});
        assert!(store.list("rootfs", "").expect("a list").is_empty(), "{format}");
        assert_eq!(store.create(&[object("rootfs/1", format)]).expect("created"), 1);
    }
}

#[test]
fn a_hook_that_prints_without_end_is_cut_short() {
    let Some(case) = Case::new() else { return };
    repository(&case.path());
    hook(
        &case.path(),
        "pre-receive",
        "yes 'there is a lot to say' | head -n 3000000 >&2\necho 'and so: no' >&2\nexit 1",
    );
    let store = open(&case.path().display().to_string(), case.temporary.path(), |_| {});
    let error = format!("{:#}", store.create(&[object("rootfs/1", "a")]).expect_err("declined"));
    assert!(error.contains("there is a lot to say; and so: no") && error.len() < 1000, "{error}");
}

#[test]
fn a_server_that_wants_signed_commits_is_told_apart() {
    let Some(case) = Case::new() else { return };
    repository(&case.path());
    for words in ["GH013: Commits must have verified signatures.", "GitLab: Commit must be signed with a GPG key"] {
        hook(&case.path(), "pre-receive", &format!("echo '{words}' >&2\nexit 1"));
        let store = open(&case.path().display().to_string(), case.temporary.path(), |_| {});
        let error = format!("{:#}", store.create(&[object("rootfs/1", "a")]).expect_err("declined"));
        assert!(error.contains(words) && error.contains("wants signed commits, which davos doesn't make"), "{error}");
    }
}

#[test]
fn an_event_that_no_tracker_holds_is_refused_before_it_is_read_or_written() {
    let Some(case) = Case::new() else { return };
    repository(&case.path());
    commit_to(&case.path(), "main", "README");
    let work = case.folder.path().join("work");
    git(case.folder.path(), &["clone", "-q", "log.git", "work"]);
    std::fs::create_dir(work.join("rootfs")).expect("a folder");
    std::fs::write(work.join("rootfs/00000001.json"), vec![b' '; 70 << 20]).expect("a file");
    for arguments in [&["add", "."][..], &["commit", "-qm", "large"], &["push", "-q", "origin", "HEAD:main"]] {
        git(&work, arguments);
    }
    let store = open(&case.path().display().to_string(), case.temporary.path(), |_| {});
    let error = format!("{:#}", store.read(&["rootfs/00000001.json".to_owned()]).expect_err("too large"));
    assert!(error.contains("rootfs/00000001.json has 70 MiB, and is read up to 64 MiB"), "{error}");
    let large = Object::new("rootfs/00000002.json", vec![b' '; (64 << 20) + 1]);
    let error = format!("{:#}", store.create(&[large]).expect_err("too large"));
    assert!(error.contains("00000002.json would have 65 MiB"), "{error}");
}

#[test]
fn who_is_redirected_to_another_host_is_told_so() {
    let Some(case) = Case::new() else { return };
    repository(&case.path());
    let server = GitServer::start(case.folder.path());
    let real = server.url("");
    let front = serve(move |request| {
        answer(302, &format!("Location: {real}{}\r\n", request.target.trim_start_matches('/')), "")
    });
    let store = open(&with_password(&format!("http://{front}/log.git")), case.temporary.path(), |_| {});
    let error = format!("{:#}", store.list("rootfs", "").expect_err("another host"));
    let host = server.address().to_string();
    assert!(error.contains(&format!("the server redirects to {host}, which is not the host in uri")), "{error}");
    assert!(!error.contains("askpass") && !error.contains(PASSWORD), "{error}");
}

#[test]
fn a_redirect_to_https_honours_the_certificates_of_the_source() {
    let Some(case) = Case::new() else { return };
    repository(&case.path());
    let server = GitServer::open(case.folder.path());
    let safe = tls_front(server.address());
    let front = serve(move |request| answer(301, &format!("Location: https://{safe}{}\r\n", request.target), ""));
    let config = davos::store::GitConfig::new(format!("http://{front}/log.git").parse().expect("an address"));
    let ca_certs = [AUTHORITY.to_owned()];
    let store = davos::store::GitStore::new(config, &ca_certs, case.temporary.path(), 7);
    assert!(store.list("rootfs", "").expect("trusted").is_empty());
}

#[test]
fn tls_and_no_tls_are_told_apart() {
    let Some(case) = Case::new() else { return };
    repository(&case.path());
    let server = GitServer::open(case.folder.path());
    let plain = format!("https://{}/log.git", server.address());
    let started = Instant::now();
    let error = format!("{:#}", open(&plain, case.temporary.path(), |_| {}).list("rootfs", "").expect_err("no TLS"));
    // A server that hangs up instead of answering can't be told from one that is away.
    assert!(error.contains("doesn't speak TLS on that port") || error.contains("try again later"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(65), "{:?}", started.elapsed());
    let safe = format!("http://{}/log.git", tls_front(server.address()));
    let error = format!("{:#}", open(&safe, case.temporary.path(), |_| {}).list("rootfs", "").expect_err("TLS"));
    assert!(error.contains("https"), "{error}");
}

#[test]
fn a_connection_that_is_cut_is_tried_again_and_the_copy_stays() {
    let Some(case) = Case::new() else { return };
    repository(&case.path());
    logs(&case.path(), 1, 5);
    let server = GitServer::open(case.folder.path());
    let cut = Arc::new(AtomicUsize::new(0));
    let front = tls_cutting(server.address(), Arc::clone(&cut));
    let config = davos::store::GitConfig::new(format!("https://{front}/log.git").parse().expect("an address"));
    let ca_certs = [AUTHORITY.to_owned()];
    let store = davos::store::GitStore::new(config, &ca_certs, case.temporary.path(), 7);
    assert_eq!(store.list("p0", "").expect("a list").len(), 5);
    let copy =
        || std::fs::read_dir(case.temporary.path()).expect("the folder").next().expect("one").expect("a copy").path();
    std::fs::write(copy().join("mark"), "").expect("a mark");
    cut.store(2, Ordering::SeqCst);
    assert_eq!(store.list("p0", "").expect("tried again").len(), 5);
    assert_eq!(cut.load(Ordering::SeqCst), 0, "cut twice");
    assert!(copy().join("mark").exists(), "the copy was thrown away");
}

#[test]
fn a_server_that_is_silent_is_given_up_within_45_seconds() {
    let Some(case) = Case::new() else { return };
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}/log.git", silent.local_addr().expect("the port"));
    let started = Instant::now();
    let error = format!("{:#}", open(&address, case.temporary.path(), |_| {}).list("rootfs", "").expect_err("silent"));
    assert!(started.elapsed() < Duration::from_secs(65), "{:?}: {error}", started.elapsed());
    assert!(error.contains("Operation too slow") && error.contains("try again later"), "{error}");
}

#[test]
fn who_loses_the_race_for_a_number_fetches_once() {
    let Some(case) = Case::new() else { return };
    repository(&case.path());
    commit_to(&case.path(), "main", "README");
    git(&case.path(), &["config", "http.receivepack", "true"]);
    let server = GitServer::open(case.folder.path());
    let (front, _, connections) = counting(server.address());
    let other = tempfile::tempdir().expect("a folder");
    let (ours, theirs) = (
        open(&format!("http://{front}/log.git"), case.temporary.path(), |_| {}),
        open(&server.url("log.git"), other.path(), |_| {}),
    );
    assert!(ours.list("rootfs", "").expect("a list").is_empty());
    assert_eq!(theirs.create(&[object("rootfs/1", "theirs")]).expect("created"), 1);
    connections.store(0, Ordering::SeqCst);
    assert_eq!(ours.create(&[object("rootfs/1", "ours")]).expect("lost"), 0);
    let lost = connections.load(Ordering::SeqCst);
    assert_eq!(ours.list_cached("rootfs", "").expect("a look"), ["1"]);
    assert_eq!(connections.load(Ordering::SeqCst), lost, "a look costs nothing");
    println!("{lost} connections");
    // The refused push asks where the branch is; the fetch asks, gets its commit, and then the lists of folders if it can.
    assert!(lost <= 6, "{lost}");
}
