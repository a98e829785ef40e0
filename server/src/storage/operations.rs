//! What is done in the store, written once over [`super::sql::Sql`] for both
//! databases. Reads are functions; writes are values that implement
//! [`super::database::Operation`].

pub(super) mod acts;
pub(super) mod admin;
pub(super) mod archives;
pub(super) mod cards;
pub(super) mod confirm;
pub(super) mod enrolments;
pub(super) mod enterprises;
pub(super) mod events;
pub(super) mod health;
pub(super) mod journal;
pub(super) mod list;
pub(super) mod log;
pub(super) mod nonces;
pub(super) mod purge;
pub(super) mod sessions;
pub(super) mod timeline;
pub(super) mod unproven;
