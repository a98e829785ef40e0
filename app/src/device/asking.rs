//! What a screen asks of a card, each as a method of its own: one call, its answer in its
//! own type.

use card_protocol::{
    CardError,
    bridge::{Call, Empty, Identity, PinText, VirtualCards},
    program::{ProgramOutcome, SignedProgram},
    proposal::SignedProposal,
    statement::{Statement, StatementSignature},
    token::{AuthToken, SignedChallenge},
};
use leptos::{prelude::*, task::spawn_local};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{ChosenCard, Device, DeviceStatus, FaceKind};

impl Device {
    /// Takes note of what the card answered to a PIN, for the cards' faces.
    fn note_pin(self, reader: &str, outcome: Option<CardError>) {
        let tries = match outcome {
            None => None,
            Some(CardError::WrongPin { tries_left }) => Some(tries_left.0),
            Some(CardError::PinBlocked) => Some(0),
            Some(_) => return,
        };
        self.known.update(|faces| {
            for face in faces.iter_mut().filter(|face| face.reader == reader) {
                if let FaceKind::Made { pin_tries, .. } = &mut face.kind {
                    *pin_tries = tries;
                }
            }
        });
    }

    /// Verifies the PIN and signs the login message over the server's challenge.
    ///
    /// # Errors
    ///
    /// An error of the closed list, as for all methods here.
    pub async fn authenticate(
        self,
        ChosenCard {
            reader,
            certificate,
        }: ChosenCard,
        challenge: SignedChallenge,
        pin: Option<PinText>,
    ) -> Result<AuthToken, CardError> {
        let call = Call::Authenticate {
            reader: reader.clone(),
            card: certificate,
            challenge,
            pin,
        };
        let answer = read(self.ask(call).await);
        self.note_pin(&reader, answer.as_ref().err().copied());
        answer
    }

    /// Signs a statement that the service proposed, once its holder confirmed it in
    /// the bridge's window, if that asks ([`Device::confirm`]). Without a PIN only while the card is verified, else
    /// [`CardError::PinRequired`].
    ///
    /// # Errors
    ///
    /// An error of the closed list.
    pub async fn sign_statement(
        self,
        ChosenCard {
            reader,
            certificate,
        }: ChosenCard,
        statement: Statement,
        proposal: SignedProposal,
        pin: Option<PinText>,
    ) -> Result<StatementSignature, CardError> {
        let call = Call::SignStatement {
            reader: reader.clone(),
            card: certificate,
            statement,
            proposal,
            pin,
        };
        let answer = read(self.ask(call).await);
        self.note_pin(&reader, answer.as_ref().err().copied());
        answer
    }

    /// Changes the PIN. Whether the new one is good enough is asked before: [`card_protocol::PinPolicy`].
    ///
    /// # Errors
    ///
    /// An error of the closed list.
    pub async fn change_pin(
        self,
        ChosenCard {
            reader,
            certificate,
        }: ChosenCard,
        old: Option<PinText>,
        new: Option<PinText>,
    ) -> Result<(), CardError> {
        let call = Call::ChangePin {
            reader: reader.clone(),
            card: certificate,
            old,
            new,
        };
        let answer = done(self.ask(call).await);
        self.note_pin(&reader, answer.as_ref().err().copied());
        answer
    }

    /// Reads what is public on the card in a reader.
    ///
    /// # Errors
    ///
    /// An error of the closed list.
    pub async fn identify(self, reader: String) -> Result<Identity, CardError> {
        read(self.ask(Call::Identify { reader }).await)
    }

    /// Runs a program that the server signed.
    ///
    /// # Errors
    ///
    /// An error of the closed list. Whether the card did something of the
    /// program then only the next look at the card can tell.
    pub async fn run_program(
        self,
        reader: String,
        program: SignedProgram,
        new_pin: Option<PinText>,
    ) -> Result<ProgramOutcome, CardError> {
        let call = Call::RunProgram {
            reader,
            program,
            new_pin,
        };
        read(self.ask(call).await)
    }

    /// Lets go of the cards: none is verified any more.
    ///
    /// # Errors
    ///
    /// An error of the closed list.
    pub async fn release(self) -> Result<(), CardError> {
        done(self.ask(Call::Release {}).await)
    }

    /// Nothing is verified any more from here on. A bridge that is not there holds
    /// no card, and one that goes lets go by itself.
    pub fn let_go(self) {
        spawn_local(async move {
            let _nothing_to_let_go_of = self.release().await;
        });
    }

    /// Nothing is verified any more once the bridge is there: for a page that
    /// comes after a session's end. To be called once.
    pub fn let_go_when_connected(self) {
        Effect::new(move |is_done: Option<bool>| {
            let is_connected = self.status.with(DeviceStatus::is_connected);
            if is_connected && is_done != Some(true) {
                self.let_go();
            }
            is_connected || is_done == Some(true)
        });
    }

    /// Ends what this page has under way; it fails with [`CardError::Cancelled`].
    ///
    /// # Errors
    ///
    /// An error of the closed list.
    pub async fn cancel(self) -> Result<(), CardError> {
        done(self.ask(Call::Cancel {}).await)
    }

    /// The demo's software cards and readers.
    ///
    /// # Errors
    ///
    /// An error of the closed list.
    pub async fn virtual_cards(self) -> Result<VirtualCards, CardError> {
        read(self.ask(Call::VirtualCards {}).await)
    }

    /// Unplugs all virtual readers but the first `count`, and plugs those in.
    ///
    /// # Errors
    ///
    /// An error of the closed list.
    pub async fn virtual_readers(self, count: usize) -> Result<(), CardError> {
        done(self.ask(Call::VirtualReaders { count }).await)
    }

    /// Inserts a software card into a virtual reader.
    ///
    /// # Errors
    ///
    /// An error of the closed list.
    pub async fn virtual_insert(self, reader: String, card: String) -> Result<(), CardError> {
        done(self.ask(Call::VirtualInsert { reader, card }).await)
    }

    /// Pulls the software card out of a virtual reader.
    ///
    /// # Errors
    ///
    /// An error of the closed list.
    pub async fn virtual_remove(self, reader: String) -> Result<(), CardError> {
        done(self.ask(Call::VirtualRemove { reader }).await)
    }
}

/// The answer of a call in its own type; from a bridge that says something
/// else, that it is too old: a newer one speaks the page's version.
fn read<T: DeserializeOwned>(answer: Result<Value, CardError>) -> Result<T, CardError> {
    serde_json::from_value(answer?).map_err(|_unreadable| CardError::BridgeTooOld)
}

/// The same for an answer without content.
fn done(answer: Result<Value, CardError>) -> Result<(), CardError> {
    read(answer).map(|Empty {}| ())
}
