//! The notes of a release with its notices by priority.

use super::changes::count;
use super::fixes::{evidence, linked};
use super::others::{item, listed};
use super::sheet::{Block, Sheet};
use crate::notice::Priority;
use crate::publish::account::{Account, Verdict};
use crate::publish::release::Release;

/// Writes what is fixed.
pub(super) fn write(sheet: &mut Sheet, release: &Release<'_>) {
    sheet.paragraph(format!("# {} {}", release.product, release.version()));
    sheet.paragraph(summary(release));
    let own = release.fixed().into_iter().filter(|account| is_own(account));
    let (claimed, fixed): (Vec<&Account<'_>>, Vec<_>) =
        own.partition(|account| matches!(account.verdict, Verdict::Claimed { .. }));
    if !fixed.is_empty() {
        sheet.paragraph("## Fixed");
    }
    for priority in Priority::ALL.iter().rev() {
        let of_priority: Vec<_> = fixed.iter().filter(|account| account.priority() == *priority).collect();
        if of_priority.is_empty() {
            continue;
        }
        sheet.paragraph(format!("### {}", heading(*priority)));
        for account in of_priority {
            sheet.add(Block::Notice, listed(format!("- **{}**", linked(account)), account, evidence(release, account)));
        }
        sheet.gap();
    }
    if !claimed.is_empty() {
        sheet.paragraph("## Claimed without evidence");
        sheet.paragraph("This release was recorded as fixing these; no packages were recorded that show it:");
        claimed.iter().for_each(|account| sheet.add(Block::Notice, item(account, Vec::new())));
        sheet.gap();
    }
}

/// What it comes to, in a sentence or two.
pub(super) fn summary(release: &Release<'_>) -> String {
    let fixed = release.fixed();
    let claimed = fixed.iter().filter(|account| matches!(account.verdict, Verdict::Claimed { .. })).count();
    let open = release.accounts.iter().filter(|account| matches!(account.verdict, Verdict::Open { .. })).count();
    let since = release.since.map(|(version, _)| format!(" since {version}")).unwrap_or_default();
    let mut said = match fixed.len() - claimed {
        0 => format!("No security notice is newly fixed{since}."),
        shown => format!("Fixes {}{since}, as its packages show.", count(shown, "security notice")),
    };
    if claimed > 0 {
        said.push_str(&format!(
            " {} claimed without evidence.",
            if claimed == 1 { "1 more is".to_owned() } else { format!("{claimed} more are") }
        ));
    }
    match open {
        0 => said.push_str(" None is open."),
        1 => said.push_str(" 1 is still open."),
        open => said.push_str(&format!(" {open} are still open.")),
    }
    said
}

/// Whether the fix is this product's own.
pub(super) fn is_own(account: &Account<'_>) -> bool {
    !matches!(account.verdict, Verdict::Fixed { via: Some(_), .. } | Verdict::Claimed { via: Some(_) })
}

fn heading(priority: Priority) -> String {
    let word = priority.as_str();
    let (first, rest) = word.split_at(1);
    if priority == Priority::Unknown { "Not rated".to_owned() } else { format!("{}{rest}", first.to_uppercase()) }
}
