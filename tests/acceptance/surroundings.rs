//! A step needs nothing of what is around it, and leaves alone what it need not touch.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::acceptance::product::Product;
use crate::acceptance::upstream::{api_of, notice, serve};
use crate::support::api::Api;
use crate::support::needs;

/// Runs a program as root of a user namespace of its own, with `/etc` read-only; `None` where the kernel allows no such.
fn confined(program: &str, arguments: &[&str], stdin: &str) -> Option<(bool, String)> {
    let script = "mount --rbind /etc /etc && mount -o remount,bind,ro /etc && ! touch /etc/davos 2>/dev/null || exit 99; \
                  cd / && exec env -i PATH=\"$PATH\" TMPDIR=\"$TMPDIR\" \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", program]).args(arguments);
    command.env_clear().env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    let temporary = tempfile::tempdir().expect("a folder");
    command.env("TMPDIR", temporary.path());
    let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = started.ok()?;
    let _ = child.stdin.take().expect("its stdin").write_all(stdin.as_bytes());
    let output = child.wait_with_output().expect("the step ends");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if said.starts_with("unshare: ") || output.status.code() == Some(99) {
        needs::skipped(&format!("no namespaces here: {said}"));
        return None;
    }
    Some((output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned() + &said))
}

#[test]
fn the_steps_need_no_home_and_no_etc_to_write_to() {
    let folder = tempfile::tempdir().expect("a folder");
    let (repository, build) = (folder.path().join("log.git"), folder.path().join("build"));
    std::fs::create_dir_all(build.join("rootfs")).expect("an artifact");
    std::fs::write(build.join("rootfs/packages"), "bash=1\n").expect("a file");
    let made = Command::new("git").args(["init", "--quiet", "--bare"]).arg(&repository).status();
    if !made.is_ok_and(|status| status.success()) {
        return needs::skipped("git is not installed");
    }
    let source = json!({"emit": "releases", "product": "p", "tracker": {"driver": "git", "uri": repository}});
    let put = json!({"source": source, "params": {"version": "1", "packages_file": "rootfs/packages"}});
    let get = folder.path().join("get");
    let (build, get) = (build.to_string_lossy(), get.to_string_lossy());
    for (program, folder, request) in [
        (env!("CARGO_BIN_EXE_out"), vec![&*build], put),
        (env!("CARGO_BIN_EXE_check"), vec![], json!({"source": source})),
        (env!("CARGO_BIN_EXE_in"), vec![&*get], json!({"source": source, "version": {"release": "1"}})),
    ] {
        let Some((succeeded, said)) = confined(program, &folder, &request.to_string()) else { return };
        assert!(succeeded && said.contains(r#""release":"1""#), "{program}: {said}");
    }
}

#[test]
fn a_check_with_nothing_new_writes_nothing_to_the_log() {
    let api = Api::default();
    api.rate("CVE-2026-1000", json!("high"), Some(8.1));
    api.publish(notice("USN-9000-1", "2026-10-01T08:00:00"));
    let server = serve(&api);
    let product = Product::new(json!({"os": "jammy", "window": "2000d", "upstream": api_of(&server)}));
    product.release("0.9.0", "libexample1=1\n").succeeded();
    let version = json!({"notice": "USN-9000-1"});
    assert_eq!(product.check("notices", Value::Null).succeeded().notices(), ["USN-9000-1"]);
    let log = product.log();
    assert_eq!(product.check("notices", version).succeeded().notices(), ["USN-9000-1"]);
    assert_eq!(product.log(), log);
}
