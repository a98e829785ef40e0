//! The last pass: the register's rows against what the events make of each card.
//!
//! The server may go on meanwhile, and a row may be newer than the events that were read.
//! So a row that differs is read again after the events that came since. If it agrees
//! then, it is good; if it still is the row that it was, it differs; if it changed, it is
//! looked at once more.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{Finding, Options, Report};
use crate::{
    LogSource,
    register::{RegisterSource, RegisteredCard, fold::RegisterFold},
};

/// Cards that are read at once.
const CARDS_BATCH: u32 = 1000;

/// Events that are read at once.
const LEAVES_BATCH: u32 = 20_000;

/// How often rows that change all the time are looked at. A server changes a card with
/// its event, and no card so often.
const MAX_LOOKS: u32 = 100;

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
        let mut undecided = judge(&cards, options, &mut fold);
        let mut differing = BTreeMap::new();
        for _again in 1..MAX_LOOKS {
            if undecided.is_empty() {
                break;
            }
            catch_up(source, &mut fold, report).await?;
            cards = source.cards(after, CARDS_BATCH).await?;
            let before = std::mem::take(&mut undecided);
            for (card, (row, found)) in judge(&cards, options, &mut fold) {
                // The others agreed once, and have changed since.
                let Some((was, _)) = before.get(&card) else {
                    continue;
                };
                let into = if *was == row {
                    &mut differing
                } else {
                    &mut undecided
                };
                into.insert(card, (row, found));
            }
        }
        differing.append(&mut undecided);
        report.cards += cards.len() as u64;
        for finding in differing.into_values().flat_map(|(_, found)| found) {
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

/// A row, and what differs in it.
type Differing = (RegisteredCard, Vec<Finding>);

/// The rows that differ, by their cards.
fn judge(
    cards: &[RegisteredCard],
    options: &Options,
    fold: &mut RegisterFold,
) -> BTreeMap<Uuid, Differing> {
    let mut differing = BTreeMap::new();
    for card in cards {
        let mut found = Vec::new();
        fold.compare(card, options.anchors.as_ref(), &mut found);
        if !found.is_empty() {
            differing.insert(card.card, (card.clone(), found));
        }
    }
    differing
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
