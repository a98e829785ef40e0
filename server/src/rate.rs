//! A limit on login attempts from one address: a token bucket each, in the
//! memory of this process. It stops floods; guessing PINs is stopped by the card.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use jiff::Timestamp;

/// Most addresses that are remembered; beyond that, full buckets are forgotten.
const MAX_ADDRESSES: usize = 10_000;

/// A bucket for each key, which is what is limited and the address.
#[derive(Debug)]
pub(crate) struct RateLimiter {
    per_minute: f64,
    buckets: Mutex<HashMap<String, Bucket>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    at: Timestamp,
}

impl RateLimiter {
    pub(crate) fn per_minute(count: u32) -> Self {
        Self {
            per_minute: f64::from(count),
            buckets: Mutex::new(HashMap::new()),
        }
    }

    /// Takes a token for `address`, if there is one.
    pub(crate) fn allow(&self, address: &str, now: Timestamp) -> bool {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MAX_ADDRESSES && !buckets.contains_key(address) {
            buckets.retain(|_, bucket| self.refilled(*bucket, now) < self.per_minute);
            if buckets.len() >= MAX_ADDRESSES {
                // So many addresses at work at once is itself the flood.
                return false;
            }
        }
        let bucket = buckets.entry(address.to_owned()).or_insert(Bucket {
            tokens: self.per_minute,
            at: now,
        });
        bucket.tokens = self.refilled(*bucket, now);
        bucket.at = now;
        if bucket.tokens < 1.0 {
            return false;
        }
        bucket.tokens -= 1.0;
        true
    }

    fn refilled(&self, bucket: Bucket, now: Timestamp) -> f64 {
        let minutes = now.duration_since(bucket.at).as_secs_f64().max(0.0) / 60.0;
        minutes
            .mul_add(self.per_minute, bucket.tokens)
            .min(self.per_minute)
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_bucket_empties_and_fills_again_for_each_address() {
        let limiter = RateLimiter::per_minute(2);
        let now = Timestamp::UNIX_EPOCH;
        assert!(limiter.allow("a", now));
        assert!(limiter.allow("a", now));
        assert!(!limiter.allow("a", now));
        assert!(limiter.allow("b", now));
        assert!(limiter.allow("a", now + SignedDuration::from_secs(31)));
        assert!(!limiter.allow("a", now + SignedDuration::from_secs(32)));
    }

    #[test]
    fn the_memory_is_bounded() {
        let limiter = RateLimiter::per_minute(2);
        let now = Timestamp::UNIX_EPOCH;
        for address in 0..MAX_ADDRESSES {
            assert!(limiter.allow(&address.to_string(), now));
        }
        assert!(!limiter.allow("one more", now));
        let later = now + SignedDuration::from_secs(60);
        assert!(limiter.allow("one more", later));
        assert!(limiter.buckets.lock().unwrap().len() < 10);
    }
}
