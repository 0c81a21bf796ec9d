//! Small files of an archive that would become large, or take long: the check says so, opens what it would have held, and
//! ends in time and within little memory.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use crate::acceptance::archive::Scene;
use crate::support::archive::{hex, packed};
use crate::support::binary::Container;
use crate::support::server::{Reply, Server};

/// The limits of the kernel for each step: 256 MB of memory, and 50 seconds of a processor.
const LIMITS: &str = "ulimit -d 262144 && ulimit -t 50";

/// Checks with an archive that answers so; the notice is opened whatever it does.
fn check(server: &Server, phrase: &str) -> Duration {
    let mut scene = Scene::new(1);
    scene.product.container = Container::new().under(LIMITS);
    scene.asks(json!(server.url("/")));
    let ran = scene.check();
    println!("{:?} {}", ran.took, ran.said());
    let took = ran.took;
    assert!(took < Duration::from_secs(47), "it took {:?}", ran.took);
    assert_eq!(ran.says(&["opened without the archive's word", phrase]).notices(), ["USN-7001-1"]);
    took
}

/// A suite whose only index is this file.
fn suite_of(name: &str, bytes: &[u8]) -> String {
    let date = Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S UTC");
    format!("Date: {date}\nSHA256:\n {} {} main/binary-amd64/{name}\n", hex(bytes), bytes.len())
}

fn served(name: &'static str, bytes: Vec<u8>) -> Server {
    let suite = suite_of(name, &bytes);
    Server::start(move |request| match request.path.rsplit('/').next() {
        Some("InRelease") => Reply::ok(suite.clone()),
        Some(asked) if asked == name => Reply::ok(bytes.clone()),
        _ => Reply::not_found(),
    })
}

/// So many blanks, packed.
fn blanks(mebibytes: usize, ending: &str) -> Vec<u8> {
    let piece = vec![b' '; 1 << 20];
    let write = |out: &mut dyn std::io::Write| (0..mebibytes).try_for_each(|_| out.write_all(&piece));
    if ending == ".xz" {
        let mut packer = liblzma::write::XzEncoder::new(Vec::new(), 1);
        write(&mut packer).and_then(|()| packer.finish()).expect("packed")
    } else {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        write(&mut packer).and_then(|()| packer.finish()).expect("packed")
    }
}

#[test]
fn an_index_that_unpacks_to_too_much_is_given_up() {
    for ending in [".gz", ".xz"] {
        let bytes = blanks(200, ending);
        assert!(bytes.len() < 1 << 20);
        let name = if ending == ".gz" { "Packages.gz" } else { "Packages.xz" };
        check(&served(name, bytes), "unpacks to more than 128 MiB");
    }
}

#[test]
fn an_index_with_too_many_packages_or_names_that_are_too_long_is_given_up() {
    let many: String = (0..210_000).map(|nth| format!("Package: p{nth}\nVersion: 1\nFilename: p\n\n")).collect();
    check(&served("Packages.gz", packed(many.as_bytes(), ".gz")), "more than 200000 packages");
    let long = "y".repeat(900);
    let many: String = (0..30_000).map(|nth| format!("Package: p{nth}\nVersion: 1\nFilename: {long}\n\n")).collect();
    check(&served("Packages.gz", packed(many.as_bytes(), ".gz")), "longer than 16 MiB");
}

#[test]
fn an_index_of_a_million_packed_parts_or_that_takes_a_gigabyte_to_unpack_is_given_up() {
    let empty = packed(b"", ".gz").repeat(1_000_000);
    let mut scene = Scene::new(1);
    scene.product.container = Container::new().under(LIMITS);
    scene.asks(json!(served("Packages.gz", empty).url("/")));
    assert!(scene.check().took < Duration::from_secs(47));
    // The dictionary that the head asks for: byte 4 of the head of the first block, which has a checksum at its end.
    let mut bytes = packed(b"Package: x\n", ".xz");
    let head = 12..12 + (usize::from(bytes[12]) + 1) * 4;
    bytes[head.start + 4] = 38;
    let sum = crc32fast::hash(&bytes[head.start..head.end - 4]);
    bytes[head.end - 4..head.end].copy_from_slice(&sum.to_le_bytes());
    check(&served("Packages.xz", bytes), "answered with what can't be used");
}

#[test]
fn a_file_at_the_top_of_a_suite_that_never_ends_or_lists_too_much_is_given_up() {
    check(&Server::start(|_| Reply::ok("Date: ".repeat(1_000)).endless()), "longer than the 4194304 bytes");
    let digest = hex(b"");
    let many: String = (0..3_000).map(|nth| format!(" {digest} 1 c{nth}/binary-amd64/Packages.gz\n")).collect();
    let date = Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S UTC");
    let suite = format!("Date: {date}\nSHA256:\n{many}");
    check(&Server::start(move |_| Reply::ok(suite.clone())), "lists more than 2000 indices");
    let gzip = Server::start(|_| Reply::gzip_bomb(64 << 20));
    check(&gzip, "longer than the 4194304 bytes");
}

#[test]
fn a_silent_archive_holds_nothing_up_for_longer_than_a_check_may_take() {
    let took = check(&Server::start(|_| Reply::silence()), "time");
    assert!(took < Duration::from_secs(25), "it took {took:?}");
}
