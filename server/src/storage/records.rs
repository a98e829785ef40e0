//! What goes into the store and comes out of it, in the domain's terms.
//!
//! Times are kept to the microsecond: what comes back is what went in, cut
//! off at the microsecond.

pub mod act;
pub mod admin;
pub mod card;
pub mod certificate;
pub mod digest;
pub mod enrolment;
pub mod enterprise;
pub mod event;
pub mod list;
pub mod load;
pub mod log;
pub mod nonce;
pub mod operation;
pub mod register;
pub mod session;
pub mod unproven;
