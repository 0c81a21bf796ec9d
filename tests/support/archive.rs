//! An archive as Debian's tools lay one out, on disk: it can be served, or asked as it is.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::server::{Reply, Request, Server};

/// A binary package in an index.
#[derive(Debug, Clone)]
pub(crate) struct InPool {
    pub(crate) name: String,
    pub(crate) version: String,
    /// The source package, and its version where that is another.
    pub(crate) source: Option<(String, String)>,
    pub(crate) component: &'static str,
    pub(crate) phased: Option<u8>,
    /// Whether the file is there.
    pub(crate) has_file: bool,
}

/// A package of `main`, with its file.
pub(crate) fn in_pool(name: &str, version: &str) -> InPool {
    let (name, version) = (name.to_owned(), version.to_owned());
    InPool { name, version, source: None, component: "main", phased: None, has_file: true }
}

impl InPool {
    fn file(&self) -> String {
        let bare = self.version.split_once(':').map_or(self.version.as_str(), |(_, rest)| rest);
        let source = self.source.as_ref().map_or(&self.name, |(name, _)| name);
        format!("pool/{}/{}/{source}/{}_{bare}_amd64.deb", self.component, &source[..1], self.name)
    }

    fn entry(&self) -> String {
        let mut entry = format!("Package: {}\nArchitecture: amd64\nVersion: {}\n", self.name, self.version);
        if let Some((source, version)) = &self.source {
            let own = if *version == self.version { String::new() } else { format!(" ({version})") };
            let _ = writeln!(entry, "Source: {source}{own}");
        }
        let _ = write!(entry, "Priority: optional\nDepends: libc6 (>= 2.35)\nFilename: {}\nSize: 4\n", self.file());
        let _ = write!(entry, "Description: some package\n of which more\n .\n Version: 99:0 in a description\n");
        if let Some(percentage) = self.phased {
            let _ = writeln!(entry, "Phased-Update-Percentage: {percentage}");
        }
        entry
    }
}

/// How a suite is laid out.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) by_hash: bool,
    /// The endings of the indices: of `""`, `.gz` and `.xz`.
    pub(crate) packed: Vec<&'static str>,
    /// The architectures whose indices are listed; only amd64 is there.
    pub(crate) architectures: Vec<&'static str>,
    /// The components whose indices are listed and not there.
    pub(crate) missing: Vec<&'static str>,
    pub(crate) signed: bool,
}

impl Default for Layout {
    /// As Ubuntu's own.
    fn default() -> Layout {
        let packed = vec!["", ".gz", ".xz"];
        Layout { by_hash: true, packed, architectures: vec!["amd64"], missing: Vec::new(), signed: true }
    }
}

/// An archive in a folder.
pub(crate) struct ArchiveOnDisk {
    root: PathBuf,
    pub(crate) layout: Layout,
}

impl ArchiveOnDisk {
    pub(crate) fn new(root: PathBuf) -> ArchiveOnDisk {
        fs::create_dir_all(&root).expect("a folder");
        ArchiveOnDisk { root, layout: Layout::default() }
    }

    /// Its address on disk.
    pub(crate) fn address(&self) -> String {
        format!("file://{}/", self.root.display())
    }

    /// Publishes a suite as it is at a time, in place of what it was.
    pub(crate) fn publish(&self, suite: &str, at: Timestamp, packages: &[InPool]) {
        let folder = self.root.join("dists").join(suite);
        let _ = fs::remove_dir_all(&folder);
        let mut components: BTreeMap<&str, String> = BTreeMap::from([("main", String::new())]);
        components.extend(self.layout.missing.iter().map(|name| (*name, String::new())));
        for package in packages {
            let index = components.entry(package.component).or_default();
            let _ = writeln!(index, "{}", package.entry());
            let file = self.root.join(package.file());
            match package.has_file {
                true => write(&file, b"!<ar"),
                false => fs::remove_file(file).unwrap_or_default(),
            }
        }
        let mut listed = String::new();
        for (component, index) in &components {
            for architecture in &self.layout.architectures {
                for ending in ["", ".gz", ".xz"] {
                    let bytes = packed(index.as_bytes(), ending);
                    let digest = hex(&bytes);
                    let path = format!("{component}/binary-{architecture}");
                    if self.layout.packed.contains(&ending) {
                        let _ = writeln!(listed, " {digest} {:>8} {path}/Packages{ending}", bytes.len());
                    }
                    let is_there = self.layout.packed.contains(&ending) && *architecture == "amd64";
                    if is_there && !self.layout.missing.contains(component) {
                        write(&folder.join(&path).join(format!("Packages{ending}")), &bytes);
                        if self.layout.by_hash {
                            write(&folder.join(&path).join("by-hash/SHA256").join(digest), &bytes);
                        }
                    }
                }
            }
            let _ = writeln!(listed, " {} {:>8} {component}/debian-installer/binary-amd64/Packages.gz", hex(b"x"), 1);
            let _ = writeln!(listed, " {} {:>8} {component}/source/Sources.gz", hex(b"y"), 1);
        }
        let date = at.strftime("%a, %d %b %Y %H:%M:%S UTC");
        let by_hash = if self.layout.by_hash { "Acquire-By-Hash: yes\n" } else { "" };
        let body = format!(
            "Origin: Ubuntu\nLabel: Ubuntu\nSuite: {suite}\nCodename: jammy\nDate: {date}\nComponents: main universe\n{by_hash}MD5Sum:\n 0cc1 1 main/binary-amd64/Packages\nSHA256:\n{listed}"
        );
        let (name, text) = match self.layout.signed {
            true => ("InRelease", signed(&body)),
            false => ("Release", body),
        };
        write(&folder.join(name), text.as_bytes());
    }

    /// Serves it: a file with its digest as an ETag, and 304 for whoever has it.
    pub(crate) fn serve(&self) -> Server {
        let root = self.root.clone();
        Server::start(move |request| answer(&root, request))
    }
}

/// What a web server answers that has this folder.
pub(crate) fn answer(root: &Path, request: &Request) -> Reply {
    let path = percent_encoding::percent_decode_str(&request.path).decode_utf8_lossy().into_owned();
    match fs::read(root.join(path.trim_start_matches('/'))) {
        Err(_) => Reply::new(404, "no such file"),
        Ok(_) if request.method == "HEAD" => Reply::ok(""),
        Ok(bytes) => {
            let etag = format!("\"{}\"", hex(&bytes));
            let has_it = request.header("If-None-Match") == Some(etag.as_str());
            let reply = if has_it { Reply::new(304, "") } else { Reply::ok(bytes) };
            reply.header("ETag", etag)
        }
    }
}

/// A text as it is signed within.
pub(crate) fn signed(body: &str) -> String {
    format!(
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n{body}-----BEGIN PGP SIGNATURE-----\n\niQIzBAEBCgAdFiEE\n=abcd\n-----END PGP SIGNATURE-----\n"
    )
}

/// Bytes as a file with this ending has them.
pub(crate) fn packed(bytes: &[u8], ending: &str) -> Vec<u8> {
    match ending {
        ".gz" => {
            let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
            packer.write_all(bytes).and_then(|()| packer.finish()).expect("packed")
        }
        ".xz" => {
            let mut packer = liblzma::write::XzEncoder::new(Vec::new(), 1);
            packer.write_all(bytes).and_then(|()| packer.finish()).expect("packed")
        }
        _ => bytes.to_vec(),
    }
}

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, bytes).expect("written");
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
