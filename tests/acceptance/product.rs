//! A team with a product: a file tracker, a build folder, and the sources of its resources.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::binary::{Container, Ran};

/// A product with a tracker of its own.
pub(crate) struct Product {
    folder: TempDir,
    /// Where its steps run.
    pub(crate) container: Container,
    /// Keys of its source besides product and tracker.
    pub(crate) source: Value,
}

impl Product {
    /// A product with an empty log; `source` has the keys besides product and tracker.
    pub(crate) fn new(source: Value) -> Product {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("build")).expect("a build folder");
        Product { folder, container: Container::new(), source }
    }

    /// Where the logs are kept.
    pub(crate) fn tracker(&self) -> PathBuf {
        self.folder.path().join("tracker")
    }

    /// The build folder of a put.
    pub(crate) fn build(&self) -> PathBuf {
        self.folder.path().join("build")
    }

    /// Writes a file of the build folder.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.build().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("an artifact");
        fs::write(path, content).expect("a file");
    }

    /// The source of the resource that emits `notices` or `releases`.
    pub(crate) fn source(&self, emit: &str) -> Value {
        let mut source = json!({
            "emit": emit, "product": "cflinuxfs4", "tracker": {"driver": "file", "path": self.tracker()}
        });
        let keys = source.as_object_mut().expect("an object");
        keys.extend(self.source.as_object().expect("an object").clone());
        source
    }

    /// Checks for `notices` or `releases`.
    pub(crate) fn check(&self, emit: &str, version: Value) -> Ran {
        self.container.check(&json!({"source": self.source(emit), "version": version}))
    }

    /// Gets a version into a fresh folder; gives its files too.
    pub(crate) fn get(&self, emit: &str, version: Value) -> (Ran, BTreeMap<String, Vec<u8>>) {
        let folder = tempfile::tempdir().expect("a folder");
        let ran = self.container.get(&json!({"source": self.source(emit), "version": version}), folder.path());
        (ran, files(folder.path()))
    }

    /// Puts with these params.
    pub(crate) fn put(&self, emit: &str, params: Value) -> Ran {
        self.container.put(&json!({"source": self.source(emit), "params": params}), &self.build())
    }

    /// Records a release with these packages.
    pub(crate) fn release(&self, version: &str, packages: impl AsRef<[u8]>) -> Ran {
        self.write("rootfs/packages", packages);
        self.put("releases", json!({"version": version, "packages_file": "rootfs/packages"}))
    }

    /// The events of the log, in order.
    pub(crate) fn log(&self) -> Vec<Value> {
        let parse = |bytes: &Vec<u8>| serde_json::from_slice(bytes).expect("an event");
        self.log_files().values().map(parse).collect()
    }

    /// The files of the log by their names, the packages beside it included.
    pub(crate) fn log_files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = files(&self.tracker().join("cflinuxfs4"));
        files.retain(|name, _| name.ends_with(".json"));
        files
    }
}

/// All files in a folder by their paths in it.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let Ok(entries) = fs::read_dir(folder) else { return found };
    for entry in entries {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)));
        } else {
            found.insert(name, fs::read(&path).expect("a file"));
        }
    }
    found
}

/// Packages as `name=version` lines.
pub(crate) fn packages(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}
