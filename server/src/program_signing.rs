//! Hands out signed programs: for the origin that asks, in the time of the
//! request.

use app::api::ErrorCode;
use card_protocol::{ChipId, program::SignedProgram};

use crate::{
    card_program::{Binding, CardProgram},
    context::RequestContext,
    keys::ProgramKeyError,
    service::ServiceError,
};

/// Signs `program`, the one with this number of `operation`, for the chip
/// that it may run on.
pub(crate) fn sign(
    ctx: &RequestContext,
    program: CardProgram,
    operation: String,
    sequence: u32,
    chip: Option<ChipId>,
) -> Result<SignedProgram, ServiceError> {
    let origins = &ctx.service.config.origins;
    // A bridge that makes cards says no origin: the first is the server's own.
    let origin = match &ctx.request.origin {
        Some(origin) => origin.as_str(),
        None => origins
            .first()
            .ok_or(ServiceError::Inconsistent("no origin is configured"))?
            .as_str(),
    };
    let binding = Binding {
        origin,
        operation,
        sequence,
        chip,
    };
    let keys = &ctx.service.keys;
    let key = if program.makes_card() {
        &keys.enrol
    } else {
        &keys.program
    };
    match program.sign(key, binding, ctx.request.now) {
        // What was said to be the bridge's key is one of low order.
        Err(ProgramKeyError::Sealing(_)) => Err(ErrorCode::BadRequest.into()),
        signed => Ok(signed?),
    }
}
