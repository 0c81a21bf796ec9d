//! The `params` of a get.

use serde_json::Value;
use url::Url;

use super::source::length;
use crate::fields::{Field, Fields, Mistakes};
use crate::notice::Priority;
use crate::publish::{Layout, MOST_PRODUCTS, ProductUrl, Publisher, Targets, Wording};

/// The `params` of a get. What has no meaning for what the resource emits is ignored, as in a source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InParams {
    /// How the documents of a release are to be written.
    pub wording: Wording,
    /// How long a notice may stay open, on the status page.
    pub targets: Targets,
    /// Where the files of the status are going to be served, if that is told.
    pub url: Option<Url>,
}

impl InParams {
    /// Reads the `params` of a get.
    pub(crate) fn read(value: &Value, mistakes: &Mistakes<'_>) -> InParams {
        let mut fields = Fields::top("params", value, mistakes);
        let layout = fields.get("layout").and_then(|field| layout(&field)).unwrap_or_default();
        let template = fields.get("advisory_template");
        let advisory_template = template.and_then(|field| field.some_text().map(str::to_owned));
        let publisher = fields.get("publisher").and_then(|field| publisher(field.object()));
        let products = fields.get("products").map(products).unwrap_or_default();
        let targets = fields.get("targets").map(targets).unwrap_or_default();
        let url = fields.get("url").and_then(|field| folder_address(&field));
        fields.finish();
        InParams { wording: Wording { layout, advisory_template, apart: None, publisher, products }, targets, url }
    }
}

/// What scanners call the product.
fn products(field: Field<'_>) -> Vec<ProductUrl> {
    let given = field.one_or_list();
    if let Some(first) = given.get(MOST_PRODUCTS) {
        first.mistake(format!("one too many; each stands in every statement, and at most {MOST_PRODUCTS} are allowed"));
    }
    given.iter().take(MOST_PRODUCTS).filter_map(Field::parsed).collect()
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

/// The address of a folder on the web. `None` only after a mistake.
fn folder_address(field: &Field<'_>) -> Option<Url> {
    let mut address: Url = field.parsed()?;
    let plain = address.username().is_empty() && address.password().is_none() && address.query().is_none();
    if !matches!(address.scheme(), "https" | "http") || !plain {
        field.wrong("the address of a folder on the web, such as https://status.example.org/");
        return None;
    }
    // Else what is beside the files would be taken for the files' own name.
    if !address.path().ends_with('/') {
        let path = format!("{}/", address.path());
        address.set_path(&path);
    }
    Some(address)
}

fn layout(field: &Field<'_>) -> Option<Layout> {
    let word = field.word(Layout::WORDS)?;
    field.parse(word)
}

/// Lengths of time by priority; those that are not named keep their default.
fn targets(field: Field<'_>) -> Targets {
    let mut targets = Targets::default();
    let mut fields = field.object();
    for &priority in Priority::ALL {
        if let Some(length) = fields.get(priority.as_str()).and_then(|field| length(&field)) {
            targets = targets.with(priority, length.length());
        }
    }
    fields.finish();
    targets
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use serde_json::json;

    use super::*;
    use crate::text::Redactor;

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
    fn a_product_goes_by_the_names_that_are_given() {
        let of = |products: Value| read(&json!({"products": products})).expect("params").wording.products;
        let urls = of(json!(["pkg:oci/rootfs@sha256:00", "pkg:oci/rootfs?tag=1"]));
        assert_eq!(
            urls.iter().map(ProductUrl::as_str).collect::<Vec<_>>(),
            ["pkg:oci/rootfs@sha256:00", "pkg:oci/rootfs?tag=1"]
        );
        assert_eq!(of(json!("pkg:oci/rootfs")).len(), 1);
        assert_eq!(of(json!([])), []);
    }

    #[test]
    fn a_target_that_is_not_named_keeps_its_default() {
        let targets = read(&json!({"targets": {"high": "1w", "unknown": "12h"}})).expect("params").targets;
        let hours = |priority| targets.of(priority).as_hours();
        assert_eq!((hours(Priority::High), hours(Priority::Unknown)), (168, 12));
        assert_eq!((hours(Priority::Critical), hours(Priority::Medium)), (48, 720));
        assert_eq!(Targets::default().of(Priority::High), SignedDuration::from_hours(48));
    }

    #[test]
    fn the_files_of_the_status_are_in_a_folder_of_the_web() {
        for (written, read_as) in [
            ("https://status.example.org", "https://status.example.org/"),
            ("http://example.org/a/b", "http://example.org/a/b/"),
            ("https://example.org/a/", "https://example.org/a/"),
        ] {
            let url = read(&json!({"url": written})).expect("params").url;
            assert_eq!(url.map(String::from).as_deref(), Some(read_as));
        }
    }

    #[test]
    fn each_param_has_its_mistakes() {
        for (params, said) in [
            (
                json!({"skip_download": true}),
                "params.skip_download: unknown key; allowed: layout, advisory_template, publisher, products, targets, url",
            ),
            (json!({"advisory_template": " "}), "params.advisory_template: \" \" is not allowed"),
            (json!({"publisher": {"name": "a"}}), "params.publisher: needs both"),
            (json!({"publisher": {"name": "a", "namespace": "b"}}), "params.publisher.namespace: relative URL"),
            (json!({"products": ["pkg:oci/a", "a"]}), "params.products[1]: \"a\" is no package URL"),
            (
                json!({"products": "pkg:deb/ubuntu/a@1"}),
                "params.products: \"pkg:deb/ubuntu/a@1\" names a package inside",
            ),
            (json!({"products": vec!["pkg:oci/a"; 21]}), "params.products[20]: one too many"),
            (json!({"layout": "usn"}), "params.layout: \"usn\" is not allowed, did you mean `usns`?"),
            (json!({"url": "status.html"}), "params.url: relative URL"),
            (
                json!({"url": "ftp://a.example/"}),
                "params.url: \"ftp://a.example/\" is not allowed; write the address of a folder",
            ),
            (json!({"url": "https://a:b@a.example/"}), "is not allowed; write the address of a folder"),
            (json!({"targets": "48h"}), "params.targets: \"48h\" is not allowed; write keys with values"),
            (json!({"targets": {"hihg": "48h"}}), "params.targets.hihg: unknown key, did you mean `high`?"),
            (json!({"targets": {"high": 48}}), "params.targets.high: 48 has no unit; write 48h, 48d or 48w"),
            (json!({"targets": {"high": "soon"}}), "params.targets.high: \"soon\" is no length of time"),
        ] {
            let error = read(&params).expect_err("a mistake");
            assert!(error.contains(said), "{params}: {error}");
        }
    }
}
