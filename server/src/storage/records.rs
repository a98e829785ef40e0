//! What goes into the store and comes out of it, in the domain's terms.
//!
//! Times are kept to the microsecond: what comes back is what went in, cut
//! off at the microsecond.

pub(super) mod act;
pub(super) mod admin;
pub(super) mod card;
pub(super) mod certificate;
pub(super) mod digest;
pub(super) mod enrolment;
pub(super) mod enterprise;
pub(super) mod event;
pub(super) mod list;
pub(super) mod load;
pub(super) mod log;
pub(super) mod nonce;
pub(super) mod operation;
pub(super) mod register;
pub(super) mod session;
pub(super) mod unproven;
