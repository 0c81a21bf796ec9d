//! A real S3 server with conditional writes: SeaweedFS, as `ci/servers` installs it from PyPI.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use davos::store::{AccessKeys, S3Place};
use davos::text::Secret;
use tempfile::TempDir;

use super::needs;

pub(crate) const KEY: &str = "davos-key-id";
pub(crate) const SECRET: &str = "davos-secret-key-0123456789";

/// Who may read, and not write; with the same secret.
pub(crate) const READER: &str = "davos-reader-id";

/// No administrator: for one, the server makes missing buckets.
const IDENTITIES: &str = r#"{"identities": [
    {"name": "davos", "actions": ["Read", "Write", "List"],
        "credentials": [{"accessKey": "davos-key-id", "secretKey": "davos-secret-key-0123456789"}]},
    {"name": "reader", "actions": ["Read", "List"],
        "credentials": [{"accessKey": "davos-reader-id", "secretKey": "davos-secret-key-0123456789"}]}]}"#;

/// Longer than it ever took to start.
const START: Duration = Duration::from_secs(60);

pub(crate) struct Weed {
    folder: TempDir,
    ports: Vec<u16>,
    running: Option<Child>,
}

impl Weed {
    /// One server for all tests that leave it running; `None` where it isn't installed.
    pub(crate) fn shared() -> Option<&'static Weed> {
        static SHARED: OnceLock<Option<Weed>> = OnceLock::new();
        SHARED.get_or_init(Weed::start).as_ref()
    }

    pub(crate) fn start() -> Option<Weed> {
        if program().is_none() {
            needs::skipped("weed is not installed (ci/servers does it)");
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("s3.json"), IDENTITIES).expect("a file");
        // Below those that the system hands out: nobody takes one while the server is away.
        static STARTED: AtomicU16 = AtomicU16::new(0);
        let first = 20_000 + u16::try_from(std::process::id() % 12_000).unwrap_or_default();
        let first = first + 50 * STARTED.fetch_add(1, Ordering::SeqCst);
        let free: Vec<TcpListener> =
            (first..).filter_map(|port| TcpListener::bind(("127.0.0.1", port)).ok()).take(8).collect();
        let ports = free.iter().map(|free| free.local_addr().expect("an address").port()).collect();
        let mut weed = Weed { folder, ports, running: None };
        drop(free);
        weed.run();
        Some(weed)
    }

    /// Starts it, or starts it again on what it kept.
    pub(crate) fn run(&mut self) {
        let flags = ["master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port"];
        let flags = flags.iter().chain(&["filer.port.grpc", "s3.port", "s3.port.grpc"]);
        let ports = flags.zip(&self.ports).map(|(flag, port)| format!("-{flag}={port}"));
        // Whatever ends this process closes the pipe, and so ends the server, which heeds SIGKILL only.
        let script = r#""$@" & pid=$!; cat >/dev/null; kill -9 $pid; wait $pid 2>/dev/null"#;
        let log = std::fs::File::create(self.folder.path().join("weed.log")).expect("a log");
        let child = Command::new("sh")
            .args(["-c", script, "sh"])
            .arg(program().expect("weed"))
            .args(["server", "-dir=.", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3", "-s3.config=s3.json"])
            .args(["-master.telemetry=false", "-volume.max=200", "-master.volumeSizeLimitMB=64"])
            .args(["-s3.iam=false", "-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.autoCreateBucket=false"])
            .args(ports)
            .current_dir(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        self.running = Some(child.expect("a shell"));
        let started = Instant::now();
        // The filer keeps each bucket as a folder.
        while !self.make_bucket("ready") || std::net::TcpStream::connect(("127.0.0.1", self.ports[6])).is_err() {
            assert!(started.elapsed() < START, "{}", self.log());
            sleep(Duration::from_millis(100));
        }
    }

    /// Ends it as a crash would.
    pub(crate) fn kill(&mut self) {
        if let Some(mut shell) = self.running.take() {
            drop(shell.stdin.take());
            let _ = shell.wait();
        }
    }

    pub(crate) fn make_bucket(&self, name: &str) -> bool {
        let url = format!("http://127.0.0.1:{}/buckets/{name}/", self.ports[4]);
        // Fails only where one is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::blocking::Client::builder().no_proxy().tls_certs_only([]).build().expect("a client");
        let there = |status: reqwest::StatusCode| status.is_success() || status == reqwest::StatusCode::CONFLICT;
        client.post(url).send().is_ok_and(|answer| there(answer.status()))
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports[6])
    }

    /// A bucket of its own for a test.
    pub(crate) fn place(&self, bucket: &str) -> S3Place {
        assert!(self.make_bucket(bucket), "{}", self.log());
        S3Place {
            bucket: bucket.to_owned(),
            prefix: "security/logs".to_owned(),
            endpoint: Some(self.endpoint()),
            region: "us-east-1".to_owned(),
            keys: Some(keys(KEY, SECRET)),
            anonymous: false,
            path_style: true,
        }
    }

    /// Puts a folder of files into a bucket.
    pub(crate) fn fill(&self, bucket: &str, prefix: &str, folder: &Path) {
        let client = reqwest::blocking::Client::builder().no_proxy().tls_certs_only([]).build().expect("a client");
        for product in std::fs::read_dir(folder).expect("the folder").flatten() {
            for file in std::fs::read_dir(product.path()).expect("a product").flatten() {
                let (product, name) = (product.file_name(), file.file_name());
                let path = format!("{prefix}/{}/{}", product.to_string_lossy(), name.to_string_lossy());
                let url = format!("http://127.0.0.1:{}/buckets/{bucket}/{path}", self.ports[4]);
                let sent = client.put(url).body(std::fs::read(file.path()).expect("a file")).send();
                assert!(sent.is_ok_and(|answer| answer.status().is_success()), "{}", self.log());
            }
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("weed.log")).unwrap_or_default()
    }
}

impl Drop for Weed {
    fn drop(&mut self) {
        self.kill();
    }
}

pub(crate) fn keys(id: &str, secret: &str) -> AccessKeys {
    AccessKeys { id: Secret::new(id), secret: Secret::new(secret), session_token: None }
}

fn program() -> Option<PathBuf> {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/servers/bin/weed");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let anywhere = std::env::split_paths(&path).map(|folder| folder.join("weed"));
    std::iter::once(ours).chain(anywhere).find(|file| file.is_file())
}
