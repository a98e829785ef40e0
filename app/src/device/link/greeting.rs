//! Who is the bridge: whoever answers `hello` says so. A page that knows its bridge
//! takes nobody who can't prove to be that one, at whichever port. A page that knows
//! none takes whoever is the only one, after it asked all ports; of several it takes
//! nobody (ADR 38).

use card_protocol::{
    CardError,
    acquaintance::{Acquaintance, Challenge},
    bridge::{Call, Hello, OLDEST_PROTOCOL, PORTS, PROTOCOL_VERSION, PROTOCOL_WITH_PROOF, Welcome},
};

use super::{ANSWER_MS, Answer, Command, Commands, Finding, Greeting, Link, Phase, Waiter};

/// What the page knows of who says that it is the bridge, in this round.
#[derive(Debug, Default)]
pub(super) struct Claims {
    /// The ports that were asked.
    asked: Vec<u16>,
    /// How many say that they are it.
    count: usize,
    /// The last of those that would do.
    candidate: Option<u16>,
    /// The ports at which nobody said anything for a moment.
    silent: Vec<u16>,
    /// Whether those are asked once more, and waited for.
    pub(super) is_patient: bool,
    /// The candidate is the only one.
    is_chosen: bool,
}

impl<T> Link<T> {
    /// A port is going to be asked.
    pub(super) fn asks(&mut self, port: u16) {
        self.claims.asked.push(port);
    }

    /// The port that was asked has nothing for this page, or nothing that is certain.
    pub(super) fn heard(&mut self, finding: &Finding, is_hasty: bool) {
        if finding.is_claim() {
            self.claims.count += 1;
        } else if *finding == Finding::OtherUser && is_hasty {
            self.claims.silent.push(self.port);
        }
    }

    /// What is to be asked once the ports of the round were: all others, where there is
    /// somebody who is perhaps not the bridge; once more those that were silent for a
    /// moment only; then whoever is the only one.
    pub(super) fn more_ports(&mut self, found: &mut Finding) -> Option<Vec<u16>> {
        let claims = &mut self.claims;
        let is_unknown = self.acquaintance.is_none();
        let is_doubtful = if is_unknown {
            claims.count > 0
        } else {
            *found == Finding::Unknown
        };
        if !is_doubtful || claims.is_chosen {
            return None;
        }
        let is_new = |port: &u16| !claims.asked.contains(port);
        let rest: Vec<_> = PORTS.into_iter().filter(is_new).collect();
        if !rest.is_empty() {
            return Some(rest);
        }
        if !claims.silent.is_empty() && !claims.is_patient {
            claims.is_patient = true;
            return Some(std::mem::take(&mut claims.silent));
        }
        if !is_unknown {
            return None;
        }
        if claims.count > 1 {
            *found = Finding::Several;
            return None;
        }
        let only = claims.candidate?;
        claims.is_chosen = true;
        Some(vec![only])
    }

    /// Says hello. The ticket of the page before is for the bridge alone, not for
    /// whoever is only asked whether it is that.
    pub(super) fn greet(&mut self, challenge: Challenge, commands: &mut Commands<T>) {
        self.phase = Phase::Trying { is_open: true };
        // Whatever the browser had to ask was answered.
        self.prompting = false;
        self.challenge = Some(challenge);
        self.wake(ANSWER_MS, commands);
        self.hello(PROTOCOL_VERSION, commands);
    }

    fn hello(&mut self, protocol: u32, commands: &mut Commands<T>) {
        self.greets_in = protocol;
        let is_asked_only = self.acquaintance.is_none() && !self.claims.is_chosen;
        let hello = Hello {
            protocol,
            resume: self.resume.clone().filter(|_| !is_asked_only),
            // A bridge of version 3 takes no field that it does not know.
            challenge: self.challenge.filter(|_| protocol >= PROTOCOL_WITH_PROOF),
        };
        self.say(Call::Hello(hello), Waiter::Hello, commands);
    }

    /// Somebody answered.
    pub(super) fn greeted(&mut self, answer: Answer, commands: &mut Commands<T>) {
        let is_older = answer == Err(CardError::BadRequest);
        if let Some(acquaintance) = &self.acquaintance {
            let is_proved = answer.as_ref().is_ok_and(|welcome| {
                let is_proof = |challenge| acquaintance.is_proved(&challenge, self.port, welcome);
                self.challenge.take().is_some_and(is_proof)
            });
            return match Finding::of_welcome(answer) {
                Ok(welcome) if is_proved => self.welcomed(welcome, is_proved, commands),
                Err(finding @ Finding::TooOld { .. }) if is_proved => {
                    self.give_up_port(finding, commands);
                }
                Ok(_) | Err(Finding::TooOld { .. }) => {
                    self.give_up_port(Finding::Unknown, commands);
                }
                Err(_) if is_older => self.give_up_port(Finding::Unknown, commands),
                Err(finding) => self.give_up_port(finding, commands),
            };
        }
        if is_older && self.greets_in > OLDEST_PROTOCOL {
            return self.hello(OLDEST_PROTOCOL, commands);
        }
        match Finding::of_welcome(answer) {
            Ok(welcome) if self.claims.is_chosen => self.welcomed(welcome, false, commands),
            Ok(_) => {
                self.claims.count += 1;
                self.claims.candidate = Some(self.port);
                self.pass_by(commands);
            }
            Err(finding) => self.give_up_port(finding, commands),
        }
    }

    fn welcomed(&mut self, welcome: Welcome, is_proved: bool, commands: &mut Commands<T>) {
        self.phase = Phase::Greeted(Greeting {
            version: welcome.version,
            ticket: welcome.resume,
            pin_entry: welcome.pin_entry,
            confirm: welcome.confirm,
            held: if is_proved { welcome.held } else { Vec::new() },
        });
        self.request_grant(commands);
    }

    /// Knows this bridge again from now on.
    pub(super) fn remember(&mut self, it: Option<Acquaintance>, commands: &mut Commands<T>) {
        if it.is_some() && self.acquaintance != it {
            self.acquaintance.clone_from(&it);
            commands.extend(it.map(Command::Remember));
        }
    }

    /// A person says that it is a new one: whoever is the only one is taken.
    pub(super) fn forget(&mut self, commands: &mut Commands<T>) {
        commands.push(Command::Forget);
        self.know(None, commands);
    }

    /// In all tabs of a browser the same one is the bridge.
    pub(super) fn known_elsewhere(&mut self, it: Option<Acquaintance>, commands: &mut Commands<T>) {
        if self.acquaintance != it {
            self.know(it, commands);
        }
    }

    fn know(&mut self, it: Option<Acquaintance>, commands: &mut Commands<T>) {
        self.acquaintance = it;
        self.home = None;
        if !matches!(self.phase, Phase::NotStarted) {
            self.start_over(commands);
        }
    }
}
