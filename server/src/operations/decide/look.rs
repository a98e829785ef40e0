//! The look: the card proves itself, and says what state it is in.

use app::api::operation::Problem;
use card_domain::{Action, transition};
use card_protocol::piv::Algorithm;
use subtle::ConstantTimeEq as _;

use super::{
    super::{
        decision::Decision,
        progress::{OperationProgram, ProvesBy},
    },
    Evaluator, card_refused,
};
use crate::{
    card_program::{
        Answers, CardKey, Claim, MutualAuth, ProgramError, Proven, StepName, StoredBridgeKey,
        Unproven, VouchedKey,
    },
    keys::CardKeyMadeAt,
    service::ServiceError,
    storage::CardKeyRecord,
};

impl Evaluator<'_> {
    /// The key by which the register knows the card; a card from before there
    /// were any has none.
    pub(super) const fn registered_key(&self) -> Option<&CardKeyRecord> {
        self.record().card.chip.card_key.as_ref()
    }

    /// The key by which the card proves itself for this act. Before a PUK leaves
    /// the server, a key that only the terminal of a 延期 said to be the card's is
    /// not enough: there the card proves itself by its management key.
    ///
    /// One that we did not register is an error: it would make somebody else's key
    /// this card's.
    pub(super) fn card_key(&self) -> Result<Option<CardKey>, ServiceError> {
        let Some(registered) = self.registered_key() else {
            return Ok(None);
        };
        let made_at = registered.made_at;
        if self.record().action == Action::Unlock && made_at == CardKeyMadeAt::Renewal {
            return Ok(None);
        }
        let master = &self.keys().master;
        let expected = master.card_key_proof(&self.chip(), &registered.point, made_at)?;
        if !bool::from(expected.as_slice().ct_eq(&registered.proof)) {
            return Err(ServiceError::Inconsistent(
                "a card key that this server did not register",
            ));
        }
        CardKey::from_point(&registered.point)
            .map(Some)
            .ok_or(ServiceError::Inconsistent("a card key off its curve"))
    }

    /// A card without a key of its own gave a witness: now it has to prove that
    /// it has the management key. Nothing is known of it yet.
    pub(super) fn witnessed(&self, claim: &Claim<Answers>) -> Result<Decision, ServiceError> {
        let told = claim.as_told();
        let (Some(auth), Some(bridge)) = (Self::next_auth(told)?, told.bridge_key()) else {
            return Ok(Self::wait(self.change().with_problem(card_refused(told))));
        };
        let mut change = self.change();
        change.progress.bridge = Some(StoredBridgeKey::claimed(bridge.clone()));
        let look = self.look_by(ProvesBy::ManagementKey { auth }, &change);
        Ok(Self::run_reading(change, look))
    }

    /// The card was looked at.
    pub(super) fn looked(
        &self,
        by: &ProvesBy,
        claim: Claim<Answers>,
    ) -> Result<Decision, ServiceError> {
        let proven = match by {
            ProvesBy::CardKey { nonce } => {
                let key = self.card_key()?;
                let key = key.ok_or(ServiceError::Inconsistent("a card lost its key"))?;
                match claim.by_card_key(&key, nonce) {
                    Ok(proven) => proven,
                    Err(Unproven::Refused(claim)) => {
                        let told = claim.as_told();
                        return Ok(match told.get(StepName::ProveCard) {
                            // It has no such key.
                            Some(answer) if !answer.status.is_success() => self.has_other_key(),
                            _ => Self::wait(self.change().with_problem(card_refused(told))),
                        });
                    }
                    Err(Unproven::NotAuthentic) => return Ok(self.has_other_key()),
                }
            }
            ProvesBy::ManagementKey { auth } => match self.by_management_key(claim, auth)? {
                Ok(proven) => proven,
                Err(decision) => return Ok(decision),
            },
        };
        self.proved(&proven)
    }

    /// The card does not have the key that the register knows it by. Where that key
    /// was only some terminal's word, the card proves itself by its management key.
    fn has_other_key(&self) -> Decision {
        let registered = self.registered_key();
        // For nobody else: who only says that a card is there has nothing decrypted.
        let has_ticket = !self.is_healing();
        if has_ticket && registered.is_some_and(|key| key.made_at == CardKeyMadeAt::Renewal) {
            return Self::run_reading(self.change(), OperationProgram::Witness);
        }
        self.not_genuine()
    }

    /// The card is the one. What it said in the same program counts.
    fn proved(&self, proven: &Proven<Answers>) -> Result<Decision, ServiceError> {
        let (proof, answers) = proven.parts();
        let change = self.change().proven(proof);
        let mut change = change.note_pin(proof, answers.pin(), self.now);
        let vouched = VouchedKey::by(proof);
        let vouched = vouched.to_stored(&self.keys().master, self.record().id, &self.chip())?;
        change.progress.bridge = Some(vouched);
        // It may have been frozen since it was inserted.
        if let Err(refusal) = transition(self.record().card.state, self.record().action, self.now) {
            return Ok(Self::wait(change.with_problem(Problem::State { refusal })));
        }
        let Some(auth) = Self::next_auth(answers)? else {
            return Ok(Self::wait(change.with_problem(card_refused(answers))));
        };
        match self.record().action {
            Action::Unlock => self.seen_blocked(change, auth, proven),
            _ => self.seen_certificate(change, auth, proven),
        }
    }

    /// The mutual authentication that the card's witness begins, if it gave one.
    pub(super) fn next_auth(answers: &Answers) -> Result<Option<MutualAuth>, ServiceError> {
        let Some(witness) = answers.done(StepName::Witness) else {
            return Ok(None);
        };
        match MutualAuth::begin(Algorithm::Aes256, &witness.data) {
            Ok(auth) => Ok(Some(auth)),
            // A card without a management key of the right kind.
            Err(ProgramError::Witness(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
