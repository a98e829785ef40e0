//! The page's half of an operation on cards: cards come and go, the service is
//! told, and what it says is done. Nothing is decided here; every report may be
//! sent twice, so after a cut network the same one goes once more.

use card_protocol::{
    CardError, PinPolicy,
    bridge::{PinEntry, PinText},
    program::SignedProgram,
};
use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::{
        ApiError, ErrorCode, calls,
        operation::{CardReport, Doing, FoundCard, Next, Operations},
    },
    device::{
        Device, DeviceStatus,
        again::{AGAIN, is_tried_again, outlives_its_card},
    },
    islands::resend::{RESEND_AFTER, RESENDS},
    text::{Text, operate as text},
};

/// A card in a reader: the reader's name and the insertion.
pub(super) type Inserted = (String, u64);

/// Where the page is.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Stage {
    /// A card has to be inserted.
    Swap,
    /// Another card is in the reader, and nothing was written to it.
    Wrong(Inserted, FoundCard),
    /// Something is being done, as far as it is known.
    Busy(Option<Doing>),
    /// The program sets a new PIN, which its holder has to type.
    WantsPin(Box<Waiting>),
    /// The service can't be reached; it is asked again.
    Offline,
    /// It is being given up.
    Cancelling,
    /// There is nothing left to do.
    Over {
        /// Whether a person gave it up.
        cancelled: bool,
    },
    /// The service goes on no more.
    Failed(ApiError),
}

/// What stands in the way of the next card.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// What to say to a 确认 that came too early.
    TooEarly(Text),
    /// What the card said last.
    Card(CardError),
}

/// A program that waits for a new PIN.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) card: Inserted,
    pub(super) program: SignedProgram,
    pub(super) policy: PinPolicy,
    pub(super) doing: Doing,
}

impl Stage {
    /// Whether a card may be working just now, which nothing should disturb.
    pub(super) const fn is_busy(&self) -> bool {
        matches!(self, Self::Busy(_) | Self::Offline | Self::Cancelling)
    }

    /// Whether it is over, one way or the other.
    pub(super) const fn is_over(&self) -> bool {
        matches!(self, Self::Over { .. } | Self::Failed(_))
    }

    /// How many of the [`steps`](crate::text::operate::steps) are done.
    pub(super) const fn steps_done(&self) -> usize {
        match self {
            Self::Swap | Self::Wrong(..) | Self::Cancelling | Self::Failed(_) => 1,
            Self::Busy(None | Some(Doing::Checking)) => 2,
            Self::Busy(Some(_)) | Self::WantsPin(_) | Self::Offline => 3,
            Self::Over { .. } => 5,
        }
    }

    /// What is under way, in words.
    pub(super) fn doing(&self) -> String {
        match self {
            Self::Busy(doing) => {
                text::busy(doing.map_or(text::STARTING, crate::text::operations::doing))
            }
            Self::Offline => String::from(text::OFFLINE),
            Self::Cancelling => String::from(text::CANCELLING),
            _ => String::new(),
        }
    }
}

/// What the parts of the dialog share.
#[derive(Clone, Copy)]
pub(super) struct Flow {
    pub(super) device: Device,
    pub(super) ticket: StoredValue<String>,
    pub(super) stage: RwSignal<Stage>,
    pub(super) operations: RwSignal<Operations>,
    /// The card that signed, while it is in: the one not to be operated on.
    pub(super) signer: StoredValue<Option<Inserted>>,
    /// Cards that were tried; each is tried by itself once.
    pub(super) tried: StoredValue<Vec<Inserted>>,
    /// What stands in the way, while it matters.
    pub(super) obstacle: RwSignal<Option<Obstacle>>,
}

impl Flow {
    /// Takes note of the cards that come and go. To be called from an effect.
    pub(super) fn watch(self) {
        let inserted = self.device.insertions();
        if !self.device.status.with(DeviceStatus::is_connected) {
            // A bridge that was restarted counts insertions anew.
            self.tried.set_value(Vec::new());
            self.signer.set_value(None);
        }
        // What was said of the cards that were in is not for those that are.
        let signer_is_in = inserted.iter().any(|card| self.is_signer(card));
        if let Some(Obstacle::TooEarly(said)) = self.obstacle.get_untracked()
            && signer_is_in == (said == text::NO_CARD_YET)
        {
            self.obstacle.set(None);
        }
        let no_other_is_in = inserted.iter().all(|card| self.is_signer(card));
        if let Some(Obstacle::Card(error)) = self.obstacle.get_untracked()
            && no_other_is_in
            && !outlives_its_card(error, true)
        {
            self.obstacle.set(None);
        }
        match self.stage.get() {
            Stage::Swap => self.try_new(inserted),
            Stage::Wrong(card, _) => {
                if !inserted.contains(&card) {
                    self.stage.set(Stage::Swap);
                }
                self.try_new(inserted);
            }
            Stage::WantsPin(waiting) if !inserted.contains(&waiting.card) => {
                let error = CardError::CardRemoved;
                self.obstacle.set(Some(Obstacle::Card(error)));
                self.tell(waiting.card, CardReport::Failed { error });
            }
            _ => {}
        }
    }

    fn try_new(self, inserted: Vec<Inserted>) {
        let is_new = |card: &Inserted| {
            self.tried.with_value(|tried| !tried.contains(card)) && !self.is_signer(card)
        };
        if let Some(card) = inserted.into_iter().find(is_new) {
            self.begin(card);
        }
    }

    /// Whether it is the card that signed.
    pub(super) fn is_signer(self, card: &Inserted) -> bool {
        self.signer
            .with_value(|signer| signer.as_ref() == Some(card))
    }

    /// 确认: tries the card that is in, or says what is missing.
    pub(super) fn confirm(self) {
        if !matches!(self.stage.get_untracked(), Stage::Swap | Stage::Wrong(..)) {
            return;
        }
        let inserted = untrack(|| self.device.insertions());
        let none = inserted.is_empty();
        if let Some(card) = inserted.into_iter().find(|card| !self.is_signer(card)) {
            return self.begin(card);
        }
        let two = self.device.has_second_reader();
        let missing = match (none, two) {
            (true, _) => text::NO_CARD_YET,
            (false, true) => text::NOT_IN_YET,
            (false, false) => text::STILL_IN,
        };
        self.obstacle.set(Some(Obstacle::TooEarly(missing)));
    }

    fn begin(self, card: Inserted) {
        self.tried.update_value(|tried| {
            if !tried.contains(&card) {
                tried.push(card.clone());
            }
        });
        self.obstacle.set(None);
        self.tell(card, CardReport::Inserted);
    }

    /// Tells the service and does what it says.
    fn tell(self, card: Inserted, report: CardReport) {
        if !matches!(self.stage.get_untracked(), Stage::Busy(_)) {
            self.stage.set(Stage::Busy(None));
        }
        spawn_local(self.relay(card, report));
    }

    async fn relay(self, card: Inserted, mut report: CardReport) {
        let reader = card.0.clone();
        loop {
            let ticket = self.ticket.get_value();
            let reply = match calls::operation_next(ticket, report.clone()).await {
                Ok(reply) => reply,
                Err(error) => return self.unanswered(card, report, error),
            };
            if self.is_gone() {
                return;
            }
            self.operations.set(reply.operations);
            report = match reply.next {
                Next::Insert => {
                    self.stage.set(Stage::Swap);
                    if let CardReport::Failed { error } = report {
                        self.try_again(card, error);
                    }
                    return;
                }
                Next::Finished => return self.stage.set(Stage::Over { cancelled: false }),
                Next::WrongCard { found } => return self.stage.set(Stage::Wrong(card, found)),
                Next::Identify => match self.device.identify(reader.clone()).await {
                    Ok(identity) => CardReport::Identified { identity },
                    Err(error) => {
                        if !self.is_gone() && is_tried_again(error) {
                            self.obstacle.set(Some(Obstacle::Card(error)));
                        }
                        CardReport::Failed { error }
                    }
                },
                Next::Run {
                    program,
                    new_pin: Some(policy),
                    doing,
                } if self.device.pin_entry.get_untracked() == PinEntry::Page => {
                    return self.stage.set(Stage::WantsPin(Box::new(Waiting {
                        card,
                        program,
                        policy,
                        doing,
                    })));
                }
                Next::Run { program, doing, .. } => {
                    self.stage.set(Stage::Busy(Some(doing)));
                    self.run(reader.clone(), program, None).await
                }
            };
            if self.is_gone() {
                return;
            }
        }
    }

    /// Another program has the card: it is said, and goes on when that lets go of it.
    fn try_again(self, card: Inserted, error: CardError) {
        if !is_tried_again(error) {
            return;
        }
        set_timeout(
            move || {
                if self.is_gone() || self.stage.get_untracked() != Stage::Swap {
                    return;
                }
                let is_said = self.obstacle.get_untracked() == Some(Obstacle::Card(error));
                if is_said && untrack(|| self.device.insertions()).contains(&card) {
                    self.begin(card);
                }
            },
            AGAIN,
        );
    }

    async fn run(
        self,
        reader: String,
        program: SignedProgram,
        new_pin: Option<PinText>,
    ) -> CardReport {
        match self.device.run_program(reader, program, new_pin).await {
            Ok(outcome) => CardReport::Ran { outcome },
            Err(error) => {
                if !self.is_gone() && !is_about_the_card(error) {
                    // There was one when it began.
                    let said = match error {
                        CardError::NoCard => CardError::CardRemoved,
                        error => error,
                    };
                    self.obstacle.set(Some(Obstacle::Card(said)));
                }
                CardReport::Failed { error }
            }
        }
    }

    /// The new PIN was typed twice: the program that waited for it goes on.
    pub(super) fn set_pin(self, waiting: Waiting, pin: PinText) {
        self.obstacle.set(None);
        self.stage.set(Stage::Busy(Some(waiting.doing)));
        spawn_local(async move {
            let Waiting { card, program, .. } = waiting.clone();
            let report = self.run(card.0.clone(), program, Some(pin)).await;
            if self.is_gone() {
                return;
            }
            if matches!(
                report,
                CardReport::Failed {
                    error: CardError::WeakPin { .. }
                }
            ) {
                // No card saw it: another one may be typed.
                return self.stage.set(Stage::WantsPin(Box::new(waiting)));
            }
            self.relay(card, report).await;
        });
    }

    /// The service did not take a report: the same goes once more, or it is over.
    fn unanswered(self, card: Inserted, report: CardReport, error: ApiError) {
        if self.is_gone() {
            return;
        }
        if !error.is_unanswered() && error.code != ErrorCode::TooMany {
            return self.stage.set(Stage::Failed(error));
        }
        self.stage.set(Stage::Offline);
        set_timeout(
            move || {
                if !self.is_gone() && self.stage.get_untracked() == Stage::Offline {
                    spawn_local(self.relay(card, report));
                }
            },
            RESEND_AFTER,
        );
    }

    /// 取消: gives up what was not written.
    pub(super) fn cancel(self) {
        if self
            .stage
            .with_untracked(|stage| stage.is_busy() || stage.is_over())
        {
            return;
        }
        self.stage.set(Stage::Cancelling);
        spawn_local(self.give_up(RESENDS));
    }

    /// Where no answer comes to that, the same goes once more, `resends` times.
    async fn give_up(self, resends: u32) {
        let answer = calls::cancel_operations(self.ticket.get_value()).await;
        if self.is_gone() {
            return;
        }
        match answer {
            Ok(operations) => {
                self.operations.set(operations);
                self.stage.set(Stage::Over { cancelled: true });
            }
            Err(error) if error.is_unanswered() && resends > 0 => set_timeout(
                move || {
                    if !self.is_gone() {
                        spawn_local(self.give_up(resends - 1));
                    }
                },
                RESEND_AFTER,
            ),
            Err(error) => self.stage.set(Stage::Failed(error)),
        }
    }

    /// The ticket's time is over.
    pub(super) fn time_out(self) {
        if !self.stage.with_untracked(Stage::is_over) {
            let error = ApiError::new(ErrorCode::TicketVoid, String::new());
            self.stage.set(Stage::Failed(error));
        }
    }

    /// Whether the dialog was closed meanwhile.
    fn is_gone(self) -> bool {
        self.stage.is_disposed()
    }
}

/// Errors of which the service says what is in the reader.
const fn is_about_the_card(error: CardError) -> bool {
    matches!(
        error,
        CardError::ProgramRefused {
            reason: card_protocol::ProgramRefusal::Chip | card_protocol::ProgramRefusal::Exchange
        } | CardError::UnsupportedCard
            | CardError::UnfitCard { .. }
    )
}
