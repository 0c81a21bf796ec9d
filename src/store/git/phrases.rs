//! What git, curl, ssh and the known servers say, and what it means. git has no exit status of its own for any of it (all
//! are 128), so its words must do; `LC_ALL=C` keeps them in English. The first that fits counts.

const AUTHENTICATION: &str =
    "the server doesn't take the credentials: check username and password (or the token in its place)";
const KEY: &str = "the server doesn't take the key: check that private_key is whole and has no passphrase, and that the server knows its public half";
pub(super) const DENIED: &str =
    "the server doesn't allow this: check that this user or key may read and write the repository";
const HOST_KEY: &str = "the server's ssh key is not the one that is known: if it was changed on purpose, give the new one in known_hosts (as ssh-keyscan prints it); if not, somebody may stand between";
const MISSING: &str = "check uri; many servers say the same to those who may not see a repository";
const CERTIFICATE: &str = "if the server has a certificate of your own authority, give that in ca_certs";
const NAME: &str = "the server's certificate is for another name: write the name that it is for in uri";
const NO_TLS: &str = "the server doesn't speak TLS on that port: check the port in uri, or write http if that is meant";
const NO_HTTP: &str =
    "what answers on that port is no server of http: check the port in uri, and whether https is meant";
pub(super) const BAD_REQUEST: &str = "the server doesn't understand the request: check uri, and whether https is meant";
const LESS_SAFE: &str =
    "the server redirects to an address that is less safe; write the right one in uri, with https or with http";
const REDIRECTS: &str =
    "the server redirects to what is no repository; write the right address in uri, and look for a page to sign in on";
const PROXY: &str = "the proxy wants to know who asks: give its user and password in http_proxy or https_proxy, as http://user:password@host:port";
const NO_WAY: &str = "the proxy doesn't let us reach this server: ask who runs it, or name the server in no_proxy";
const FULL: &str = "the server can't store it: that is for those to mend who run it";

/// What is final: trying again would give the same.
pub(super) const REFUSALS: &[(&str, &str)] = &[
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
    ("CONNECT tunnel failed, response 4", NO_WAY),
    ("Received HTTP code 4", NO_WAY),
    ("returned error: 401", AUTHENTICATION),
    ("returned error: 403", DENIED),
    ("returned error: 404", MISSING),
    ("returned error: 410", MISSING),
    ("does not appear to be a git repository", MISSING),
    ("is this a git repository?", MISSING),
    ("Repository not found", MISSING),
    ("repository not found", MISSING),
    ("The project you were looking for could not be found", MISSING),
    ("' not found", MISSING),
    ("' does not exist", MISSING),
    ("service not enabled", DENIED),
    // gitolite: `FATAL: W any log bot DENIED by fallthru`.
    (" DENIED by ", DENIED),
    ("access denied", DENIED),
    ("Access denied", DENIED),
    ("not exported", DENIED),
    ("Permission denied", DENIED),
    ("insufficient permission", DENIED),
    // The name before the trust: some libraries say both of a wrong name.
    ("no alternative certificate subject name matches", NAME),
    ("does not match target host name", NAME),
    ("server certificate verification failed", CERTIFICATE),
    ("SSL certificate problem", CERTIFICATE),
    ("certificate is not trusted", CERTIFICATE),
    ("An unexpected TLS packet was received", NO_TLS),
    ("wrong version number", NO_TLS),
    ("packet length too long", NO_TLS),
    ("record overflow", NO_TLS),
    ("Received HTTP/0.9 when not allowed", NO_HTTP),
    ("not supported or disabled in libcurl", LESS_SAFE),
    ("' not allowed", LESS_SAFE),
    ("unable to update url base from redirection", REDIRECTS),
    ("redirects followed", REDIRECTS),
    ("Read-only file system", FULL),
    ("No space left on device", FULL),
    ("Disk quota exceeded", FULL),
];

/// What is full or not to be written, with what to do where that is said of our own disk.
pub(super) const FULL_HERE: (&[&str], &str) = (
    &["Read-only file system", "No space left on device", "Disk quota exceeded"],
    "make room in the temporary folder of the worker",
);

/// Any other 4xx is final as well, but for these.
pub(super) const STATUS: &str = "returned error: 4";
pub(super) const PASSING_STATUSES: &[&str] = &["returned error: 408", "returned error: 425", "returned error: 429"];

/// There is no such server, or nothing listens there: it may also be switched off.
pub(super) const UNREACHED: &[&str] = &[
    "Could not resolve host",
    "Could not resolve hostname",
    "Failed to connect",
    "Could not connect to server",
    "Connection refused",
    "No route to host",
    "Network is unreachable",
];

/// How a proxy says that it can't reach the server: CONNECT fails, in the words of old and new curls.
pub(super) const NO_TUNNEL: &[&str] = &["CONNECT tunnel failed", "from proxy after CONNECT"];

/// The server can't do it this way; there is a plainer one.
pub(super) const PLAINER: &[&str] = &[
    "does not support shallow",
    "does not support --depth",
    "unadvertised object",
    "not our ref",
    "filter '",
    "filtering not",
    "invalid filter-spec",
];

/// Our copy has another object format than the repository.
pub(super) const OTHER_FORMAT: &[&str] = &["mismatched algorithms", "does not support this repository's object format"];

/// A connection that broke, whatever else git makes of what came until then.
pub(super) const BROKEN_OFF: &[&str] = &[
    "unable to access",
    "early EOF",
    "disconnect",
    "hung up",
    "RPC failed",
    "transfer closed",
    "remote error",
    "ssh: ",
    "onnection ",
    "no answer within",
];

/// Our own copy is damaged, said of it by git itself.
pub(super) const DAMAGE: &[&str] = &[
    "not a git repository",
    "bad config",
    "bad object",
    "invalid object",
    "bad tree object",
    "is not a tree",
    "not a tree object",
    "not a valid object",
    "Not a valid",
    "Not a commit",
    "valid object name",
    "is corrupt",
    "object file",
    "object corrupt",
    "unable to read tree",
    "unable to read sha1",
    "unable to unpack",
    "unable to parse",
    "unable to resolve reference",
    "could not parse",
    "could not read tree",
    "hash mismatch",
    "missing blob",
    "missing tree",
    "missing commit",
    "inflate",
    "error: packfile ",
    "pack index",
    "index file",
    "ailed to traverse parents",
    "did not send all necessary objects",
    "cannot lock ref 'refs/davos/",
    "bad ref",
    "broken ref",
    "bad shallow",
    ".lock': File exists",
    "an't load tree",
];

/// How a server says that the branch has moved on: git's own words before the push, and those of a receiver that another
/// push overtook (git's builtin/receive-pack.c, refs/files-backend.c).
pub(super) const LOST: &[&str] = &[
    "fetch first",
    "non-fast-forward",
    "stale info",
    "cannot lock ref",
    "failed to lock",
    "failed to update ref",
    "incorrect old value provided",
    "reference already exists",
];

/// Commits are to be signed: GitHub, GitLab, Gitea and Forgejo, hooks.
pub(super) const SIGNED: &[&str] = &["signature", "must be signed", "not signed", "unsigned", "signed commits", "GPG"];

/// A server that refuses a ref because something within it fails.
pub(super) const PASSING: &[&str] =
    &["unpack", "missing necessary objects", "nternal", "unable to migrate", "timeout", "failed to write"];

/// git's own framing, which tells nobody anything, and what ssh says of a changed host key: how to mend a file that is ours,
/// and fears. The facts are on other lines.
pub(super) const FRAMING: &[&str] = &[
    "hint:",
    "To ",
    "error: failed to push some refs",
    "fatal: Could not read from remote repository",
    "Please make sure you have the correct access rights",
    "and the repository exists",
    "Everything up-to-date",
    "Pushing to ",
    "Warning: Permanently added",
    // The program is ours.
    "error: unable to read askpass response",
    "warning: filtering not recognized",
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
