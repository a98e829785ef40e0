//! The last pass: the register's rows against what the events make of each card.
//!
//! The server may go on meanwhile: rows that differ are looked at again after the
//! events that came since.

use super::{Finding, Options, Report};
use crate::{
    LogSource,
    register::{RegisterSource, RegisteredCard, fold::RegisterFold},
};

/// Cards that are read at once.
const CARDS_BATCH: u32 = 1000;

/// Events that are read at once.
const LEAVES_BATCH: u32 = 20_000;

/// How often rows that differ are looked at.
const MAX_LOOKS: u32 = 3;

/// Compares every card of the register, and looks for those that it lacks.
pub(super) async fn compare<S: RegisterSource + ?Sized>(
    source: &S,
    options: &Options,
    mut fold: RegisterFold,
    report: &mut Report,
) -> Result<(), S::Error> {
    let mut after = None;
    loop {
        let mut cards = source.cards(after, CARDS_BATCH).await?;
        let mut found = judge(&cards, options, &mut fold);
        for _again in 1..MAX_LOOKS {
            if found.is_empty() {
                break;
            }
            catch_up(source, &mut fold, report).await?;
            cards = source.cards(after, CARDS_BATCH).await?;
            found = judge(&cards, options, &mut fold);
        }
        report.cards += cards.len() as u64;
        for finding in found {
            report.find(finding);
        }
        match cards.last() {
            Some(last) if cards.len() == CARDS_BATCH as usize => after = Some(last.card),
            _ => break,
        }
    }
    fold.end(report);
    Ok(())
}

/// What differs in these rows.
fn judge(cards: &[RegisteredCard], options: &Options, fold: &mut RegisterFold) -> Vec<Finding> {
    let mut found = Vec::new();
    for card in cards {
        fold.compare(card, options.anchors.as_ref(), &mut found);
    }
    found
}

/// Folds what came since the verification began, also with numbers that became
/// visible late.
async fn catch_up<S: LogSource + ?Sized>(
    source: &S,
    fold: &mut RegisterFold,
    report: &mut Report,
) -> Result<(), S::Error> {
    let mut next = fold.settled().saturating_add(1);
    loop {
        let leaves = source.leaves(next, i64::MAX, LEAVES_BATCH).await?;
        for leaf in leaves.iter() {
            match leaf.body() {
                Ok(body) => fold.event(&leaf, &body, report),
                Err(_form) => report.find(Finding::Unreadable { seq: leaf.seq }),
            }
        }
        match leaves.last_seq() {
            Some(last) if leaves.len() == LEAVES_BATCH as usize => next = last.saturating_add(1),
            _ => return Ok(()),
        }
    }
}
