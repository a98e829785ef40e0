//! T=1, half-duplex transmission of blocks (ISO/IEC 7816-3 §11), for readers that leave
//! it to the host: [`Link`] carries one APDU after the other over blocks.

mod block;
mod checksum;
mod link;

pub use block::{Invalid, Supervision};
pub use checksum::Checksum;
pub use link::{Link, LinkStep};

/// The card broke the protocol.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum T1Error {
    /// No valid block after all retries, resynchronisation included (rule 6.4): the card
    /// has to be reset.
    #[error("card gave no valid block after all retries")]
    Unresponsive,
    /// Only resynchronisation helped, after the whole command was out: whether the card
    /// carried it out is not known. The link is in order again. A command is never sent
    /// twice by itself: it may hold a PIN.
    #[error("protocol was resynchronised, the command's fate is unknown")]
    Resynchronised,
    /// The card aborted its own chain, or ours (rule 9). The link is in order.
    #[error("card aborted the chain")]
    Aborted,
    /// More data than the limit.
    #[error("card answered with more than {0} bytes")]
    ResponseTooLong(usize),
    /// More blocks without progress than the limit.
    #[error("card did not come to an end in {0} rounds")]
    TooManyRounds(u32),
    /// The caller's own mistake: a block while none was expected, or a command while
    /// another runs or after [`Self::Unresponsive`].
    #[error("link is not ready for that")]
    NotReady,
}
