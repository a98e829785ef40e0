//! What authorises an operation on a card: the statement that the legal person signed,
//! read from its signed bytes, and a card that is what the log says of it. The journal
//! is rows: one that was put in, changed or moved past the server moves no card.

use card_domain::Role;
use card_protocol::hex;
use event_log::{
    CardFacts, body::Body, certificate::CardCertificate, leaf::Leaf, operation,
    signer::SignatureFault, statement::StatementCheck,
};
use jiff::Timestamp;

use crate::{
    context::{RequestContext, identity_difference},
    digest::sha256,
    service::ServiceError,
    storage::{
        BatchRecord, CertificateDigest, Explained, OperationCourse, OperationRecord, PukRecord,
        StoreError, Unexplained,
    },
};

/// An operation that may go on with its card.
pub(super) struct Mandate {
    facts: CardFacts,
    record: OperationRecord,
}

impl Mandate {
    /// That of this operation. Whoever only rolls back needs no signature: the card
    /// gets what the log says that it should have.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unexplained`] when the card, or what was read of it, is not what
    /// the log says, or when nobody signed this operation on it, or it is over.
    pub(super) async fn of(
        ctx: &RequestContext,
        record: &OperationRecord,
    ) -> Result<Self, ServiceError> {
        let store = &ctx.service.store;
        let Explained { event, facts } = match ctx
            .service
            .provenance
            .explain(record.card.id, ctx.request.now)
            .await?
        {
            Ok(explained) => explained,
            Err(why) => return Err(refused(ctx, record, why)),
        };
        let wrong = match difference(record, &facts) {
            Some(column) => Some(Unexplained::Differs { column, event }),
            None if !is_ours(ctx, record, &facts) => Some(Unexplained::Differs {
                column: "certificate on hold",
                event,
            }),
            None if record.state.is_open() => not_signed(ctx, record).await?,
            None => None,
        };
        if let Some(why) = wrong {
            // What was decided meanwhile makes another record of it, and nothing that
            // follows from this one is written.
            let now = store.operation(record.id).await?;
            if now.is_none_or(|now| now.version == record.version) {
                return Err(refused(ctx, record, why));
            }
        }
        let record = as_the_log_has_it(record, &facts)?;
        Ok(Self { facts, record })
    }

    /// The operation, its card as the log has it: what is decided by is this.
    pub(super) const fn record(&self) -> &OperationRecord {
        &self.record
    }

    /// What decides about the card, as the log has it: what a certificate says of it is
    /// this, and no column.
    pub(super) const fn facts(&self) -> &CardFacts {
        &self.facts
    }
}

/// What of the card that was read is not what the log says; its certificates by their
/// bytes.
fn difference(record: &OperationRecord, facts: &CardFacts) -> Option<&'static str> {
    let card = &record.card;
    let digest = |der: &[u8]| hex::encode(&sha256(der));
    let good = facts.certificate.as_ref().map(|good| &good.sha256);
    let certificate = card.certificate.as_ref().map(|good| digest(&good.der));
    let issued = record.issued.as_ref().map(|(_, held)| digest(&held.der));
    let is_held = !record.state.is_open() || issued.is_none() || issued == facts.held;
    let of_certificates = || {
        let is_good = good == certificate.as_ref();
        let held = (!is_held).then_some("certificate on hold");
        if is_good { held } else { Some("certificate") }
    };
    identity_difference(card, facts).or_else(of_certificates)
}

/// What is decided by and may change from one read to the next, of the log.
fn as_the_log_has_it(
    record: &OperationRecord,
    facts: &CardFacts,
) -> Result<OperationRecord, ServiceError> {
    let attestation = facts.attestation.as_deref().map(|digest| {
        hex::decode_array(digest)
            .map(CertificateDigest)
            .ok_or(ServiceError::Inconsistent("hex of the log"))
    });
    let mut record = record.clone();
    record.card.state = facts.state;
    record.card.chip.attestation = attestation.transpose()?;
    record.card.puk = PukRecord {
        generation: facts.puk_generation,
        known: facts.puk_known,
    };
    Ok(record)
}

/// Whether the certificate that is on hold for an open operation, if there is one, is
/// one of ours for this card and its holder: it is going to be written and called good.
fn is_ours(ctx: &RequestContext, record: &OperationRecord, facts: &CardFacts) -> bool {
    let Some((_, held)) = record.issued.as_ref().filter(|_| record.state.is_open()) else {
        return true;
    };
    let anchors = &ctx.service.keys.anchors;
    CardCertificate::from_der(&held.der).is_ok_and(|held| {
        facts.are_certified_by(record.card.id.0, &held) && anchors.check_issued(&held).is_ok()
    })
}

/// Why an open operation has no mandate: nobody signed it who may, or the log says that
/// it is over.
async fn not_signed(
    ctx: &RequestContext,
    record: &OperationRecord,
) -> Result<Option<Unexplained>, ServiceError> {
    let store = &ctx.service.store;
    let operation = record.id;
    let not_signed = |fault| Ok(Some(Unexplained::NotSigned { operation, fault }));
    let Some(batch) = store.batch(record.batch).await? else {
        return not_signed(SignatureFault::OtherAct);
    };
    match ctx
        .service
        .provenance
        .explain(batch.actor, ctx.request.now)
        .await?
    {
        Ok(actor) if actor.facts.role == Role::LegalPerson => {}
        Ok(_operator) => return not_signed(SignatureFault::NotLegalPerson),
        Err(why) => return Ok(Some(why)),
    }
    if let Err(fault) = is_signed(ctx, record, &batch).await? {
        return not_signed(fault);
    }
    // One without a nonce is not good.
    let nonce = batch.signed.nonce.as_deref().unwrap_or_default();
    let course = store.operation_course(record.card.id, operation, nonce);
    Ok(match course.await? {
        OperationCourse::Begun => None,
        OperationCourse::Over => Some(Unexplained::Over { operation }),
        OperationCourse::NotBegun if is_archived(ctx, batch.created_at).await? => None,
        OperationCourse::NotBegun | OperationCourse::BegunTwice => {
            Some(Unexplained::NotBegun { operation })
        }
    })
}

/// Whether what was written at this time is in an archive.
async fn is_archived(ctx: &RequestContext, at: Timestamp) -> Result<bool, ServiceError> {
    let Some(last) = ctx.service.provenance.archived_until().await? else {
        return Ok(false);
    };
    let store = &ctx.service.store;
    let left = store.events_between(last.saturating_add(1), i64::MAX, 1);
    Ok(left.await?.first().is_none_or(|oldest| at <= oldest.at))
}

/// Whether the legal person signed the event that began it.
async fn is_signed(
    ctx: &RequestContext,
    record: &OperationRecord,
    batch: &BatchRecord,
) -> Result<Result<(), SignatureFault>, ServiceError> {
    let Some(act) = operation::beginning_of(record.action.name()) else {
        return Err(ServiceError::Inconsistent("an operation of no such act"));
    };
    let signed = &batch.signed;
    let leaf = Leaf {
        seq: 0,
        at: batch.created_at.as_microsecond(),
        enterprise: Some(batch.enterprise.0),
        actor: Some(batch.actor.0),
        act,
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
        return Ok(Err(SignatureFault::OtherEnterprise));
    }
    let signatures = &mut StatementCheck::default();
    let provenance = &ctx.service.provenance;
    Ok(provenance.is_signed(signatures, &leaf, &body).await?)
}

/// It does not go on: counted and logged. Who said that the card is there proved
/// nothing yet, so the record names nobody.
fn refused(ctx: &RequestContext, record: &OperationRecord, why: Unexplained) -> ServiceError {
    ctx.service.metrics.unexplained();
    tracing::error!(operation = %record.id, card = %record.card.id, %why, "no mandate");
    let card = record.card.id;
    StoreError::Unexplained { card, why }.into()
}
