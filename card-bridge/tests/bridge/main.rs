//! The bridge as a page sees it, over a real WebSocket, with software cards in
//! this process.

mod bench;
#[path = "../support/card.rs"]
mod card;
mod cli;
mod dialog;
mod enroll;
mod interruption;
mod login;
mod messages;
#[path = "../support/page.rs"]
mod page;
mod pins;
mod program;
mod server;
mod statement;
