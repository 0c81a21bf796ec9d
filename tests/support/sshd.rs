//! A real `sshd` on a port of its own, which lets in the user who runs the tests, with a key made for them.

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::needs;

/// A server of all repositories of this machine, until it is dropped.
pub(crate) struct Sshd {
    folder: TempDir,
    port: u16,
    running: Child,
}

impl Sshd {
    /// Starts one; `None`, and a line that says so, where that can't be done.
    pub(crate) fn start() -> Option<Sshd> {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        Sshd::start_at(port)
    }

    /// Starts one on this port, with a host key of its own.
    pub(crate) fn start_at(port: u16) -> Option<Sshd> {
        let Some(program) = program() else {
            needs::skipped("sshd is not installed");
            return None;
        };
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        for key in ["host", "client"] {
            make_key(&path(key));
        }
        // sshd wants it when root starts it, and distributions make it when the service starts.
        let _ = fs::create_dir_all("/run/sshd");
        let settings = format!(
            "ListenAddress 127.0.0.1:{port}\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nStrictModes no\nUsePAM no\n\
             PermitRootLogin prohibit-password\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nLogLevel ERROR\n",
            path("host").display(),
            path("client.pub").display()
        );
        fs::write(path("sshd_config"), settings).expect("settings");
        let log = File::create(path("log")).expect("a log");
        let mut sshd = Command::new(program);
        sshd.args(["-D", "-e", "-f"]).arg(path("sshd_config")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let mut sshd = Sshd { running: sshd.spawn().expect("sshd"), folder, port };
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if sshd.running.try_wait().expect("sshd").is_some() || started.elapsed() > Duration::from_secs(30) {
                needs::skipped(&format!("sshd doesn't start here: {}", sshd.log()));
                return None;
            }
            sleep(Duration::from_millis(50));
        }
        Some(sshd)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The address of a repository on this machine.
    pub(crate) fn url(&self, path: &Path) -> String {
        let user = Command::new("id").arg("-un").output().expect("id").stdout;
        format!("ssh://{}@127.0.0.1:{}{}", String::from_utf8_lossy(&user).trim(), self.port, path.display())
    }

    /// The private key that it lets in.
    pub(crate) fn key(&self) -> String {
        fs::read_to_string(self.folder.path().join("client")).expect("a key")
    }

    /// The same key, for whom knows the passphrase.
    pub(crate) fn locked_key(&self) -> String {
        let path = self.folder.path().join("locked");
        fs::write(&path, self.key()).expect("a key");
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("permissions");
        let locked =
            Command::new("ssh-keygen").args(["-q", "-p", "-P", "", "-N", "a passphrase", "-f"]).arg(&path).output();
        assert!(locked.expect("ssh-keygen").status.success());
        fs::read_to_string(path).expect("a key")
    }

    /// Its line in a `known_hosts` file.
    pub(crate) fn known_hosts(&self) -> String {
        let key = fs::read_to_string(self.folder.path().join("host.pub")).expect("a key");
        let words: Vec<&str> = key.split_whitespace().take(2).collect();
        format!("[127.0.0.1]:{} {}\n", self.port, words.join(" "))
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.running.kill();
        let _ = self.running.wait();
    }
}

/// A private key that nobody knows.
pub(crate) fn strange_key() -> String {
    let folder = tempfile::tempdir().expect("a folder");
    make_key(&folder.path().join("key"));
    fs::read_to_string(folder.path().join("key")).expect("a key")
}

fn make_key(path: &Path) {
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f"]).arg(path).status();
    assert!(made.expect("ssh-keygen").success());
}

/// Where it is; it has to be started by its whole path.
fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin", "/usr/lib/ssh"].map(PathBuf::from));
    folders.map(|folder| folder.join("sshd")).find(|file| file.is_file())
}
