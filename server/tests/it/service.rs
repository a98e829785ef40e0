//! The whole service over HTTP, with a server on a port of its own and each
//! of the two databases behind it.

mod acts;
mod attestation;
mod bearers;
pub(crate) mod calls;
mod causes;
mod clock;
mod enroll;
mod explained;
mod freeze;
mod freeze_ends_meanwhile;
mod grants;
mod health;
mod input;
mod issuer;
pub(crate) mod kill;
mod left_out;
mod lists;
mod login;
mod many_acts;
mod metrics;
mod names;
mod needs;
pub(crate) mod operations;
mod proposals;
mod provenance;
mod query_forms;
mod session_time;
mod standby;
mod tenant_isolation;
mod timed_freeze;
mod unproven;
