//! How a card's key was confirmed, and by whose attestation, changed past the server.

use card_domain::KeyConfirmation;
use event_log::CardFacts;

use super::{CARD, Tampering};

/// The change that a first login would make.
pub(super) const NO_LOGIN: &str = "a key confirmed by no login";

/// What the findings call it.
const KEY: &str = "how its certificate's key was confirmed";

pub(super) fn tamperings() -> Vec<Tampering> {
    let confirmed = |how: &str| {
        format!("UPDATE certificates SET key_confirmed = '{how}' WHERE card_id = {CARD}")
    };
    vec![
        Tampering {
            what: "another attestation key of the card",
            sql: format!("UPDATE cards SET attestation = zeroblob(32) WHERE id = {CARD}"),
            column: "attestation key",
            says: |facts| facts.attestation = Some("00".repeat(32)),
        },
        Tampering {
            what: NO_LOGIN,
            sql: confirmed("login"),
            column: KEY,
            says: |facts| confirm(facts, KeyConfirmation::Login),
        },
        Tampering {
            what: "a key that no card attested",
            sql: confirmed("attested"),
            column: KEY,
            says: |facts| confirm(facts, KeyConfirmation::Attested),
        },
    ]
}

fn confirm(facts: &mut CardFacts, key: KeyConfirmation) {
    if let Some(certificate) = &mut facts.certificate {
        certificate.key = Some(key);
    }
}
