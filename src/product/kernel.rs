//! Kernel packages, which carry their ABI number in the name.

/// The family of a kernel package: its name with the ABI number wild and the series kept, such as
/// `linux-image-5.15.0-*-generic`. `None` for every other package, `linux-libc-dev` and `linux-image-generic` included.
pub fn family(name: &str) -> Option<String> {
    let rest = name.strip_prefix("linux-")?;
    let (start, end) = abi(rest)?;
    Some(format!("linux-{}*{}", &rest[..start], &rest[end..]))
}

/// Whether it is a kernel package that carries its ABI number in the name.
pub(super) fn is_one(name: &str) -> bool {
    name.strip_prefix("linux-").is_some_and(|rest| abi(rest).is_some())
}

/// Where the ABI number stands: the digits after `<x>.<y>.<z>-`, up to the end or to the next dash.
fn abi(name: &str) -> Option<(usize, usize)> {
    let mut start = 0;
    let mut series_before = false;
    for part in name.split('-') {
        let end = start + part.len();
        if series_before && is_number(part) {
            return Some((start, end));
        }
        series_before = is_series(part);
        start = end + 1;
    }
    None
}

fn is_number(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit())
}

fn is_series(part: &str) -> bool {
    part.starts_with(|c: char| c.is_ascii_digit()) && part.split('.').count() == 3 && part.split('.').all(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_abi_number_is_wild_and_the_series_and_flavour_are_kept() {
        for (name, expected) in [
            ("linux-image-5.15.0-91-generic", "linux-image-5.15.0-*-generic"),
            ("linux-image-unsigned-6.5.0-10-generic-64k", "linux-image-unsigned-6.5.0-*-generic-64k"),
            ("linux-headers-6.5.0-10", "linux-headers-6.5.0-*"),
            ("linux-laptop-headers-6.5.0-1017", "linux-laptop-headers-6.5.0-*"),
            ("linux-modules-nvidia-535-6.5.0-10-generic", "linux-modules-nvidia-535-6.5.0-*-generic"),
            ("linux-image-5.15.0-1045-intel-iotg", "linux-image-5.15.0-*-intel-iotg"),
        ] {
            assert_eq!(family(name).as_deref(), Some(expected), "{name}");
        }
    }

    #[test]
    fn other_packages_have_no_family() {
        for name in [
            "linux-libc-dev",
            "linux-image-generic",
            "linux-source-6.5.0",
            "libpython3.10",
            "linux-tools-common",
            "linux-image-laptop-23.10",
            "gcc-12.1.0-12",
        ] {
            assert_eq!(family(name), None, "{name}");
        }
    }
}
