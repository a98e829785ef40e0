//! A card that signs an act without a WebSocket between: the bridge's own checks
//! of grant and proposal, on what a real server signed.

use card_bridge::{clock, config::Allowed};
use card_operations::{
    grant::Grants,
    moment::Moment,
    proposal::{CheckedStatement, check},
    ready::ready,
};
use card_protocol::{
    CardError, bridge::GrantRequest, grant::SignedGrant, proposal::SignedProposal,
    statement::Statement,
};

/// The bridge's side of one session.
pub struct ProposedSigner {
    allowed: Allowed,
    grants: Grants,
    now: Moment,
}

impl ProposedSigner {
    /// A bridge at which the origin is allowed.
    pub fn new(allowed: Allowed) -> Self {
        Self {
            allowed,
            grants: Grants::default(),
            now: clock::moment(&clock::system()),
        }
    }

    /// What the server is to sign a grant over.
    ///
    /// # Errors
    /// See [`Grants::request`].
    pub fn request(&mut self) -> Result<GrantRequest, CardError> {
        self.grants.request(self.now)
    }

    /// Takes the server's grant, and what it proposed under it.
    ///
    /// # Errors
    /// As the bridge tells them.
    pub fn check(
        &mut self,
        grant: &SignedGrant,
        statement: Statement,
        proposal: &SignedProposal,
    ) -> Result<CheckedStatement, CardError> {
        let server = self.allowed.server();
        let opened = ready(async { Ok(server.key.open(grant).await) })?;
        self.grants.present(opened, server, self.now)?;
        let grant = self.grants.current(self.now)?;
        ready(check(statement, proposal, server, grant, self.now))
    }
}
