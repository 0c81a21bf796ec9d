//! What a team ships: its packages, its releases, and which notices concern them.

mod affected;
mod comparison;
mod filter;
pub mod findings;
mod globs;
mod judgement;
mod kernel;
mod name;
mod packages;
mod partner;
mod release_version;

pub use comparison::{Comparison, NoOrder, NotComparable, Standing};
pub use filter::Filter;
pub use globs::Globs;
pub use judgement::{Judgement, Undecided, judge, judge_as_listed};
pub use kernel::family as kernel_family;
pub use name::ProductName;
pub(crate) use packages::source_of_debian;
pub use packages::{LARGEST_LIST, PackageList, Packages};
pub use partner::{LogName, PartnerName};
pub use release_version::ReleaseVersion;
