//! The rounds over the bridge's ports: which are asked, how long each may take, and what
//! is said when none of them was it.

use std::collections::VecDeque;

use card_protocol::bridge::PORTS;

use super::{ANSWER_MS, Command, Commands, Finding, Link, Permission, Phase, greeting::Claims};

/// How long a port may take to answer in the first round of a page, before the browser had
/// a reason to delay: another user's bridge says nothing for ten seconds, and this user's
/// may be on the next port.
pub(super) const FIRST_ANSWER_MS: u32 = 1_500;

/// Rests between rounds over the ports, the last one for ever. Every round
/// that fails makes Chromium slower to try the next, hence not shorter.
const REST_MS: [u32; 4] = [500, 1_000, 2_000, 3_000];

/// While the bridge is away, only every n-th round tries all ports; the others
/// try the likely one.
const FULL_ROUND: usize = 3;

impl<T> Link<T> {
    pub(super) fn begin_round(&mut self, commands: &mut Commands<T>) {
        self.phase = Phase::Asking;
        self.found = Finding::Missing;
        self.claims = Claims::default();
        self.timer += 1;
        self.round += 1;
        commands.push(Command::AskPermission { round: self.round });
    }

    pub(super) fn wanted(&mut self, by_person: bool, commands: &mut Commands<T>) {
        if by_person {
            self.consent = true;
            self.failures = 0;
        }
        if matches!(self.phase, Phase::Resting) {
            if by_person {
                self.known = None;
            }
            self.begin_round(commands);
        }
    }

    pub(super) fn permission(&mut self, permission: Permission, commands: &mut Commands<T>) {
        if !matches!(self.phase, Phase::Asking) {
            return;
        }
        self.prompting = permission == Permission::Prompt;
        match permission {
            Permission::Denied => self.end_round(Finding::Blocked, commands),
            Permission::Prompt if !self.consent => {
                self.end_round(Finding::NeedsPermission, commands);
            }
            Permission::Prompt | Permission::Granted => {
                self.ports = ports(self.home, self.failures);
                self.next_port(commands);
            }
        }
    }

    pub(super) fn next_port(&mut self, commands: &mut Commands<T>) {
        let Some(port) = self.ports.pop_front() else {
            let mut found = std::mem::replace(&mut self.found, Finding::Missing);
            if let Some(more) = self.more_ports(&mut found) {
                self.found = found;
                self.ports.extend(more);
                return self.next_port(commands);
            }
            return self.end_round(found, commands);
        };
        self.asks(port);
        self.phase = Phase::Trying { is_open: false };
        self.port = port;
        self.socket += 1;
        commands.push(Command::Open {
            port,
            socket: self.socket,
        });
        if self.prompting {
            // The person may read the browser's question as long as they like.
            self.timer += 1;
        } else if self.is_hasty() {
            self.wake(FIRST_ANSWER_MS, commands);
        } else {
            self.wake(ANSWER_MS, commands);
        }
    }

    /// Whether nobody waits long enough to say that a port is silent.
    pub(super) const fn is_hasty(&self) -> bool {
        !self.has_failed && !self.claims.is_patient
    }

    /// Leaves this port, with what is known of it.
    pub(super) fn pass_by(&mut self, commands: &mut Commands<T>) {
        self.hang_up(commands);
        self.next_port(commands);
    }

    /// Gives this port up, with what was found there.
    pub(super) fn give_up_port(&mut self, finding: Finding, commands: &mut Commands<T>) {
        self.heard(&finding, self.is_hasty());
        self.hang_up(commands);
        self.found = std::mem::replace(&mut self.found, Finding::Missing).max(finding);
        self.next_port(commands);
    }

    pub(super) fn end_round(&mut self, finding: Finding, commands: &mut Commands<T>) {
        self.phase = Phase::Resting;
        // In the first round nobody waited long enough to say that.
        let is_hasty = finding == Finding::OtherUser && self.is_hasty();
        self.known = (!is_hasty).then_some(finding);
        self.has_failed = true;
        self.consent = false;
        let rest = REST_MS.get(self.failures).or(REST_MS.last());
        self.failures += 1;
        self.wake(rest.copied().unwrap_or_default(), commands);
    }
}

/// The ports of a round: where the bridge was last, then the fixed list.
pub(super) fn ports(home: Option<u16>, failures: usize) -> VecDeque<u16> {
    let mut ports: VecDeque<u16> = home.into_iter().collect();
    let all = failures < FULL_ROUND || failures.is_multiple_of(FULL_ROUND);
    let tried = if all { PORTS.len() } else { 1 };
    ports.extend(
        PORTS
            .into_iter()
            .take(tried)
            .filter(|port| Some(*port) != home),
    );
    ports
}
