//! The store, by one suite that runs on both databases. `cargo xtask test it`
//! brings the PostgreSQL.

mod acts;
mod batch;
mod enrolments;
mod events;
mod lists;
mod nonces;
mod races;
mod read_only;
mod sessions;
mod silence;
mod tenant_isolation;
mod upgrade;
mod upkeep;
