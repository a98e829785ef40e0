//! How a card came to what its newest event says of it, followed from its first event:
//! each change fits its act, and what needs the legal person's signature has it. These
//! are the rules of `server audit verify`, for one card and while the server runs: an
//! event that somebody put into the log past the server opens nothing.
//!
//! What was followed is remembered, so that it is the events since, the next time; and
//! a card whose newest event is older than one that was seen is noticed.

mod signature;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use card_domain::CardId;
use event_log::{
    ArchiveNote,
    certificate::TrustAnchors,
    keys::AuditKeys,
    register::{link::link, rules},
    signer::SignatureFault,
    statement::StatementCheck,
};
use jiff::{SignedDuration, Timestamp};

use crate::storage::{Explained, SharedStore, StoreError, Unexplained};

/// Events of a card that are read in one go.
const EVENTS_BATCH: u32 = 64;

/// Cards that are remembered, some 700 bytes each. When there are more, all are
/// forgotten: to follow one anew costs some reads, and a signature for each act.
const MAX_KNOWN: usize = 10_000;

/// How often a card is followed at most, while others write events of it.
const MAX_LOOKS: u32 = 20;

/// So long the same refusal of a card is recorded once.
const SAME_REFUSAL: SignedDuration = SignedDuration::from_mins(1);

/// So far the clocks of two servers may be apart.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Whether an event's time (microseconds) is yet to come.
fn is_to_come(at: i64, now: Timestamp) -> bool {
    Timestamp::from_microsecond(at).map_or(true, |at| at.duration_since(now) > CLOCK_SKEW)
}

/// Follows cards through the log of a store.
pub(crate) struct Provenance {
    store: SharedStore,
    /// The CAs of cards.
    anchors: Arc<TrustAnchors>,
    /// Whose log's key signs what was archived.
    audit: Arc<AuditKeys>,
    /// The cards that were followed, each with the newest event that was seen.
    known: Mutex<HashMap<CardId, Explained>>,
    /// Cards that were refused, each with why and when that was last recorded.
    refused: Mutex<HashMap<CardId, (Unexplained, Timestamp)>>,
}

impl Provenance {
    /// Nothing is known yet.
    pub(crate) fn new(
        store: SharedStore,
        anchors: Arc<TrustAnchors>,
        audit: Arc<AuditKeys>,
    ) -> Self {
        Self {
            store,
            anchors,
            audit,
            known: Mutex::default(),
            refused: Mutex::default(),
        }
    }

    /// What decides about a card, when its row is what its newest event says and all
    /// its events lead there.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`](crate::storage::SqlStore).
    pub(crate) async fn explain(
        &self,
        card: CardId,
        now: Timestamp,
    ) -> Result<Result<Explained, Unexplained>, StoreError> {
        let mut last = None;
        for _look in 0..MAX_LOOKS {
            // Before the store is asked: nobody saw anything newer yet.
            let known = self.known(card);
            let explained = match self.store.explain(card).await? {
                Ok(explained) => explained,
                Err(why) => return Ok(Err(why)),
            };
            let Some(why) = self.fault((card, now), known, &explained).await? else {
                self.remember(card, &explained);
                return Ok(Ok(explained));
            };
            // An event that was written, or archived, between two reads is no fault;
            // what is one looks the same twice.
            if last == Some(why) {
                break;
            }
            last = Some(why);
        }
        Ok(Err(last.unwrap_or(Unexplained::NoEvent)))
    }

    /// Whether a refusal of a card has to be recorded: the same one is once in a minute,
    /// or who tries again and again fills the log.
    pub(crate) fn is_news(&self, card: CardId, why: Unexplained, now: Timestamp) -> bool {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let is_told = refused
            .get(&card)
            .is_some_and(|(told, at)| *told == why && now.duration_since(*at).abs() < SAME_REFUSAL);
        if !is_told {
            if refused.len() >= MAX_KNOWN {
                refused.clear();
            }
            refused.insert(card, (why, now));
        }
        !is_told
    }

    fn known(&self, card: CardId) -> Option<Explained> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&card).cloned()
    }

    /// A card was followed up to an event, or this server wrote it. Of two at once the
    /// newer event stays.
    pub(crate) fn remember(&self, card: CardId, explained: &Explained) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_KNOWN && !known.contains_key(&card) {
            known.clear();
        }
        let newest = known.entry(card).or_insert_with(|| explained.clone());
        if newest.event < explained.event {
            newest.clone_from(explained);
        }
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.remove(&card);
    }

    /// The number of the last event that is in an archive; none where nothing was
    /// archived. What the log's key did not sign is none.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`](crate::storage::SqlStore).
    pub(crate) async fn archived_until(&self) -> Result<Option<i64>, StoreError> {
        let archives = self.store.archives().await?;
        let removed = archives
            .iter()
            .filter(|archive| archive.removed_at.is_some());
        let log = self.audit.log().key();
        let notes = removed.filter_map(|archive| ArchiveNote::open(&archive.note, log).ok());
        Ok(notes.map(|note| note.last).max())
    }

    /// What is wrong on the way to what the newest event says.
    async fn fault(
        &self,
        card: (CardId, Timestamp),
        known: Option<Explained>,
        newest: &Explained,
    ) -> Result<Option<Unexplained>, StoreError> {
        let Some(known) = known else {
            return self.follow(card, None, newest).await;
        };
        let seen = known.event;
        let Some(fault) = self.follow(card, Some(known), newest).await? else {
            return Ok(None);
        };
        // Where events since then are in an archive, it is followed anew.
        if self.archived_until().await? > Some(seen) {
            return self.follow(card, None, newest).await;
        }
        Ok(Some(fault))
    }

    /// Follows the events from what is known on.
    async fn follow(
        &self,
        (card, now): (CardId, Timestamp),
        mut known: Option<Explained>,
        newest: &Explained,
    ) -> Result<Option<Unexplained>, StoreError> {
        let mut signatures = StatementCheck::default();
        let mut next = known.as_ref().map_or(i64::MIN, |known| known.event);
        let may_lack = known.is_none() && self.archived_until().await?.is_some();
        while next < newest.event {
            let leaves = self
                .store
                .events_that_decide(card, next, newest.event, EVENTS_BATCH)
                .await?;
            for leaf in leaves.iter() {
                let event = leaf.seq;
                let does_not_follow = |column| Unexplained::DoesNotFollow { event, column };
                let Ok(body) = leaf.body() else {
                    return Ok(Some(does_not_follow("form")));
                };
                // No signature is under the end of a freeze, but the clock's word: nobody
                // says today what is over tomorrow.
                if leaf.act == rules::FREEZE_ENDED && is_to_come(leaf.at, now) {
                    return Ok(Some(does_not_follow("time")));
                }
                let before = known.as_ref().map(|known| &known.facts);
                let facts = match link(before, may_lack, &leaf, &body) {
                    Ok(Some(facts)) => facts,
                    Ok(None) => continue,
                    Err(column) => return Ok(Some(does_not_follow(column))),
                };
                if rules::needs_signature(leaf.act, leaf.outcome) {
                    let signed = if leaf.enterprise == Some(facts.enterprise) {
                        self.is_signed(&mut signatures, &leaf, &body).await?
                    } else {
                        Err(SignatureFault::ForeignTarget)
                    };
                    if let Err(fault) = signed {
                        return Ok(Some(Unexplained::Forged { event, fault }));
                    }
                }
                known = Some(Explained { event, facts });
            }
            next = leaves.last_seq().unwrap_or(i64::MAX);
        }
        let newest_seq = newest.event;
        Ok(match known {
            Some(known) if known.event > newest_seq => Some(Unexplained::GoneBack {
                newest: newest_seq,
                seen: known.event,
            }),
            Some(known) if known.event == newest_seq => {
                known
                    .facts
                    .difference(&newest.facts)
                    .map(|column| Unexplained::Differs {
                        column,
                        event: newest_seq,
                    })
            }
            _ => Some(Unexplained::NotNewest { newest: newest_seq }),
        })
    }
}
