//! The steps of a signed act, from its statement to its outcome. Nothing here
//! sends a PIN twice: whenever the card wants one, a person types it.

use std::time::Duration;

use card_domain::Action;
use card_protocol::{
    CardError,
    bridge::{Confirm, PinEntry, PinText},
    statement::{Statement, StatementSignature},
};
use leptos::{prelude::*, task::spawn_local};

use super::subject::{Proposed, Signed, Subject, Terms};
use crate::{
    api::ApiError,
    device::{
        ChosenCard, Device, DeviceStatus, Wanted,
        again::{AGAIN, is_tried_again, outlives_its_card},
    },
    islands::{
        pin_pad::{PinInput, take_well_formed_pin},
        resend::{RESEND_AFTER, RESENDS},
    },
    text::{Text, device as text},
};

/// How long to wait for a card that is being read.
const READING: Duration = Duration::from_millis(200);

/// The dialog was closed all the same: the page must not go on showing the card as it
/// was. A browser that refuses shows it.
fn show_as_it_is() {
    let _refused = window().location().reload();
}

/// How far the act is.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// The service makes the statement.
    Proposing,
    /// The person reads the statement.
    Reading,
    /// The card signs.
    Signing,
    /// The card wants its PIN.
    WantsPin,
    /// The card is gone; it goes on when one is there again.
    Waiting,
    /// The service does the act.
    Committing,
    /// The service refused.
    Refused(ApiError),
}

impl Step {
    /// Whether a person has to wait.
    pub(super) const fn is_busy(&self) -> bool {
        matches!(self, Self::Proposing | Self::Signing | Self::Committing)
    }

    /// What to do after the card could not sign.
    const fn after(error: CardError) -> Self {
        match error {
            CardError::PinRequired | CardError::WrongPin { .. } | CardError::LastTry => {
                Self::WantsPin
            }
            CardError::NoCard
            | CardError::CardRemoved
            | CardError::NoReader
            | CardError::BridgeNotRunning => Self::Waiting,
            _ => Self::Reading,
        }
    }

    /// What is under way, in words, and who asks.
    pub(super) const fn doing(&self, confirm: Confirm) -> Text {
        match (self, confirm) {
            (Self::Signing, Confirm::Window) => text::SIGN_IN_WINDOW,
            (Self::Proposing, _) => text::SIGN_PREPARING,
            (Self::Signing, Confirm::Page) => text::SIGNING,
            (Self::Committing, _) => text::COMMITTING,
            (Self::WantsPin, _) => text::SIGN_PIN,
            (Self::Waiting, _) => text::SIGN_WAITING,
            (Self::Reading | Self::Refused(_), _) => Text::EMPTY,
        }
    }
}

/// What the parts of the flow share.
#[derive(Clone, Copy)]
pub(super) struct Flow {
    pub(super) device: Device,
    pub(super) subject: StoredValue<Subject>,
    pub(super) action: Action,
    /// What was chosen besides.
    pub(super) terms: StoredValue<Terms>,
    /// The card that has to sign.
    pub(super) signer: StoredValue<Wanted>,
    pub(super) step: RwSignal<Step>,
    pub(super) proposal: RwSignal<Option<Proposed>>,
    /// What the card said last, while it matters.
    pub(super) trouble: RwSignal<Option<CardError>>,
    /// The card that was asked last.
    pub(super) asked: StoredValue<Option<(String, u64)>>,
    pub(super) input: PinInput,
    pub(super) on_done: Callback<Signed>,
    /// Runs on 取消 in the bridge's window.
    pub(super) on_cancel: Callback<()>,
}

impl Flow {
    pub(super) fn propose(self) {
        self.step.set(Step::Proposing);
        self.trouble.set(None);
        spawn_local(async move {
            let subject = self.subject.get_value();
            match subject.propose(self.action, self.terms.get_value()).await {
                Ok(proposal) => {
                    self.proposal.set(Some(proposal));
                    self.step.set(Step::Reading);
                }
                Err(error) => self.step.set(Step::Refused(error)),
            }
        });
    }

    /// Whether the bridge's own window asks.
    pub(super) fn asks_in_window(self) -> bool {
        self.device.confirm() == Confirm::Window
    }

    /// Where the bridge's window asks, it asks at once: the page does not ask
    /// too. What went wrong waits for a click. To be called from an effect.
    pub(super) fn begin_in_window(self) {
        let may_begin = self.asks_in_window()
            && self.step.get() == Step::Reading
            && self.trouble.get().is_none()
            && self.stranger().is_none();
        if may_begin {
            untrack(|| self.confirm());
        }
    }

    /// 确认: signs, with the PIN when the card wants it.
    pub(super) fn confirm(self) {
        let wants_pin = match self.step.get_untracked() {
            Step::Reading => false,
            Step::WantsPin => self.device.pin_entry.get_untracked() == PinEntry::Page,
            _ => return,
        };
        // Nobody's PIN is for somebody else's card.
        if untrack(|| self.stranger()).is_some() {
            return;
        }
        if self.device.reader.with_untracked(Option::is_none) {
            let error = self.device.status.with_untracked(DeviceStatus::error);
            return self.trouble_with(error.unwrap_or(CardError::NoCard));
        }
        let Some(face) = untrack(|| self.device.face()) else {
            return self.confirm_soon();
        };
        let Some(card) = face.chosen() else {
            return self.trouble_with(face.kind.trouble());
        };
        let pin = if wants_pin {
            let Some(pin) = take_well_formed_pin(self.input) else {
                return;
            };
            Some(pin)
        } else {
            None
        };
        self.sign(card, pin);
    }

    /// Which card it is is being read.
    fn confirm_soon(self) {
        set_timeout(
            move || {
                if !self.is_over() {
                    self.confirm();
                }
            },
            READING,
        );
    }

    fn sign(self, card: ChosenCard, pin: Option<PinText>) {
        let Some(proposal) = self.proposal.get_untracked() else {
            return;
        };
        self.trouble.set(None);
        self.asked.set_value(untrack(|| self.device.insertion()));
        self.step.set(Step::Signing);
        spawn_local(async move {
            let Proposed {
                statement, signed, ..
            } = proposal;
            let answer = self
                .device
                .sign_statement(card, statement.clone(), signed, pin);
            let answer = answer.await;
            if self.is_over() {
                return;
            }
            match answer {
                Ok(signature) => self.commit(statement, signature, RESENDS).await,
                Err(error) => self.trouble_with(error),
            }
        });
    }

    fn trouble_with(self, error: CardError) {
        // 取消 in the window, or no answer there, is 取消 here.
        if error == CardError::Cancelled && untrack(|| self.asks_in_window()) {
            return self.on_cancel.run(());
        }
        self.trouble.set(match error {
            // The step, or the status of the way to the card, says it.
            CardError::PinRequired
            | CardError::NoCard
            | CardError::NoReader
            | CardError::BridgeNotRunning => None,
            error => Some(error),
        });
        self.step.set(Step::after(error));
        if is_tried_again(error) {
            self.try_again(error);
        }
    }

    /// Another program has the card: it is said, and goes on when that lets go of it. A
    /// PIN that was typed is not kept: whether it is needed, the card says again.
    fn try_again(self, error: CardError) {
        set_timeout(
            move || {
                let waits = !self.is_over()
                    && self.step.get_untracked() == Step::Reading
                    && self.trouble.get_untracked() == Some(error);
                if waits {
                    self.confirm();
                }
            },
            AGAIN,
        );
    }

    /// Sends what was signed. Where no answer comes the same goes once more, `resends`
    /// times: the service does it once, and answers the same.
    async fn commit(self, statement: Statement, signature: StatementSignature, resends: u32) {
        self.step.set(Step::Committing);
        let subject = self.subject.get_value();
        let signer = self.asked.get_value();
        let answer = subject
            .commit(self.device, signer, statement.clone(), signature.clone())
            .await;
        if self.is_over() {
            return show_as_it_is();
        }
        match answer {
            Ok(done) => self.on_done.run(done),
            Err(error) if error.is_unanswered() && resends > 0 => set_timeout(
                move || {
                    if self.is_over() {
                        return show_as_it_is();
                    }
                    spawn_local(self.commit(statement, signature, resends - 1));
                },
                RESEND_AFTER,
            ),
            Err(error) => self.step.set(Step::Refused(error)),
        }
    }

    /// What the card in the reader is called, when it is clearly not the one that has to
    /// sign.
    pub(super) fn stranger(self) -> Option<String> {
        self.signer
            .with_value(|signer| self.device.stranger(signer))
    }

    /// Whether the dialog was closed meanwhile.
    fn is_over(self) -> bool {
        self.step.is_disposed()
    }

    /// Goes on when a card is there again. It has just been inserted, so it
    /// wants its PIN. To be called from an effect; says whether there is no
    /// card, and is told what it said the last time.
    pub(super) fn watch(self, was_away: bool) -> bool {
        let now = self.device.insertion();
        let is_new = was_away || self.asked.with_value(|asked| *asked != now);
        if self.step.get() == Step::Waiting && now.is_some() && is_new {
            self.trouble.set(None);
            self.step.set(Step::WantsPin);
        }
        // What was said of a card is not for the next.
        if let (Step::Reading, Some(error), true) =
            (self.step.get(), self.trouble.get_untracked(), is_new)
            && !self.asks_in_window()
            && !outlives_its_card(error, now.is_none())
        {
            self.trouble.set(None);
        }
        now.is_none()
    }
}
