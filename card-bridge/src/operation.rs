//! What is done with a card ([`card_operations`]) on one that is behind PC/SC: each within
//! one transaction, on a thread that blocks.

pub mod cancel;
pub mod held;

use async_trait::async_trait;
use card_operations::access;
use card_protocol::{CardError, StatusWord};

use crate::reader::CardAccess;

/// A card that blocks, as operations see it: it is never waited for
/// ([`card_operations::ready`]).
pub struct Blocking<'a>(pub &'a mut dyn CardAccess);

#[async_trait(?Send)]
impl access::CardAccess for Blocking<'_> {
    async fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, CardError> {
        self.0.transmit(apdu)
    }

    fn is_t0(&self) -> bool {
        self.0.is_t0()
    }

    fn carries_extended(&self) -> bool {
        self.0.carries_extended()
    }

    async fn verify_on_pin_pad(&mut self) -> Result<StatusWord, CardError> {
        self.0.verify_on_pin_pad()
    }
}
