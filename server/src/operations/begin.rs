//! The beginning: the cards are checked, the statement is signed, the journal
//! is opened; later a new ticket for what is left.

use app::{
    api::{
        ErrorCode,
        operation::{CannotOperate, LeftOut, OperationProposal, OperationTicket, Operations},
    },
    text::statement,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_domain::{Action, CardId, CardState, CertificateStatus, OperatorNo, transition};
use card_protocol::statement::{Statement, StatementSignature};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::memory::Memory;
use crate::{
    audit::Facts,
    digest::sha256,
    pki, random,
    service::{Actor, RequestBackend, ServiceError},
    storage::{
        BatchStart, CardRecord, NewBatch, NewOperation, NewTicket, Nonce, NonceHash, NonceKind,
        Outcome, Taken, TokenHash,
    },
};

/// How long a proposal may wait for its signature.
const PROPOSAL_LIFE: SignedDuration = SignedDuration::from_mins(5);
/// Most open operations that are looked at for a page.
const MOST_OPEN: u32 = 1000;

/// A proposal that waits for its signature.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pending {
    action: Action,
    cards: Vec<PendingCard>,
    text: String,
    structured: String,
}

/// A card of it, as it was seen.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PendingCard {
    card: CardId,
    before: CardState,
    version: i64,
}

/// The structured form under the signature. The order of the fields is the
/// order in the JSON; both only ever grow, with a new `version`.
#[derive(Serialize)]
struct Structured<'a> {
    version: u8,
    act: Action,
    cards: Vec<StructuredCard<'a>>,
    enterprise: &'a str,
    proposed_at: Timestamp,
}

#[derive(Serialize)]
struct StructuredCard<'a> {
    card: CardId,
    card_no: &'a str,
    operator_no: &'a str,
    state_before: CardState,
    state_version: i64,
}

impl RequestBackend {
    pub(crate) async fn propose_on_cards(
        &self,
        cards: Vec<CardId>,
        action: Action,
    ) -> Result<OperationProposal, ServiceError> {
        let actor = self.require_legal_person().await?;
        let most = match action {
            Action::Renew => self.service.config.operations.most_cards,
            Action::Unlock => 1,
            _ => return Err(ErrorCode::NotAllowed.into()),
        };
        let mut wanted = cards;
        let mut seen = std::collections::HashSet::new();
        wanted.retain(|card| seen.insert(*card));
        if wanted.is_empty() || wanted.len() > usize::try_from(most).unwrap_or(usize::MAX) {
            return Err(ErrorCode::BadRequest.into());
        }
        let (mut good, mut left_out) = (Vec::new(), Vec::new());
        for card in wanted {
            let record = self
                .service
                .store
                .operator_card(actor.enterprise, card)
                .await?;
            match self.cannot_begin(&record, action).await? {
                None => good.push(record),
                Some(why) => left_out.push(LeftOut {
                    card,
                    operator_no: operator_no(&record),
                    holder_name: record.holder_name,
                    why,
                }),
            }
        }
        if good.is_empty() {
            return Err(first_reason(&left_out));
        }
        let now = self.request.now;
        let pending = pending(&actor, &good, action, now)?;
        let nonce = STANDARD.encode(random::bytes::<32>()?);
        let expires_at = now + PROPOSAL_LIFE;
        let cards = pending.cards.iter().map(|card| card.card).collect();
        self.service
            .store
            .put_nonce(Nonce {
                hash: NonceHash(sha256(nonce.as_bytes())),
                kind: NonceKind::Operation,
                session: Some(actor.token),
                card: None,
                payload: Some(serde_json::to_string(&pending)?),
                expires_at,
            })
            .await?;
        Ok(OperationProposal {
            statement: Statement {
                nonce,
                text: pending.text,
                structured: pending.structured,
            },
            expires_at,
            cards,
            left_out,
        })
    }

    /// Why an operation on this card can't begin now.
    async fn cannot_begin(
        &self,
        record: &CardRecord,
        action: Action,
    ) -> Result<Option<CannotOperate>, ServiceError> {
        if let Some(why) = self.cannot(record, action)? {
            return Ok(Some(why));
        }
        let unfinished = self.service.store.unfinished_operation(record.id).await?;
        // One that touched nothing makes room once its ticket is void: the
        // store decides that when this one begins.
        Ok(unfinished
            .filter(|other| other.state.is_open() && other.touched_at.is_some())
            .map(|other| CannotOperate::Unfinished(other.action)))
    }

    /// The same as far as the card's own record says.
    pub(crate) fn cannot(
        &self,
        record: &CardRecord,
        action: Action,
    ) -> Result<Option<CannotOperate>, ServiceError> {
        if let Err(refusal) = transition(record.state, action, self.request.now) {
            return Ok(Some(CannotOperate::State(refusal)));
        }
        if action == Action::Unlock {
            return Ok((!record.puk.known).then_some(CannotOperate::PukUnknown));
        }
        let Some(certificate) = &record.certificate else {
            return Err(ServiceError::Inconsistent(
                "a made card without a certificate",
            ));
        };
        let (_, validity) = pki::summary(&certificate.der)?;
        let window = self.service.config.certificate.expiring_window();
        Ok(match validity.status(self.request.now, window) {
            CertificateStatus::Good if self.service.config.renewal.only_expiring => {
                let left = validity.not_after.duration_since(self.request.now);
                Some(CannotOperate::NotDue {
                    days_left: left.as_secs() / 86_400,
                })
            }
            _ => None,
        })
    }

    pub(crate) async fn commit_on_cards(
        &self,
        statement: Statement,
        signature: StatementSignature,
        second_reader: bool,
    ) -> Result<OperationTicket, ServiceError> {
        let actor = self.require_legal_person().await?;
        match self
            .check_and_begin(&actor, &statement, &signature, second_reader)
            .await
        {
            Ok(ticket) => Ok(ticket),
            Err((action, error)) => {
                let outcome = match error {
                    ServiceError::Code(_) => Outcome::Refused,
                    _ => Outcome::Failed,
                };
                let act = action.map_or("operation", Action::name);
                let mut event = self.event(act, outcome);
                event.enterprise = Some(actor.enterprise);
                event.actor = Some(actor.card);
                event.detail = Some(format!("not begun: {error}"));
                if let Err(error) = self.service.store.record_event(event).await {
                    tracing::error!(%error, "a refused operation can't be recorded");
                }
                Err(error)
            }
        }
    }

    async fn check_and_begin(
        &self,
        actor: &Actor,
        statement: &Statement,
        signature: &StatementSignature,
        second_reader: bool,
    ) -> Result<OperationTicket, (Option<Action>, ServiceError)> {
        let void = || (None, ServiceError::Code(ErrorCode::ProposalVoid));
        let hash = NonceHash(sha256(statement.nonce.as_bytes()));
        let nonce = self.service.store.nonce(hash).await;
        let nonce = nonce.map_err(|error| (None, error.into()))?;
        let nonce = nonce
            .filter(|nonce| {
                nonce.kind == NonceKind::Operation
                    && nonce.session == Some(actor.token)
                    && self.request.now <= nonce.expires_at
            })
            .ok_or_else(void)?;
        let payload = nonce.payload.as_deref().ok_or_else(void)?;
        let pending: Pending =
            serde_json::from_str(payload).map_err(|error| (None, error.into()))?;
        let action = pending.action;
        self.begin_pending(actor, pending, hash, statement, signature, second_reader)
            .await
            .map_err(|error| (Some(action), error))
    }

    async fn begin_pending(
        &self,
        actor: &Actor,
        pending: Pending,
        nonce: NonceHash,
        statement: &Statement,
        signature: &StatementSignature,
        second_reader: bool,
    ) -> Result<OperationTicket, ServiceError> {
        let now = self.request.now;
        if statement.text != pending.text || statement.structured != pending.structured {
            return Err(ErrorCode::StatementSignature.into());
        }
        let signed = self.signed_statement(actor, statement, signature).await?;
        let (secret, ticket) = self.new_ticket(second_reader)?;
        let batch = random::uuid(now)?;
        let new_key = pending.action == Action::Renew && self.service.config.renewal.new_key;
        let payload = Memory::new(new_key, actor.enterprise_name.clone()).to_json()?;
        let mut operations = Vec::with_capacity(pending.cards.len());
        for card in &pending.cards {
            let id = random::uuid(now)?;
            let mut event = self.event(pending.action.name(), Outcome::Done);
            event.act = begun(pending.action);
            event.enterprise = Some(actor.enterprise);
            event.actor = Some(actor.card);
            event.target = Some(card.card);
            event.statement = Some(signed.clone());
            event.detail = Some(format!("operation {id}"));
            event.facts = Some(
                Facts {
                    before: Some(card.before),
                    after: Some(card.before),
                    operation: Some(id),
                    ..Facts::default()
                }
                .to_json()?,
            );
            operations.push(NewOperation {
                id,
                card: card.card,
                before: card.before,
                version: card.version,
                payload: payload.clone(),
                event,
            });
        }
        let only = match operations.as_slice() {
            [only] => Some(only.card),
            _ => None,
        };
        let begun = self
            .service
            .store
            .begin_batch(NewBatch {
                id: batch,
                enterprise: actor.enterprise,
                actor: actor.card,
                action: pending.action,
                signed,
                session: actor.token,
                nonce,
                ticket,
                at: now,
                operations,
            })
            .await?;
        match begun {
            BatchStart::Begun { left_out } => {
                if left_out.len() == pending.cards.len()
                    && let Some((_, taken)) = left_out.first()
                {
                    return Err(match taken {
                        Taken::Open => self.taken_by(only, pending.action).await?,
                        Taken::Changed(state) => ErrorCode::Conflict(state.name()).into(),
                        Taken::Unknown => ErrorCode::NotFound.into(),
                    });
                }
                self.ticket(secret, ticket, batch).await
            }
            BatchStart::NonceVoid => Err(ErrorCode::ProposalVoid.into()),
            BatchStart::SessionEnded => match self.require_legal_person().await {
                Ok(_) => Err(ErrorCode::SessionEnded.into()),
                Err(error) => Err(error),
            },
        }
    }

    /// The error of a card on which another operation is open.
    async fn taken_by(
        &self,
        card: Option<CardId>,
        action: Action,
    ) -> Result<ServiceError, ServiceError> {
        let other = match card {
            Some(card) => self.service.store.unfinished_operation(card).await?,
            None => None,
        };
        let action = other.map_or(action, |other| other.action);
        Ok(ErrorCode::CannotOperate(CannotOperate::Unfinished(action)).into())
    }

    fn new_ticket(
        &self,
        second_reader: bool,
    ) -> Result<(Zeroizing<String>, NewTicket), ServiceError> {
        let secret = Zeroizing::new(STANDARD.encode(random::bytes::<32>()?));
        let options = &self.service.config.operations;
        let now = self.request.now;
        let ticket = NewTicket {
            hash: TokenHash(sha256(secret.as_bytes())),
            ends_at: now + options.ticket_life(),
            lock_until: (!second_reader).then(|| now + options.lock()),
        };
        Ok((secret, ticket))
    }

    async fn ticket(
        &self,
        secret: Zeroizing<String>,
        ticket: NewTicket,
        batch: Uuid,
    ) -> Result<OperationTicket, ServiceError> {
        let batch = self
            .service
            .store
            .batch(batch)
            .await?
            .ok_or(ErrorCode::NotFound)?;
        Ok(OperationTicket {
            ticket: secret.to_string(),
            ends_at: ticket.ends_at,
            seconds_left: self.service.config.operations.ticket_minutes * 60,
            locked_until: ticket.lock_until,
            operations: self.operations_view(&batch).await?,
        })
    }

    pub(crate) async fn resume_batch(
        &self,
        batch: Uuid,
        second_reader: bool,
    ) -> Result<OperationTicket, ServiceError> {
        let actor = self.require_legal_person().await?;
        let store = &self.service.store;
        let known = store.batch(batch).await?;
        known
            .filter(|known| known.enterprise == actor.enterprise)
            .ok_or(ErrorCode::NotFound)?;
        let operations = store.operations_of_batch(batch).await?;
        if !operations.iter().any(|operation| operation.state.is_open()) {
            return Err(ErrorCode::TicketVoid.into());
        }
        let (secret, ticket) = self.new_ticket(second_reader)?;
        let renewed = store
            .renew_ticket(
                actor.enterprise,
                batch,
                actor.token,
                ticket,
                self.request.now,
            )
            .await?;
        if renewed {
            self.ticket(secret, ticket, batch).await
        } else {
            Err(ErrorCode::SessionEnded.into())
        }
    }

    pub(crate) async fn unfinished_operations(&self) -> Result<Vec<Operations>, ServiceError> {
        let actor = self.require_legal_person().await?;
        let store = &self.service.store;
        let open = store
            .open_operations(Some(actor.enterprise), MOST_OPEN)
            .await?;
        let mut batches: Vec<Uuid> = Vec::new();
        for operation in open {
            if !batches.contains(&operation.batch) {
                batches.push(operation.batch);
            }
        }
        let mut views = Vec::with_capacity(batches.len());
        for batch in batches {
            let batch = store.batch(batch).await?.ok_or(ErrorCode::NotFound)?;
            views.push(self.operations_view(&batch).await?);
        }
        Ok(views)
    }
}

/// The act of the event that records the beginning.
const fn begun(action: Action) -> &'static str {
    match action {
        Action::Renew => "renew_begin",
        _ => "unlock_begin",
    }
}

fn first_reason(left_out: &[LeftOut]) -> ServiceError {
    let code = left_out
        .first()
        .map_or(ErrorCode::BadRequest, |first| match first.why {
            CannotOperate::State(refusal) => ErrorCode::Refused(refusal),
            why => ErrorCode::CannotOperate(why),
        });
    code.into()
}

pub(super) fn operator_no(record: &CardRecord) -> OperatorNo {
    record
        .holder
        .operator_no()
        .cloned()
        .unwrap_or_else(|| OperatorNo(String::new()))
}

fn pending(
    actor: &Actor,
    cards: &[CardRecord],
    action: Action,
    now: Timestamp,
) -> Result<Pending, ServiceError> {
    let mut facts = Vec::with_capacity(cards.len());
    let mut structured = Vec::with_capacity(cards.len());
    for record in cards {
        let card_no = record
            .chip
            .as_ref()
            .map(|chip| chip.card_no.0.as_str())
            .ok_or(ServiceError::Inconsistent("an issued card has no number"))?;
        let operator_no = record
            .holder
            .operator_no()
            .map(|number| number.0.as_str())
            .ok_or(ServiceError::Inconsistent("an operator has no number"))?;
        facts.push(statement::Facts {
            action,
            card_no,
            operator_no,
            holder_name: &record.holder_name,
            enterprise_name: &actor.enterprise_name,
            enterprise_code: &actor.enterprise_code,
            at: now,
        });
        structured.push(StructuredCard {
            card: record.id,
            card_no,
            operator_no,
            state_before: record.state,
            state_version: record.version,
        });
    }
    let text = match facts.as_slice() {
        [one] => statement::text(one),
        many => statement::text_of_many(many),
    };
    let structured = Structured {
        version: 1,
        act: action,
        cards: structured,
        enterprise: &actor.enterprise_code,
        proposed_at: now,
    };
    Ok(Pending {
        action,
        cards: cards
            .iter()
            .map(|record| PendingCard {
                card: record.id,
                before: record.state,
                version: record.version,
            })
            .collect(),
        text,
        structured: serde_json::to_string(&structured)?,
    })
}
