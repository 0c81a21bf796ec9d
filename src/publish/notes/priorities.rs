//! The notes of a release with its notices by priority.

use super::answers::left_unfixed;
use super::fixes::{evidence, linked};
use super::items::{item, listed, rating};
use super::sheet::{NotesBlock, Sheet};
use crate::notice::Priority;
use crate::publish::notice_outcome::{NoticeOutcome, Verdict};
use crate::publish::release::RecordedRelease;
use crate::text::{are, count};

/// Writes what is fixed.
pub(super) fn write(sheet: &mut Sheet, release: &RecordedRelease<'_>) {
    sheet.paragraph(format!("# {} {}", release.product, release.version()));
    sheet.paragraph(summary(release));
    let own = release.fixed().into_iter().filter(|outcome| is_own(outcome));
    let (claimed, fixed): (Vec<&NoticeOutcome<'_>>, Vec<_>) =
        own.partition(|outcome| matches!(outcome.verdict, Verdict::Claimed { .. }));
    if !fixed.is_empty() {
        sheet.paragraph("## Fixed");
    }
    for priority in Priority::ALL.iter().rev() {
        let of_priority: Vec<_> = fixed.iter().filter(|outcome| outcome.priority() == *priority).collect();
        if of_priority.is_empty() {
            continue;
        }
        sheet.paragraph(format!("### {}", heading(*priority)));
        for outcome in of_priority {
            sheet.add(
                NotesBlock::Notice,
                listed(format!("- **{}**", linked(outcome)), outcome, evidence(release, outcome)),
            );
        }
        sheet.gap();
    }
    if !claimed.is_empty() {
        sheet.paragraph("## Claimed without evidence");
        sheet.paragraph("This release was recorded as fixing these; no packages were recorded that show it:");
        claimed.iter().for_each(|outcome| sheet.add(NotesBlock::Notice, item(outcome, Vec::new())));
        sheet.gap();
    }
}

/// What it comes to, in a few sentences. Only what is open is called so, and nothing is kept quiet beside it.
pub(super) fn summary(release: &RecordedRelease<'_>) -> String {
    let fixed = release.fixed();
    let number = |which: fn(&NoticeOutcome<'_>) -> bool| fixed.iter().filter(|outcome| which(outcome)).count();
    let claimed = number(|outcome| matches!(outcome.verdict, Verdict::Claimed { .. }));
    let inherited = number(|outcome| matches!(outcome.verdict, Verdict::Fixed { via: Some(_), .. }));
    let own = fixed.len() - claimed - inherited;
    let since = release.since.map(|(version, _)| format!(" since {version}")).unwrap_or_default();
    let mut said = match own {
        0 if inherited > 0 => {
            format!("Inherits {}{since} from what it contains.", count(inherited, "security fix"))
        }
        0 => format!("No security notice is newly fixed{since}."),
        own => format!("Fixes {}{since}, as its packages show.", count(own, "security notice")),
    };
    if own > 0 && inherited > 0 {
        said.push_str(&format!(" Inherits {inherited} more from what it contains."));
    }
    if claimed > 0 {
        let more = if own + inherited > 0 { " more" } else { "" };
        let verb = if claimed == 1 { "is" } else { "are" };
        said.push_str(&format!(" {claimed}{more} {verb} claimed without evidence."));
    }
    format!("{said} {}", rest(release))
}

/// What is not fixed.
fn rest(release: &RecordedRelease<'_>) -> String {
    let number =
        |which: fn(&Verdict<'_>) -> bool| release.outcomes.iter().filter(|outcome| which(&outcome.verdict)).count();
    let open = number(|verdict| matches!(verdict, Verdict::Open { .. }));
    let earlier = number(|verdict| matches!(verdict, Verdict::Earlier { .. }));
    let inside = release.open_inside().len();
    let mut said = match (open, left_unfixed(release)) {
        (0, 0) if inside > 0 => "None of its own is open.".to_owned(),
        (0, 0) => "None is open.".to_owned(),
        (0, left) => format!("None is open, but {} left unfixed by decision.", are(left)),
        (open, 0) => format!("{} still open.", are(open)),
        (open, left) => format!("{} still open, and {} left unfixed by decision.", are(open), are(left)),
    };
    if inside > 0 {
        said.push_str(&format!(" {} open in what it contains.", are(inside)));
    }
    if earlier > 0 {
        said.push_str(&format!(
            " Without packages nothing shows that what earlier releases settled stays so: {}.",
            count(earlier, "notice")
        ));
    }
    said
}

/// Whether the fix is this product's own.
pub(super) fn is_own(outcome: &NoticeOutcome<'_>) -> bool {
    !matches!(outcome.verdict, Verdict::Fixed { via: Some(_), .. } | Verdict::Claimed { via: Some(_) })
}

fn heading(priority: Priority) -> String {
    let (first, rest) = rating(priority).split_at(1);
    format!("{}{rest}", first.to_uppercase())
}
