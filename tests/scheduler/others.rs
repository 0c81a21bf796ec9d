//! Resources of other types, as far as the pipelines need them.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::resource::Version;
use crate::world::World;

fn version(key: &str, value: &str) -> Version {
    Version::from([(key.to_owned(), value.to_owned())])
}

/// What the first check finds.
pub(crate) fn first_version(kind: &str, source: &Value) -> Option<Version> {
    match kind {
        "git" => Some(version("ref", "4f2c1e")),
        "semver" => Some(version("number", source["initial_version"].as_str()?)),
        _ => None,
    }
}

impl World {
    /// A get of such a resource.
    pub(crate) fn get_other(&self, at: usize, name: &str, got: &Version, params: &Value, folder: &Path) {
        let resource = &self.pipelines[at].resources[name];
        let write = |file: &str, text: &str| fs::write(folder.join(file), text).expect("written");
        match resource.kind.as_str() {
            "git" => {
                let lines = lines(&self.installed(&self.pipelines[at].name));
                write("receipt", &lines);
                write("dpkg-list.txt", &lines);
            }
            "semver" => {
                let numbers: Vec<u64> = got["number"].split('.').map(|part| part.parse().expect("a number")).collect();
                let minor = numbers[1] + u64::from(params["bump"] == "minor");
                write("version", &format!("{}.{minor}.0", numbers[0]));
            }
            "s3" if params["unpack"] == true => {
                let key = (self.pipelines[at].name.clone(), name.to_owned(), got["path"].clone());
                for (file, content) in self.kept[&key].as_object().expect("files") {
                    write(file, content.as_str().expect("text"));
                }
            }
            _ => {}
        }
    }

    /// A put to such a resource: the version that it answers with. Files that the params name have to be there.
    pub(crate) fn put_other(&mut self, at: usize, name: &str, params: &Value, build: &Path) -> Version {
        let pipeline = &self.pipelines[at];
        let file = |key: &str| params[key].as_str().map(|path| build.join(path));
        let named = ["body", "name", "tag", "text_file"].into_iter().filter_map(file);
        let globs =
            params["globs"].as_array().into_iter().flatten().map(|glob| build.join(glob.as_str().expect("text")));
        for path in named.chain(globs) {
            assert!(path.is_file(), "{} has no {}", pipeline.name, path.display());
        }
        match pipeline.resources[name].kind.as_str() {
            "semver" => {
                let number = fs::read_to_string(file("file").expect("a file")).expect("a version");
                version("number", number.trim())
            }
            "s3" => {
                let (folder, pattern) = params["file"].as_str().and_then(|f| f.split_once('/')).expect("a glob");
                let start = pattern.split('*').next().expect("a name");
                let files = fs::read_dir(build.join(folder)).expect("the artifact");
                let mut names = files.map(|file| file.expect("a file").file_name().into_string().expect("text"));
                let found = names.find(|name| name.starts_with(start)).expect("the file");
                let content = fs::read(build.join(folder).join(&found)).expect("the file");
                let key = (pipeline.name.clone(), name.to_owned(), found.clone());
                self.kept.insert(key, serde_json::from_slice(&content).expect("the files in it"));
                version("path", &found)
            }
            _ => version("id", &format!("{}", self.now)),
        }
    }

    /// What the images of a pipeline install.
    pub(crate) fn installed(&self, pipeline: &str) -> std::collections::BTreeMap<String, String> {
        match pipeline {
            "stemcell" => self.distribution.installed(10..50, true),
            "dependents" => self.distribution.installed(25..35, false),
            _ => self.distribution.installed(0..30, false),
        }
    }

    /// A task: the files that it leaves, or `false` if it fails.
    pub(crate) fn task(&mut self, at: usize, job: &str, task: &str, build: &Path) -> bool {
        if self.trouble && self.rng.u32(0..25) == 0 {
            return false;
        }
        let name = self.pipelines[at].name.clone();
        let read = |file: &str| fs::read_to_string(build.join(file)).expect("a file").trim().to_owned();
        let built = build.join("built");
        fs::create_dir_all(&built).expect("a folder");
        let write = |file: &str, text: &str| fs::write(built.join(file), text).expect("written");
        let packages = self.installed(&name);
        let receipt = lines(&packages);
        match (name.as_str(), job, task) {
            ("rootfs", "build", "build") => {
                let version = read("version/version");
                let files = json!({"version": version, "receipt": receipt, "rootfs.tar.gz": "an archive"});
                write(&format!("candidate-{version}.tgz"), &files.to_string());
                self.truth.insert(("cflinuxfs4".to_owned(), version), packages);
            }
            ("rootfs", "test", "test") => {}
            ("stemcell", _, "build") => {
                let version = read("version/version").trim_end_matches(".0").to_owned();
                let files = json!({"version": version, "packages": receipt});
                let iaas = job.trim_start_matches("build-");
                write(&format!("{iaas}-{version}.tgz"), &files.to_string());
                // The union counts: the lowest of each.
                let truth = self.truth.entry(("ubuntu-jammy-stemcell".to_owned(), version)).or_default();
                for (package, version) in packages {
                    truth.entry(package).or_insert(version);
                }
            }
            ("dependents", "build", "build") => {
                let version =
                    format!("0.{}.0", self.truth.keys().filter(|(product, _)| product == "runtime").count() + 1);
                write("version", &version);
                write("packages", &receipt);
                self.truth.insert(("runtime".to_owned(), version), packages);
            }
            other => panic!("this model knows nothing of the task {other:?}"),
        }
        true
    }
}

pub(crate) fn lines(packages: &std::collections::BTreeMap<String, String>) -> String {
    packages.iter().map(|(name, version)| format!("{name}={version}\n")).collect()
}
