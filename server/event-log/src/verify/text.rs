//! What a verification says to who asked for it, in the words of every program
//! that has one.

use jiff::Timestamp;

use super::{Options, Progress, Proven, Report};

/// An event of a file, for whoever wants to know what is proven.
#[must_use]
pub fn event(proven: &Proven<'_>) -> String {
    let leaf = &proven.leaf;
    let at = Timestamp::from_microsecond(leaf.at);
    let at = at.map_or_else(|_range| leaf.at.to_string(), |at| at.to_string());
    let mut text = format!("event {} at position {}: ", leaf.seq, proven.position);
    push(&mut text, &format!("{} {}", leaf.act, leaf.outcome));
    text.push_str(", ");
    text.push_str(&at);
    if let Some(target) = leaf.target {
        text.push_str(", card ");
        text.push_str(&target.to_string());
    }
    if let Some(signer) = &proven.signer {
        text.push_str("\n    signed by ");
        push(&mut text, &signer.to_string());
    }
    for line in proven.body.statement.unwrap_or_default().lines() {
        text.push_str("\n    ");
        push(&mut text, line);
    }
    text
}

/// A terminal must not be told anything.
fn push(text: &mut String, line: &str) {
    text.extend(line.chars().filter(|letter| !letter.is_control()));
}

/// What was found and what was verified, a line for each thing; the last one
/// begins with `good` or `NOT good`.
#[must_use]
pub fn report(report: &Report, options: &Options, is_file: bool) -> String {
    let findings = report.findings.iter();
    let mut lines: Vec<String> = findings.map(|found| format!("FOUND: {found}")).collect();
    if report.more > 0 {
        lines.push(format!("and {} more", report.more));
    }
    let notes = report.times_back.iter();
    lines.extend(notes.map(|note| format!("NOTE: {note}")));
    if let Some(behind) = report.witness_behind {
        lines.push(format!(
            "NOTE: the witness file is {behind} events behind what was signed in the last minutes: \
             a server adds them when it works"
        ));
    }
    if report.more_times_back > 0 {
        let more = report.more_times_back;
        lines.push(format!("NOTE: and time goes back {more} times more"));
    }
    if is_file {
        lines.push(format!(
            "{} events of the file, each proven to be in the log, which had {} when it was signed",
            report.events, report.size
        ));
    } else {
        lines.push(format!(
            "{} events in the log, {} compared with it, {} in archives that were not given, \
             {} waiting",
            report.size, report.events, report.archived, report.waiting
        ));
        lines.push(format!(
            "{} checkpoints, {} witnessed ({} lines cut off)",
            report.checkpoints, report.witnessed, report.broken_lines
        ));
    }
    lines.push(if options.signatures {
        format!(
            "{} signatures of the legal person{}, {} from before they could be verified{}",
            report.signatures,
            weaker_signers(report),
            report.signatures_before,
            if options.anchors.is_none() {
                "; who issued the certificates was not checked (--ca)"
            } else {
                ""
            }
        )
    } else {
        String::from("signatures were left out")
    });
    if !is_file && options.signatures {
        lines.push(format!(
            "{} cards compared with what the log says of them, {} of them explained from a \
             baseline on, {} from before the log explained the register",
            report.cards, report.baselines, report.not_explained
        ));
    }
    lines.push(String::from(if report.is_good() {
        "good"
    } else {
        "NOT good: docs/audit.md says what to do"
    }));
    lines.join("\n")
}

/// Of how many signatures it is proven less who gave them.
fn weaker_signers(report: &Report) -> String {
    match (report.signers_by_certificate, report.signers_unnamed) {
        (0, 0) => String::new(),
        (by_certificate, unnamed) => format!(
            " (for {by_certificate} who signed stands in the certificate alone, without role and \
             enterprise; for {unnamed} the signer is not in the signature)"
        ),
    }
}

/// How far it is.
#[must_use]
pub fn progress(progress: Progress) -> String {
    match progress {
        Progress::Log(done, all) => format!("{done} of {all} events"),
        Progress::Signatures(done) => format!("signatures: {done} events"),
        Progress::File(done) => format!("{done} lines"),
    }
}
