//! The description of a notice in an OVAL file: what was fixed, and then the update instructions, all on one line.

/// What the generator puts between a notice's details and its packages.
const INSTRUCTIONS: &str = "Update Instructions:";
/// What it writes before the packages.
const LIST: &str = "following package versions:";
/// How it closes a group of packages that everybody may install.
const FREE: &str = "No subscription required";
/// How it closes a group that only Ubuntu Pro has; more words and an address follow.
const PRO: &str = "Available with Ubuntu Pro";

/// A package as the instructions list it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ListedPackage<'a> {
    pub(super) package: &'a str,
    pub(super) version: &'a str,
    pub(super) pro: bool,
}

/// The details alone, as paragraphs. Canonical's generator turned each newline into a space, so that a paragraph begins
/// after two; so does an indented line, which is told by a sentence that isn't over.
pub(super) fn readable(description: &str) -> String {
    let details = description.rfind(INSTRUCTIONS).map_or(description, |start| &description[..start]);
    let mut readable = String::with_capacity(details.len());
    let mut gap = 0;
    for word in details.split([' ', '\n', '\t', '\r']) {
        if word.is_empty() {
            gap += 1;
            continue;
        }
        let over = readable.ends_with(['.', ':', ';', '!', '?', ')', '"']);
        readable.push_str(match gap {
            _ if readable.is_empty() => "",
            0 => " ",
            _ if word == "-" => "\n",
            _ if over => "\n\n",
            _ => " ",
        });
        readable.push_str(word);
        gap = 0;
    }
    readable
}

/// The packages that the instructions list. `None` if there is no list, or one that isn't wholly understood.
pub(super) fn listed(description: &str) -> Option<Vec<ListedPackage<'_>>> {
    let list = &description[description.rfind(LIST)? + LIST.len()..];
    let (mut listed, mut group) = (Vec::new(), 0);
    let mut rest = list.trim_start();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix(FREE) {
            (rest, group) = (after.trim_start(), listed.len());
        } else if let Some(after) = rest.strip_prefix(PRO) {
            // " (Infra-only): https://ubuntu.com/pro", " with Legacy support add-on: https://ubuntu.com/pro"
            let address = after.find("https://")?;
            listed[group..].iter_mut().for_each(|package: &mut ListedPackage| package.pro = true);
            (rest, group) = (after[address..].split_once(' ').map_or("", |(_, next)| next.trim_start()), listed.len());
        } else {
            let (package, after) = rest.split_once(" - ")?;
            let (version, after) = after.trim_start().split_once(' ')?;
            let package = package.trim_end();
            if package.contains(' ') {
                return None;
            }
            listed.push(ListedPackage { package, version, pro: false });
            rest = after.trim_start();
        }
    }
    (group == listed.len() && group > 0).then_some(listed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_become_paragraphs_and_lists() {
        let printed = "Ann found a hole.  A user  could fall in. (CVE-2023-4874)  These parts are affected:   - door;   - \
                       floor; (CVE-2023-4875)  Update Instructions:  Run `sudo pro fix USN-6374-2`";
        assert_eq!(
            readable(printed),
            "Ann found a hole.\n\nA user could fall in. (CVE-2023-4874)\n\nThese parts are affected:\n- door;\n- floor; \
             (CVE-2023-4875)"
        );
        assert_eq!(readable(""), "");
    }

    #[test]
    fn the_list_tells_what_only_pro_has() {
        let printed = "Update to the following package versions:  mutt - 2.2.9-1 No subscription required  \
                       libc6 - 2.35-0ubuntu3.8 vim - 2:8.2 Available with Ubuntu Pro (Infra-only): \
                       https://ubuntu.com/pro  bash - 5.1 No subscription required";
        let listed = listed(printed).expect("a list");
        let listed: Vec<_> = listed.iter().map(|package| (package.package, package.version, package.pro)).collect();
        assert_eq!(
            listed,
            [
                ("mutt", "2.2.9-1", false),
                ("libc6", "2.35-0ubuntu3.8", true),
                ("vim", "2:8.2", true),
                ("bash", "5.1", false)
            ]
        );
    }

    #[test]
    fn a_list_that_is_not_understood_is_none() {
        for printed in [
            "",
            "following package versions:",
            "following package versions:  mutt - 2.2.9-1",
            "following package versions:  mutt - 2.2.9-1 vim",
            "following package versions:  mutt and vim - 2.2.9-1 No subscription required",
            "following package versions:  mutt - 2.2.9-1 Available with Ubuntu Pro",
        ] {
            assert_eq!(listed(printed), None, "{printed:?}");
        }
    }
}
