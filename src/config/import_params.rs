//! The record that a put takes over, as a pipeline names it.

use super::build_path::BuildPath;
use crate::fields::Fields;

/// A team's own record of which release fixes which notice, and the packages of those releases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportParams {
    /// The record, a YAML file.
    pub record: BuildPath,
    /// The folder with the packages, a file for each release. Without it nothing is shown, and every claim is without
    /// evidence.
    pub packages: Option<BuildPath>,
}

/// Reads the keys of an import. `None` only after a mistake.
pub(super) fn import(mut fields: Fields<'_>) -> Option<ImportParams> {
    let record = fields.get("record");
    let packages = fields.get("packages");
    if record.is_none() && fields.is_object() {
        fields.mistake_of("record", "needed; write the file that says which release fixes which notice");
    }
    fields.finish();
    let packages = match packages {
        Some(field) => Some(BuildPath::of(&field)?),
        None => None,
    };
    Some(ImportParams { record: BuildPath::of(&record?)?, packages })
}
