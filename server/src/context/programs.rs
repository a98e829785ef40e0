//! Hands out signed programs: for the origin that asks, in the time of the
//! request.

use card_protocol::{ChipId, program::SignedProgram};

use super::RequestContext;
use crate::{
    card_program::{Binding, CardProgram},
    service::ServiceError,
};

impl RequestContext {
    /// Signs `program`, the one with this number of `operation`, for the chip
    /// that it may run on.
    pub(crate) fn sign_program(
        &self,
        program: CardProgram,
        operation: String,
        sequence: u32,
        chip: Option<ChipId>,
    ) -> Result<SignedProgram, ServiceError> {
        let origins = &self.service.config.origins;
        // A bridge that makes cards says no origin: the first is the server's own.
        let origin = match &self.request.origin {
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
        let signed = program.sign(&self.service.keys.program, binding, self.request.now)?;
        Ok(signed)
    }
}
