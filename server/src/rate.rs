//! Limits on what one client may try: a token bucket for each client and purpose, in
//! the memory of this process. They stop floods; guessing PINs is stopped by the card.
//!
//! The memory is bounded: when it is full, the bucket that was not used for longest
//! makes room, and nobody is refused for what others do. Who is forgotten begins with
//! a full bucket, as at the first request; who has so many networks that all others
//! are forgotten has as many full buckets anyway.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, PoisonError},
};

use jiff::Timestamp;

use crate::{client::Client, metrics::Rated};

/// Most clients that are remembered for a purpose: some megabyte.
const MAX_CLIENTS: usize = 10_000;

/// One limiter for each purpose: who floods one does not use up the others, neither its own
/// nor those of whoever shares the address.
#[derive(Debug)]
pub(crate) struct Rates([RateLimiter; 7]);

impl Rates {
    /// So many of each in a minute.
    pub(crate) fn per_minute(count: u32) -> Self {
        Self(std::array::from_fn(|_| RateLimiter::per_minute(count)))
    }

    /// Takes one of what is limited for the client, if it has one left.
    pub(crate) fn allow(&self, what: Rated, client: Client, now: Timestamp) -> bool {
        let [challenge, grant, login, unlock, insertion, healing, enrol] = &self.0;
        let limiter = match what {
            Rated::Challenge => challenge,
            Rated::Grant => grant,
            Rated::Login => login,
            Rated::Unlock => unlock,
            Rated::Insertion => insertion,
            Rated::Healing => healing,
            Rated::Enrol => enrol,
        };
        limiter.allow(client, now)
    }
}

/// A bucket for each client.
#[derive(Debug)]
struct RateLimiter {
    per_minute: f64,
    buckets: Mutex<Buckets>,
}

/// The buckets, and in which order they were used.
#[derive(Debug, Default)]
struct Buckets {
    of: HashMap<Client, Bucket>,
    /// Whose use had this number; the first is the one that is unused for longest.
    order: BTreeMap<u64, Client>,
    uses: u64,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    at: Timestamp,
    /// The number of its last use.
    used: u64,
}

impl RateLimiter {
    fn per_minute(count: u32) -> Self {
        Self {
            per_minute: f64::from(count),
            buckets: Mutex::default(),
        }
    }

    /// Takes a token of the client's, if there is one: O(log n).
    fn allow(&self, client: Client, now: Timestamp) -> bool {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.used(client).unwrap_or(Bucket {
            tokens: self.per_minute,
            at: now,
            used: 0,
        });
        let filled = self.refilled(bucket, now);
        let is_allowed = filled >= 1.0;
        let tokens = if is_allowed { filled - 1.0 } else { filled };
        buckets.put(client, tokens, now);
        is_allowed
    }

    /// A clock that was set back fills nothing, and takes nothing away: from then on
    /// the bucket fills by the new time.
    fn refilled(&self, bucket: Bucket, now: Timestamp) -> f64 {
        let minutes = now.duration_since(bucket.at).as_secs_f64().max(0.0) / 60.0;
        minutes
            .mul_add(self.per_minute, bucket.tokens)
            .min(self.per_minute)
    }
}

impl Buckets {
    /// Takes out the client's bucket. Where it has none, and there is no room for one,
    /// the one that is unused for longest is forgotten.
    fn used(&mut self, client: Client) -> Option<Bucket> {
        let found = self.of.remove(&client);
        if let Some(bucket) = found {
            self.order.remove(&bucket.used);
        } else if self.of.len() >= MAX_CLIENTS
            && let Some((_, unused)) = self.order.pop_first()
        {
            self.of.remove(&unused);
        }
        found
    }

    fn put(&mut self, client: Client, tokens: f64, at: Timestamp) {
        // Half a million years at a million a second.
        self.uses = self.uses.wrapping_add(1);
        let used = self.uses;
        self.order.insert(used, client);
        self.of.insert(client, Bucket { tokens, at, used });
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;

    fn client(number: usize) -> Client {
        Client::V4(Ipv4Addr::from_bits(u32::try_from(number).unwrap()))
    }

    #[test]
    fn a_bucket_empties_and_fills_again_for_each_client() {
        let limiter = RateLimiter::per_minute(2);
        let now = Timestamp::UNIX_EPOCH;
        assert!(limiter.allow(client(1), now));
        assert!(limiter.allow(client(1), now));
        assert!(!limiter.allow(client(1), now));
        assert!(limiter.allow(client(2), now));
        assert!(limiter.allow(client(1), now + SignedDuration::from_secs(31)));
        assert!(!limiter.allow(client(1), now + SignedDuration::from_secs(32)));
    }

    #[test]
    fn who_floods_one_thing_has_the_others() {
        let rates = Rates::per_minute(1);
        let now = Timestamp::UNIX_EPOCH;
        for what in Rated::ALL {
            assert!(rates.allow(*what, client(1), now), "{what:?}");
            assert!(!rates.allow(*what, client(1), now), "{what:?}");
        }
    }

    #[test]
    fn when_it_is_full_nobody_else_is_refused() {
        let limiter = RateLimiter::per_minute(2);
        let now = Timestamp::UNIX_EPOCH;
        // Somebody who comes again and again, and used up what it has.
        let busy = client(MAX_CLIENTS * 3);
        assert!(limiter.allow(busy, now));
        assert!(limiter.allow(busy, now));
        for flood in 0..MAX_CLIENTS * 2 {
            assert!(limiter.allow(client(flood), now), "{flood}");
            // It is in use: no flood of others makes it forgotten.
            assert!(!limiter.allow(busy, now), "{flood}");
        }
        let buckets = limiter.buckets.lock().unwrap();
        assert_eq!(buckets.of.len(), MAX_CLIENTS);
        assert_eq!(buckets.order.len(), MAX_CLIENTS);
        // The newest are there, the oldest are not.
        assert!(buckets.of.contains_key(&client(MAX_CLIENTS * 2 - 1)));
        assert!(!buckets.of.contains_key(&client(0)));
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let limiter = RateLimiter::per_minute(1);
        let now = Timestamp::UNIX_EPOCH;
        assert!(limiter.allow(client(1), now));
        let before = now - SignedDuration::from_hours(24);
        assert!(!limiter.allow(client(1), before));
        assert!(limiter.allow(client(1), before + SignedDuration::from_mins(1)));
    }

    proptest! {
        /// Whatever the clock does: never more than what is there and what could be
        /// filled, and a minute after the last try there is one again.
        #[test]
        fn no_clock_gives_too_much_or_nothing(jumps in prop::collection::vec(-90_i64..90, 1..60)) {
            let limiter = RateLimiter::per_minute(3);
            let mut now = Timestamp::UNIX_EPOCH;
            let (mut allowed, mut forward) = (0.0, 0.0);
            for jump in jumps {
                now += SignedDuration::from_secs(jump);
                forward += f64::from(i32::try_from(jump.max(0)).unwrap());
                if limiter.allow(client(1), now) {
                    allowed += 1.0;
                }
            }
            prop_assert!(allowed <= 3.0 + forward / 20.0 + 1e-6);
            prop_assert!(limiter.allow(client(1), now + SignedDuration::from_mins(1)));
        }
    }
}
