//! Servers that echo a secret back, in whatever spelling: it is in nothing that a step says, answers or leaves.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use davos::concourse::Step;
use davos::step::{check, fetch, record};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::stores::git_secrets::all_files;
use crate::stores::http::{Answer, answer, serve};
use crate::support::git_server::{GitServer, git, has_git, hook, repository};
use crate::support::steps::{Place, run};

/// What a server makes of a secret in its words.
type Spell = fn(&str) -> String;

const SPELLS: &[Spell] = &[
    |secret| secret.to_owned(),
    percent,
    |secret| secret.bytes().map(|byte| format!("%{byte:02x}")).collect(),
    |secret| percent(&percent(secret)),
    |secret| BASE64_STANDARD.encode(secret),
    |secret| BASE64_STANDARD.encode(format!("a{secret}")),
    |secret| BASE64_STANDARD.encode(format!("bc{secret}d")),
    |secret| BASE64_URL_SAFE_NO_PAD.encode(secret),
    |secret| BASE64_URL_SAFE_NO_PAD.encode(format!("bot:{secret}")),
    |secret| json!(secret).to_string(),
    |secret| json!(json!(secret).to_string()).to_string(),
    |secret| format!("{secret:?}"),
    |secret| secret.bytes().map(|byte| format!("{byte:02x}")).collect(),
    |secret| secret.bytes().map(|byte| format!("{byte:02X}")).collect(),
    |secret| secret.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;"),
];

fn percent(secret: &str) -> String {
    utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string()
}

/// No part of the secret that somebody could use: eight characters as they are, or sixteen of a spelling.
#[track_caller]
fn has_none(what: &str, text: &str, secret: &str) {
    for line in secret.lines().filter(|line| line.len() >= 8 && !line.starts_with("-----")) {
        for (spell, most) in SPELLS.iter().zip([8].into_iter().chain(std::iter::repeat(16))) {
            let spelt: Vec<char> = spell(line).chars().collect();
            for part in spelt.windows(most.min(spelt.len())) {
                let part: String = part.iter().collect();
                assert!(!text.contains(&part), "{what} has {part:?} of {secret:?}: {text}");
            }
        }
    }
}

/// One line, as a password: quotes, percent signs, spaces, letters of all countries.
fn password() -> impl Strategy<Value = String> {
    let odd = "[a-z%\"'\\\\/+=&<>@:#? ]{10,24}";
    prop_oneof!["[!-~]{10,40}", odd, "[a-zA-Z0-9+/]{40}", "[a-zäßéçøжшλ日本語🔑]{10,16}"].prop_filter(
        "secret enough",
        |text| {
            let different: BTreeSet<char> = text.chars().collect();
            text.trim() == text && !text.contains("   ") && different.len() >= 6
        },
    )
}

/// Several lines, as a private key.
fn key() -> impl Strategy<Value = String> {
    prop::collection::vec("[a-zA-Z0-9+/]{64}", 2..5)
        .prop_map(|lines| format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n")))
}

/// A server that answers everything with what it is told.
#[derive(Clone)]
struct Echo {
    answer: Arc<Mutex<Answer>>,
    server: String,
}

impl Echo {
    fn start() -> Echo {
        let told = Arc::new(Mutex::new(Answer::new()));
        let telling = Arc::clone(&told);
        let address = serve(move |_| telling.lock().expect("no panic").clone());
        Echo { answer: told, server: format!("http://{address}") }
    }

    fn says(&self, status: u16, headers: &str, body: &str) {
        *self.answer.lock().expect("no panic") = answer(status, headers, body);
    }
}

/// How a server words a refusal.
#[derive(Debug, Clone, Copy)]
enum Form {
    Xml,
    Json,
    Text,
}

impl Form {
    fn of(self, words: &str) -> String {
        let escaped = words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        match self {
            Form::Xml => format!("<?xml version='1.0'?><Error><Code>No</Code><Message>{escaped}</Message></Error>"),
            Form::Json => json!({"error": {"status": "NO", "message": words}}).to_string(),
            Form::Text => words.to_owned(),
        }
    }
}

/// The words around an echo: as long as to bring the secret to any place of what is shown of them.
fn wording() -> impl Strategy<Value = (usize, Form, String)> {
    (0..SPELLS.len(), prop::sample::select(vec![Form::Xml, Form::Json, Form::Text]), "[a-z]{0,9}( [a-z]{1,30}){0,9}")
}

/// Runs a step on this source, and looks at all that it says and leaves.
fn leaves_none(steps: &[(Step, Value)], secret: &str, look_in: &[&Path]) {
    let folder = tempfile::tempdir().expect("a folder");
    let (temporary, build) = (folder.path().join("tmp"), folder.path().join("build"));
    fs::create_dir(&temporary).expect("a folder");
    fs::create_dir(&build).expect("a folder");
    for (step, request) in steps {
        let now = "2026-01-20T12:00:00Z".parse().expect("an instant");
        let place = Place { temporary: &temporary, folder: Some(&build), job: Some("job"), now };
        let outcome = run(*step, request, place);
        has_none("stdout", &outcome.stdout, secret);
        has_none("stderr", &outcome.stderr, secret);
    }
    let mut files = Vec::new();
    [&[temporary.as_path(), &build], look_in].concat().iter().for_each(|folder| all_files(folder, &mut files));
    for file in files {
        let name = file.display().to_string();
        has_none("the name of a file", &name, secret);
        has_none(&name, &String::from_utf8_lossy(&fs::read(&file).expect("a file")), secret);
    }
}

/// The arguments of all processes of the machine that can be seen while this is done.
fn arguments_meanwhile(act: impl FnOnce()) -> String {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let watching = scope.spawn(|| {
            let mut seen = BTreeSet::new();
            while !done.load(Ordering::SeqCst) {
                let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
                seen.extend(processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok()));
                thread::sleep(Duration::from_millis(5));
            }
            seen
        });
        let acted = std::panic::catch_unwind(std::panic::AssertUnwindSafe(act));
        done.store(true, Ordering::SeqCst);
        acted.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let seen = watching.join().expect("no panic");
        let seen: Vec<_> = seen.iter().map(|arguments| String::from_utf8_lossy(arguments).replace('\0', " ")).collect();
        seen.join("\n")
    })
}

/// All steps on a source that emits releases, and on the same that emits notices.
fn all_steps(source: &Value) -> Vec<(Step, Value)> {
    let mut notices = source.clone();
    (notices["emit"], notices["os"]) = (json!("notices"), json!("jammy"));
    vec![
        (check, json!({"source": source})),
        (fetch, json!({"source": source, "version": {"release": "1.0.0"}})),
        (record, json!({"source": source, "params": {"version": "1.0.0"}})),
        (check, json!({"source": notices})),
    ]
}

fn releases(tracker: Value) -> Value {
    json!({"emit": "releases", "product": "rootfs", "tracker": tracker, "debug": true,
        "upstream": {"oval": "file:///nowhere/", "api": false, "rss": false}})
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 200, ..ProptestConfig::with_cases(60) })]

    #[test]
    fn the_keys_of_s3_stay_secret(secret in password(), token: bool, (spell, form, words) in wording()) {
        let echo = Echo::start();
        echo.says(403, "", &form.of(&format!("{words} {} is wrong", SPELLS[spell](&secret))));
        let mut tracker = json!({"driver": "s3", "bucket": "our-logs", "endpoint": echo.server, "access_key_id": "AKIA1",
            "secret_access_key": "not-this-one"});
        tracker[if token { "session_token" } else { "secret_access_key" }] = json!(secret);
        leaves_none(&all_steps(&releases(tracker)), &secret, &[]);
    }

    #[test]
    fn the_json_key_of_google_stays_secret(secret in key(), (spell, form, words) in wording()) {
        let echo = Echo::start();
        echo.says(403, "", &form.of(&format!("{words} {} is wrong", SPELLS[spell](&secret))));
        let key = json!({"type": "service_account", "private_key": secret, "private_key_id": "1", "gcs_base_url": echo.server,
            "client_email": "davos@example.iam.gserviceaccount.com", "disable_oauth": true}).to_string();
        let tracker = json!({"driver": "gcs", "bucket": "our-logs", "json_key": key});
        leaves_none(&all_steps(&releases(tracker)), &secret, &[]);
    }

    #[test]
    fn the_password_in_the_address_of_a_mirror_stays_secret(
        secret in password(), status in prop::sample::select(vec![200, 302, 401, 403, 404]), (spell, form, words) in wording()
    ) {
        let echo = Echo::start();
        let elsewhere = format!("Location: {}/{}\r\nETag: \"{0}\"\r\n", echo.server, percent(&SPELLS[spell](&secret)));
        echo.says(status, &elsewhere, &form.of(&format!("{words} {}", SPELLS[spell](&secret))));
        let mirror = echo.server.replace("://", &format!("://bot:{}@", percent(&secret)));
        let source = json!({"os": "jammy", "debug": true,
            "upstream": {"oval": format!("{mirror}/oval/"), "api": format!("{mirror}/security/"), "rss": format!("{mirror}/rss.xml")}});
        let get = json!({"source": source, "version": {"notice": "USN-7886-1"}});
        leaves_none(&[(check, json!({"source": source})), (fetch, get)], &secret, &[]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 20, ..ProptestConfig::with_cases(12) })]

    #[test]
    fn the_password_of_git_stays_secret(secret in password(), in_address: bool, (spell, _, words) in wording()) {
        if !has_git() {
            return Ok(());
        }
        let echo = Echo::start();
        echo.says(403, "Content-Type: text/plain\r\n", &format!("{words} {} is wrong", SPELLS[spell](&secret)));
        let address = format!("{}/log.git", echo.server);
        let tracker = if in_address {
            json!({"driver": "git", "uri": address.replace("://", &format!("://bot:{}@", percent(&secret)))})
        } else {
            json!({"driver": "git", "uri": address, "username": "bot", "password": secret})
        };
        let arguments = arguments_meanwhile(|| leaves_none(&all_steps(&releases(tracker)), &secret, &[]));
        prop_assert!(arguments.contains(" fetch --quiet "), "{}", arguments);
        has_none("an argument", &arguments, &secret);
    }

    #[test]
    fn a_hook_that_tells_the_password_is_not_repeated(secret in password(), spell in 0..SPELLS.len()) {
        if !has_git() {
            return Ok(());
        }
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log.git");
        repository(&path);
        fs::write(path.join("words"), format!("who says {}?\n", SPELLS[spell](&secret))).expect("words");
        hook(&path, "pre-receive", "cat words >&2\nexit 1");
        git(&path, &["config", "http.receivepack", "true"]);
        let server = GitServer::open(folder.path());
        let tracker = json!({"driver": "git", "uri": server.url("log.git"), "username": "bot", "password": secret});
        let put = json!({"source": releases(tracker), "params": {"version": "1.0.0"}});
        leaves_none(&[(record, put)], &secret, &[]);
    }
}

/// What is right is kept for later: of all that a whole run leaves, nothing has a secret.
#[test]
fn a_run_that_succeeds_keeps_no_secret_either() {
    let oval =
        fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/oval/com.ubuntu.jammy.usn.oval.xml.bz2"));
    let oval = oval.expect("a fixture");
    let address = serve(move |request| match request.target.contains("/oval/") {
        true => answer(200, "ETag: \"1\"\r\n", &oval),
        false => answer(404, "", r#"{"message": "does not exist"}"#),
    });
    let folder = tempfile::tempdir().expect("a folder");
    for secret in ["hunter22/%&+ pa\"ss", "plain-token-0123456789"] {
        let tracker = folder.path().join(secret.len().to_string());
        fs::create_dir(&tracker).expect("a folder");
        let mirror = format!("http://bot:{}@{address}", percent(secret));
        let source = |emit: &str| {
            json!({"emit": emit, "os": "jammy", "window": "2000d", "priorities": ["medium", "high"], "debug": true,
                "product": "rootfs", "tracker": {"driver": "file", "path": tracker},
                "upstream": {"oval": format!("{mirror}/oval/"), "api": format!("{mirror}/security/"), "rss": false}})
        };
        let steps: [(Step, Value); 4] = [
            (check, json!({"source": source("notices")})),
            (fetch, json!({"source": source("notices"), "version": {"notice": "USN-7946-1"}})),
            (record, json!({"source": source("releases"), "params": {"version": "1.0.0"}})),
            (fetch, json!({"source": source("releases"), "version": {"release": "1.0.0"}})),
        ];
        leaves_none(&steps, secret, &[&tracker]);
        assert!(tracker.join("rootfs/00000001.json").exists(), "it did succeed");
    }
}
