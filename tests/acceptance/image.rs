//! The three steps in the root filesystem of the image, as Concourse runs them there. `ci/exercise` names the filesystem
//! in `DAVOS_ROOTFS`, and asks for these tests, which are left out otherwise.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Instant;

use serde_json::{Value, json};

use crate::support::binary::Ran;
use crate::support::git_server;
use crate::support::git_server::GitServer;
use crate::support::server::{Reply, Server};

/// Enters the filesystem: only `/tmp` and the kernel's own can be written to.
const ENTER: &str = r#"
root=$1; shift
mount --bind "$root" "$root" && mount -o remount,bind,ro "$root" &&
mount --bind "$root/tmp" "$root/tmp" && mount -o remount,bind,rw "$root/tmp" &&
mount --rbind /dev "$root/dev" && mount --rbind /proc "$root/proc" &&
exec chroot "$root" "$@"
"#;

/// All that a step finds in its environment.
const PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A root filesystem, and how to get in.
struct Image {
    root: PathBuf,
    entry: Vec<String>,
}

fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let output = Command::new(program).args(arguments).output();
    output.is_ok_and(|output| output.status.success())
}

/// The image to test. Where mounts are forbidden to us, as in most containers, it is entered by `chroot` alone: then root
/// could write outside of `/tmp`.
fn image() -> Image {
    let root = PathBuf::from(std::env::var_os("DAVOS_ROOTFS").expect("DAVOS_ROOTFS names no root filesystem"));
    let root = root.canonicalize().expect("the root filesystem");
    let path = root.to_str().expect("a path");
    for unshare in [&["--mount"][..], &["--map-root-user", "--mount"]] {
        let entry = [&["unshare"], unshare, &["sh", "-c", ENTER, "enter", path]].concat();
        if succeeds(entry[0], &[&entry[1..], &["/bin/true"]].concat()) {
            return Image { entry: entry.into_iter().map(str::to_owned).collect(), root };
        }
    }
    println!("no mounts here: entering by chroot alone, with /etc writable");
    let mut random = vec![0; 4096];
    fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut random)).expect("random bytes");
    for (device, minor, content) in [("dev/null", "3", vec![]), ("dev/urandom", "9", random)] {
        let device = root.join(device);
        // Several tests come here at once; where even devices are forbidden, a file has to do for git.
        if !device.exists() && !succeeds("mknod", &["-m", "666", &device.to_string_lossy(), "c", "1", minor]) {
            fs::write(&device, content).expect("a file for a device");
        }
    }
    Image { entry: ["chroot", path].map(str::to_owned).to_vec(), root }
}

impl Image {
    fn run(&self, program: &[&str], input: &str) -> Output {
        let mut command = Command::new(&self.entry[0]);
        command.args(&self.entry[1..]).args(["/usr/bin/env", "-i", PATH]).args(program).current_dir("/");
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it");
        child.stdin.take().expect("stdin").write_all(input.as_bytes()).expect("all is read");
        child.wait_with_output().expect("it ends")
    }

    fn step(&self, step: &str, request: &Value, folder: &[&str]) -> Ran {
        let started = Instant::now();
        let program = format!("/opt/resource/{step}");
        let output = self.run(&[&[program.as_str()], folder].concat(), &request.to_string());
        let text = |bytes| String::from_utf8(bytes).expect("text");
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        Ran { status: output.status.code(), stdout, stderr, took: started.elapsed() }.succeeded()
    }

    /// A folder below `/tmp`, seen from outside, empty.
    fn folder(&self, name: &str) -> PathBuf {
        let folder = self.root.join("tmp").join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder).expect("an old folder");
        }
        fs::create_dir_all(&folder).expect("a folder");
        folder
    }

    /// Records a release, checks, gets a notice, records the patched release and checks again.
    fn loop_with(&self, name: &str, tracker: &Value) {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        let build = self.folder(name);
        for receipt in ["cflinuxfs4-1.290.0.receipt", "cflinuxfs4-1.297.0.receipt"] {
            fs::create_dir_all(build.join("rootfs")).expect("an artifact");
            fs::copy(fixtures.join("receipts").join(receipt), build.join("rootfs").join(receipt)).expect("a receipt");
        }
        let upstream = Server::start(move |request| match fs::read(fixtures.join(&request.path[1..])) {
            Ok(body) => Reply::ok(body),
            Err(_) => Reply::not_found(),
        });
        let both = ["high", "critical"];
        let source = |emit: &str| {
            json!({
                "emit": emit, "os": "jammy", "priorities": both, "severities": both, "window": "520w",
                "product": "cflinuxfs4", "tracker": tracker,
                "upstream": {"oval": upstream.url("/oval/"), "api": upstream.url("/api/"), "rss": false}
            })
        };
        let build = format!("/tmp/{name}");
        let record = |version: &str, notices: &[&str]| {
            let packages = format!("rootfs/cflinuxfs4-{version}.receipt");
            let params = json!({"version": version, "packages_file": packages, "notices": notices});
            let ran = self.step("out", &json!({"source": source("releases"), "params": params}), &[&build]);
            assert_eq!(ran.json()["version"], json!({"release": version}));
        };
        let check = |given: Value| {
            let ran = self.step("check", &json!({"source": source("notices"), "version": given}), &[]);
            ran.notices()
        };
        record("1.290.0", &[]);
        let opened = check(Value::Null);
        assert_eq!(opened, ["USN-7924-1", "USN-7945-1", "USN-7946-1", "USN-7951-1"]);
        let get = json!({"source": source("notices"), "version": {"notice": "USN-7946-1"}});
        self.step("in", &get, &[&format!("{build}/usn")]);
        let title = fs::read_to_string(self.root.join("tmp").join(name).join("usn/title")).expect("a title");
        assert!(title.contains("GnuPG"), "{title}");
        record("1.297.0", &["usn"]);
        assert_eq!(check(json!({"notice": "USN-7951-1"})), ["USN-7951-1"]);
    }
}

#[test]
#[ignore = "needs a root filesystem in DAVOS_ROOTFS; ci/exercise makes one"]
fn the_loop_runs_with_a_folder_as_tracker() {
    let image = image();
    image.folder("tracker");
    image.loop_with("build-file", &json!({"driver": "file", "path": "/tmp/tracker"}));
}

#[test]
#[ignore = "needs a root filesystem in DAVOS_ROOTFS; ci/exercise makes one"]
fn the_loop_runs_with_git_over_http_and_a_password() {
    let image = image();
    let repositories = tempfile::tempdir().expect("a folder");
    git_server::repository(&repositories.path().join("log.git"));
    let server = GitServer::start(repositories.path());
    let tracker = json!({
        "driver": "git", "uri": server.url("log.git"), "username": git_server::USER, "password": git_server::PASSWORD
    });
    image.loop_with("build-http", &tracker);
    let log = git_server::git(&repositories.path().join("log.git"), &["log", "--format=%s", "main"]);
    assert!(log.lines().count() >= 3, "a commit for each record: {log}");
}

#[test]
#[ignore = "needs a root filesystem in DAVOS_ROOTFS; ci/exercise makes one"]
fn the_loop_runs_with_git_in_a_folder() {
    let image = image();
    git_server::repository(&image.folder("log.git"));
    image.loop_with("build-git", &json!({"driver": "git", "uri": "file:///tmp/log.git"}));
}

#[test]
#[ignore = "needs a root filesystem in DAVOS_ROOTFS; ci/exercise makes one"]
fn git_and_ssh_have_all_they_need() {
    let image = image();
    // A server without TLS: whoever gets as far as to a handshake has found the helper, its libraries and the certificates.
    let server = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let https = format!("https://{}/log.git", server.local_addr().expect("the port"));
    thread::spawn(move || {
        let (mut stream, _) = server.accept().expect("a client");
        let _ = stream.read(&mut [0; 4096]);
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").expect("an answer");
    });
    let refused = image.run(&["git", "ls-remote", &https], "");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("TLS") || said.contains("SSL"), "{said}");
    assert!(!said.contains("remote-https") && !said.contains("certificate"), "{said}");
    let ssh = image.run(&["ssh", "-V"], "");
    assert!(ssh.status.success(), "{}", String::from_utf8_lossy(&ssh.stderr));
    let unreachable = image.run(&["git", "ls-remote", "ssh://git@127.0.0.1:1/log.git"], "");
    let said = String::from_utf8_lossy(&unreachable.stderr).into_owned();
    assert!(said.contains("connect to host 127.0.0.1 port 1"), "{said}");
    let roots = fs::read_to_string(image.root.join("etc/ssl/certs/ca-certificates.crt")).expect("certificates");
    assert!(roots.matches("BEGIN CERTIFICATE").count() > 100);
}

#[test]
#[ignore = "needs a root filesystem in DAVOS_ROOTFS; ci/exercise makes one"]
fn a_person_finds_a_shell() {
    let image = image();
    let output = image.run(&["bash", "-c", "id -un && ls /opt/resource && git --version && : >/tmp/x"], "");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.starts_with("root\ncheck\nin\nout\ngit version"), "{said}");
}
