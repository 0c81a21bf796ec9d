//! A real OVAL file as it grew day by day, through a check a day.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use davos::step::check;
use jiff::civil::Date;
use serde_json::json;

use crate::concourse::{Resource, Version, version};
use crate::steps::{Place, run};
use crate::upstream::pack;

/// The parts of an OVAL file: what stands before and after its notices, and these with their days.
struct File {
    before: String,
    definitions: Vec<(Date, String)>,
    after: String,
}

/// The file of the corpus; says so and gives `None` where there is none.
fn mantic() -> Option<File> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/oval/com.ubuntu.mantic.usn.oval.xml.bz2");
    let Ok(packed) = fs::read(&path) else {
        println!("skipped: there is no {}", path.display());
        return None;
    };
    let mut xml = String::new();
    bzip2::read::BzDecoder::new(&packed[..]).read_to_string(&mut xml).expect("a packed text");
    let end = "</definition>";
    let (start, stop) = (xml.find("<definition ")?, xml.rfind(end)? + end.len());
    let definitions = xml[start..stop].split_inclusive(end).map(|definition| {
        let issued = definition.split_once(r#"<issued date=""#).map_or("2000-01-01", |(_, rest)| &rest[..10]);
        (issued.parse().expect("a day"), definition.to_owned())
    });
    Some(File { before: xml[..start].to_owned(), definitions: definitions.collect(), after: xml[stop..].to_owned() })
}

impl File {
    /// The file as it was at the end of a day, if there was any notice then.
    fn until(&self, day: Date) -> String {
        let issued = self.definitions.iter().filter(|(issued, _)| *issued <= day);
        let definitions: String = issued.map(|(_, definition)| definition.as_str()).collect();
        format!("{}{definitions}{}", self.before, self.after)
    }

    /// The days with notices; the first definition is none.
    fn days(&self) -> BTreeSet<Date> {
        self.definitions[1..].iter().map(|(day, _)| *day).collect()
    }
}

/// Checks at the end of each day, and gives all that became the newest version.
fn replay(file: &File, filters: serde_json::Value) -> Vec<Version> {
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
    let (oval, container) = (folder.path().join("oval"), folder.path().join("container"));
    fs::create_dir(&oval).expect("a folder");
    let mut source = json!({
        "os": "mantic", "window": "2000d", "product": "rootfs",
        "tracker": {"driver": "file", "path": folder.path().join("tracker")},
        "upstream": {"oval": format!("file://{}", oval.display()), "api": false, "rss": false},
    });
    for (key, value) in filters.as_object().expect("keys of a source") {
        source[key] = value.clone();
    }
    let mut resource = Resource::default();
    for (count, day) in file.days().into_iter().enumerate() {
        if count % 3 == 0 {
            let _ = fs::remove_dir_all(&container);
            fs::create_dir(&container).expect("a folder");
        }
        fs::write(oval.join("com.ubuntu.mantic.usn.oval.xml.bz2"), pack(&file.until(day))).expect("written");
        let mut request = json!({"source": source});
        if let Some(given) = resource.given() {
            request["version"] = json!(given);
        }
        let now = format!("{day}T23:59:00Z").parse().expect("an instant");
        let outcome = run(check, &request, Place { temporary: &container, folder: None, job: None, now });
        let answer: Vec<Version> = outcome.json().as_array().expect("a list").iter().map(version).collect();
        resource.save_check(&answer);
    }
    resource.newest().cloned().collect()
}

fn are_each_emitted_once(count: usize, filters: serde_json::Value) {
    let Some(file) = mantic() else { return };
    let newest = replay(&file, filters);
    let unique: BTreeSet<&Version> = newest.iter().collect();
    assert_eq!((newest.len(), unique.len()), (count, count));
}

#[test]
fn the_29_grave_notices_of_a_real_file_each_become_the_newest_version_once() {
    are_each_emitted_once(29, json!({}));
}

#[test]
fn the_147_notices_that_are_grave_by_priority_or_severity_each_become_the_newest_version_once() {
    are_each_emitted_once(147, json!({"priorities": ["high", "critical"], "severities": ["high", "critical"]}));
}
