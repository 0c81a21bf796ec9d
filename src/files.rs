//! Files that somebody else may have put there: read only if they are what they seem, and swept away when nobody needs them.

use std::fs::{self, File};
use std::io::{Error, ErrorKind, Read, Result};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// No step takes as long: what is older was left by one that was interrupted.
const FORGOTTEN: Duration = Duration::from_secs(2 * 3600);

/// The bytes of a regular file, links followed. Anything else could keep us waiting, or never end.
///
/// # Errors
/// If it can't be read, is no regular file (the error says what it is), or has more bytes than these.
pub(crate) fn read(path: &Path, most: u64) -> Result<Vec<u8>> {
    let file = open(path)?;
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let size = format!("it is larger than {} MiB: is it the right file?", most >> 20);
        return Err(Error::new(ErrorKind::FileTooLarge, size));
    }
    Ok(bytes)
}

/// A regular file, opened to be read.
///
/// # Errors
/// If it can't be opened, or is no regular file.
pub(crate) fn open(path: &Path) -> Result<File> {
    // What it was before it is opened can change until then; but a FIFO that is opened so doesn't wait for a writer.
    let file = File::options().read(true).custom_flags(rustix::fs::OFlags::NONBLOCK.bits() as i32).open(path);
    let kind = match &file {
        Ok(file) => file.metadata()?.file_type(),
        // A socket can't be opened at all.
        Err(_) => fs::metadata(path)?.file_type(),
    };
    let what = match kind {
        _ if kind.is_dir() => {
            return Err(Error::new(ErrorKind::IsADirectory, "it is a folder; name the file in it"));
        }
        _ if kind.is_fifo() => "a FIFO",
        _ if kind.is_socket() => "a socket",
        _ if kind.is_file() => return file,
        _ => "a device",
    };
    Err(Error::new(ErrorKind::InvalidInput, format!("it is {what} and no regular file")))
}

/// Removes what interrupted steps left in a folder: all that is named so and that nobody has touched for hours. What can't be
/// removed stays.
pub(crate) fn sweep(folder: &Path, is_ours: impl Fn(&str) -> bool, now: SystemTime) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if !entry.file_name().to_str().is_some_and(&is_ours) {
            continue;
        }
        let touched = entry.metadata().and_then(|found| Ok((found.is_dir(), found.modified()?)));
        let Ok((is_folder, touched)) = touched else { continue };
        if now.duration_since(touched).is_ok_and(|age| age > FORGOTTEN) {
            let _ = if is_folder { fs::remove_dir_all(entry.path()) } else { fs::remove_file(entry.path()) };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn only_a_regular_file_is_read_and_no_more_of_it_than_allowed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        fs::write(path("file"), "abc").expect("a file");
        std::os::unix::fs::symlink("file", path("link")).expect("a link");
        assert_eq!(read(&path("file"), 3).expect("three bytes"), b"abc");
        assert_eq!(read(&path("link"), 3).expect("three bytes"), b"abc");
        assert!(read(&path("file"), 2).expect_err("too long").to_string().contains("larger than"));
        let _socket = UnixListener::bind(path("socket")).expect("a socket");
        assert!(std::process::Command::new("mkfifo").arg(path("fifo")).status().expect("mkfifo").success());
        for (name, said) in [
            ("fifo", "a FIFO and no regular file"),
            ("socket", "a socket and no regular file"),
            ("/dev/zero", "a device and no regular file"),
            (".", "it is a folder"),
        ] {
            let error = read(&path(name), 1 << 20).expect_err(name).to_string();
            assert!(error.contains(said), "{name}: {error}");
        }
        assert_eq!(read(&path("nothing"), 1).expect_err("nothing").kind(), ErrorKind::NotFound);
    }

    #[test]
    fn what_an_interrupted_step_left_goes_away_and_what_is_in_use_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let now = SystemTime::now();
        for (name, hours) in [(".tmp-old", 3), (".tmp-new", 1), ("kept", 9)] {
            let file = File::create(folder.path().join(name)).expect("a file");
            file.set_modified(now - Duration::from_secs(hours * 3600)).expect("a time");
        }
        fs::create_dir(folder.path().join(".tmp-folder")).expect("a folder");
        fs::write(folder.path().join(".tmp-folder/file"), "").expect("a file");
        sweep(folder.path(), |name| name.starts_with(".tmp"), now);
        let left = |name: &str| folder.path().join(name).exists();
        assert!(!left(".tmp-old") && left(".tmp-new") && left("kept") && left(".tmp-folder"));
        sweep(folder.path(), |name| name.starts_with(".tmp"), now + 3 * FORGOTTEN);
        assert!(!left(".tmp-new") && !left(".tmp-folder") && left("kept"));
        sweep(&folder.path().join("nowhere"), |_| true, now);
    }
}
