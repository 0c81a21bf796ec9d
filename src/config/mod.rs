//! `source` and `params`, read once into types that cannot be inconsistent; all mistakes are told at once.

mod age;
mod answer_params;
mod archive_config;
mod build_path;
mod import_params;
mod in_params;
mod osv_config;
mod params;
mod partner_config;
mod source;
mod upstream_config;

pub use age::Age;
pub use answer_params::AnswerParams;
pub use build_path::{BuildPath, inside};
pub use import_params::ImportParams;
pub use in_params::InParams;
pub use osv_config::OsvSource;
pub use params::{Named, OutParams, ReleaseParams, Written};
pub use partner_config::Partner;
pub use source::{BacklogKeys, BacklogSource, Common, NoticesSource, ReleasesSource, Source, StatusSource, Tracked};
