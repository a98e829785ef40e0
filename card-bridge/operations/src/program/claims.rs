//! Which programs were begun, as a table and as lines of JSON.

use std::{collections::HashMap, time::Duration};

use card_protocol::program::MAX_LIFE_SECONDS;
use serde::{Deserialize, Serialize};

use crate::moment::Moment;

/// As long as any program lives.
const MAX_LIFE: Duration = Duration::from_secs(MAX_LIFE_SECONDS.unsigned_abs());

/// One program that was begun.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Whose pages brought it.
    pub origin: String,
    /// The conversation it belongs to.
    pub operation: String,
    /// Its place there.
    pub sequence: u32,
    /// Unix time in seconds after which it can't be begun anyway.
    pub expires_at: i64,
}

/// The last program of every conversation, by origin and conversation.
#[derive(Debug, Default)]
pub struct Claims(HashMap<(String, String), Last>);

/// Since when this process knows of each conversation's last program, by the clock that
/// nobody sets ([`Moment::steady`]).
#[derive(Debug, Default)]
pub struct Seen(HashMap<(String, String), (u32, Duration)>);

/// What a file of claims says.
#[derive(Debug, Default)]
pub struct Lines {
    /// What is known by them.
    pub claims: Claims,
    /// How many lines it took to say so.
    pub count: usize,
}

#[derive(Debug)]
struct Last {
    sequence: u32,
    /// The latest expiry of the conversation's programs so far.
    expires_at: i64,
}

impl Claims {
    /// Drops the conversations all of whose programs are over, by what their time says, and
    /// since this process saw them by the clock that nobody sets: one that is set forward,
    /// and back again, would give them a second turn.
    pub fn forget_expired(&mut self, seen: &mut Seen, now: Moment) {
        for (conversation, last) in &self.0 {
            let new = (last.sequence, now.steady);
            let known = seen.0.entry(conversation.clone()).or_insert(new);
            if known.0 < last.sequence {
                *known = new;
            }
        }
        self.0.retain(|conversation, last| {
            let since = seen.0.get(conversation).map(|(_, since)| *since);
            let age = since.map(|since| now.steady.saturating_sub(since));
            last.expires_at >= now.wall.as_second() || age.is_none_or(|age| age < MAX_LIFE)
        });
        seen.0
            .retain(|conversation, _| self.0.contains_key(conversation));
    }

    /// Whether the program, or a later one, was begun before.
    #[must_use]
    pub fn has_begun(&self, claim: &Claim) -> bool {
        let key = (claim.origin.clone(), claim.operation.clone());
        let last = self.0.get(&key);
        last.is_some_and(|last| claim.sequence <= last.sequence)
    }

    /// Takes the program's turn; false if it, or a later one, was begun before.
    pub fn take(&mut self, claim: Claim) -> bool {
        let Claim {
            origin,
            operation,
            sequence,
            expires_at,
        } = claim;
        let key = (origin, operation);
        let earlier = self.0.get(&key);
        if earlier.is_some_and(|earlier| sequence <= earlier.sequence) {
            return false;
        }
        let expires_at = earlier.map_or(expires_at, |earlier| expires_at.max(earlier.expires_at));
        let last = Last {
            sequence,
            expires_at,
        };
        self.0.insert(key, last);
        true
    }

    /// One claim for each conversation, which say all that is known.
    pub fn iter(&self) -> impl Iterator<Item = Claim> {
        self.0.iter().map(|((origin, operation), last)| Claim {
            origin: origin.clone(),
            operation: operation.clone(),
            sequence: last.sequence,
            expires_at: last.expires_at,
        })
    }
}

/// The claim as a line of text.
///
/// # Errors
/// Should never be: it has a JSON form.
pub fn line(claim: &Claim) -> serde_json::Result<String> {
    serde_json::to_string(claim).map(|line| line + "\n")
}

/// Reads whole lines.
///
/// # Errors
/// The number, from 1, of the first line that is no claim.
pub fn parse(text: &[u8]) -> Result<Lines, usize> {
    let mut lines = Lines::default();
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        lines.count += 1;
        let claim = serde_json::from_slice(line).map_err(|_no_claim| lines.count)?;
        // Written after it was taken, so it is in its turn; and if it is not,
        // what is known of its conversation is more than it says.
        let _is_its_turn = lines.claims.take(claim);
    }
    Ok(lines)
}
