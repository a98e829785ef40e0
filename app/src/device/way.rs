//! The one trait for all ways to a card. The bridge is the main road; readers
//! that a page may open itself (`WebUSB`) are another.

use async_trait::async_trait;
use card_protocol::{
    CardError,
    bridge::{Identity, PinText, VirtualCard},
    program::{ProgramOutcome, SignedProgram},
    statement::{Statement, StatementSignature},
    token::AuthToken,
};

/// A way to a card. Everything a screen may want of a card, and nothing that
/// takes raw commands. Every method fails with an error of the closed list.
#[async_trait(?Send)]
pub trait CardWay {
    /// A good moment to look for readers again; `by_person` after a click.
    fn connect(&self, by_person: bool);

    /// Reads what is public on the card.
    async fn identify(&self, reader: String) -> Result<Identity, CardError>;

    /// Verifies the PIN and signs the login message over the server's nonce.
    async fn authenticate(
        &self,
        reader: String,
        nonce: String,
        pin: Option<PinText>,
    ) -> Result<AuthToken, CardError>;

    /// Signs a statement; without a PIN only while the card is verified.
    async fn sign_statement(
        &self,
        reader: String,
        statement: Statement,
        pin: Option<PinText>,
    ) -> Result<StatementSignature, CardError>;

    /// Changes the PIN.
    async fn change_pin(&self, reader: String, old: PinText, new: PinText)
    -> Result<(), CardError>;

    /// Runs a program that the server signed; with the new PIN if it sets one
    /// and the PIN is typed in the page.
    async fn run_program(
        &self,
        reader: String,
        program: SignedProgram,
        new_pin: Option<PinText>,
    ) -> Result<ProgramOutcome, CardError>;

    /// Ends what this page has under way.
    async fn cancel(&self) -> Result<(), CardError>;

    /// The demo's software cards; refused where there is no virtual reader.
    async fn virtual_cards(&self) -> Result<Vec<VirtualCard>, CardError>;

    /// Inserts a software card into a virtual reader.
    async fn virtual_insert(&self, reader: String, card: String) -> Result<(), CardError>;

    /// Pulls the software card out of a virtual reader.
    async fn virtual_remove(&self, reader: String) -> Result<(), CardError>;
}
