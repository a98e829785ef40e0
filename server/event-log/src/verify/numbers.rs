//! Whose card is whose number. A certificate that does not say for which card of
//! the register it was issued has to be one card's throughout: the number that it
//! names may stand under no other card, and no other number under that card.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use crate::SignerProof;

/// The numbers and cards of those who signed.
#[derive(Default)]
pub(super) struct Numbers {
    /// By certificates that name both: these are certain.
    certified: Pairs,
    /// By certificates that name the number alone.
    claimed: BTreeMap<(Uuid, String), Claim>,
}

#[derive(Default)]
struct Pairs {
    number_of: HashMap<Uuid, String>,
    card_of: HashMap<String, Uuid>,
}

/// The events in which a card is said to have a number.
struct Claim {
    /// The first of all.
    first: i64,
    /// Those that were not judged yet.
    events: Vec<i64>,
}

impl Pairs {
    /// Whether they have card or number, and with one another.
    fn know(&self, card: Uuid, card_no: &str) -> Option<bool> {
        match (self.number_of.get(&card), self.card_of.get(card_no)) {
            (None, None) => None,
            (number, known) => Some(
                number.is_some_and(|number| number == card_no)
                    && known.is_some_and(|known| *known == card),
            ),
        }
    }

    fn insert(&mut self, card: Uuid, card_no: &str) {
        self.number_of
            .entry(card)
            .or_insert_with(|| card_no.to_owned());
        self.card_of.entry(card_no.to_owned()).or_insert(card);
    }
}

impl Numbers {
    /// Notes who signed an event.
    pub(super) fn note(&mut self, seq: i64, actor: Option<Uuid>, signer: &SignerProof) {
        let Some(actor) = actor else { return };
        match signer {
            SignerProof::Signed { card_no } => {
                if !self.certified.number_of.contains_key(&actor) {
                    self.certified.insert(actor, card_no);
                }
            }
            SignerProof::Certificate { card_no } => {
                let claim = self
                    .claimed
                    .entry((actor, card_no.clone()))
                    .or_insert(Claim {
                        first: seq,
                        events: Vec::new(),
                    });
                claim.first = claim.first.min(seq);
                claim.events.push(seq);
            }
            SignerProof::Unnamed => {}
        }
    }

    /// The events, of those noted since, whose card has another number or whose
    /// number another card: by what is certain, else by what stood there first.
    pub(super) fn contradictions(&mut self) -> Vec<i64> {
        let mut earliest = Pairs::default();
        let mut by_age: Vec<_> = self.claimed.iter().collect();
        by_age.sort_by_key(|(_, claim)| claim.first);
        for ((card, card_no), _) in by_age {
            if self.certified.know(*card, card_no) != Some(false)
                && earliest.know(*card, card_no).is_none()
            {
                earliest.insert(*card, card_no);
            }
        }
        let mut contradictions = Vec::new();
        for ((card, card_no), claim) in &mut self.claimed {
            let certain = self.certified.know(*card, card_no);
            let is_good = certain.or_else(|| earliest.know(*card, card_no));
            if is_good == Some(true) {
                claim.events.clear();
            } else {
                contradictions.append(&mut claim.events);
            }
        }
        contradictions.sort_unstable();
        contradictions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(card_no: &str) -> SignerProof {
        SignerProof::Certificate {
            card_no: card_no.to_owned(),
        }
    }

    #[test]
    fn the_first_is_right_in_whatever_order_they_are_read() {
        let (one, two) = (Some(Uuid::from_u128(1)), Some(Uuid::from_u128(2)));
        let mut events = [
            (1, one, "11"),
            (2, two, "22"),
            (3, one, "22"),
            (4, two, "11"),
            (5, one, "33"),
            (6, one, "11"),
        ];
        for _ in 0..2 {
            let mut numbers = Numbers::default();
            for (seq, card, number) in events {
                numbers.note(seq, card, &certificate(number));
            }
            assert_eq!(numbers.contradictions(), [3, 4, 5]);
            assert_eq!(numbers.contradictions(), [0; 0]);
            numbers.note(7, two, &certificate("33"));
            assert_eq!(numbers.contradictions(), [7]);
            events.reverse();
        }
    }

    #[test]
    fn what_is_certified_is_right_whoever_was_first() {
        let (one, two) = (Some(Uuid::from_u128(1)), Some(Uuid::from_u128(2)));
        let mut numbers = Numbers::default();
        numbers.note(1, one, &certificate("22"));
        numbers.note(2, two, &certificate("22"));
        let card_no = String::from("22");
        numbers.note(3, two, &SignerProof::Signed { card_no });
        assert_eq!(numbers.contradictions(), [1]);
    }
}
