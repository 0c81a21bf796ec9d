//! Real servers that look whether an object is there and write it then, so that two writers at once both succeed: s3proxy and
//! S3Mock, where `ci/servers` got them.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use davos::store::{Object, ObjectStore, S3Place, Store};
use tempfile::TempDir;

use crate::support::weed::{KEY, SECRET, keys};

/// Longer than they ever took to start.
const START: Duration = Duration::from_secs(120);

struct Running {
    shell: Child,
    port: u16,
    _folder: TempDir,
}

impl Running {
    /// Starts a server; `None` where it isn't there.
    fn start(jar: &str, arguments: impl Fn(u16, &Path) -> Vec<String>) -> Option<Running> {
        let jar: PathBuf = [env!("CARGO_MANIFEST_DIR"), "target/servers", jar].iter().collect();
        if !jar.is_file() || Command::new("java").arg("-version").stderr(Stdio::null()).status().is_err() {
            println!("left out: {} is not there (ci/servers gets it where Java and Maven are)", jar.display());
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        // Whatever ends this process closes the pipe, and so ends the server.
        let script = r#""$@" & pid=$!; cat >/dev/null; kill -9 $pid; wait $pid 2>/dev/null"#;
        let shell = Command::new("sh")
            .args(["-c", script, "sh", "java", "-XX:TieredStopAtLevel=1", "-jar"])
            .arg(jar)
            .args(arguments(port, folder.path()))
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(started.elapsed() < START, "it doesn't start");
            std::thread::sleep(Duration::from_millis(100));
        }
        Some(Running { shell, port, _folder: folder })
    }

    /// Its proof has to fail, each time and in every folder, and nothing may be recorded.
    fn is_refused(&self) {
        for nth in 0..20 {
            let place = S3Place {
                bucket: "our-logs".to_owned(),
                prefix: format!("logs-{nth}"),
                endpoint: Some(format!("http://127.0.0.1:{}", self.port)),
                region: "us-east-1".to_owned(),
                keys: Some(keys(KEY, SECRET)),
                anonymous: false,
                path_style: true,
            };
            let store = ObjectStore::s3(place, &[]).expect("a store");
            let object = Object::new("jammy/00000001.json", b"{}");
            let error = format!("{:#}", store.create(&[object]).expect_err("not proven"));
            assert!(error.contains("writers create the same object at once"), "{nth}: {error}");
            assert!(store.list("jammy", "").expect("a list").iter().all(|name| name.starts_with(".davos-")));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

#[test]
fn s3proxy_is_refused() {
    let server = Running::start("s3proxy-2.9.0-jar-with-dependencies.jar", |port, folder| {
        // A bucket is a folder in this one.
        std::fs::create_dir_all(folder.join("data/our-logs")).expect("a folder");
        let settings = format!(
            "s3proxy.endpoint=http://127.0.0.1:{port}\ns3proxy.authorization=aws-v2-or-v4\ns3proxy.identity={KEY}\n\
             s3proxy.credential={SECRET}\njclouds.provider=filesystem\njclouds.identity=x\njclouds.credential=x\n\
             jclouds.filesystem.basedir={}\n",
            folder.join("data").display()
        );
        std::fs::write(folder.join("s3proxy.conf"), settings).expect("a file");
        vec!["--properties".to_owned(), "s3proxy.conf".to_owned()]
    });
    if let Some(server) = server {
        server.is_refused();
    }
}

#[test]
fn s3mock_is_refused() {
    let server = Running::start("s3mock-4.7.0-exec.jar", |port, _| {
        vec![
            "--server.port=0".to_owned(),
            format!("--com.adobe.testing.s3mock.http-port={port}"),
            "--com.adobe.testing.s3mock.store.initialBuckets=our-logs".to_owned(),
        ]
    });
    if let Some(server) = server {
        server.is_refused();
    }
}
