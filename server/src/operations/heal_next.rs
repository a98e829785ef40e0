//! A healing goes on with what the card answered.

use app::api::{
    ErrorCode,
    operation::{CardReport, Healing, PendingReason, SeenReply},
};

use super::{
    authority::Conversation,
    drive::{Advance, evaluator, reported},
    heal::{anybody, challenge, challenged, healing, is_waiting, pending},
    healing_token::{HealingStage, HealingToken},
    progress::OperationProgress,
};
use crate::{context::RequestContext, metrics::Rated, service::ServiceError};

/// Judges what the card answered to its challenge, or to a program after it.
pub(crate) async fn heal_next(
    ctx: &RequestContext,
    token: &str,
    report: CardReport,
) -> Result<SeenReply, ServiceError> {
    if anybody(ctx).await?.is_none() {
        ctx.limit(Rated::Healing)?;
    }
    let master = &ctx.service.keys.master;
    let token = HealingToken::verify(token, master, ctx.request.now)?;
    let token = token.ok_or(ErrorCode::NotFound)?;
    let record = ctx
        .service
        .store
        .operation(token.operation)
        .await?
        .ok_or(ErrorCode::NotFound)?;
    let healing = match report {
        CardReport::Ran { outcome } => {
            if outcome.operation != token.exchange.to_string() {
                return Err(ErrorCode::BadRequest.into());
            }
            let conversation = Conversation::healing(token.exchange);
            match token.stage {
                HealingStage::Challenged { version, at } => {
                    let stored = OperationProgress::of(&record, &ctx.service)?;
                    let progress = at.resume(stored, token.exchange);
                    if outcome.sequence != progress.sequence {
                        return Err(ErrorCode::BadRequest.into());
                    }
                    if record.version != version || is_waiting(ctx, &record).await?.is_some() {
                        return Ok(SeenReply {
                            found: None,
                            healing: pending(&record, PendingReason::TryAgain),
                        });
                    }
                    let evaluator = evaluator(ctx, &record, progress, conversation).await?;
                    let decision = evaluator.answered(&outcome)?;
                    challenged(ctx, &record, token.exchange, decision).await?
                }
                HealingStage::Proven { sequence } => {
                    if outcome.sequence != sequence {
                        return Err(ErrorCode::BadRequest.into());
                    }
                    let advance = match is_waiting(ctx, &record).await? {
                        // It is over: the answer of its last report once more.
                        Some(Healing::None) => Advance::Over,
                        // The legal person took it up meanwhile.
                        Some(waiting) => {
                            return Ok(SeenReply {
                                found: None,
                                healing: waiting,
                            });
                        }
                        None => reported(ctx, &record, conversation, &outcome).await?,
                    };
                    healing(ctx, &record, token.exchange, advance).await?
                }
            }
        }
        // Whoever has the card in a reader again is challenged again.
        CardReport::Inserted | CardReport::Identified { .. } => challenge(ctx, &record).await?,
        CardReport::Failed { .. } => pending(&record, PendingReason::TryAgain),
    };
    Ok(SeenReply {
        found: None,
        healing,
    })
}
