//! The server's grant, without which the bridge does nothing for this page: got
//! over a nonce of the bridge's, and renewed on the same connection before it
//! ends.

use card_protocol::{
    CardError,
    bridge::{Call, GrantRequest, Granted},
    error::GrantRefusal,
    grant::SignedGrant,
};

use super::{ANSWER_MS, Answer, Command, Commands, Finding, Link, Phase, Waiter};

/// When a renewal did not work, it is tried again after this.
const RENEW_AGAIN_MS: u32 = 10_000;

impl<T> Link<T> {
    /// Asks the bridge for a nonce.
    pub(super) fn request_grant(&mut self, commands: &mut Commands<T>) {
        self.wake(ANSWER_MS, commands);
        self.say(Call::RequestGrant {}, Waiter::Nonce, commands);
    }

    /// The bridge's nonce is there.
    pub(super) fn requested(&mut self, answer: Answer, commands: &mut Commands<T>) {
        let request = answer
            .ok()
            .and_then(|value| serde_json::from_value(value).ok());
        let Some(GrantRequest { nonce }) = request else {
            return self.no_grant(Finding::NoGrant, commands);
        };
        commands.push(Command::FetchGrant {
            nonce,
            socket: self.socket,
        });
    }

    /// The server answered.
    pub(super) fn present(&mut self, grant: Option<SignedGrant>, commands: &mut Commands<T>) {
        let Some(grant) = grant else {
            return self.no_grant(Finding::NoGrant, commands);
        };
        self.say(Call::PresentGrant { grant }, Waiter::Grant, commands);
    }

    /// The bridge took the grant, or did not.
    pub(super) fn granted(&mut self, answer: Answer, commands: &mut Commands<T>) {
        let refused = |reason| Err(CardError::NotGranted { reason });
        if answer == refused(GrantRefusal::Signature) {
            return self.no_grant(Finding::GrantRefused, commands);
        }
        // Somebody logged in or out in another tab: this page begins anew.
        if answer == refused(GrantRefusal::Session) {
            return self.start_over(commands);
        }
        let granted = answer
            .ok()
            .and_then(|value| serde_json::from_value(value).ok());
        let Some(Granted {
            seconds,
            acquaintance,
        }) = granted
        else {
            return self.no_grant(Finding::NoGrant, commands);
        };
        let Phase::Greeted(greeting) = &self.phase else {
            return self.wake(half(seconds), commands);
        };
        let ticket = greeting.ticket.clone();
        // From whoever proved itself, or was the only one where the page knew none.
        self.remember(acquaintance, commands);
        // What the page before left is this one's now. Shown if this very page has to
        // greet again, or by the next one.
        self.resume = Some(ticket.clone());
        commands.push(Command::Keep(ticket));
        self.renew_after_ms = half(seconds);
        self.wake(ANSWER_MS, commands);
        self.say(Call::Watch {}, Waiter::Watch, commands);
    }

    /// There is none: without one before, this bridge is none for this page;
    /// with one, there is time to try again.
    fn no_grant(&mut self, finding: Finding, commands: &mut Commands<T>) {
        if matches!(self.phase, Phase::Up(..)) {
            return self.wake(RENEW_AGAIN_MS, commands);
        }
        self.phase = Phase::Trying { is_open: true };
        self.give_up_port(finding, commands);
    }
}

/// Half of so many seconds, in milliseconds.
fn half(seconds: u32) -> u32 {
    seconds.saturating_mul(500)
}
