//! The stand of the integration tests: a server over a database, people, a
//! browser, and a bridge behind pcscd.

#[path = "../../tests/it/service/browser.rs"]
pub(crate) mod browser;
pub(crate) mod operations;
#[path = "../../tests/it/service/person.rs"]
pub(crate) mod person;
#[path = "../../tests/it/service/world.rs"]
pub(crate) mod world;
