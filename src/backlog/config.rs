//! Where a team keeps its issues, as `source.backlog` says.

use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail};
use url::Url;

use super::github::GithubPlace;
use crate::fields::{Field, Fields};
use crate::text::{Secret, quoted};
use crate::tracker::Status;

/// Where a team keeps its issues, and what the labels are called that answer a notice. Another tracker of issues is one variant
/// of the place more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BacklogConfig {
    /// The repository, and how it is reached.
    pub place: GithubPlace,
    /// The labels that answer.
    pub labels: AnswerLabels,
}

/// The names of the labels by which people answer a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerLabels {
    /// The one that says "not affected".
    pub not_affected: String,
    /// The one that says "won't fix".
    pub wont_fix: String,
}

impl Default for AnswerLabels {
    fn default() -> Self {
        AnswerLabels { not_affected: "not affected".to_owned(), wont_fix: "won't fix".to_owned() }
    }
}

impl AnswerLabels {
    /// What a label answers, if it is one of these. GitHub doesn't tell upper and lower case apart.
    pub fn status(&self, label: &str) -> Option<Status> {
        let is = |name: &str| name.to_lowercase() == label.to_lowercase();
        match (is(&self.not_affected), is(&self.wont_fix)) {
            (true, _) => Some(Status::NotAffected),
            (_, true) => Some(Status::Affected),
            _ => None,
        }
    }
}

/// A repository by its owner and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryName {
    /// Who owns it.
    pub owner: String,
    /// Its name.
    pub name: String,
}

impl FromStr for RepositoryName {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let plain = |part: &str| {
            let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
            (1..=100).contains(&part.len()) && part.bytes().all(allowed) && part != "." && part != ".."
        };
        match text.trim().split_once('/') {
            Some((owner, name)) if plain(owner) && plain(name) => {
                Ok(RepositoryName { owner: owner.to_owned(), name: name.to_owned() })
            }
            _ => bail!("{} is no repository; write its owner and its name, such as example-org/rootfs", quoted(text)),
        }
    }
}

impl fmt::Display for RepositoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

/// The allowed words for `driver`.
const DRIVERS: &[&str] = &["github"];

/// Where GitHub itself is asked.
const GITHUB: &str = "https://api.github.com";

impl BacklogConfig {
    /// What of it is secret.
    pub(crate) fn secrets(&self) -> Vec<&Secret> {
        vec![&self.place.token]
    }

    /// Reads `source.backlog`. `None` only after a mistake.
    pub(crate) fn read(field: Field<'_>) -> Option<BacklogConfig> {
        let mut fields = field.object();
        fields.driver(DRIVERS)?;
        let mut needed = |key: &'static str, such: &str| {
            let field = fields.get(key);
            if field.is_none() {
                fields.mistake_of(key, format!("needed; write {such}"));
            }
            field
        };
        let repository = needed("repository", "the owner and the name of the repository, such as example-org/rootfs");
        let token = needed("token", "a token that may read and write issues there, best as a ((variable))");
        let repository = repository.and_then(|field| field.parsed::<RepositoryName>());
        let token = token.and_then(|field| token_of(&field));
        let endpoint = fields.get("endpoint").map_or_else(|| Url::parse(GITHUB).ok(), |field| endpoint(&field));
        let own = |field: Field<'_>| label(&field, LONGEST_LABEL - LONGEST_RATING);
        let label = fields.get("label").map_or_else(|| Some("davos".to_owned()), own);
        let labels = match fields.get("labels") {
            Some(field) => answer_labels(field.object(), label.as_deref()),
            None => Some(AnswerLabels::default()),
        };
        fields.finish();
        let place = GithubPlace { repository: repository?, token: token?, endpoint: endpoint?, label: label? };
        Some(BacklogConfig { place, labels: labels? })
    }
}

/// A token goes into a header as it is.
fn token_of(field: &Field<'_>) -> Option<Secret> {
    let token = field.some_text()?.trim();
    if token.len() > 1000 || !token.bytes().all(|b| b.is_ascii_graphic()) {
        field
            .mistake("is no token: it has white space or other characters that none has; write it as GitHub showed it");
        return None;
    }
    Some(Secret::new(token))
}

fn endpoint(field: &Field<'_>) -> Option<Url> {
    let url = field.some_text().and_then(|text| Url::parse(text.trim()).ok());
    let is_server = |url: &Url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    };
    let url = url.filter(is_server);
    if url.is_none() {
        field.wrong(
            "the address of the server's API that starts with https://, without a password and a query: https://api.github.com, or https://github.example.org/api/v3",
        );
    }
    url
}

/// The longest name of a label that GitHub takes.
const LONGEST_LABEL: usize = 50;

/// How much the label of a rating has more: `/negligible`.
const LONGEST_RATING: usize = 12;

fn label(field: &Field<'_>, longest: usize) -> Option<String> {
    let label = field.some_text()?.trim();
    if label.chars().count() > longest || label.contains(',') || label.chars().any(char::is_control) {
        field.wrong(format!("the name of a label: at most {longest} characters, and no comma"));
        return None;
    }
    Some(label.to_owned())
}

/// Whether we set the label ourselves: that of all our issues, or one of a rating.
fn is_one_of_ours(name: &str, own: &str) -> bool {
    let (name, own) = (name.to_lowercase(), own.to_lowercase());
    name.strip_prefix(&own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn answer_labels(mut fields: Fields<'_>, own: Option<&str>) -> Option<AnswerLabels> {
    let default = AnswerLabels::default();
    let mut name = |key: &'static str, default: String| {
        fields.get(key).map_or(Some(default), |field| label(&field, LONGEST_LABEL))
    };
    let not_affected = name("not_affected", default.not_affected);
    let wont_fix = name("wont_fix", default.wont_fix);
    if let (Some(a), Some(b)) = (&not_affected, &wont_fix)
        && a.to_lowercase() == b.to_lowercase()
    {
        fields.mistake("two labels have one name, so it couldn't be told what is meant; name them apart");
        return None;
    }
    let is_taken = |name: &&String| own.is_some_and(|own| is_one_of_ours(name, own));
    if let Some(taken) = [&not_affected, &wont_fix].into_iter().flatten().find(is_taken) {
        fields.mistake(format!(
            "{} is a label that davos sets itself; name the labels of answers otherwise",
            quoted(taken)
        ));
        return None;
    }
    fields.finish();
    Some(AnswerLabels { not_affected: not_affected?, wont_fix: wont_fix? })
}
