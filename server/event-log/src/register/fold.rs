//! The fold: event after event into the state that every card must have, then
//! each row compared with it.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use card_domain::KeyConfirmation;
use card_protocol::hex;
use uuid::Uuid;

use super::{RegisteredCard, RegisteredCertificate, link::said, rules};
use crate::{
    body::Body,
    card_facts::{CardFacts, CertificateFacts, CertificateStanding, EnterpriseNames},
    certificate::{CardCertificate, TrustAnchors},
    digest::sha256,
    facts::EventFacts,
    leaf::Leaf,
    tree::Hash,
    verify::{Finding, Report},
};

/// What the log has of a card so far.
struct Folded {
    /// What decides about it.
    facts: CardFacts,
    /// The newest event that said so.
    seq: i64,
    /// That event's act.
    act: String,
    /// The certificate (SHA-256, hex) with which it logged in when that confirmed its
    /// key; none when no login did, or one in an archive.
    logged_in_with: Option<String>,
    /// Whether a row of the register was compared with it.
    is_compared: bool,
}

/// The cards, as the events explain them.
#[derive(Default)]
pub struct RegisterFold {
    cards: HashMap<Uuid, Folded>,
    /// Which card had a certificate first: none has two.
    certificates: HashMap<Hash, Uuid>,
    /// Each card with what was ever its good certificate (SHA-256, hex).
    ever_good: HashSet<(Uuid, String)>,
    /// How each enterprise is named, by the first event that says it.
    enterprises: HashMap<Uuid, EnterpriseNames>,
    /// Whether events may be in archives that were not given: then a card's
    /// first event that is there may be any.
    has_gaps: bool,
    /// Whether the event was there after which no card needs a baseline.
    baseline_ended: bool,
    /// Cards from before the log explained the register.
    not_explained: HashSet<Uuid>,
    /// Up to this number nothing comes late.
    settled: i64,
    /// What was folded beyond it.
    seen: HashSet<i64>,
}

impl RegisterFold {
    /// Begins; `has_gaps` says that events are in archives that were not given.
    /// Up to the number `settled` every event is there that there will ever be.
    #[must_use]
    pub fn new(has_gaps: bool, settled: i64) -> Self {
        Self {
            has_gaps,
            settled,
            ..Self::default()
        }
    }

    /// The number up to which no event comes late.
    #[must_use]
    pub const fn settled(&self) -> i64 {
        self.settled
    }

    /// The next event, in the order of their numbers. Those that are not settled may
    /// be shown again.
    pub fn event(&mut self, leaf: &Leaf<'_>, body: &Body<'_>, report: &mut Report) {
        if leaf.seq > self.settled && !self.seen.insert(leaf.seq) {
            return;
        }
        if leaf.act == rules::BASELINE_END {
            self.baseline_ended = true;
        }
        self.check_signed(leaf, body, report);
        let seq = leaf.seq;
        if leaf.act == rules::ADD_ENTERPRISE {
            let names = EventFacts::read(body.facts).enterprise;
            if let (Some(enterprise), Some(names)) = (leaf.enterprise, names) {
                self.enterprises.entry(enterprise).or_insert(names);
            }
        }
        let Some(card) = leaf.target else { return };
        let Ok(after) = said(body) else {
            return report.find(Finding::Unreadable { seq });
        };
        let Some(after) = after else {
            // From before the register was explained: the card's baseline is
            // still to come. After it every event of such an act has to say it.
            let is_explained = self.baseline_ended || self.cards.contains_key(&card);
            if rules::must_say(leaf) && is_explained {
                report.find(Finding::ChangeNotSaid {
                    seq,
                    card,
                    act: leaf.act.to_owned(),
                });
            }
            return;
        };
        let wrong = match self.cards.get(&card) {
            None if leaf.act == rules::BASELINE && self.baseline_ended => {
                return report.find(Finding::LateBaseline { seq, card });
            }
            None if rules::may_begin(leaf, &after) => {
                report.baselines += u64::from(leaf.act == rules::BASELINE);
                None
            }
            None if self.has_gaps => None,
            None => Some("its beginning"),
            Some(_) if leaf.act == rules::BASELINE => {
                return report.find(Finding::SecondBaseline { seq, card });
            }
            Some(before) => rules::misfit(leaf, body, &before.facts, &after),
        };
        let wrong = wrong.or_else(|| self.other_enterprise(&after));
        if let Some(column) = wrong {
            report.find(Finding::ChangeDoesNotFit {
                seq,
                card,
                act: leaf.act.to_owned(),
                column,
            });
        }
        if let Some(good) = after.certificate.as_ref()
            && good.standing == CertificateStanding::Good
        {
            self.ever_good.insert((card, good.sha256.clone()));
        }
        let before = self.cards.get(&card);
        let logged_in_with = logged_in_with(before, &after);
        // An event that came amid the comparison takes no row away.
        let is_compared = before.is_some_and(|before| before.is_compared);
        self.cards.insert(
            card,
            Folded {
                logged_in_with,
                facts: after,
                seq,
                act: leaf.act.to_owned(),
                is_compared,
            },
        );
    }

    /// What of an enterprise's names is not what the log says of it elsewhere.
    fn other_enterprise(&mut self, facts: &CardFacts) -> Option<&'static str> {
        let names = &facts.names.as_ref()?.enterprise;
        let known = self.enterprises.entry(facts.enterprise);
        let known = known.or_insert_with(|| names.clone());
        if known.name != names.name {
            return Some("enterprise's name");
        }
        (known.code != names.code).then_some("enterprise's code")
    }

    /// What was signed against the cards as they are before the event: the signer's
    /// certificate was confirmed, and the act begins from the state that was signed.
    fn check_signed(&self, leaf: &Leaf<'_>, body: &Body<'_>, report: &mut Report) {
        let seq = leaf.seq;
        // A certificate that was good may be one in an archive.
        if let (Some(digest), Some(card), false) = (body.certificate, leaf.actor, self.has_gaps)
            && self.cards.contains_key(&card)
            && !self.ever_good.contains(&(card, hex::encode(&digest)))
        {
            report.find(Finding::SignerNeverGood { seq, card });
        }
        if let Some(card) = leaf.target
            && let Some(before) = self.cards.get(&card)
            && rules::state_signed(leaf, body).is_some_and(|state| state != before.facts.state)
        {
            report.find(Finding::SignedForAnotherState {
                seq,
                card,
                act: leaf.act.to_owned(),
            });
        }
    }

    /// Compares a row with what the events make of the card; what differs is added
    /// to `found`.
    pub fn compare(
        &mut self,
        row: &RegisteredCard,
        anchors: Option<&TrustAnchors>,
        found: &mut Vec<Finding>,
    ) {
        let card = row.card;
        for certificate in &row.certificates {
            let digest = sha256(&certificate.der);
            let first = *self.certificates.entry(digest).or_insert(card);
            if first != card || certificate.sha256 != digest {
                found.push(Finding::CertificateOfAnother { card, first });
            }
        }
        let is_over = self.baseline_ended || (self.has_gaps && !self.cards.is_empty());
        let Some(folded) = self.cards.get_mut(&card) else {
            // Before the baseline no log says what decides about a card.
            if is_over || row.state_event.is_some() {
                found.push(Finding::CardNotInLog { card });
            } else {
                self.not_explained.insert(card);
            }
            return;
        };
        folded.is_compared = true;
        let (seq, act) = (folded.seq, folded.act.clone());
        if row.state_event != Some(seq) {
            found.push(Finding::StateEvent {
                card,
                named: row.state_event,
                seq,
            });
        }
        if let Some(column) = folded.facts.difference(&row.facts) {
            found.push(Finding::CardDiffers {
                card,
                column,
                seq,
                act: act.clone(),
            });
        }
        for certificate in &row.certificates {
            let explained = explained_standing(&folded.facts, &sha256(&certificate.der));
            let counts = matches!(
                certificate.standing,
                CertificateStanding::Good | CertificateStanding::Held
            );
            if (counts || explained.is_some()) && explained != Some(certificate.standing) {
                found.push(Finding::CertificateDiffers {
                    card,
                    serial: serial(certificate),
                    seq,
                    act: act.clone(),
                });
            }
        }
        check_certificate(&folded.facts, row, anchors, found);
        check_key(folded, row, found);
    }

    /// After all rows: cards that the log has and the register has not.
    pub fn end(&self, report: &mut Report) {
        report.not_explained = self.not_explained.len() as u64;
        let mut gone: Vec<_> = self
            .cards
            .iter()
            .filter(|(_card, folded)| !folded.is_compared)
            .map(|(card, folded)| (folded.seq, *card))
            .collect();
        gone.sort_unstable();
        for (seq, card) in gone {
            report.find(Finding::CardMissing { card, seq });
        }
    }
}

/// What the log says that a certificate counts as; none when it says nothing.
fn explained_standing(facts: &CardFacts, digest: &Hash) -> Option<CertificateStanding> {
    let hex = hex::encode(digest);
    let good = facts
        .certificate
        .as_ref()
        .filter(|good| good.sha256 == hex)
        .map(|good: &CertificateFacts| good.standing);
    good.or_else(|| (facts.held.as_ref() == Some(&hex)).then_some(CertificateStanding::Held))
}

/// The certificate of the login that confirmed the key, after an event: that of a
/// first login, and what it was before where a 延期 left the key as it was.
fn logged_in_with(before: Option<&Folded>, after: &CardFacts) -> Option<String> {
    let before = before?;
    let good = after
        .certificate
        .as_ref()
        .filter(|good| good.key == Some(KeyConfirmation::Login))?;
    if before.facts.key() == good.key {
        before.logged_in_with.clone()
    } else {
        Some(good.sha256.clone())
    }
}

/// A key that a login confirmed is that of the good certificate still: a 延期 with a
/// new key has it confirmed anew.
fn check_key(folded: &Folded, row: &RegisteredCard, found: &mut Vec<Finding>) {
    let key = |digest: &str| {
        let mut certificates = row.certificates.iter();
        let named = certificates.find(|one| hex::encode(&sha256(&one.der)) == digest)?;
        let read = CardCertificate::from_der(&named.der).ok()?;
        Some(read.key)
    };
    let (Some(first), Some(good)) = (&folded.logged_in_with, &folded.facts.certificate) else {
        return;
    };
    if *first != good.sha256 && (key(first).is_none() || key(first) != key(&good.sha256)) {
        found.push(Finding::KeyNeverConfirmed {
            card: row.card,
            seq: folded.seq,
        });
    }
}

/// The serial number for a finding, hex.
fn serial(certificate: &RegisteredCertificate) -> String {
    CardCertificate::from_der(&certificate.der)
        .map_or_else(|_form| String::from("unreadable"), |read| read.serial)
}

/// The good certificate is one of a trusted CA, for this card and its holder.
fn check_certificate(
    facts: &CardFacts,
    row: &RegisteredCard,
    anchors: Option<&TrustAnchors>,
    found: &mut Vec<Finding>,
) {
    let Some(good) = &facts.certificate else {
        return;
    };
    let der = row
        .certificates
        .iter()
        .find(|certificate| hex::encode(&sha256(&certificate.der)) == good.sha256)
        .map(|certificate| certificate.der.as_slice());
    let is_right = der
        .and_then(|der| CardCertificate::from_der(der).ok())
        .is_some_and(|certificate| {
            facts.are_certified_by(row.card, &certificate)
                && anchors.is_none_or(|anchors| anchors.check_issued(&certificate).is_ok())
        });
    if !is_right {
        found.push(Finding::CertificateNotTheCards { card: row.card });
    }
}
