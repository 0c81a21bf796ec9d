//! Kernel notices concern only products that hold such a kernel.

use serde_json::{Value, json};

use crate::acceptance::product::{Product, packages};
use crate::acceptance::upstream::{oval_of, static_file};
use crate::support::needs::corpus_bytes;
use crate::support::server::Server;

/// A check of a product with these packages, against the real notices of mantic.
fn kernel_notices_for(lines: &[&str]) -> Option<Vec<String>> {
    // The headers of the kernel's interface to C programs are no kernel, yet every kernel notice has them.
    kernel_notices_ignoring("linux-libc-dev", lines)
}

fn kernel_notices_ignoring(ignored: &str, lines: &[&str]) -> Option<Vec<String>> {
    let oval = corpus_bytes("oval/com.ubuntu.mantic.usn.oval.xml.bz2")?;
    let server = Server::start(move |request| static_file(request, &oval));
    let product = Product::new(json!({"os": "mantic", "ignore_packages": [ignored], "upstream": oval_of(&server)}));
    product.release("1.0.0", packages(lines)).succeeded();
    Some(product.check("notices", Value::Null).succeeded().notices())
}

#[test]
fn a_product_with_a_kernel_gets_the_newer_notices_of_its_own_flavour_and_series() {
    let Some(notices) = kernel_notices_for(&["bash=5.2.15-2ubuntu1", "linux-image-6.5.0-10-generic=6.5.0-10.10"])
    else {
        return;
    };
    // Rated high, of the generic kernel, and newer than 6.5.0-10.10; USN-6454-1 is 6.5.0-10.10 itself.
    let expected = [
        "USN-6503-1",
        "USN-6608-1",
        "USN-6624-1",
        "USN-6651-1",
        "USN-6707-1",
        "USN-6743-1",
        "USN-6818-1",
        "USN-6872-1",
    ];
    assert_eq!(notices, expected);
}

#[test]
fn a_kernel_of_another_series_or_flavour_gets_none_of_them() {
    for kernel in ["linux-image-5.15.0-10-generic=5.15.0-10.10", "linux-image-6.5.0-10-homemade=6.5.0-10.10"] {
        let Some(notices) = kernel_notices_for(&["bash=5.2.15-2ubuntu1", kernel]) else { return };
        assert_eq!(notices, Vec::<String>::new(), "{kernel}");
    }
    let Some(notices) = kernel_notices_for(&["linux-image-6.5.0-1004-laptop=6.5.0-1004.7"]) else { return };
    let has = |id: &str| notices.contains(&id.to_owned());
    assert!(has("USN-6818-2") && has("USN-6707-2"), "of the laptop kernel alone: {notices:?}");
    assert!(!has("USN-6818-1") && !has("USN-6707-1"), "of other kernels: {notices:?}");
}

#[test]
fn the_highest_installed_kernel_of_a_family_counts() {
    let both = ["linux-image-6.5.0-10-generic=6.5.0-10.10", "linux-image-6.5.0-41-generic=6.5.0-41.41"];
    let Some(notices) = kernel_notices_for(&both) else { return };
    assert_eq!(notices, ["USN-6872-1"]);
}

#[test]
fn a_product_without_a_kernel_gets_no_kernel_notice() {
    let Some(notices) = kernel_notices_for(&["bash=5.2.15-2ubuntu1", "linux-libc-dev=6.5.0-9.9"]) else { return };
    assert_eq!(notices, Vec::<String>::new());
}
