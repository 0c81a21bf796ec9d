//! A folder of a repository, as git keeps it.

use std::collections::BTreeMap;
use std::fmt::Write;

/// What is under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TreeEntry {
    /// A file, with the name of its contents.
    File(String),
    /// A folder, with the name of its list.
    Folder(String),
    /// A repository in the repository.
    Submodule,
}

/// A folder: what it has, by name.
pub(super) type Folder = BTreeMap<String, TreeEntry>;

/// Reads the list of a folder: `<mode> <name>\0<object>` for each entry. `None` if it is none.
pub(super) fn parse(mut bytes: &[u8], sha256: bool) -> Option<Folder> {
    let length = if sha256 { 32 } else { 20 };
    let mut folder = Folder::new();
    while !bytes.is_empty() {
        let space = bytes.iter().position(|&byte| byte == b' ')?;
        let (mode, rest) = (&bytes[..space], &bytes[space + 1..]);
        let end = rest.iter().position(|&byte| byte == 0)?;
        let (object, after) = rest[end + 1..].split_at_checked(length)?;
        let entry = match mode {
            b"40000" => TreeEntry::Folder(hex(object)),
            b"160000" => TreeEntry::Submodule,
            _ => TreeEntry::File(hex(object)),
        };
        folder.insert(String::from_utf8_lossy(&rest[..end]).into_owned(), entry);
        bytes = after;
    }
    Some(folder)
}

fn hex(object: &[u8]) -> String {
    object.iter().fold(String::with_capacity(2 * object.len()), |mut text, byte| {
        // Writing to a string can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn files_folders_and_submodules_are_told_apart() {
        let mut bytes = Vec::new();
        for (mode, name) in [("100644", "a file"), ("120000", "link"), ("40000", "rootfs"), ("160000", "sub")] {
            bytes.extend(format!("{mode} {name}\0").bytes());
            bytes.extend([0xab; 20]);
        }
        let folder = parse(&bytes, false).expect("a folder");
        let object = "ab".repeat(20);
        assert_eq!(folder["a file"], TreeEntry::File(object.clone()));
        assert_eq!(folder["link"], TreeEntry::File(object.clone()));
        assert_eq!(folder["rootfs"], TreeEntry::Folder(object));
        assert_eq!(folder["sub"], TreeEntry::Submodule);
        assert_eq!(parse(b"", true), Some(Folder::new()));
        assert_eq!(parse(&bytes, true), None);
    }

    proptest! {
        #[test]
        fn whatever_the_bytes_are_reading_them_ends(bytes in prop::collection::vec(any::<u8>(), 0..200), sha256: bool) {
            let _ = parse(&bytes, sha256);
        }
    }
}
