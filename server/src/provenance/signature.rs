//! Whether the legal person signed an event: by the signed bytes, and where those are
//! from before signers stood in them, by the card that the log knows.

use card_domain::{CardId, Role};
use event_log::{
    body::Body,
    leaf::Leaf,
    operation,
    signer::{SignatureFault, SignerProof},
    statement::StatementCheck,
};

use super::Provenance;
use crate::storage::{CertificateDigest, Standing, StoreError};

impl Provenance {
    /// Whether the legal person signed an event; `signatures` remembers certificates from
    /// one to the next.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`](crate::storage::SqlStore).
    pub(crate) async fn is_signed(
        &self,
        signatures: &mut StatementCheck,
        leaf: &Leaf<'_>,
        body: &Body<'_>,
    ) -> Result<Result<(), SignatureFault>, StoreError> {
        let signer = match body.certificate {
            Some(digest) => self.store.signer(CertificateDigest(digest)).await?,
            None => None,
        };
        // One that never became good signs nothing.
        let signer = signer
            .filter(|signer| matches!(signer.standing, Standing::Good | Standing::Superseded));
        let der = signer.as_ref().map(|signer| signer.der.as_slice());
        let checked = match signatures.check(leaf, body, der, Some(&*self.anchors)) {
            Ok(checked) => checked,
            Err(fault) => return Ok(Err(fault)),
        };
        // Only an operation that was begun then goes on with a statement of then.
        if checked.is_old_form && !operation::is_end(operation::signed_act(leaf.act)) {
            return Ok(Err(SignatureFault::OldForm));
        }
        if let (Some(target), Some(nonce), "done") = (leaf.target, body.nonce, leaf.outcome)
            && self
                .store
                .is_left_out(CardId(target), leaf.act, nonce)
                .await?
        {
            return Ok(Err(SignatureFault::LeftOut));
        }
        let card_no = match checked.signer {
            SignerProof::Signed { .. } => return Ok(Ok(())),
            SignerProof::Certificate { card_no } => Some(card_no),
            SignerProof::Unnamed => None,
        };
        let (Some(actor), Some(signer)) = (leaf.actor.map(CardId), signer) else {
            return Ok(Err(SignatureFault::OtherCard));
        };
        let Ok(acting) = self.store.explain(actor).await? else {
            return Ok(Err(SignatureFault::OtherCard));
        };
        Ok(if acting.facts.role != Role::LegalPerson {
            Err(SignatureFault::NotLegalPerson)
        } else if Some(acting.facts.enterprise) != leaf.enterprise {
            Err(SignatureFault::OtherEnterprise)
        } else if signer.card != actor || (card_no.is_some() && card_no != acting.facts.card_no) {
            Err(SignatureFault::OtherCard)
        } else {
            Ok(())
        })
    }
}
