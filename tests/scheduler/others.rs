//! Stand-ins for the resource types of others. Where the pipelines depend on something, they do it as the real ones do; the
//! source of each such fact is named beside it.

use std::fs;
use std::path::Path;

use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::{Value, json};

use crate::scheduler::plan::text;
use crate::scheduler::resource::Version;
use crate::scheduler::world::{TICK, World};

/// The longest message that a chat shows whole.
const LONGEST_MESSAGE: usize = 1500;

fn version(key: &str, value: &str) -> Version {
    Version::from([(key.to_owned(), value.to_owned())])
}

/// What a check finds, given the newest version so far.
pub(crate) fn check(kind: &str, source: &Value, last: Option<&Version>, now: Timestamp) -> Vec<Version> {
    match (kind, last) {
        ("git", None) => vec![version("ref", "4f2c1e")],
        ("semver", None) => vec![version("number", &text(&source["initial_version"]))],
        ("time", last) => time(source, last, now),
        _ => Vec::new(),
    }
}

/// The time resource (check_command.go, lord/time_lord.go): the first version at once if `initial_version` is set; then one
/// within the hours from `start` to `stop`, if the last is `interval` ago.
fn time(source: &Value, last: Option<&Version>, now: Timestamp) -> Vec<Version> {
    let now_version = version("time", &now.to_string());
    let Some(last) = last else {
        let is_wanted = source["initial_version"] == true || is_in_hours(source, now);
        return is_wanted.then_some(now_version).into_iter().collect();
    };
    let hours =
        source["interval"].as_str().and_then(|interval| interval.strip_suffix('h')).expect("an interval in hours");
    let interval = SignedDuration::from_hours(hours.parse().expect("a number"));
    let is_due = now.duration_since(last["time"].parse().expect("a time")) >= interval;
    let new = (is_due && is_in_hours(source, now)).then_some(now_version);
    std::iter::once(last.clone()).chain(new).collect()
}

/// Whether a check a minute would have hit the hours since the last tick. This world lives in UTC, wherever the pipeline does.
fn is_in_hours(source: &Value, now: Timestamp) -> bool {
    let Some(start) = source["start"].as_str() else { return true };
    let hour: i8 = start.strip_suffix(":00 AM").and_then(|hour| hour.parse().ok()).expect("a full hour in the morning");
    let passed = (0..TICK.as_hours()).map(|back| now - back.hours());
    passed.map(|at| at.to_zoned(jiff::tz::TimeZone::UTC).hour()).any(|passed| passed == hour)
}

/// The next version; a third part that a minor bump sets to zero.
fn bumped(number: &str, bump: &Value) -> String {
    let numbers: Vec<u64> = number.split('.').map(|part| part.parse().expect("a number")).collect();
    match bump.as_str() {
        Some("minor") => format!("{}.{}.0", numbers[0], numbers[1] + 1),
        None => number.to_owned(),
        other => panic!("this model knows no bump {other:?}"),
    }
}

impl World {
    /// A get of such a resource.
    pub(crate) fn get_other(&self, at: usize, name: &str, got: &Version, params: &Value, folder: &Path) {
        let resource = &self.pipelines[at].resources[name];
        let write = |file: &str, text: &str| {
            let path = folder.join(file);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("written");
        };
        match resource.kind.as_str() {
            "git" if self.pipelines[at].name == "status" => {
                let made = std::process::Command::new("git").args(["init", "--quiet"]).arg(folder).status();
                assert!(made.expect("git").success(), "no repository");
            }
            "git" => {
                let installed = lines(&self.installed(&self.pipelines[at].name));
                write("receipt", &installed);
                write("dpkg-list.txt", &installed);
                for (path, content) in &self.files {
                    write(path, content);
                }
            }
            "semver" => write("version", &bumped(&got["number"], &params["bump"])),
            "s3" => {
                // in/command.go: what is unpacked first, and then its own files over it. `version` is what the regular
                // expression takes from the name, with three numbers.
                let path = &got["path"];
                if params["unpack"] == true && params["skip_download"] != "true" {
                    let key = (self.pipelines[at].name.clone(), name.to_owned(), path.clone());
                    for (file, content) in self.kept[&key].as_object().expect("files") {
                        write(file, content.as_str().expect("text"));
                    }
                }
                let number = path.rsplit('-').next().and_then(|rest| rest.strip_suffix(".tgz")).expect("a version");
                let missing = 3_usize.saturating_sub(number.split('.').count());
                write("version", &format!("{number}{}", ".0".repeat(missing)));
                write("url", &format!("https://bucket.example/{path}"));
            }
            _ => {}
        }
    }

    /// A put to such a resource: the version that it answers with, or `None` if it fails. Files that the params name have to
    /// be there.
    pub(crate) fn put_other(&mut self, at: usize, name: &str, params: &Value, build: &Path) -> Option<Version> {
        let file = |key: &str| params[key].as_str().map(|path| build.join(path));
        let read = |path: &Path| {
            fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).trim().to_owned()
        };
        let kind = self.pipelines[at].resources[name].kind.clone();
        Some(match kind.as_str() {
            // out/main.go: a file is set; a bump counts on from what is there, not from what was got.
            "semver" => {
                let resource = &self.pipelines[at].resources[name];
                let newest = resource
                    .rows
                    .last()
                    .map_or_else(|| text(&resource.source["initial_version"]), |v| v["number"].clone());
                version("number", &file("file").map_or_else(|| bumped(&newest, &params["bump"]), |path| read(&path)))
            }
            "s3" => self.upload(at, name, params, build),
            "github-release" => {
                let (name, tag) = (read(&file("name").expect("a name")), read(&file("tag").expect("a tag")));
                assert_eq!(name, tag, "the release's name and tag");
                let body = file("body").expect("a body");
                // out_command.go: a glob that nothing matches fails the put.
                let globs = params["globs"].as_array().expect("globs").iter().map(|glob| build.join(text(glob)));
                let assets: Vec<_> = globs.map(|path| (path.clone(), read(&path))).collect();
                self.look_at_publication(&tag, &body, &assets);
                version("tag", &format!("{}{tag}", text(&params["tag_prefix"])))
            }
            // out: a file that is missing is no failure; the message only says that there is none.
            "slack" => {
                if let Some(path) = file("text_file") {
                    let content = read(&path);
                    assert!(content.chars().count() <= LONGEST_MESSAGE, "{}: too long for a chat", path.display());
                }
                if self.trouble && self.rng.u32(0..6) == 0 {
                    return None;
                }
                version("timestamp", &self.now.to_string())
            }
            "time" => version("time", &self.now.to_string()),
            "git" => version("ref", &format!("{:x}", self.rng.u64(..))),
            other => panic!("this model knows no put to {other}"),
        })
    }

    /// s3's put (out/command.go): the one file that the pattern matches, beside what the regular expression names.
    fn upload(&mut self, at: usize, name: &str, params: &Value, build: &Path) -> Version {
        let source = &self.pipelines[at].resources[name].source;
        if source.get("versioned_file").is_some() {
            let path = build.join(text(&params["file"]));
            assert!(path.is_file(), "{} is not there", path.display());
            return version("version_id", &format!("{:x}", self.rng.u64(..)));
        }
        let (folder, pattern) = params["file"].as_str().and_then(|f| f.split_once('/')).expect("a glob");
        let (start, end) = pattern.split_once('*').expect("a name");
        let files = fs::read_dir(build.join(folder)).expect("the artifact");
        let names = files.map(|file| file.expect("a file").file_name().into_string().expect("text"));
        let found: Vec<String> = names.filter(|name| name.starts_with(start) && name.ends_with(end)).collect();
        let [found] = found.as_slice() else { panic!("{pattern} matches {found:?}") };
        let content = fs::read(build.join(folder).join(found)).expect("the file");
        let regexp = text(&self.pipelines[at].resources[name].source["regexp"]);
        let path = format!("{}/{found}", regexp.rsplit_once('/').expect("a folder").0);
        let key = (self.pipelines[at].name.clone(), name.to_owned(), path.clone());
        self.kept.insert(key, serde_json::from_slice(&content).expect("the files in it"));
        version("path", &path)
    }

    /// What is published under a version speaks of that version.
    fn look_at_publication(&mut self, tag: &str, body: &Path, assets: &[(std::path::PathBuf, String)]) {
        let release = body.parent().expect("the folder of a get");
        let got = fs::read_to_string(release.join("version")).expect("the version of the get");
        assert_eq!(got.trim(), tag, "the notes published under {tag} are those of another release");
        let notes = fs::read_to_string(body).expect("the notes");
        assert!(notes.contains(tag), "the notes published under {tag} don't speak of it: {notes}");
        let (_, vex) = assets.iter().find(|(path, _)| path.ends_with("release/openvex.json")).expect("the VEX");
        let vex: Value = serde_json::from_str(vex).expect("JSON");
        let statements = vex["statements"].as_array().expect("statements");
        for product in statements.iter().flat_map(|statement| statement["products"].as_array().expect("products")) {
            let id = text(&product["@id"]);
            let is_ours = !id.starts_with("pkg:generic/") || id.ends_with(&format!("@{tag}"));
            assert!(is_ours, "the VEX published under {tag} speaks of {id}");
        }
        self.published.entry(tag.to_owned()).or_default().push(notes);
    }

    /// What the images of a pipeline install.
    pub(crate) fn installed(&self, pipeline: &str) -> std::collections::BTreeMap<String, String> {
        match pipeline {
            "stemcell" => self.distribution.installed(10..50, true),
            "dependents" => self.distribution.installed(25..35, false),
            _ => self.distribution.installed(0..30, false),
        }
    }
}

pub(crate) fn lines(packages: &std::collections::BTreeMap<String, String>) -> String {
    packages.iter().map(|(name, version)| format!("{name}={version}\n")).collect()
}

/// An archive, as far as this model packs one.
pub(crate) fn archive(files: &[(&str, &str)]) -> String {
    json!(files.iter().copied().collect::<std::collections::BTreeMap<_, _>>()).to_string()
}
