//! The part of the stand that operates on cards.

#[path = "../../../tests/it/service/operations/desk.rs"]
pub(crate) mod desk;
#[path = "../../../../card-bridge/tests/support/page.rs"]
pub(crate) mod page;
#[path = "../../../../card-bridge/virtual-card/tests/judges/pcscd.rs"]
pub(crate) mod pcscd;
#[path = "../../../tests/it/service/operations/reader.rs"]
pub(crate) mod reader;
#[path = "../../../tests/it/service/operations/terminal.rs"]
pub(crate) mod terminal;
