//! Which change fits which act: a freeze makes a 正常 card 已冻结 and changes
//! nothing else.

#[cfg(test)]
pub(super) mod tests;

use card_domain::{Action, CardId, CardState, KeyConfirmation, freeze_until};
use jiff::Timestamp;

use crate::{
    body::Body,
    card_facts::{CardFacts, CertificateFacts, CertificateStanding},
    leaf::Leaf,
    structured::Structured,
};

/// The code of the event that registers an enterprise.
pub const ADD_ENTERPRISE: &str = "add_enterprise";
/// The code of the event that registers a card.
pub const ADD_CARD: &str = "add_card";
/// The code of the event that vouches once for a card from before events had
/// what decides about it.
pub const BASELINE: &str = "register_baseline";
/// The code of the event that says once more what an event says that is going to
/// be archived.
pub const CARRY: &str = "register_carry";
/// The code of the event of a step that has no event of its own: a certificate
/// is on hold, or it is not certain which PUK the card has.
pub const UPDATE: &str = "register_update";
/// The code of the event of a first login: it confirms the key of the card's
/// certificate.
pub const KEY_CONFIRMED: &str = "key_confirmed";

/// The code of the event of a 冻结 that had its end.
pub const FREEZE_ENDED: &str = "freeze_ended";

/// The code of the event after which no card needs a baseline any more.
pub const BASELINE_END: &str = "register_explained";

/// Whether an event of this act and outcome is nothing without the legal person's
/// signature, of those that say what decides about a card.
#[must_use]
pub fn needs_signature(act: &str, outcome: &str) -> bool {
    // 制卡 is an administrator's; every other act is the legal person's.
    outcome == "done" && action(act).is_some_and(|action| action != Action::Issue)
}

/// Whether an event of this act may say what decides about a card.
#[must_use]
pub fn may_say(act: &str) -> bool {
    action(act).is_some()
        || [
            ADD_CARD,
            BASELINE,
            CARRY,
            UPDATE,
            KEY_CONFIRMED,
            FREEZE_ENDED,
        ]
        .contains(&act)
}

/// The act that a code names, if it changes a card's state by the lifecycle.
fn action(act: &str) -> Option<Action> {
    Action::ALL.into_iter().find(|action| action.name() == act)
}

/// Whether an event must say what decides about the card after it: it is done,
/// and of an act that changes that.
#[must_use]
pub fn must_say(leaf: &Leaf<'_>) -> bool {
    leaf.outcome == "done" && may_say(leaf.act)
}

/// Whether an event may be the first of a card that says it.
#[must_use]
pub fn may_begin(leaf: &Leaf<'_>, after: &CardFacts) -> bool {
    match leaf.act {
        // Who was registered has nothing yet.
        ADD_CARD => {
            leaf.outcome == "done"
                && after.state == CardState::NotIssued
                && after.card_no.is_none()
                && after.chip_id.is_none()
                && after.certificate.is_none()
                && after.held.is_none()
                && after.card_key.is_none()
                && after.attestation.is_none()
                && (after.puk_generation, after.puk_known) == (0, true)
        }
        BASELINE => leaf.outcome == "done",
        _ => false,
    }
}

/// The state from which the legal person signed the act to begin; none where the
/// act is not one that begins and ends with its event, or nothing says it.
#[must_use]
pub fn state_signed(leaf: &Leaf<'_>, body: &Body<'_>) -> Option<CardState> {
    let action = action(leaf.act).filter(|_| leaf.outcome == "done")?;
    if action.needs_card() {
        return None;
    }
    let Ok(Structured::V2(signed)) = Structured::read(body.structured?) else {
        return None;
    };
    let card = CardId(leaf.target?);
    let mut cards = signed.cards.into_iter();
    cards
        .find(|one| one.card == card)
        .map(|one| one.state_before)
}

/// What in a change does not fit the act of its event, by the name of the
/// column; none when all of it does.
#[must_use]
pub fn misfit(
    leaf: &Leaf<'_>,
    body: &Body<'_>,
    before: &CardFacts,
    after: &CardFacts,
) -> Option<&'static str> {
    let mut expected = before.clone();
    // Said by the first event that has them, and the same ever since.
    if expected.names.is_none() {
        expected.names.clone_from(&after.names);
    }
    match (leaf.act, leaf.outcome) {
        (CARRY, "done") => {}
        (UPDATE, "done") => side_effects(&mut expected, after),
        (KEY_CONFIRMED, "done") => logged_in(&mut expected),
        (FREEZE_ENDED, "done") => match ended(leaf, before.state) {
            Some(state) => expected.state = state,
            None => return Some("state"),
        },
        (act, outcome) => match (action(act), outcome) {
            (Some(action @ (Action::Renew | Action::Unlock)), "done") => {
                // Begun on a 正常 card; what an interruption left is completed whatever
                // was done to the card meanwhile.
                if action == Action::Renew && before.certificate != after.certificate {
                    // The key is the card's as before, or it is a new one.
                    confirm(&mut expected, after, before.key());
                    attest(&mut expected, after);
                }
                side_effects(&mut expected, after);
            }
            (Some(Action::Issue), "done") => {
                if before.state != CardState::NotIssued {
                    return Some("state");
                }
                expected.state = CardState::Normal;
                expected.card_no.clone_from(&after.card_no);
                expected.chip_id = after.chip_id;
                expected.card_key.clone_from(&after.card_key);
                confirm(&mut expected, after, None);
                attest(&mut expected, after);
                if after.card_no.is_none() || after.chip_id.is_none() {
                    return Some("card number");
                }
                if expected.certificate.is_none() {
                    return Some("certificate");
                }
            }
            (Some(action), "done") => {
                let Ok(at) = Timestamp::from_microsecond(leaf.at) else {
                    return Some("state");
                };
                match freeze_until(before.state, action, until_signed(body), at) {
                    Ok(state) => expected.state = state,
                    Err(_refusal) => return Some("state"),
                }
            }
            // What was given up or refused takes its certificate back, and may
            // leave the PUK uncertain.
            (Some(Action::Renew | Action::Unlock | Action::Issue), _) => {
                side_effects(&mut expected, after);
            }
            _ => {}
        },
    }
    if expected.names.is_some() && after.names.is_none() {
        return Some("names");
    }
    expected.difference(after)
}

/// The state after a 冻结 that had its end: none where it had not.
fn ended(leaf: &Leaf<'_>, before: CardState) -> Option<CardState> {
    let at = Timestamp::from_microsecond(leaf.at).ok()?;
    let is_over = before.until().is_some_and(|until| until <= at);
    is_over.then(|| before.at(at))
}

/// The end of a 冻结 that the legal person signed.
fn until_signed(body: &Body<'_>) -> Option<Timestamp> {
    Structured::read(body.structured?).ok()?.until()
}

/// The certificate on hold becomes the good one. Its key is attested, or as it was
/// confirmed before, or it has yet to be confirmed: a login confirms it later.
fn confirm(expected: &mut CardFacts, after: &CardFacts, before: Option<KeyConfirmation>) {
    let Some(sha256) = expected.held.take() else {
        return;
    };
    let may_be = [None, Some(KeyConfirmation::Attested), before];
    expected.certificate = Some(CertificateFacts {
        sha256,
        standing: CertificateStanding::Good,
        key: after.key().filter(|key| may_be.contains(&Some(*key))),
    });
}

/// A card whose key is attested is known by the key with which it attests; that
/// is learnt once, and no other card's takes its place.
fn attest(expected: &mut CardFacts, after: &CardFacts) {
    if expected.attestation.is_none() && after.key() == Some(KeyConfirmation::Attested) {
        expected.attestation.clone_from(&after.attestation);
    }
    if expected.attestation.is_none()
        && let Some(good) = &mut expected.certificate
    {
        good.key = good.key.filter(|key| *key != KeyConfirmation::Attested);
    }
}

/// The card logged in: its key is confirmed, if it was not yet, and nothing else
/// changes.
const fn logged_in(expected: &mut CardFacts) {
    if let Some(good) = &mut expected.certificate
        && good.key.is_none()
    {
        good.key = Some(KeyConfirmation::Login);
    }
}

/// What a step on a card may change besides: the certificate on hold, the card's own
/// key where it has none, and the PUK, whose generation never goes back.
fn side_effects(expected: &mut CardFacts, after: &CardFacts) {
    expected.held.clone_from(&after.held);
    expected.puk_known = after.puk_known;
    // A card from before gets its key once, and keeps it.
    if expected.card_key.is_none() {
        expected.card_key.clone_from(&after.card_key);
    }
    // By more than one where an answer was lost: the card tells at its next look.
    if after.puk_generation >= expected.puk_generation {
        expected.puk_generation = after.puk_generation;
    }
}
