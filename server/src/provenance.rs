//! How a card came to what its newest event says of it, followed from its first event:
//! each change fits its act, and what needs the legal person's signature has it. These
//! are the rules of `server audit verify`, for one card and while the server runs: an
//! event that somebody put into the log past the server opens nothing.
//!
//! What was followed is remembered, so that it is the events since, the next time; and
//! a card whose newest event is older than one that was seen is noticed.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use card_domain::{CardId, Role};
use event_log::{
    ArchiveNote, VerifyKey,
    body::Body,
    certificate::TrustAnchors,
    leaf::Leaf,
    register::{link::link, rules},
    signer::{SignatureFault, SignerProof},
    statement::StatementCheck,
};
use jiff::{SignedDuration, Timestamp};

use crate::storage::{CertificateDigest, Explained, SqlStore, Standing, StoreError, Unexplained};

/// Events of a card that are read in one go.
const EVENTS_BATCH: u32 = 64;

/// Cards that are remembered, some 700 bytes each. When there are more, all are
/// forgotten: to follow one anew costs some reads, and a signature for each act.
const MAX_KNOWN: usize = 10_000;

/// How often a card is followed at most, while others write events of it.
const MAX_LOOKS: u32 = 20;

/// So long the same refusal of a card is recorded once.
const SAME_REFUSAL: SignedDuration = SignedDuration::from_mins(1);

/// The cards that were followed, each with the newest event that was seen.
#[derive(Debug, Default)]
pub(crate) struct Provenance {
    known: Mutex<HashMap<CardId, Explained>>,
    /// Cards that were refused, each with why and when that was last recorded.
    refused: Mutex<HashMap<CardId, (Unexplained, Timestamp)>>,
}

impl Provenance {
    /// What decides about a card, when its row is what its newest event says and all
    /// its events lead there.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub(crate) async fn explain(
        &self,
        store: &SqlStore,
        trust: Trust<'_>,
        card: CardId,
    ) -> Result<Result<Explained, Unexplained>, StoreError> {
        let way = Way { store, trust, card };
        let mut last = None;
        for _look in 0..MAX_LOOKS {
            // Before the store is asked: nobody saw anything newer yet.
            let known = self.known(card);
            let explained = match store.explain(card).await? {
                Ok(explained) => explained,
                Err(why) => return Ok(Err(why)),
            };
            let Some(why) = way.fault(known, &explained).await? else {
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
}

/// By whose keys it is judged.
#[derive(Clone, Copy)]
pub(crate) struct Trust<'a> {
    /// The CAs of cards.
    pub(crate) anchors: &'a TrustAnchors,
    /// The log's key, which signs what was archived.
    pub(crate) log: &'a VerifyKey,
}

/// The number of the last event that the log's key says is in an archive.
///
/// # Errors
///
/// Those of every read. See [`SqlStore`].
pub(crate) async fn archived_until(
    store: &SqlStore,
    log: &VerifyKey,
) -> Result<Option<i64>, StoreError> {
    let archives = store.archives().await?;
    let removed = archives
        .iter()
        .filter(|archive| archive.removed_at.is_some());
    let notes = removed.filter_map(|archive| ArchiveNote::open(&archive.note, log).ok());
    Ok(notes.map(|note| note.last).max())
}

/// A card's way through the log.
struct Way<'a> {
    store: &'a SqlStore,
    trust: Trust<'a>,
    card: CardId,
}

impl Way<'_> {
    async fn archived_until(&self) -> Result<Option<i64>, StoreError> {
        archived_until(self.store, self.trust.log).await
    }

    /// What is wrong on the way to what the newest event says.
    async fn fault(
        &self,
        known: Option<Explained>,
        newest: &Explained,
    ) -> Result<Option<Unexplained>, StoreError> {
        let Some(known) = known else {
            return self.follow(None, newest).await;
        };
        let seen = known.event;
        let Some(fault) = self.follow(Some(known), newest).await? else {
            return Ok(None);
        };
        // Where events since then are in an archive, it is followed anew.
        if self.archived_until().await? > Some(seen) {
            return self.follow(None, newest).await;
        }
        Ok(Some(fault))
    }

    /// Follows the events from what is known on.
    async fn follow(
        &self,
        mut known: Option<Explained>,
        newest: &Explained,
    ) -> Result<Option<Unexplained>, StoreError> {
        let mut signatures = StatementCheck::default();
        let mut next = known.as_ref().map_or(i64::MIN, |known| known.event);
        let may_lack = known.is_none() && self.archived_until().await?.is_some();
        while next < newest.event {
            let leaves = self
                .store
                .events_that_decide(self.card, next, newest.event, EVENTS_BATCH)
                .await?;
            for leaf in leaves.iter() {
                let event = leaf.seq;
                let follows = |column| Unexplained::DoesNotFollow { event, column };
                let Ok(body) = leaf.body() else {
                    return Ok(Some(follows("form")));
                };
                let before = known.as_ref().map(|known| &known.facts);
                let facts = match link(before, may_lack, &leaf, &body) {
                    Ok(Some(facts)) => facts,
                    Ok(None) => continue,
                    Err(column) => return Ok(Some(follows(column))),
                };
                if rules::needs_signature(leaf.act, leaf.outcome) {
                    let signed = if leaf.enterprise == Some(facts.enterprise) {
                        self.signed(&mut signatures, &leaf, &body).await?
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

    /// Whether the legal person signed it: by the signed bytes, and where those are
    /// from before signers stood in them, by the card that the log knows.
    async fn signed(
        &self,
        signatures: &mut StatementCheck,
        leaf: &Leaf<'_>,
        body: &Body<'_>,
    ) -> Result<Result<(), SignatureFault>, StoreError> {
        let signer = match body.certificate {
            Some(digest) => self.store.signer(CertificateDigest(digest)).await?,
            None => None,
        };
        // One that never became good signs nothing.
        let signer = signer
            .filter(|signer| matches!(signer.standing, Standing::Good | Standing::Superseded));
        let der = signer.as_ref().map(|signer| signer.der.as_slice());
        let checked = match signatures.check(leaf, body, der, Some(self.trust.anchors)) {
            Ok(checked) => checked,
            Err(fault) => return Ok(Err(fault)),
        };
        // Only what was begun then ends with a statement of then.
        if checked.is_old_form && !matches!(leaf.act, "renew" | "unlock") {
            return Ok(Err(SignatureFault::OldForm));
        }
        let card_no = match checked.signer {
            SignerProof::Signed { .. } => return Ok(Ok(())),
            SignerProof::Certificate { card_no } => Some(card_no),
            SignerProof::Unnamed => None,
        };
        let (Some(actor), Some(signer)) = (leaf.actor.map(CardId), signer) else {
            return Ok(Err(SignatureFault::OtherCard));
        };
        let Ok(acting) = self.store.explain(actor).await? else {
            return Ok(Err(SignatureFault::OtherCard));
        };
        Ok(if acting.facts.role != Role::LegalPerson {
            Err(SignatureFault::NotLegalPerson)
        } else if Some(acting.facts.enterprise) != leaf.enterprise {
            Err(SignatureFault::OtherEnterprise)
        } else if signer.card != actor || (card_no.is_some() && card_no != acting.facts.card_no) {
            Err(SignatureFault::OtherCard)
        } else {
            Ok(())
        })
    }
}
