//! Why git failed, and whether trying again may help.

use std::fmt;

use super::program::Output;

/// More lines of a server than these help nobody.
const MOST_WORDS: usize = 12;

/// Why something that git was asked to do failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// Somebody else was quicker: the branch has moved on.
    Lost(String),
    /// The server was not to be reached, or broke off: it may be there again soon.
    Outage(String),
    /// Trying again would give the same: what the server said, and what to do.
    Refused(String, &'static str),
    /// Anything else. Our own copy may be damaged.
    Broken(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Refused(words, advice) => write!(f, "{words}; {advice}"),
            Failure::Lost(words) => write!(f, "{words}; other writers were quicker, try again later"),
            Failure::Outage(words) => write!(f, "{words}; the server doesn't answer as it should, try again later"),
            Failure::Broken(words) => f.write_str(words),
        }
    }
}

const AUTHENTICATION: &str =
    "the server doesn't take the credentials: check username and password (or the token in its place)";
const KEY: &str = "the server doesn't take the key: check that private_key is whole and has no passphrase, and that the server knows its public half";
const DENIED: &str = "the server doesn't allow this: check that this user or key may read and write the repository";
const HOST_KEY: &str = "the server's ssh key is not the one that is known: if it was changed on purpose, give the new one in known_hosts (as ssh-keyscan prints it); if not, somebody may stand between";
const MISSING: &str = "check uri; many servers say the same to those who may not see a repository";
const CERTIFICATE: &str = "if the server has a certificate of your own authority, give that in ca_certs";
const PROXY: &str = "the proxy doesn't let us pass: check user and password in http_proxy or https_proxy";
const FULL: &str = "the server can't store it: that is for those to mend who run it";

/// What git, curl, ssh and the known servers say when trying again doesn't help. The first that fits counts. git has no
/// exit status of its own for any of these (all are 128), so its words must do; `LC_ALL=C` keeps them in English.
const REFUSALS: &[(&str, &str)] = &[
    ("Host key verification failed", HOST_KEY),
    ("REMOTE HOST IDENTIFICATION HAS CHANGED", HOST_KEY),
    ("Authentication failed", AUTHENTICATION),
    ("could not read Username", AUTHENTICATION),
    ("could not read Password", AUTHENTICATION),
    ("Permission denied (", KEY),
    ("Load key", KEY),
    ("HTTP code 407", PROXY),
    ("response 407", PROXY),
    ("returned error: 407", PROXY),
    ("returned error: 401", AUTHENTICATION),
    ("returned error: 403", DENIED),
    ("returned error: 404", MISSING),
    ("does not appear to be a git repository", MISSING),
    ("is this a git repository?", MISSING),
    ("Repository not found", MISSING),
    ("repository not found", MISSING),
    ("The project you were looking for could not be found", MISSING),
    ("' not found", MISSING),
    ("' does not exist", MISSING),
    ("service not enabled", DENIED),
    ("access denied", DENIED),
    ("Access denied", DENIED),
    ("not exported", DENIED),
    ("Permission denied", DENIED),
    ("insufficient permission", DENIED),
    ("server certificate verification failed", CERTIFICATE),
    ("SSL certificate problem", CERTIFICATE),
    ("certificate is not trusted", CERTIFICATE),
    ("Read-only file system", FULL),
    ("No space left on device", FULL),
    ("Disk quota exceeded", FULL),
];

/// What they say when the server is away, overloaded, or broke off.
const OUTAGES: &[&str] = &[
    "Could not resolve",
    "Temporary failure in name resolution",
    "Failed to connect",
    "Couldn't connect",
    "Connection refused",
    "Connection reset",
    "Connection timed out",
    "Connection closed",
    "Operation timed out",
    "Operation too slow",
    "Network is unreachable",
    "No route to host",
    "Broken pipe",
    "returned error: 5",
    "returned error: 408",
    "returned error: 429",
    "RPC failed",
    "Empty reply from server",
    "transfer closed",
    "unexpected disconnect",
    "hung up unexpectedly",
    "early EOF",
    "unable to rewind rpc post data",
    "kex_exchange_identification",
    "was not properly terminated",
    "SSL_ERROR_SYSCALL",
    "no answer within",
];

/// How a server says that the branch has moved on: git's own words before the push, and those of a receiver that another
/// push overtook (git's builtin/receive-pack.c, refs/files-backend.c).
const LOST: &[&str] = &[
    "fetch first",
    "non-fast-forward",
    "stale info",
    "cannot lock ref",
    "failed to lock",
    "failed to update ref",
    "incorrect old value provided",
    "reference already exists",
];

impl Failure {
    /// Why this run of git failed.
    pub(super) fn of(output: &Output) -> Failure {
        let words = words(&output.stderr);
        if let Some((_, advice)) = REFUSALS.iter().find(|(phrase, _)| output.stderr.contains(phrase)) {
            return Failure::Refused(words, advice);
        }
        if OUTAGES.iter().any(|phrase| output.stderr.contains(phrase)) {
            return Failure::Outage(words);
        }
        Failure::Broken(if words.is_empty() { format!("git ended with {}", output.status) } else { words })
    }

    /// Why this push failed. `git push --porcelain` tells of each ref that was refused on a line of its own:
    /// `!<tab>from:to<tab>[remote rejected] (reason)`.
    pub(super) fn of_push(output: &Output) -> Failure {
        let stdout = String::from_utf8_lossy(&output.stdout);
        let Some(summary) = stdout.lines().find_map(|line| line.strip_prefix("!\t")?.split('\t').nth(1)) else {
            return Failure::of(output);
        };
        let mut said = words(&output.stderr);
        if said.is_empty() {
            said = summary.to_owned();
        } else {
            said = format!("{summary}: {said}");
        }
        if LOST.iter().any(|phrase| summary.contains(phrase)) {
            // A ref that can't be locked is a lost race, unless the server says that it can't write at all.
            let refusal = REFUSALS.iter().find(|(phrase, _)| output.stderr.contains(phrase));
            return refusal.map_or(Failure::Lost(said.clone()), |(_, advice)| Failure::Refused(said, advice));
        }
        Failure::Refused(said, refused_ref(summary))
    }
}

/// What to do about a ref that the server refuses.
fn refused_ref(summary: &str) -> &'static str {
    if summary.contains("checked out") {
        return "the repository has a working copy: push to a bare one (git clone --bare)";
    }
    if summary.contains("hook declined") || summary.contains("protected") || summary.contains("prohibited") {
        return "a rule of the server refuses it: allow this user to push to the branch, or name another branch";
    }
    if summary.contains("shallow") {
        return "the server doesn't take what was made from a part of the history; report this as a bug of davos";
    }
    if summary.contains("unpack") || summary.contains("missing necessary objects") {
        return FULL;
    }
    "the server refuses to change the branch: check its rules"
}

/// What was said, on one line: without git's own framing, and nothing twice. Lines are left out whole, never shortened: a
/// secret that is cut in half is no longer recognized by who removes them.
pub(super) fn words(stderr: &str) -> String {
    const FRAMING: &[&str] = &[
        "hint:",
        "To ",
        "error: failed to push some refs",
        "fatal: Could not read from remote repository",
        "Please make sure you have the correct access rights",
        "and the repository exists",
        "Everything up-to-date",
        "Pushing to ",
        "Warning: Permanently added",
        // What ssh says of a changed host key: how to mend a file that is ours, and fears. The facts are on other lines.
        "@",
        "IT IS POSSIBLE THAT SOMEONE",
        "Someone could be eavesdropping",
        "It is also possible that a host key",
        "Please contact your system administrator",
        "Add correct host key in",
        "Offending ",
        "remove with:",
        "ssh-keygen -f",
    ];
    let mut kept: Vec<&str> = Vec::new();
    for line in stderr.lines() {
        // Progress is drawn over itself.
        let line = line.rsplit('\r').find(|part| !part.trim().is_empty()).unwrap_or_default();
        let line = line.trim().trim_start_matches("remote:").trim();
        let empty = line.is_empty() || FRAMING.iter().any(|framing| line.starts_with(framing));
        if !empty && !kept.contains(&line) && kept.len() < MOST_WORDS {
            kept.push(line);
        }
    }
    kept.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(stdout: &str, stderr: &str) -> Output {
        Output { status: "exit status: 1".to_owned(), success: false, stdout: stdout.into(), stderr: stderr.to_owned() }
    }

    #[test]
    fn a_lost_race_is_told_from_a_refusal() {
        let line = |summary: &str| format!("To /x\n!\tabc:refs/heads/main\t{summary}\nDone\n");
        for summary in [
            "[rejected] (fetch first)",
            "[rejected] (non-fast-forward)",
            "[remote rejected] (cannot lock ref 'refs/heads/main': is at 1 but expected 2)",
            "[remote rejected] (failed to update ref)",
        ] {
            let failure = Failure::of_push(&output(&line(summary), "error: failed to push some refs to '/x'\n"));
            assert!(matches!(failure, Failure::Lost(_)), "{failure:?}");
        }
        let denied =
            "remote: error: cannot lock ref 'refs/heads/main': Unable to create '/x.lock': Permission denied\n";
        let failure = Failure::of_push(&output(&line("[remote rejected] (failed to update ref)"), denied));
        assert!(matches!(failure, Failure::Refused(_, DENIED)), "{failure:?}");
        let hook = "remote: \nremote: GitLab: You are not allowed to push.        \nerror: failed to push some refs\n";
        let failure = Failure::of_push(&output(&line("[remote rejected] (pre-receive hook declined)"), hook));
        let told = "[remote rejected] (pre-receive hook declined): GitLab: You are not allowed to push.; a rule of";
        assert!(failure.to_string().starts_with(told), "{failure}");
    }

    #[test]
    fn who_may_not_is_told_from_a_server_that_is_away() {
        for said in [
            "fatal: unable to access 'http://h/x/': Failed to connect to h port 80 after 0 ms: Couldn't connect to server",
            "fatal: unable to access 'http://h/x/': The requested URL returned error: 502",
            "error: RPC failed; curl 52 Empty reply from server\nfatal: the remote end hung up unexpectedly",
            "ssh: connect to host h port 22: Connection refused\nfatal: Could not read from remote repository.",
        ] {
            assert!(matches!(Failure::of(&output("", said)), Failure::Outage(_)), "{said}");
        }
        for said in [
            "fatal: Authentication failed for 'http://h/x/'",
            "fatal: unable to access 'http://h/x/': The requested URL returned error: 403",
            "git@h: Permission denied (publickey).\nfatal: Could not read from remote repository.",
            "fatal: repository 'http://h/x/' not found",
            "ERROR: Repository not found.\nfatal: the remote end hung up unexpectedly",
        ] {
            assert!(matches!(Failure::of(&output("", said)), Failure::Refused(..)), "{said}");
        }
        assert!(matches!(Failure::of(&output("", "fatal: bad object")), Failure::Broken(_)));
    }
}
