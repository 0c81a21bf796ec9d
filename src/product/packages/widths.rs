//! Whether a table of `dpkg -l` was cut to the width of a terminal.
//!
//! Into a pipe or a file, `dpkg` makes the columns as wide as their widest cell, so nothing is cut. On a terminal, older
//! ones (all up to Ubuntu 20.04) make them as wide as the terminal lets them and cut what doesn't fit: 14 + w characters for
//! the name, 12 + w for the version, 12 for the architecture and 33 + 2 w for the description, where w is a quarter of what
//! the terminal has beyond 80 columns. Before there were architectures it was 14 + w, 14 + w and 44 + 2 w. (dpkg's source,
//! `list_format_init` of dpkg-query; the line of `+++-====` shows the widths.)

/// The least widths, those of a terminal of 80 columns.
const NAME: usize = 14;
const VERSION: usize = 12;
const DESCRIPTION: usize = 33;

/// The widths of the columns of names and versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Widths {
    name: usize,
    version: usize,
    /// Whether a terminal can have such columns.
    terminal: bool,
}

impl Widths {
    /// The widths that the line below the heading shows: `+++-====-====-====-====`.
    pub(super) fn of_heading(line: &str) -> Widths {
        let mut columns = line.trim_end().split('-').skip(1).map(str::len);
        let (name, version) = (columns.next().unwrap_or(0), columns.next().unwrap_or(0));
        let terminal = match (columns.next(), columns.next()) {
            // 33 + 2 w is odd; into a pipe it is the width of the longest description, 80 at most. Less than 33 means that
            // the line itself was cut.
            (Some(_), Some(description)) => name == version + 2 && (description % 2 == 1 || description < DESCRIPTION),
            (Some(_), None) => name == version || name == version + 2,
            _ => true,
        };
        Widths { name, version, terminal: terminal && name >= NAME }
    }

    /// The widths of rows without their heading: from where the columns begin if they stand below each other, else from the
    /// longest of each.
    pub(super) fn of_rows<'a>(rows: impl Iterator<Item = &'a str>) -> Widths {
        let mut starts: Option<[usize; 2]> = None;
        let (mut aligned, mut longest) = (true, [0, 0]);
        for row in rows {
            let words: Vec<(usize, &str)> = words(row).take(4).collect();
            let [_, (_, name), (version_at, version), (architecture_at, _)] = words.as_slice() else { continue };
            longest = [longest[0].max(name.len()), longest[1].max(version.len())];
            let here = [*version_at, *architecture_at];
            aligned &= *starts.get_or_insert(here) == here;
        }
        let [name, version] = match starts {
            // A status of three characters, a space, the name, a space, the version, a space.
            Some([version, architecture]) if aligned => {
                [version.saturating_sub(5), (architecture - version).saturating_sub(1)]
            }
            _ => longest,
        };
        Widths { name, version, terminal: name == version + 2 && version >= VERSION }
    }

    /// Whether this name or version may have lost its end.
    pub(super) fn may_cut(self, name: &str, version: &str) -> bool {
        self.terminal && (name.len() >= self.name || version.len() >= self.version)
    }
}

/// The words of a row with the place of each.
fn words(row: &str) -> impl Iterator<Item = (usize, &str)> {
    row.split_whitespace().map(move |word| (word.as_ptr() as usize - row.as_ptr() as usize, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widths_of_terminals_are_known() {
        let heading = |widths: &[usize]| {
            let columns: Vec<String> = widths.iter().map(|&width| "=".repeat(width)).collect();
            Widths::of_heading(&format!("+++-{}", columns.join("-")))
        };
        for columns in 40..400_usize {
            let w = columns.saturating_sub(80) / 4;
            assert!(heading(&[14 + w, 12 + w, 12, 33 + 2 * w]).terminal, "{columns}");
            assert!(heading(&[14 + w, 14 + w, 44 + 2 * w]).terminal, "{columns}");
            assert!(heading(&[14 + w, 12 + w]).terminal, "{columns}");
        }
        // The receipts of cflinuxfs4, and a dpkg of 2023.
        assert!(!heading(&[33, 39, 12, 80]).terminal && !heading(&[41, 30, 12, 80]).terminal);
        assert!(!heading(&[41, 39, 12, 80]).terminal, "no terminal gives a description 80 characters");
    }
}
