//! How the same request goes once more when no answer came: the service does it once, and
//! answers the same.

use std::time::Duration;

/// How often a request is sent once more that a person waits for.
pub(super) const RESENDS: u32 = 3;

/// How long is waited before that.
pub(super) const RESEND_AFTER: Duration = Duration::from_secs(2);
