//! What the version on input means, and what a version looks like for ever.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::notice::NoticeId;
use crate::product::LogName;
use crate::text::shortened;

/// The version that Concourse gave. It is not always one of ours: a pin may be partial, and after a change of the
/// resource type it may be another's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GivenVersion<V> {
    /// None, or one that says nothing.
    None,
    /// One of ours.
    Version(V),
    /// Something else, made printable: a `check` goes on without it and warns, an `in` fails.
    Strange(String),
}

/// The version of a resource that emits notices: one opening of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoticeVersion {
    /// The notice.
    pub id: NoticeId,
    /// Which of its openings, from 1.
    pub opening: u32,
}

/// The version of a resource that emits releases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseRef {
    /// The release's version, as it was recorded.
    pub release: String,
}

impl NoticeVersion {
    /// What the version on input means for a resource that emits notices. The old `usn-resource` wrote
    /// `{"guid": "https://ubuntu.com/security/notices/USN-7886-1"}`, and `{"guid": "bootstrap"}` for none.
    pub fn given(version: Option<&RawValue>) -> GivenVersion<NoticeVersion> {
        let keys = match keys(version) {
            Ok(keys) => keys,
            Err(nothing) => return nothing,
        };
        let strange = || GivenVersion::Strange(shown(version));
        let id = match (text(&keys, "notice"), text(&keys, "guid")) {
            (Some(notice), _) => notice.parse(),
            (None, Some(guid)) if guid == "bootstrap" => return GivenVersion::None,
            (None, Some(guid)) => NoticeId::from_url(&guid),
            (None, None) => {
                return if keys.keys().all(|key| key == "opening") { GivenVersion::None } else { strange() };
            }
        };
        let opening = match text(&keys, "opening") {
            None => Some(1),
            Some(number) => number.parse().ok().filter(|&number| number > 0),
        };
        match (id, opening) {
            (Ok(id), Some(opening)) => GivenVersion::Version(NoticeVersion { id, opening }),
            _ => strange(),
        }
    }

    /// The version as Concourse keeps it. This shape is frozen: Concourse re-runs every job when it changes.
    pub fn to_json(&self) -> Value {
        match self.opening {
            1 => json!({"notice": self.id}),
            opening => json!({"notice": self.id, "opening": opening.to_string()}),
        }
    }
}

impl ReleaseRef {
    /// What the version on input means for a resource that emits releases.
    pub fn given(version: Option<&RawValue>) -> GivenVersion<ReleaseRef> {
        match keys(version) {
            Err(nothing) => nothing,
            Ok(keys) => match text(&keys, "release") {
                Some(release) => GivenVersion::Version(ReleaseRef { release }),
                None => GivenVersion::Strange(shown(version)),
            },
        }
    }

    /// The version as Concourse keeps it. This shape is frozen: Concourse re-runs every job when it changes.
    pub fn to_json(&self) -> Value {
        json!({"release": self.release})
    }
}

/// The version of a resource that emits the status: the length of every log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusVersion {
    /// How many events the log of each product has, a partner's as `partner/product`.
    pub lengths: BTreeMap<LogName, u64>,
}

impl StatusVersion {
    /// What the version on input means for a resource that emits the status.
    pub fn given(version: Option<&RawValue>) -> GivenVersion<StatusVersion> {
        let keys = match keys(version) {
            Ok(keys) => keys,
            Err(nothing) => return nothing,
        };
        let length = |(product, value): (&String, &Value)| {
            let length = value.as_str()?.parse().ok().filter(|&length| length > 0)?;
            Some((product.parse().ok()?, length))
        };
        match keys.iter().map(length).collect() {
            Some(lengths) => GivenVersion::Version(StatusVersion { lengths }),
            None => GivenVersion::Strange(shown(version)),
        }
    }

    /// The version as Concourse keeps it. This shape is frozen: Concourse re-runs every job when it changes.
    pub fn to_json(&self) -> Value {
        self.lengths.iter().map(|(product, length)| (product.to_string(), json!(length.to_string()))).collect()
    }
}

/// The version of a resource that emits that a backlog is to be synchronised: by the length of the log, and what is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BacklogVersion {
    /// How many events the log has.
    pub log: u64,
    /// A digest of the work and of the hour.
    pub todo: String,
}

impl BacklogVersion {
    /// What the version on input means for a resource that emits that a backlog is to be synchronised.
    pub fn given(version: Option<&RawValue>) -> GivenVersion<BacklogVersion> {
        let keys = match keys(version) {
            Ok(keys) => keys,
            Err(nothing) => return nothing,
        };
        let log = text(&keys, "log").and_then(|log| log.parse().ok()).filter(|log| *log > 0);
        let todo =
            text(&keys, "todo").filter(|todo| todo.len() <= 100 && todo.bytes().all(|b| b.is_ascii_alphanumeric()));
        match log.zip(todo) {
            Some((log, todo)) => GivenVersion::Version(BacklogVersion { log, todo }),
            None => GivenVersion::Strange(shown(version)),
        }
    }

    /// The version as Concourse keeps it. This shape is frozen: Concourse re-runs every job when it changes.
    pub fn to_json(&self) -> Value {
        json!({"log": self.log.to_string(), "todo": self.todo})
    }
}

/// The keys that say something. Concourse turns a null value into an empty string, so both count as absent.
fn keys<V>(version: Option<&RawValue>) -> Result<Map<String, Value>, GivenVersion<V>> {
    let Some(raw) = version else { return Err(GivenVersion::None) };
    match serde_json::from_str(raw.get()) {
        Ok(Value::Null) => Err(GivenVersion::None),
        Ok(Value::Object(mut keys)) => {
            keys.retain(|_, value| !value.is_null() && value.as_str() != Some(""));
            if keys.is_empty() { Err(GivenVersion::None) } else { Ok(keys) }
        }
        _ => Err(GivenVersion::Strange(shown(version))),
    }
}

/// The text under a key; something else than text or a number is kept as JSON, which no parser takes for an id.
fn text(keys: &Map<String, Value>, key: &str) -> Option<String> {
    keys.get(key).map(|value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned))
}

fn shown(version: Option<&RawValue>) -> String {
    shortened(version.map_or("null", RawValue::get), 120)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).expect("JSON")
    }

    fn notice(json: &str) -> GivenVersion<NoticeVersion> {
        NoticeVersion::given(Some(&raw(json)))
    }

    fn usn(id: &str, opening: u32) -> GivenVersion<NoticeVersion> {
        GivenVersion::Version(NoticeVersion { id: id.parse().expect("an id"), opening })
    }

    #[test]
    fn what_says_nothing_is_no_version() {
        assert_eq!(NoticeVersion::given(None), GivenVersion::None);
        let nothing = ["null", "{}", r#"{"guid":"bootstrap"}"#, r#"{"notice":null}"#, r#"{"notice":""}"#];
        for nothing in nothing.into_iter().chain([r#"{"opening":"2"}"#]) {
            assert_eq!(notice(nothing), GivenVersion::None, "{nothing}");
        }
        assert_eq!(ReleaseRef::given(None), GivenVersion::None);
        assert_eq!(ReleaseRef::given(Some(&raw("{}"))), GivenVersion::None);
    }

    #[test]
    fn our_own_versions_and_the_old_resources_are_understood() {
        assert_eq!(notice(r#"{"notice":"USN-7886-1"}"#), usn("USN-7886-1", 1));
        assert_eq!(notice(r#"{"notice":"USN-7886-1","opening":"2","extra":"x"}"#), usn("USN-7886-1", 2));
        assert_eq!(notice(r#"{"guid":"https://ubuntu.com/security/notices/USN-7886-1"}"#), usn("USN-7886-1", 1));
        assert_eq!(
            ReleaseRef::given(Some(&raw(r#"{"release":"1.297.0"}"#))),
            GivenVersion::Version(ReleaseRef { release: "1.297.0".to_owned() })
        );
    }

    #[test]
    fn what_is_not_ours_is_strange() {
        for strange in [
            r#"{"notice":"foo/1"}"#,
            r#"{"ref":"abc"}"#,
            r#"{"guid":"https://example.com/"}"#,
            r#"{"notice":"USN-1-1","opening":"0"}"#,
            r#"{"notice":"USN-1-1","opening":"x"}"#,
            r#"{"notice":{"a":1}}"#,
            "[]",
            "\"USN-1-1\"",
            "12",
        ] {
            assert_eq!(notice(strange), GivenVersion::Strange(strange.to_owned()));
        }
        assert!(matches!(ReleaseRef::given(Some(&raw(r#"{"ref":"x"}"#))), GivenVersion::Strange(_)));
    }

    proptest::proptest! {
        #[test]
        fn our_own_version_comes_back_as_it_went(number in 1u32..99_999, revision in 1u32..99, opening in 1u32..) {
            let version = NoticeVersion { id: format!("USN-{number}-{revision}").parse().expect("an id"), opening };
            proptest::prop_assert_eq!(notice(&version.to_json().to_string()), GivenVersion::Version(version));
        }
    }

    #[test]
    fn the_shape_of_a_version_never_changes() {
        let id = "USN-7886-1".parse().expect("an id");
        assert_eq!(NoticeVersion { id, opening: 1 }.to_json().to_string(), r#"{"notice":"USN-7886-1"}"#);
        assert_eq!(NoticeVersion { id, opening: 2 }.to_json().to_string(), r#"{"notice":"USN-7886-1","opening":"2"}"#);
        let release = ReleaseRef { release: "1.297.0".to_owned() };
        assert_eq!(release.to_json().to_string(), r#"{"release":"1.297.0"}"#);
        let status = r#"{"cflinuxfs4":"120","ubuntu-jammy-stemcell":"88"}"#;
        let GivenVersion::Version(version) = StatusVersion::given(Some(&raw(status))) else { panic!("no version") };
        assert_eq!(version.to_json().to_string(), status);
        let partners = r#"{"app":"3","foundation/cflinuxfs4":"120"}"#;
        let GivenVersion::Version(version) = StatusVersion::given(Some(&raw(partners))) else { panic!("no version") };
        assert_eq!(version.to_json().to_string(), partners);
        for strange in [r#"{"a/b/c":"1"}"#, r#"{"/x":"1"}"#] {
            assert!(matches!(StatusVersion::given(Some(&raw(strange))), GivenVersion::Strange(_)), "{strange}");
        }
        for strange in [r#"{"cflinuxfs4":"0"}"#, r#"{"../x":"1"}"#, r#"{"ref":"abc"}"#, "[]"] {
            assert!(matches!(StatusVersion::given(Some(&raw(strange))), GivenVersion::Strange(_)), "{strange}");
        }
    }
}
