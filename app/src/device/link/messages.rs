//! What the link says and hears on the wire once it greeted the bridge: the
//! readers, and the calls of the screens, whose operations on cards run one at a time.

use card_protocol::{CardError, bridge::Call};

use super::{Answer, Command, Commands, Finding, Link, Phase, Received, Waiter};

impl<T> Link<T> {
    pub(super) fn received(&mut self, received: Received<Waiter<T>>, commands: &mut Commands<T>) {
        match received {
            Received::Readers(readers) => {
                if let Phase::Up(_, present) = &mut self.phase {
                    *present = readers;
                }
            }
            Received::Answer { id, waiter, answer } => match waiter {
                Waiter::Hello => self.greeted(answer, commands),
                Waiter::Nonce => self.requested(answer, commands),
                Waiter::Grant => self.granted(answer, commands),
                Waiter::Watch => self.watching(answer, commands),
                Waiter::Screen(waiter) => {
                    commands.push(Command::Answer(waiter, answer));
                    if self.running == Some(id) {
                        self.running = None;
                        self.run_next(commands);
                    }
                }
            },
            Received::Nonsense => {}
        }
    }

    fn watching(&mut self, answer: Answer, commands: &mut Commands<T>) {
        let Phase::Greeted(greeting) = &self.phase else {
            return;
        };
        let greeting = greeting.clone();
        let readers = answer
            .ok()
            .and_then(|value| serde_json::from_value(value).ok());
        let Some(readers) = readers else {
            self.phase = Phase::Trying { is_open: true };
            return self.give_up_port(Finding::Missing, commands);
        };
        self.wake(self.renew_after_ms, commands);
        self.phase = Phase::Up(greeting, readers);
        self.home = Some(self.port);
        commands.push(Command::WasAt(self.port));
        self.known = None;
        self.failures = 0;
        self.consent = false;
    }

    pub(super) fn ask(&mut self, call: Call, waiter: T, commands: &mut Commands<T>) {
        if !matches!(self.phase, Phase::Up(..)) {
            let error = self.view().status.error();
            let error = error.unwrap_or(CardError::BridgeNotRunning);
            commands.push(Command::Answer(waiter, Err(error)));
            return;
        }
        match call {
            Call::Cancel {} => {
                // What is only queued is cancelled here; reading what is
                // public is nothing that a person would want to stop.
                let queue = std::mem::take(&mut self.queue);
                for (call, waiter) in queue {
                    if matches!(call, Call::Identify { .. }) {
                        self.queue.push_back((call, waiter));
                    } else {
                        commands.push(Command::Answer(waiter, Err(CardError::Cancelled)));
                    }
                }
                self.say(call, Waiter::Screen(waiter), commands);
            }
            // A release waits for nothing: a card may be silent, and what was verified is to
            // end.
            Call::Release {}
            | Call::VirtualCards {}
            | Call::VirtualInsert { .. }
            | Call::VirtualRemove { .. }
            | Call::VirtualReaders { .. } => {
                self.say(call, Waiter::Screen(waiter), commands);
            }
            call => {
                self.queue.push_back((call, waiter));
                self.run_next(commands);
            }
        }
    }

    /// Begins the next operation unless one is running.
    fn run_next(&mut self, commands: &mut Commands<T>) {
        while self.running.is_none() {
            let Some((call, waiter)) = self.queue.pop_front() else {
                return;
            };
            self.running = self.say(call, Waiter::Screen(waiter), commands);
        }
    }

    /// Sends a call; gives its id, or nothing when it is too long to be sent.
    pub(super) fn say(
        &mut self,
        call: Call,
        waiter: Waiter<T>,
        commands: &mut Commands<T>,
    ) -> Option<u64> {
        match self.calls.begin(call, waiter) {
            Ok((id, text)) => {
                commands.push(Command::Send(text));
                Some(id)
            }
            Err(Waiter::Screen(waiter)) => {
                commands.push(Command::Answer(waiter, Err(CardError::BadRequest)));
                None
            }
            Err(Waiter::Hello | Waiter::Nonce | Waiter::Grant | Waiter::Watch) => None,
        }
    }
}
