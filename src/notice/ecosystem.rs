//! What an ecosystem of packages is called: by package URLs, by OSV, and by scanners.

/// The types of package URLs (the specification's list of types), the names of OSV (its schema's list of ecosystems), and what scanners
/// call the kind besides.
const ECOSYSTEMS: &[(&str, &str, &[&str])] = &[
    ("golang", "Go", &["go-module", "gomod", "gobinary"]),
    ("npm", "npm", &["node-pkg", "yarn", "pnpm", "npmjs"]),
    ("pypi", "PyPI", &["python", "python-pkg", "pip", "pipenv", "poetry"]),
    ("cargo", "crates.io", &["rust-crate", "rustbinary", "crates"]),
    ("gem", "RubyGems", &["gemspec", "bundler"]),
    ("maven", "Maven", &["java-archive", "jar", "pom", "gradle"]),
    ("nuget", "NuGet", &["dotnet", "dotnet-core"]),
    ("composer", "Packagist", &["php-composer"]),
    ("hex", "Hex", &[]),
    ("pub", "Pub", &[]),
    ("swift", "SwiftURL", &[]),
    ("cran", "CRAN", &[]),
    ("hackage", "Hackage", &[]),
    ("conan", "ConanCenter", &[]),
    ("generic", "generic", &["binary"]),
];

/// The type of package URLs that is meant by a word of OSV's or of a scanner's, or by itself.
pub fn ecosystem_of(word: &str) -> Option<&'static str> {
    let is = |known: &&str| known.eq_ignore_ascii_case(word);
    let known = ECOSYSTEMS.iter().find(|(kind, osv, words)| is(kind) || is(osv) || words.iter().any(is));
    known.map(|(kind, ..)| *kind)
}

/// The name that OSV has for an ecosystem; one that it has no name for keeps its own.
pub fn osv_name(ecosystem: &str) -> &str {
    ECOSYSTEMS.iter().find(|(kind, ..)| *kind == ecosystem).map_or(ecosystem, |(_, osv, _)| osv)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_word_means_one_ecosystem_and_the_name_that_is_written_is_read() {
        let mut seen = BTreeSet::new();
        for (kind, osv, words) in ECOSYSTEMS {
            let all: BTreeSet<String> =
                [kind, osv].into_iter().chain(*words).map(|word| word.to_ascii_lowercase()).collect();
            for word in all {
                assert_eq!(ecosystem_of(&word), Some(*kind), "{word}");
                assert!(seen.insert(word.clone()), "{word} stands twice");
            }
            assert_eq!(ecosystem_of(osv_name(kind)), Some(*kind));
        }
        assert_eq!((ecosystem_of("conda"), osv_name("conda")), (None, "conda"));
    }
}
