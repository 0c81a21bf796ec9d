//! A pipeline and the file of its variables.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

/// A pipeline as Concourse gets it: with its variables filled in.
pub(crate) struct Pipeline {
    /// For messages.
    pub(crate) name: String,
    /// What it says.
    pub(crate) content: Value,
    /// What is wrong with its variables.
    pub(crate) variable_mistakes: Vec<String>,
}

/// All pipelines of this repository.
pub(crate) fn all() -> Vec<Pipeline> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<PathBuf> = fs::read_dir(root.join("pipelines"))
        .expect("the pipelines")
        .map(|entry| entry.expect("a pipeline").path())
        .filter(|path| path.is_file())
        .collect();
    paths.sort();
    paths.push(root.join("ci/pipeline.yml"));
    paths.iter().map(|path| Pipeline::read(path)).collect()
}

impl Pipeline {
    /// Reads a pipeline, and its variables from `vars` beside it.
    fn read(path: &Path) -> Pipeline {
        let text = |path: &Path| fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let variables = text(&path.parent().expect("a folder").join("vars").join(&name));
        Pipeline::of(&name, &text(path), &variables)
    }

    /// A pipeline of this text, with its variables.
    pub(crate) fn of(name: &str, text: &str, variables: &str) -> Pipeline {
        let yaml = |text: &str| serde_saphyr::from_str::<Value>(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let values: BTreeMap<String, Value> = serde_json::from_value(yaml(variables)).expect("variables");
        let mut filling = Filling { values: &values, used: BTreeSet::new(), mistakes: Vec::new() };
        let content = filling.fill(&yaml(text));
        let Filling { used, mut mistakes, .. } = filling;
        mistakes.extend(values.keys().filter(|key| !used.contains(*key)).map(|key| format!("(({key})) is not used")));
        mistakes.extend(uncommented(variables).map(|key| format!("(({key})) has no comment")));
        mistakes.extend(unquoted(variables).map(|key| format!("(({key})) has no quotes")));
        Pipeline { name: name.to_owned(), content, variable_mistakes: mistakes }
    }
}

/// The pipelines of the README, whose variables may be any text.
pub(crate) fn of_readme() -> Vec<Pipeline> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = fs::read_to_string(path).expect("the README");
    let blocks = text.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let whole = blocks.filter(|block| block.contains("\njobs:\n"));
    let any = |text: &str| -> String {
        let (mut rest, mut names) = (text, BTreeSet::new());
        while let Some((_, name, after)) = variable(rest) {
            names.insert(name);
            rest = after;
        }
        names.iter().map(|name| format!("# Any.\n{name}: \"any\"\n")).collect()
    };
    whole.map(|block| Pipeline::of("README.md", block, &any(block))).collect()
}

/// The keys at the top that no comment stands above.
fn uncommented(variables: &str) -> impl Iterator<Item = &str> {
    let lines = variables.lines().zip(variables.lines().skip(1));
    let without =
        lines.filter(|(above, line)| !above.starts_with('#') && line.starts_with(|c: char| c.is_alphanumeric()));
    without.filter_map(|(_, line)| Some(line.split_once(':')?.0))
}

/// The keys at the top whose value YAML could take for something else than it is: `[host]:2222 ssh-ed25519 …` for a list,
/// `1.10` for a number, a token with a `#` for a shorter one. Whoever replaces a value in quotes leaves the quotes.
fn unquoted(variables: &str) -> impl Iterator<Item = &str> {
    let keys = variables.lines().filter(|line| line.starts_with(|c: char| c.is_alphanumeric()));
    let values = keys.filter_map(|line| line.split_once(": "));
    let is_safe = |value: &str| matches!(value, "true" | "false" | "|") || value.starts_with('"');
    values.filter(move |(_, value)| !is_safe(value)).map(|(key, _)| key)
}

struct Filling<'a> {
    values: &'a BTreeMap<String, Value>,
    used: BTreeSet<String>,
    mistakes: Vec<String>,
}

impl Filling<'_> {
    fn fill(&mut self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.fill_text(text),
            Value::Array(items) => items.iter().map(|item| self.fill(item)).collect(),
            Value::Object(keys) => {
                Value::Object(keys.iter().map(|(key, value)| (key.clone(), self.fill(value))).collect::<Map<_, _>>())
            }
            other => other.clone(),
        }
    }

    /// A variable alone keeps its type; one within a text is text.
    fn fill_text(&mut self, text: &str) -> Value {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, name, after)) = variable(rest) {
            self.used.insert(name.to_owned());
            let value = self.values.get(name).cloned().unwrap_or_else(|| {
                self.mistakes.push(format!("(({name})) is not in the file of the variables"));
                Value::Null
            });
            if filled.is_empty() && before.is_empty() && after.is_empty() {
                return value;
            }
            filled = filled + before + value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned).as_str();
            rest = after;
        }
        Value::String(filled + rest)
    }
}

/// The first variable of a text, with what stands before and behind it.
fn variable(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("((")?;
    let (name, after) = rest.split_once("))")?;
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:/".contains(c));
    is_name.then_some((before, name, after))
}
