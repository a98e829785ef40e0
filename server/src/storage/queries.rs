//! What is done in the store, written once for both databases over
//! [`super::connection::Connection`]. A read is a method of
//! [`super::SqlStore`]; a write is a value that implements
//! [`super::database::WriteQuery`], with a method that makes it.

pub(super) mod acts;
pub(super) mod admin;
pub(super) mod archives;
pub(super) mod baseline;
pub(super) mod cards;
pub(super) mod certificates;
pub(super) mod clock;
pub(super) mod confirm;
pub(super) mod enrolments;
pub(super) mod enterprises;
pub(super) mod events;
pub(super) mod freezes;
pub(super) mod health;
pub(super) mod journal;
pub(super) mod leaves;
pub(super) mod left_out;
pub(super) mod list;
pub(super) mod log;
pub(super) mod nonces;
pub(super) mod purge;
pub(super) mod register;
pub(super) mod search_keys;
pub(super) mod sessions;
pub(super) mod timeline;
pub(super) mod unproven;
