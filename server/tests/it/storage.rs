//! The store, by one suite that runs on both databases. `cargo xtask test it`
//! brings the PostgreSQL.

mod acts;
mod batch;
mod enrolments;
mod events;
mod lists;
mod nonces;
mod pooler;
mod races;
mod reach;
mod read_only;
mod roles;
mod sessions;
mod silence;
mod standby;
mod tables;
mod tenant_isolation;
mod tls;
mod upgrade;
mod upkeep;
