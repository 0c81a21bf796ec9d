//! What is kept between checks.

use super::*;

#[test]
fn a_damaged_memory_is_rebuilt() {
    let world = ApiServer::of(25);
    world.list().0.expect("a list");
    let file = fs::read_dir(world.folder.path()).expect("a folder").next().expect("a file").expect("a file").path();
    for damage in [&b""[..], b"davos api 3\n", b"somebody else's"] {
        fs::write(&file, damage).expect("written");
        world.server.take_count();
        let (listing, count) = world.list();
        assert!(listing.expect("a list").walked);
        assert_eq!((count, world.queries().len()), (25, 2));
    }
}

#[test]
fn nothing_is_written_when_nothing_came() {
    let world = ApiServer::of(25);
    world.list().0.expect("a list");
    let file = fs::read_dir(world.folder.path()).expect("a folder").next().expect("a file").expect("a file").path();
    fs::remove_file(&file).expect("no file");
    world.check(|_| ());
    assert!(!file.exists());
}

#[test]
fn releases_and_servers_do_not_share_a_memory() {
    let http = Http::with_environment(LIMITS, &[], 1, |_| None).expect("a client");
    let open = |base: &str, release: &str| {
        let (base, release) = (base.parse().expect("an address"), release.parse().expect("a release"));
        SecurityApi::open(&http, base, &release, Path::new("/nowhere"), Timestamp::MIN).file
    };
    let file = open("https://mirror.example/security/", "jammy");
    assert_ne!(file, open("https://mirror.example/security/", "noble"));
    assert_ne!(file, open("https://ubuntu.com/security/", "jammy"));
    assert_eq!(file, open("https://me:hunter2@mirror.example/security", "jammy"));
}
