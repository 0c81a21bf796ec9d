//! Tasks: what stands in a pipeline runs as it stands there; what stands in a file of another repository has a stand-in that
//! leaves what the pipeline's comments say.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::scheduler::build::copy;
use crate::scheduler::others::{archive, lines};
use crate::scheduler::plan::{Task, text};
use crate::scheduler::resource::scratch;
use crate::scheduler::world::World;

impl World {
    /// A task: the files that it leaves in the build folder, or `false` if it fails.
    pub(crate) fn task(&mut self, at: usize, job: &str, task: &Task, build: &Path) -> bool {
        if let Some(config) = &task.config {
            return run(config, &task.params, build);
        }
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
        match (name.as_str(), job, task.name.as_str()) {
            ("rootfs", "build", "build") => {
                let version = read("version/version");
                let files = archive(&[("receipt", &receipt), ("rootfs.tar.gz", "an archive")]);
                write(&format!("candidate-{version}.tgz"), &files);
                self.truth.insert(("cflinuxfs4".to_owned(), version), packages);
            }
            ("rootfs", "test", "test") => {}
            ("stemcell", _, "build") => {
                let version = read("version/version").trim_end_matches(".0").to_owned();
                let files = archive(&[("number", &version), ("packages", &receipt)]);
                let iaas = job.trim_start_matches("build-");
                write(&format!("{iaas}-{version}.tgz"), &files);
                // The union counts: the lowest of each.
                let truth = self.truth.entry(("ubuntu-jammy-stemcell".to_owned(), version)).or_default();
                for (package, version) in packages {
                    truth.entry(package).or_insert(version);
                }
            }
            ("dependents" | "monthly" | "migrate", _, "build") => {
                let product = if name == "dependents" { "runtime" } else { "cflinuxfs4" };
                let built = self.truth.keys().filter(|(known, _)| known == product).count();
                let version = format!("{}.{}.0", if name == "dependents" { 0 } else { 2 }, built + 1);
                write("version", &version);
                write(if name == "dependents" { "packages" } else { "receipt" }, &receipt);
                self.truth.insert((product.to_owned(), version), packages);
            }
            other => panic!("this model knows nothing of the task {other:?}"),
        }
        true
    }
}

/// Runs what the config says, in a folder with its inputs and outputs and nothing else.
fn run(config: &Value, params: &Value, build: &Path) -> bool {
    let place = scratch();
    let names =
        |key: &str| config[key].as_array().into_iter().flatten().map(|item| text(&item["name"])).collect::<Vec<_>>();
    for input in names("inputs") {
        copy(&build.join(&input), &place.path().join(&input));
    }
    for output in names("outputs") {
        fs::create_dir_all(place.path().join(output)).expect("an output");
    }
    let mut env: BTreeMap<String, String> = BTreeMap::new();
    for params in [&config["params"], params] {
        env.extend(params.as_object().into_iter().flatten().map(|(key, value)| (key.clone(), text(value))));
    }
    let args: Vec<String> = config["run"]["args"].as_array().into_iter().flatten().map(text).collect();
    let ran = Command::new(text(&config["run"]["path"])).args(args).envs(env).current_dir(place.path()).output();
    let ran = ran.expect("the program of the task");
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(said.is_empty(), "a task has nothing to say on stderr: {said}");
    for output in names("outputs") {
        copy(&place.path().join(&output), &build.join(&output));
    }
    ran.status.success()
}
