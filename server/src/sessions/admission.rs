//! Whether the card of a proven key may log in. The card is its key, not its
//! certificate: one that still holds the certificate that was superseded over
//! the same key is the same card, and has only to be written again.

use card_domain::{CardId, CardNo, EnterpriseId, LoginRefusal, Role, StateName};
use event_log::{CardFacts, EventFacts, card_facts::CardNames, certificate::CardCertificate};

use super::possession::{ProvenKey, refusal_of};
use crate::{
    context::RequestContext,
    digest::sha256,
    service::ServiceError,
    storage::{CardRecord, CertificateDigest, Standing},
};

/// A card that may log in.
pub(super) struct Admitted {
    /// The card that may log in, as the register has it.
    pub(super) card: CardRecord,
    /// Whose it is, as the log has it.
    pub(super) enterprise: EnterpriseId,
    /// As what its holder logs in, as the log has it.
    pub(super) role: Role,
    /// How holder and enterprise are called, as the log has it.
    pub(super) names: CardNames,
    /// IC卡号.
    pub(super) card_no: CardNo,
    /// Its confirmed certificate in the register.
    pub(super) confirmed: CertificateDigest,
    /// Which certificate the card itself holds.
    pub(super) on_card: CertificateOnCard,
}

/// Which of its certificates a card presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CertificateOnCard {
    /// The confirmed one of the register.
    Confirmed,
    /// One that the confirmed one superseded, over the same key: the register
    /// takes for written what the card does not hold. The card needs its
    /// certificate written again.
    Superseded,
}

impl CertificateOnCard {
    /// What the event of a card that was let in says of it.
    pub(super) fn facts(self, card: CardId) -> Result<Option<String>, ServiceError> {
        match self {
            Self::Confirmed => Ok(None),
            Self::Superseded => {
                tracing::warn!(%card, "the card still holds a superseded certificate");
                let facts = EventFacts {
                    holds_superseded: true,
                    ..EventFacts::default()
                };
                Ok(Some(facts.to_json()?))
            }
        }
    }
}

/// Why a proven key may not log in.
pub(super) struct NotAdmitted {
    /// Why it may not: the sentence on the screen comes of it.
    pub(super) refusal: LoginRefusal,
    /// The card, whose holder was just proven. None when our CA issued a
    /// certificate that is not in the register.
    pub(super) card: Option<CardRecord>,
}

/// Finds the card of a proven key, and asks whether it may log in.
pub(super) async fn admit(
    ctx: &RequestContext,
    proven: &ProvenKey,
) -> Result<Result<Admitted, NotAdmitted>, ServiceError> {
    let Some(hit) = ctx.service.store.certificate(proven.digest()).await? else {
        let refusal = proven.flaw().unwrap_or(LoginRefusal::UnknownCard);
        return Ok(Err(NotAdmitted {
            refusal,
            card: None,
        }));
    };
    let card = hit.card;
    // What the row says of the card, a moment can change: the log is asked.
    let facts = ctx.explained(card.id).await?.facts;
    Ok(match judge(ctx, proven, hit.standing, (&card, &facts))? {
        Ok((confirmed, on_card)) => {
            let (Some(names), Some(chip)) = (facts.names, &card.chip) else {
                return Err(ServiceError::Inconsistent("a certified card has no names"));
            };
            Ok(Admitted {
                card_no: chip.card_no.clone(),
                card,
                enterprise: EnterpriseId(facts.enterprise),
                role: facts.role,
                names,
                confirmed,
                on_card,
            })
        }
        Err(refusal) => Err(NotAdmitted {
            refusal,
            card: Some(card),
        }),
    })
}

type Judgement = Result<(CertificateDigest, CertificateOnCard), LoginRefusal>;

fn judge(
    ctx: &RequestContext,
    proven: &ProvenKey,
    standing: Standing,
    (card, facts): (&CardRecord, &CardFacts),
) -> Result<Judgement, ServiceError> {
    let superseding = match standing {
        Standing::Superseded => superseding(proven, card)?,
        Standing::Good | Standing::Held | Standing::Revoked => None,
    };
    // Of a card whose certificate was superseded over the same key, the one
    // counts that the register confirmed: the other may have expired.
    let flaw = match &superseding {
        Some((good, _)) => {
            let checked = ctx.service.keys.anchors.check(good, ctx.request.now);
            checked.err().map(refusal_of)
        }
        None => proven.flaw(),
    };
    // What the CA certified of the holder is what the log says: no operator becomes a
    // legal person.
    let is_holders = facts.are_certified_by(card.id.0, proven.certificate());
    let refusal = flaw
        .or_else(|| refusal_of_state(facts.state.at(ctx.request.now).name()))
        .or((!is_holders).then_some(LoginRefusal::UnknownCard));
    if let Some(refusal) = refusal {
        return Ok(Err(refusal));
    }
    Ok(match (standing, superseding) {
        (Standing::Good, _) => Ok((proven.digest(), CertificateOnCard::Confirmed)),
        (Standing::Superseded, Some((_, good))) => Ok((good, CertificateOnCard::Superseded)),
        (Standing::Superseded | Standing::Held | Standing::Revoked, _) => {
            Err(LoginRefusal::NotConfirmed)
        }
    })
}

/// The card's confirmed certificate, if it is over the key that was proven.
fn superseding(
    proven: &ProvenKey,
    card: &CardRecord,
) -> Result<Option<(CardCertificate, CertificateDigest)>, ServiceError> {
    let Some(good) = &card.certificate else {
        return Ok(None);
    };
    let certificate = CardCertificate::from_der(&good.der)?;
    let is_same_key = certificate.key == proven.certificate().key;
    Ok(is_same_key.then(|| (certificate, CertificateDigest(sha256(&good.der)))))
}

/// Only a card that is 正常 logs in; a card that was never made has no
/// certificate that could have brought it here.
pub(super) const fn refusal_of_state(state: StateName) -> Option<LoginRefusal> {
    match state {
        StateName::Normal => None,
        StateName::Lost => Some(LoginRefusal::Lost),
        StateName::Frozen => Some(LoginRefusal::Frozen),
        StateName::Cancelled => Some(LoginRefusal::Cancelled),
        StateName::NotIssued => Some(LoginRefusal::NotConfirmed),
    }
}
