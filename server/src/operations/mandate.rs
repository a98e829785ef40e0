//! What authorises an operation on a card: the statement that the legal person signed,
//! read from its signed bytes, and a card that is what the log says of it. The journal
//! is rows: one that was put in, changed or moved past the server moves no card.

use card_domain::Action;
use event_log::{
    body::Body, card_facts::CardNames, leaf::Leaf, signer::SignatureFault,
    statement::StatementCheck,
};

use crate::{
    context::RequestContext,
    service::ServiceError,
    storage::{BatchRecord, Explained, OperationRecord, StoreError, Unexplained},
};

/// An operation that may go on with its card.
pub(super) struct Mandate {
    names: CardNames,
}

impl Mandate {
    /// That of this operation. Whoever only rolls back needs no signature: the card
    /// gets what the log says that it should have.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unexplained`] when the row of the card is not what the log says,
    /// or when nobody signed this operation on it.
    pub(super) async fn of(
        ctx: &RequestContext,
        record: &OperationRecord,
    ) -> Result<Self, ServiceError> {
        let explained = match ctx.service.store.explain(record.card.id).await? {
            Ok(explained) => explained,
            Err(why) => return Err(refused(ctx, record, why)),
        };
        if record.state.is_open()
            && let Err(fault) = signed(ctx, record).await?
        {
            let operation = record.id;
            let why = Unexplained::NotSigned { operation, fault };
            return Err(refused(ctx, record, why));
        }
        let Explained { facts, .. } = explained;
        let names = facts.names.ok_or(ServiceError::Inconsistent(
            "a card of an enterprise that is none",
        ))?;
        Ok(Self { names })
    }

    /// How holder and enterprise are named, for a certificate.
    pub(super) const fn names(&self) -> &CardNames {
        &self.names
    }
}

/// Whether the legal person signed this act on this card, once it is open.
async fn signed(
    ctx: &RequestContext,
    record: &OperationRecord,
) -> Result<Result<(), SignatureFault>, ServiceError> {
    let store = &ctx.service.store;
    let Some(batch) = store.batch(record.batch).await? else {
        return Ok(Err(SignatureFault::OtherAct));
    };
    let certificate = store.signer(batch.signed.certificate).await?;
    let der = certificate.map(|certificate| certificate.der);
    Ok(check(ctx, record, &batch, der.as_deref()))
}

/// The event that began it, as its signature has to fit it.
fn check(
    ctx: &RequestContext,
    record: &OperationRecord,
    batch: &BatchRecord,
    der: Option<&[u8]>,
) -> Result<(), SignatureFault> {
    let signed = &batch.signed;
    let leaf = Leaf {
        seq: 0,
        at: batch.created_at.as_microsecond(),
        enterprise: Some(batch.enterprise.0),
        actor: Some(batch.actor.0),
        act: match record.action {
            Action::Renew => "renew_begin",
            _ => "unlock_begin",
        },
        target: Some(record.card.id.0),
        outcome: "done",
        body: &[],
    };
    let body = Body {
        statement: Some(&signed.text),
        structured: Some(&signed.structured),
        signature: Some(&signed.signature),
        certificate: Some(signed.certificate.0),
        nonce: signed.nonce.as_deref(),
        origin: signed.origin.as_deref(),
        ..Body::default()
    };
    if batch.enterprise != record.card.enterprise {
        return Err(SignatureFault::OtherEnterprise);
    }
    let anchors = Some(&ctx.service.keys.anchors);
    StatementCheck::default().check(&leaf, &body, der, anchors)?;
    Ok(())
}

/// It does not go on: counted and logged. Who said that the card is there proved
/// nothing yet, so the record names nobody.
fn refused(ctx: &RequestContext, record: &OperationRecord, why: Unexplained) -> ServiceError {
    ctx.service.metrics.unexplained();
    tracing::error!(operation = %record.id, card = %record.card.id, %why, "no mandate");
    let card = record.card.id;
    StoreError::Unexplained { card, why }.into()
}
