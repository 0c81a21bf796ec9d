//! The packages of a kernel notice.
//!
//! A kernel definition tests no package. It asks whether a kernel such as `6.5.0-\d+(-generic|-generic-64k)` runs and is
//! below `6.5.0-10`. The packages stand only in the list at the end of the description, which is taken at its word only
//! if it says the same as the tests.

use std::collections::HashSet;

use super::description::ListedPackage;

/// The kernels that a test looks for, and the release that fixes them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kernels<'a> {
    series: String,
    abi: u32,
    flavours: Vec<&'a str>,
}

impl<'a> Kernels<'a> {
    /// Reads a pattern and the release that a kernel should have reached. Patterns come from an untrusted file and all
    /// have one form, so no regular expression is run.
    pub(super) fn of(pattern: &'a str, release: &str) -> Option<Self> {
        let (series, flavours) = pattern.split_once(r"-\d+(")?;
        let flavours: Option<Vec<_>> = flavours
            .strip_suffix(')')?
            .split('|')
            .map(|flavour| flavour.strip_prefix('-').filter(|f| plain(f)))
            .collect();
        let (kernel, rest) = KernelRelease::at_start(release)?;
        let series = series.replace(r"\.", ".");
        (rest.is_empty() && kernel.series == series).then_some(Kernels { series, abi: kernel.abi, flavours: flavours? })
    }
}

fn plain(flavour: &str) -> bool {
    !flavour.is_empty() && flavour.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._+".contains(&b))
}

/// The kernel release in a package's name: `6.5.0`, 10 and `generic` in `linux-image-6.5.0-10-generic`.
#[derive(Debug, PartialEq, Eq)]
struct KernelRelease<'a> {
    series: &'a str,
    abi: u32,
    /// Empty where packages of several flavours share one: `linux-headers-6.5.0-10`.
    flavour: &'a str,
}

impl<'a> KernelRelease<'a> {
    /// The release that a package's name ends in.
    fn of_package(name: &'a str) -> Option<Self> {
        name.match_indices('-').find_map(|(hyphen, _)| {
            let (release, rest) = Self::at_start(&name[hyphen + 1..])?;
            let flavour = if rest.is_empty() { "" } else { rest.strip_prefix('-')? };
            Some(KernelRelease { flavour, ..release })
        })
    }

    /// The series and ABI number at the start of a text, and what follows.
    fn at_start(text: &'a str) -> Option<(Self, &'a str)> {
        if !text.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let (series, after) = text.split_once('-')?;
        let dotted = series.contains('.')
            && series.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        let abi = after[..digits].parse().ok()?;
        dotted.then_some((KernelRelease { series, abi, flavour: "" }, &after[digits..]))
    }
}

/// The listed packages that belong to these kernels. `None` if the list doesn't confirm every one of the tests: then
/// the packages are unknown. A package of a flavour that no test looks for is left out.
pub(super) fn confirmed<'a>(listed: Vec<ListedPackage<'a>>, tested: &[Kernels<'_>]) -> Option<Vec<ListedPackage<'a>>> {
    let releases: Vec<_> = listed.iter().map(|listed| KernelRelease::of_package(listed.package)).collect();
    let told: HashSet<_> =
        releases.iter().flatten().map(|kernel| (kernel.series, kernel.flavour, kernel.abi)).collect();
    let confirms = |kernels: &Kernels<'_>| {
        kernels.flavours.iter().any(|flavour| told.contains(&(kernels.series.as_str(), *flavour, kernels.abi)))
    };
    if tested.is_empty() || !tested.iter().all(confirms) {
        return None;
    }
    let covered: HashSet<_> = tested
        .iter()
        .flat_map(|kernels| kernels.flavours.iter().map(|flavour| (kernels.series.as_str(), *flavour)))
        .collect();
    let belongs = |release: &Option<KernelRelease<'_>>| {
        release
            .as_ref()
            .is_none_or(|release| release.flavour.is_empty() || covered.contains(&(release.series, release.flavour)))
    };
    Some(listed.into_iter().zip(&releases).filter(|(_, release)| belongs(release)).map(|(listed, _)| listed).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(packages: &[&'static str]) -> Vec<ListedPackage<'static>> {
        packages.iter().map(|package| ListedPackage { package, version: "6.5.0-10.10", pro: false }).collect()
    }

    fn names(confirmed: Option<Vec<ListedPackage<'_>>>) -> Option<Vec<String>> {
        confirmed.map(|listed| listed.iter().map(|package| package.package.to_owned()).collect())
    }

    #[test]
    fn patterns_of_one_form_are_read() {
        let kernels = Kernels::of(r"6.5.0-\d+(-generic|-generic-64k)", "6.5.0-10").expect("a pattern");
        assert_eq!(kernels, Kernels { series: "6.5.0".into(), abi: 10, flavours: vec!["generic", "generic-64k"] });
        for (pattern, release) in [
            (r"6.5.0-\d+(-generic", "6.5.0-10"),
            (r"6.5.0-\d+", "6.5.0-10"),
            (r"6.5.0-\d+()", "6.5.0-10"),
            (r"6.5.0-\d+(-.*)", "6.5.0-10"),
            (r"6.5.0-\d+(-a(b|c))", "6.5.0-10"),
            (r"6.5.0-\d+(-generic)", "6.8.0-10"),
            (r"6.5.0-\d+(-generic)", "6.5.0-10.1"),
            (r"6.5.0-\d+(-generic)", "6.5.0-99999999999"),
        ] {
            assert_eq!(Kernels::of(pattern, release), None, "{pattern} {release}");
        }
    }

    #[test]
    fn releases_are_found_in_names() {
        for (name, expected) in [
            ("linux-image-6.5.0-10-generic", Some(("6.5.0", 10, "generic"))),
            ("linux-headers-6.5.0-10-generic-64k", Some(("6.5.0", 10, "generic-64k"))),
            ("linux-laptop-tools-6.5.0-1017", Some(("6.5.0", 1017, ""))),
            ("linux-source-6.5.0", None),
            ("linux-image-lowlatency-hwe-22.04-edge", None),
            ("linux-tools-common", None),
        ] {
            let found = KernelRelease::of_package(name);
            assert_eq!(found.map(|found| (found.series, found.abi, found.flavour)), expected, "{name}");
        }
    }

    #[test]
    fn a_list_is_taken_at_its_word_if_it_confirms_every_test() {
        let packages = [
            "linux-image-6.5.0-10-generic",
            "linux-headers-6.5.0-10",
            "linux-generic",
            "linux-image-6.5.0-10-aws",
            "linux-image-6.8.0-10-generic",
        ];
        let generic = || Kernels::of(r"6.5.0-\d+(-generic|-generic-64k)", "6.5.0-10").expect("a pattern");
        let confirmed_names = names(confirmed(listed(&packages), &[generic()]));
        assert_eq!(confirmed_names.expect("confirmed"), packages[..3]);
        let raspi = Kernels::of(r"6.5.0-\d+(-raspi)", "6.5.0-1006").expect("a pattern");
        assert_eq!(names(confirmed(listed(&packages), &[generic(), raspi])), None);
        let later = Kernels::of(r"6.5.0-\d+(-generic)", "6.5.0-11").expect("a pattern");
        assert_eq!(names(confirmed(listed(&packages), &[later])), None);
        assert_eq!(names(confirmed(listed(&packages), &[])), None);
    }
}
