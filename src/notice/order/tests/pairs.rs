//! Pairs of versions, beside the order that other implementations have for them.

use std::fs;
use std::path::Path;

use super::*;

/// Compares all pairs in the files of a folder, which are named after who has the order: `npm.txt`, `golang.toolchain.txt`.
fn compare_files(folder: &Path) -> usize {
    let (mut compared, mut wrong) = (0, Vec::new());
    for file in fs::read_dir(folder).expect("a folder of pairs") {
        let path = file.expect("a file").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let own = name.split('.').next().expect("an ecosystem");
        // These five have one order, whoever had it first.
        let five = ["golang", "npm", "cargo", "generic", "github"];
        let ecosystems = if five.contains(&own) { &five[..] } else { &[own][..] };
        for line in fs::read_to_string(&path).expect("pairs").lines() {
            let parts: Vec<&str> = line.split('\t').collect();
            let [one, sign, other] = parts[..] else { panic!("{name} has the line {line:?}") };
            let order = match sign {
                "<" => Ordering::Less,
                "=" => Ordering::Equal,
                ">" => Ordering::Greater,
                _ => panic!("{name} has the line {line:?}"),
            };
            compared += 1;
            for ecosystem in ecosystems {
                let (there, back) = (compare(ecosystem, one, other), compare(ecosystem, other, one));
                if there != Some(order) || back != Some(order.reverse()) {
                    wrong.push(format!(
                        "{name}: {line:?} is {there:?} in {ecosystem}, and {back:?} the other way round"
                    ));
                }
            }
        }
    }
    wrong.sort();
    assert!(wrong.is_empty(), "{} of {compared} pairs differ:\n{}", wrong.len(), wrong.join("\n"));
    compared
}

#[test]
fn a_sample_orders_as_other_implementations_order_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/versions");
    assert_eq!(compare_files(&folder), 6 * 150);
}

#[test]
#[ignore = "needs a folder of pairs in VERSION_PAIRS; ci/version-orders makes one"]
fn pairs_order_as_other_implementations_order_them() {
    let folder = std::env::var_os("VERSION_PAIRS").expect("VERSION_PAIRS names a folder");
    println!("{} pairs compared", compare_files(Path::new(&folder)));
}
