//! The trackers of others that a source names.

use crate::fields::Field;
use crate::product::PartnerName;
use crate::store::StoreConfig;
use crate::text::Secret;

/// More are a mistake, and each may cost a check some seconds.
const MOST_PARTNERS: usize = 16;

/// A tracker of somebody else, which is only read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partner {
    /// What it is called here.
    pub name: PartnerName,
    /// Where its logs are kept.
    pub tracker: StoreConfig,
}

impl Partner {
    /// What of it is secret.
    pub(crate) fn secrets(&self) -> Vec<&Secret> {
        self.tracker.secrets()
    }
}

/// Reads `source.partners`, beside the source's own tracker.
pub(super) fn partners(field: &Field<'_>, own: Option<&StoreConfig>) -> Vec<Partner> {
    let items = field.list();
    if items.len() > MOST_PARTNERS {
        field.mistake(format!("{} are named, and {MOST_PARTNERS} are allowed", items.len()));
        return Vec::new();
    }
    let mut partners: Vec<Partner> = Vec::new();
    for item in items {
        let is_object = item.value().is_object();
        let mut fields = item.object();
        let (name, tracker) = (fields.get("name"), fields.get("tracker"));
        if is_object && name.is_none() {
            fields.mistake_of("name", "needed; write a word such as foundation");
        }
        if is_object && tracker.is_none() {
            fields.mistake_of("tracker", "needed; write where the partner keeps its logs");
        }
        let name = name.and_then(|field| field.parsed::<PartnerName>());
        let tracker = tracker.and_then(StoreConfig::read);
        if let Some(twice) = name.as_ref().filter(|name| partners.iter().any(|known| known.name == **name)) {
            fields.mistake_of("name", format!("{twice} stands here twice; give each partner a name of its own"));
        }
        if let Some(tracker) = &tracker {
            if own.is_some_and(|own| own.is_same_place(tracker)) {
                fields.mistake_of("tracker", "it is the tracker of this source itself; leave this partner out");
            } else if let Some(known) = partners.iter().find(|known| known.tracker.is_same_place(tracker)) {
                fields.mistake_of("tracker", format!("it is that of the partner {}; name it once", known.name));
            }
        }
        fields.finish();
        partners.extend(name.zip(tracker).map(|(name, tracker)| Partner { name, tracker }));
    }
    partners
}
