//! The `params` of a get.

use serde_json::Value;
use url::Url;

use super::fields::{Field, Fields, Mistakes};
use crate::publish::{Layout, Publisher, Wording};

/// The `params` of a get. What has no meaning for what the resource emits is ignored, as in a source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InParams {
    /// How the documents of a release are to be written.
    pub wording: Wording,
}

impl InParams {
    /// Reads the `params` of a get.
    pub(super) fn read(value: &Value, mistakes: &Mistakes<'_>) -> InParams {
        let mut fields = Fields::top("params", value, mistakes);
        let layout = fields.get("layout").and_then(|field| layout(&field)).unwrap_or_default();
        let template = fields.get("advisory_template");
        let advisory_template = template.and_then(|field| field.some_text().map(str::to_owned));
        let publisher = fields.get("publisher").and_then(|field| publisher(field.object()));
        fields.finish();
        InParams { wording: Wording { layout, advisory_template, publisher } }
    }
}

/// Who publishes. `None` only after a mistake.
fn publisher(mut fields: Fields<'_>) -> Option<Publisher> {
    let (name, namespace) = (fields.get("name"), fields.get("namespace"));
    if fields.is_object() && (name.is_none() || namespace.is_none()) {
        fields.mistake("needs both `name` and `namespace`, an address that is yours");
    }
    fields.finish();
    let name = name?.some_text()?.trim().to_owned();
    let namespace = namespace?;
    let address: Url = namespace.parsed()?;
    if !matches!(address.scheme(), "https" | "http" | "urn") {
        namespace.wrong("an address, such as https://www.example.org");
        return None;
    }
    Some(Publisher { name, namespace: address.to_string() })
}

fn layout(field: &Field<'_>) -> Option<Layout> {
    let word = field.word(Layout::WORDS)?;
    field.parse(word)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::concourse::Redactor;

    fn read(params: &Value) -> Result<InParams, String> {
        let redactor = Redactor::default();
        let mistakes = Mistakes::new(&redactor);
        let read = InParams::read(params, &mistakes);
        mistakes.settle("the pipeline").map(|()| read).map_err(|error| error.to_string())
    }

    #[test]
    fn a_get_needs_no_params() {
        assert_eq!(read(&json!(null)), Ok(InParams::default()));
        assert_eq!(read(&json!({})), Ok(InParams::default()));
        assert_eq!(read(&json!({"layout": "usns"})).map(|params| params.wording.layout), Ok(Layout::Usns));
    }

    #[test]
    fn each_param_has_its_mistakes() {
        for (params, said) in [
            (
                json!({"skip_download": true}),
                "params.skip_download: unknown key; allowed: layout, advisory_template, publisher",
            ),
            (json!({"advisory_template": " "}), "params.advisory_template: \" \" is not allowed"),
            (json!({"publisher": {"name": "a"}}), "params.publisher: needs both"),
            (json!({"publisher": {"name": "a", "namespace": "b"}}), "params.publisher.namespace: relative URL"),
            (json!({"layout": "usn"}), "params.layout: \"usn\" is not allowed, did you mean `usns`?"),
        ] {
            let error = read(&params).expect_err("a mistake");
            assert!(error.contains(said), "{params}: {error}");
        }
    }
}
