//! The batches of an enterprise that are not finished.

use app::api::{ErrorCode, operation::Operations};
use uuid::Uuid;

use super::view::operations_view;
use crate::{context::RequestContext, service::ServiceError};

/// Most open operations that are looked at for a page.
const MOST_OPEN: u32 = 1000;

/// What is open in the legal person's enterprise, by batches.
pub(crate) async fn open(ctx: &RequestContext) -> Result<Vec<Operations>, ServiceError> {
    let actor = ctx.require_legal_person().await?;
    let store = &ctx.service.store;
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
        views.push(operations_view(ctx, &batch).await?);
    }
    Ok(views)
}
