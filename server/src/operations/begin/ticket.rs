//! The ticket of a batch: its first one, and later a new one for what is left
//! of it.

use app::api::{
    ErrorCode,
    operation::{OperationTicket, Operations},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    context::RequestContext,
    digest::sha256,
    random,
    service::ServiceError,
    storage::{NewTicket, TokenHash},
};

/// Most open operations that are looked at for a page.
const MOST_OPEN: u32 = 1000;

impl RequestContext {
    pub(super) fn new_ticket(
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

    pub(super) async fn ticket(
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
