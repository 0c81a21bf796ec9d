//! What git needs to get in: credentials, known hosts, certificates.
//!
//! Secrets are never in an argument and never in a file that has a name: who is killed can't remove one.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use url::Url;

use super::config::{Credentials, GitConfig, Remote, Transport};
use crate::http::CurlProxy;

/// Prints the credentials out of its environment, which only git's own children have, and to nobody but the server that
/// they are for: git follows redirects and asks for the credentials of where it lands.
const ASKPASS: &str = r#"#!/bin/sh
case "$1" in
  "Username for '"*"://$DAVOS_HOST': ") printf '%s\n' "$DAVOS_USERNAME" ;;
  "Password for '"*"@$DAVOS_HOST': ") printf '%s\n' "$DAVOS_PASSWORD" ;;
  *) exit 1 ;;
esac
"#;

/// A server that says nothing for 15 seconds is given up. Objects that are larger than any event are never held in memory by
/// git, and what is asked for by name is sent in one piece, which every proxy understands.
const SETTINGS: &str = "[credential]\n\thelper =\n[http]\n\tlowSpeedLimit = 1\n\tlowSpeedTime = 15\n\tpostBuffer = 16m\n\
    [core]\n\tbigFileThreshold = 16m\n\tdeltaBaseCacheLimit = 16m\n";

/// Where distributions keep all certificates in one file (Debian, Red Hat, Alpine and macOS).
const BUNDLES: &[&str] =
    &["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

/// Where curl looks for proxies.
const PROXIES: &[&str] =
    &["http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"];

/// What git needs to get in, as variables of its environment and files without secrets.
pub(super) struct Access {
    pub(super) environment: Vec<(&'static str, OsString)>,
    /// The private key: an open file without a name, gone when the last who has it open is gone.
    _key: Option<File>,
}

impl Access {
    /// Writes the files into `files`, a folder of ours alone; `shared` keeps the ssh keys of servers from run to run.
    pub(super) fn prepare(config: &GitConfig, ca_certs: &[String], files: &Path, shared: &Path) -> io::Result<Access> {
        fs::create_dir_all(files)?;
        let transport = config.remote.transport();
        let mut gitconfig = String::from(SETTINGS);
        let mut environment: Vec<(&'static str, OsString)> = vec![
            ("HOME", files.into()),
            ("GIT_CONFIG_GLOBAL", files.join("gitconfig").into()),
            ("GIT_ALLOW_PROTOCOL", protocols(transport).into()),
        ];
        let mut kept = None;
        match &config.credentials {
            Credentials::Password { username, password } => {
                let askpass = files.join("askpass");
                write(&askpass, ASKPASS, 0o700)?;
                environment.extend([
                    ("GIT_ASKPASS", askpass.into()),
                    ("DAVOS_HOST", config.remote.host().into()),
                    ("DAVOS_USERNAME", username.into()),
                    ("DAVOS_PASSWORD", password.reveal().into()),
                ]);
            }
            Credentials::PrivateKey(key) => {
                let mut file = tempfile::tempfile_in(files)?;
                // ssh refuses a key that others may read.
                file.set_permissions(fs::Permissions::from_mode(0o600))?;
                file.write_all(key.reveal().as_bytes())?;
                // Opened by this path, it is read from its start, by this user alone (proc(5)).
                let path = format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd());
                let ssh_config = files.join("ssh_config");
                write(&ssh_config, &ssh_settings(config, &path, files, shared)?, 0o600)?;
                environment.extend([
                    ("GIT_SSH_COMMAND", format!("ssh -F {}", quoted(&ssh_config.to_string_lossy())).into()),
                    ("GIT_SSH_VARIANT", "ssh".into()),
                ]);
                kept = Some(file);
            }
            Credentials::None => {}
        }
        if transport == Transport::Local {
            // git wants to know that the folder of another user is meant (git-config(1), safe.directory). The pipeline
            // names it, and `-c` doesn't reach the program that serves it.
            gitconfig.push_str("[safe]\n\tdirectory = *\n");
        }
        let system = std::env::var_os("SSL_CERT_FILE");
        // http may lead on to https.
        if matches!(transport, Transport::Http | Transport::Https) && (!ca_certs.is_empty() || system.is_some()) {
            // git takes one file instead of the system's, not besides.
            let bundle = files.join("certificates.pem");
            write(&bundle, &certificates(ca_certs, system), 0o600)?;
            environment.push(("GIT_SSL_CAINFO", bundle.into()));
        }
        environment.extend(way(&config.remote).0);
        write(&files.join("gitconfig"), &gitconfig, 0o600)?;
        Ok(Access { environment, _key: kept })
    }
}

/// The variables that lead to the server, and through which proxy that is, in brackets.
pub(super) fn way(remote: &Remote) -> (Vec<(&'static str, OsString)>, String) {
    let url = matches!(remote.transport(), Transport::Http | Transport::Https).then(|| Url::parse(remote.address()));
    let Some(Ok(url)) = url else { return (Vec::new(), String::new()) };
    match CurlProxy::of(&url, |name| std::env::var(name).ok()) {
        Ok(told) => (told.variables.into_iter().map(|(name, value)| (name, value.into())).collect(), told.through),
        // curl speaks to more kinds of proxies than we do, or says what is wrong.
        Err(_) => (PROXIES.iter().filter_map(|&name| Some((name, std::env::var_os(name)?))).collect(), String::new()),
    }
}

/// What git may speak, also after a redirect: never an address that runs a program (`ext::`), and nothing less safe than
/// what the pipeline names.
fn protocols(transport: Transport) -> &'static str {
    match transport {
        Transport::Http => "http:https",
        Transport::Https => "https",
        Transport::Ssh => "ssh",
        Transport::Local => "file",
    }
}

/// The settings of ssh. Without `known_hosts` in the source, the keys that the image or an earlier run knows count, and a
/// server that is new is believed once; see docs/decisions/0007-git.md.
fn ssh_settings(config: &GitConfig, key: &str, files: &Path, shared: &Path) -> io::Result<String> {
    let name = |path: &Path| path.to_string_lossy().replace('%', "%%");
    let hosts = match &config.known_hosts {
        Some(lines) => {
            let path = files.join("known_hosts");
            write(&path, lines, 0o600)?;
            format!(
                "StrictHostKeyChecking yes\nGlobalKnownHostsFile /dev/null\nUserKnownHostsFile \"{}\"\n",
                name(&path)
            )
        }
        None => format!(
            "StrictHostKeyChecking accept-new\nUserKnownHostsFile \"{}\" ~/.ssh/known_hosts\n",
            name(&shared.join("known_hosts"))
        ),
    };
    Ok(format!(
        "IdentityFile {key}\nIdentitiesOnly yes\nIdentityAgent none\nBatchMode yes\nPasswordAuthentication no\n\
         KbdInteractiveAuthentication no\nForwardAgent no\nForwardX11 no\nUpdateHostKeys no\nCheckHostIP no\n\
         ConnectTimeout 15\nServerAliveInterval 15\nServerAliveCountMax 3\nLogLevel ERROR\n{hosts}"
    ))
}

/// The system's certificates with those of the pipeline.
fn certificates(ca_certs: &[String], system: Option<OsString>) -> String {
    let told = system.and_then(|path| fs::read_to_string(path).ok());
    let bundle = || BUNDLES.iter().find_map(|path| fs::read_to_string(path).ok());
    let mut all = told.or_else(bundle).unwrap_or_default();
    for certificate in ca_certs {
        all.push('\n');
        all.push_str(certificate.trim());
        all.push('\n');
    }
    all
}

/// As one word of a shell, which is what git gives `GIT_SSH_COMMAND` to.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

fn write(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    // What an earlier run left may be open for execution, which would forbid writing to it.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    file.set_permissions(fs::Permissions::from_mode(mode))?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn ssh(known_hosts: Option<&str>) -> GitConfig {
        let mut config = GitConfig::new("git@git.example:log.git".parse().expect("an address"));
        config.credentials = Credentials::PrivateKey(crate::text::Secret::new("the key\n"));
        config.known_hosts = known_hosts.map(ToOwned::to_owned);
        config
    }

    #[test]
    fn a_private_key_has_no_name_and_can_be_read_while_we_live() {
        let folder = tempfile::tempdir().expect("a folder");
        let files = folder.path().join("files");
        let access = Access::prepare(&ssh(None), &[], &files, folder.path()).expect("access");
        let settings = fs::read_to_string(files.join("ssh_config")).expect("settings");
        let key =
            settings.lines().next().and_then(|line| line.strip_prefix("IdentityFile ")).expect("the key").to_owned();
        for entry in fs::read_dir(&files).expect("the files") {
            let path = entry.expect("a file").path();
            assert!(!fs::read_to_string(&path).expect("text").contains("the key"), "{}", path.display());
        }
        let read = Command::new("cat").arg(&key).output().expect("cat");
        assert_eq!(read.stdout, b"the key\n");
        assert_eq!(fs::metadata(&key).expect("the key").permissions().mode() & 0o777, 0o600);
        drop(access);
        assert!(fs::read(&key).map(|bytes| bytes != b"the key\n").unwrap_or(true));
    }

    #[test]
    fn hosts_are_strict_where_they_are_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let files = folder.path().join("files");
        Access::prepare(&ssh(Some("git.example ssh-ed25519 AAAA\n")), &[], &files, folder.path()).expect("access");
        let settings = fs::read_to_string(files.join("ssh_config")).expect("settings");
        assert!(settings.contains("StrictHostKeyChecking yes\nGlobalKnownHostsFile /dev/null"), "{settings}");
        Access::prepare(&ssh(None), &[], &files, folder.path()).expect("access, again");
        let settings = fs::read_to_string(files.join("ssh_config")).expect("settings");
        assert!(settings.contains("StrictHostKeyChecking accept-new"), "{settings}");
    }

    #[test]
    fn a_password_goes_only_to_its_server() {
        let folder = tempfile::tempdir().expect("a folder");
        let config = GitConfig::new("https://bot:s3cr3t@git.example:8443/x".parse().expect("an address"));
        let access = Access::prepare(&config, &[], folder.path(), folder.path()).expect("access");
        let ask = |prompt: &str| {
            let mut askpass = Command::new(folder.path().join("askpass"));
            askpass.arg(prompt).envs(access.environment.iter().map(|(name, value)| (name, value)));
            String::from_utf8(askpass.output().expect("askpass").stdout).expect("text")
        };
        assert_eq!(ask("Username for 'https://git.example:8443': "), "bot\n");
        assert_eq!(ask("Password for 'https://bot@git.example:8443': "), "s3cr3t\n");
        assert_eq!(ask("Username for 'https://evil.example': "), "");
        assert_eq!(ask("Password for 'https://bot@evil.example': "), "");
        assert_eq!(ask("Password for 'https://bot@git.example:8443.evil.example': "), "");
        assert!(!fs::read_to_string(folder.path().join("askpass")).expect("the script").contains("s3cr3t"));
    }
}
