//! The state of a package in dpkg's database: whether it is installed.

/// Whether a state in words means that a package is there: `install ok installed`, or its last word alone. `None` if it is no
/// state of dpkg's.
pub(super) fn of_words(text: &str) -> Option<bool> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let state = match words.as_slice() {
        [wanted, flag, state] => {
            let valid = ["unknown", "install", "hold", "deinstall", "purge"].contains(wanted)
                && ["ok", "reinstreq"].contains(flag);
            valid.then_some(*state)?
        }
        [state] => state,
        _ => return None,
    };
    match state {
        "not-installed" | "config-files" => Some(false),
        "installed" | "half-installed" | "unpacked" | "half-configured" | "triggers-awaited" | "triggers-pending" => {
            Some(true)
        }
        _ => None,
    }
}

/// The same of the letters that `dpkg -l` shows, such as `ii` and `rc` (dpkg-query(1)): the wanted state, the state, and an
/// error flag. Only `n` and `c` mean that no files are there.
pub(super) fn of_letters(text: &str) -> Option<bool> {
    let mut letters = text.chars();
    let (wanted, state, error) = (letters.next()?, letters.next()?, letters.next());
    let valid = "uihrp".contains(wanted)
        && "ncHUFWti".contains(state)
        && error.is_none_or(|error| error == 'R')
        && letters.next().is_none();
    valid.then_some(!matches!(state, 'n' | 'c'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_removed_or_never_there_is_not_installed() {
        for (words, letters, installed) in [
            ("install ok installed", "ii", true),
            ("hold ok installed", "hi", true),
            ("deinstall ok config-files", "rc", false),
            ("purge ok not-installed", "pn", false),
            ("unknown ok not-installed", "un", false),
            ("install reinstreq half-installed", "iHR", true),
            ("install ok unpacked", "iU", true),
            ("deinstall ok installed", "ri", true),
            ("install ok triggers-pending", "it", true),
        ] {
            assert_eq!(of_words(words), Some(installed), "{words}");
            assert_eq!(of_words(words.rsplit(' ').next().expect("a word")), Some(installed), "{words}");
            assert_eq!(of_letters(letters), Some(installed), "{letters}");
        }
        for none in
            ["", "i", "xi", "ix", "iiR2", "iiX", "install", "install ok", "install ok removed", "a ok installed"]
        {
            assert_eq!(of_words(none).or(of_letters(none)), None, "{none}");
        }
    }
}
