//! The store in a git repository: what it promises besides.

use std::fs;
use std::path::Path;

use davos::store::{GitConfig, GitStore, Object, Store};

use crate::stores::conformance::conforms;
use crate::support::git_server::{GitServer, PASSWORD, USER, commit_to, git, has_git, repository};

/// The store at an address, with a copy in `folder`.
pub(crate) fn open(address: &str, folder: &Path, change: impl FnOnce(&mut GitConfig)) -> GitStore {
    let mut config = GitConfig::new(address.parse().expect("an address"));
    change(&mut config);
    GitStore::new(config, &[], folder, 7)
}

/// The address with the credentials that the server knows.
pub(crate) fn with_password(url: &str) -> String {
    let password = PASSWORD.replace('/', "%2F").replace('+', "%2B");
    url.replace("http://", &format!("http://{USER}:{password}@"))
}

pub(crate) fn object(key: &str, bytes: &str) -> Object {
    Object::new(key, bytes)
}

#[test]
fn it_conforms_in_the_file_system() {
    if !has_git() {
        return;
    }
    let (folder, temporary) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let path = folder.path().join("log.git");
    repository(&path);
    let address = format!("file://{}", path.display());
    conforms(&|| Box::new(open(&address, temporary.path(), |config| config.path = "a/folder".to_owned())), 300);
    git(&path, &["fsck", "--strict"]);
}

#[test]
fn it_conforms_over_http() {
    if !has_git() {
        return;
    }
    let (folder, temporary) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    repository(&folder.path().join("log.git"));
    let server = GitServer::start(folder.path());
    let address = with_password(&server.url("log.git"));
    conforms(&|| Box::new(open(&address, temporary.path(), |_| {})), 300);
    git(&folder.path().join("log.git"), &["fsck", "--strict"]);
}

#[test]
fn one_call_is_one_commit_on_top_of_what_is_there() {
    if !has_git() {
        return;
    }
    let (folder, temporary) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let path = folder.path().join("log.git");
    repository(&path);
    commit_to(&path, "main", "README");
    let store = open(&path.display().to_string(), temporary.path(), |config| {
        config.committer = "CI Bot <ci@example.org>".parse().expect("a committer");
        config.commit_message = Some("[ci skip] %product%: %events%".to_owned());
    });
    assert_eq!(store.create(&[object("rootfs/1", "a"), object("rootfs/2", "b")]).expect("created"), 2);
    assert_eq!(
        git(&path, &["log", "--format=%an <%ae> %cn %s", "main"]).lines().next().expect("a commit"),
        "CI Bot <ci@example.org> CI Bot [ci skip] rootfs: 2 files"
    );
    assert_eq!(git(&path, &["rev-list", "--count", "main"]), "2");
    assert_eq!(git(&path, &["ls-tree", "-r", "--name-only", "main"]), "README\nrootfs/1\nrootfs/2");
}

#[test]
fn a_damaged_copy_is_thrown_away() {
    if !has_git() {
        return;
    }
    let (folder, temporary) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let path = folder.path().join("log.git");
    repository(&path);
    let open = || open(&path.display().to_string(), temporary.path(), |_| {});
    assert_eq!(open().create(&[object("rootfs/1", "a"), object("rootfs/2", "b")]).expect("created"), 2);
    let copy = || {
        let entries: Vec<_> =
            fs::read_dir(temporary.path()).expect("the folder").map(|e| e.expect("one").path()).collect();
        assert_eq!(entries.len(), 1, "{entries:?}");
        entries[0].clone()
    };
    let whole = || {
        let store = open();
        assert_eq!(store.list("rootfs", "").expect("a list"), ["1", "2"]);
        let read = store.read(&["rootfs/1".to_owned(), "rootfs/2".to_owned()]).expect("two");
        assert_eq!(read, [Some(b"a".to_vec()), Some(b"b".to_vec())]);
    };
    whole();
    type Damage<'a> = (&'a str, &'a dyn Fn(&Path));
    let damages: [Damage<'_>; 6] = [
        ("no objects", &|copy| fs::remove_dir_all(copy.join("objects")).expect("removed")),
        ("empty objects", &|copy| {
            for folder in fs::read_dir(copy.join("objects")).expect("objects").flatten() {
                for file in fs::read_dir(folder.path()).expect("a folder").flatten() {
                    fs::remove_file(file.path()).expect("removed");
                    fs::write(file.path(), "").expect("emptied");
                }
            }
        }),
        ("one object lost", &|copy| {
            let blob = git(copy, &["--git-dir=.", "rev-parse", "refs/davos/tip:rootfs/1"]);
            fs::remove_file(copy.join("objects").join(&blob[..2]).join(&blob[2..])).expect("removed");
        }),
        ("a lock that nobody holds", &|copy| {
            git(&path, &["update-ref", "refs/heads/main", "main"]);
            fs::write(copy.join("refs/davos/tip.lock"), "").expect("a lock");
            fs::write(copy.join("refs/davos/tip"), "0123").expect("a ref");
        }),
        ("no repository", &|copy| {
            fs::remove_dir_all(copy).expect("removed");
            fs::write(copy, "a file").expect("a file");
        }),
        ("what a killed process left", &|copy| {
            let name = copy.file_name().expect("a name").to_string_lossy().into_owned();
            fs::rename(copy, copy.with_file_name(format!("{name}.4194305.x"))).expect("renamed");
            fs::create_dir(copy.with_file_name(format!("{name}.4194306.x"))).expect("another");
        }),
    ];
    for (what, damage) in damages {
        damage(&copy());
        println!("{what}");
        whole();
        copy();
    }
}

#[test]
fn a_branch_that_was_made_meanwhile_is_no_error() {
    if !has_git() {
        return;
    }
    let (folder, temporary) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let path = folder.path().join("log.git");
    repository(&path);
    let store = open(&path.display().to_string(), temporary.path(), |_| {});
    assert!(store.list("rootfs", "").expect("an empty repository").is_empty());
    commit_to(&path, "main", "README");
    assert_eq!(store.create(&[object("rootfs/1", "a")]).expect("created"), 1);
    assert_eq!(git(&path, &["ls-tree", "-r", "--name-only", "main"]), "README\nrootfs/1");
}
