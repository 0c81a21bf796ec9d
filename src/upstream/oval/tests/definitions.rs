//! What is told of single definitions: those that can't be read, and CVEs that one lacks.

use super::*;
use crate::notice::CveId;

#[test]
fn a_definition_that_cannot_be_read_is_named_and_hides_no_other() {
    let other = |from: &str, to: &str| LIBSSH.replace(from, to);
    let nameless = LIBSSH.replace("USN-6561-1 -- libssh", "libssh").replace("ref_id=\"USN-6561-1\"", "");
    let broken = [
        other("2023-12-19", "19.12.2023").replace("6561-1", "6562-1"),
        other("<issued date=\"2023-12-19\"/>", "").replace("6561-1", "6563-1"),
        other("USN-6561-1", "USN-65a-1"),
        nameless,
    ];
    let good: String = (1..=4).map(|nth| other("6561-1", &format!("7000-{nth}"))).collect();
    let (cache, folder) = cache(&oval(&format!("<definitions>{}{good}</definitions>{LIBSSH_TESTS}", broken.concat())));
    let reopened = OvalCache::open(folder.path(), URL).expect("a cache");
    for cache in [cache, reopened] {
        assert_eq!(cache.count(), 4);
        let (count, names) = cache.unreadable();
        let said = [
            "USN-6562-1 (\"19.12.2023\" is no date)",
            "USN-6563-1 (it has no date)",
            "USN-65a-1 (no notice's id)",
            "the definition titled \"libssh vulnerability\" (no notice's id)",
        ];
        assert_eq!((count, names), (4, said.map(str::to_owned).as_slice()));
    }
}

#[test]
fn cves_that_the_file_lacks_are_told() {
    let (cache, _folder) = cache(&libssh());
    let record = cache.facts().next().expect("a record").expect("intact");
    let (known, new) = ("CVE-2023-48795".parse().expect("an id"), "CVE-2026-0001".parse().expect("an id"));
    for (listed, lacks) in [
        (vec![], vec![]),
        (vec![&known], vec![]),
        (vec![&new], vec![&new]),
        (vec![&new, &known], vec![&new]),
        (vec![&known, &known], vec![]),
    ] {
        let listed: Vec<CveId> = listed.into_iter().cloned().collect();
        assert_eq!(record.lacks(&listed).expect("intact").iter().collect::<Vec<_>>(), lacks);
    }
}
