//! What Concourse tells of the build in the environment.

use std::collections::BTreeMap;
use std::path::PathBuf;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;

/// What a path segment and a query keep as it is (RFC 3986, unreserved).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What Concourse tells of the build (atc/exec/step_metadata.go). One-off builds have no job and no pipeline, and a
/// check sees what another resource of the same configuration would; so anything may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// Who runs this, for the record.
    pub build: Build,
    /// Whether colours are unwelcome (`NO_COLOR`).
    pub no_colour: bool,
    /// Where temporary files go (`TMPDIR`, or `/tmp`).
    pub temporary_folder: PathBuf,
    /// The addresses of proxies, which may hold a password.
    pub proxies: Vec<String>,
}

/// The build that runs a step, as far as Concourse tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Build {
    /// The team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// The pipeline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<String>,
    /// The variables that tell instances of the pipeline apart, by their path (`a.b`) and as JSON.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub instance_vars: BTreeMap<String, String>,
    /// The job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// The build's name: a number within the job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build: Option<String>,
    /// The build's page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl Environment {
    /// Reads the environment.
    pub fn read(variables: &[(String, String)]) -> Environment {
        let get = |name: &str| {
            let found = variables.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim());
            found.filter(|value| !value.is_empty()).map(ToOwned::to_owned)
        };
        let mut build = Build {
            team: get("BUILD_TEAM_NAME"),
            pipeline: get("BUILD_PIPELINE_NAME"),
            instance_vars: get("BUILD_PIPELINE_INSTANCE_VARS").map(|json| instance_vars(&json)).unwrap_or_default(),
            job: get("BUILD_JOB_NAME"),
            build: get("BUILD_NAME"),
            url: None,
        };
        // Concourse tells it since v8.0.
        build.url = get("BUILD_URL").or_else(|| build.page(&get("ATC_EXTERNAL_URL")?, get("BUILD_ID")));
        let is_proxy = |key: &str| key.to_ascii_lowercase().ends_with("_proxy");
        Environment {
            no_colour: get("NO_COLOR").is_some(),
            temporary_folder: get("TMPDIR").unwrap_or_else(|| "/tmp".to_owned()).into(),
            proxies: variables.iter().filter(|(key, _)| is_proxy(key)).map(|(_, value)| value.clone()).collect(),
            build,
        }
    }
}

impl Build {
    /// The page of the build; of a one-off build by its id.
    fn page(&self, concourse: &str, id: Option<String>) -> Option<String> {
        let concourse = concourse.trim_end_matches('/');
        let escaped = |text: &str| utf8_percent_encode(text, ESCAPED).to_string();
        let (Some(team), Some(pipeline), Some(job), Some(build)) = (&self.team, &self.pipeline, &self.job, &self.build)
        else {
            return id.map(|id| format!("{concourse}/builds/{}", escaped(&id)));
        };
        let [team, pipeline, job, build] = [team, pipeline, job, build].map(|part| escaped(part));
        let vars = self.instance_vars.iter().map(|(path, json)| format!("vars.{}={}", escaped(path), escaped(json)));
        let vars = vars.collect::<Vec<_>>().join("&");
        let question = if vars.is_empty() { "" } else { "?" };
        Some(format!("{concourse}/teams/{team}/pipelines/{pipeline}/jobs/{job}/builds/{build}{question}{vars}"))
    }
}

/// The leaves of a JSON object by their path, which is how Concourse's pages name them.
fn instance_vars(json: &str) -> BTreeMap<String, String> {
    fn leaves(path: &str, value: &Value, found: &mut BTreeMap<String, String>) {
        match value {
            Value::Object(keys) if !keys.is_empty() => {
                for (key, value) in keys {
                    let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    leaves(&path, value, found);
                }
            }
            value if !path.is_empty() => {
                found.insert(path.to_owned(), value.to_string());
            }
            _ => {}
        }
    }
    let mut found = BTreeMap::new();
    leaves("", &serde_json::from_str(json).unwrap_or_default(), &mut found);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Environment {
        Environment::read(&variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<Vec<_>>())
    }

    const JOB: &[(&str, &str)] = &[
        ("BUILD_TEAM_NAME", "main"),
        ("BUILD_PIPELINE_NAME", "rootfs"),
        ("BUILD_JOB_NAME", "release it"),
        ("BUILD_NAME", "12"),
        ("ATC_EXTERNAL_URL", "https://ci.example/"),
    ];

    #[test]
    fn the_page_of_a_build_is_told_or_made() {
        let url = "https://ci.example/teams/main/pipelines/rootfs/jobs/release%20it/builds/12";
        assert_eq!(read(JOB).build.url.as_deref(), Some(url));
        let told = [JOB, &[("BUILD_URL", "https://ci.example/told")]].concat();
        assert_eq!(read(&told).build.url.as_deref(), Some("https://ci.example/told"));
    }

    #[test]
    fn an_instance_of_a_pipeline_is_part_of_its_page() {
        let vars = [JOB, &[("BUILD_PIPELINE_INSTANCE_VARS", r#"{"branch": "a b", "os": {"n": 22.04}}"#)]].concat();
        let url = read(&vars).build.url.expect("a page");
        assert!(url.ends_with("/builds/12?vars.branch=%22a%20b%22&vars.os.n=22.04"), "{url}");
    }

    #[test]
    fn what_is_missing_or_odd_is_left_out() {
        let environment = read(&[]);
        assert_eq!(environment.build, Build::default());
        assert_eq!(environment.temporary_folder, PathBuf::from("/tmp"));
        let odd = read(&[
            ("BUILD_PIPELINE_INSTANCE_VARS", "{"),
            ("BUILD_TEAM_NAME", ""),
            ("BUILD_NAME", "check"),
            ("ATC_EXTERNAL_URL", "https://ci.example"),
            ("TMPDIR", "/scratch"),
            ("NO_COLOR", ""),
        ]);
        assert_eq!(odd.build, Build { build: Some("check".to_owned()), ..Build::default() });
        assert_eq!(odd.temporary_folder, PathBuf::from("/scratch"));
        assert!(!odd.no_colour && read(&[("NO_COLOR", "1")]).no_colour);
        let one_off = read(&[("BUILD_ID", "7"), ("ATC_EXTERNAL_URL", "https://ci.example")]);
        assert_eq!(one_off.build.url.as_deref(), Some("https://ci.example/builds/7"));
        assert!(read(&[("BUILD_PIPELINE_INSTANCE_VARS", "[1]")]).build.instance_vars.is_empty());
    }
}
