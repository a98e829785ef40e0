//! Says in the server's log, at its start and once a day, when the CA is about to end:
//! what follows of that is refused to people who can do nothing about it.

use super::Service;
use crate::pki::IssuerState;

impl Service {
    /// Looks at the end of the CA, and says what it means.
    pub(crate) fn look_at_issuer(&self) {
        let authority = &self.keys.authority;
        let ends = authority.validity().not_after;
        self.metrics.issuer_ends(ends);
        match authority.state(self.clock.now()) {
            IssuerState::Good => {}
            IssuerState::EndsSoon => tracing::warn!(
                %ends,
                "the CA ends in less than twelve years: from ten years before its end 延期 and 制卡 \
                 are refused; renew it with `server renew-ca`"
            ),
            IssuerState::IssuesNoMore => tracing::error!(
                %ends,
                "the CA ends in less than ten years, so 延期 and 制卡 are refused: renew it with \
                 `server renew-ca`"
            ),
            IssuerState::NotValid => tracing::error!(
                %ends, begins = %authority.validity().not_before,
                "the CA is expired, or not valid yet: nobody logs in with a certificate of it; if \
                 the clock is right, renew it with `server renew-ca`"
            ),
        }
    }
}
