//! What a signature is for: an act that the service does by itself, or
//! operations that go on with the operator's card in the reader. How each is
//! proposed and committed; everything else about signing is the same.

use card_domain::{Action, CardId, Cause};
use card_protocol::{
    proposal::SignedProposal,
    statement::{Statement, StatementSignature},
};

use crate::{
    api::{
        ApiError, calls,
        many::ActsDone,
        model::ActDone,
        operation::{LeftOut, OperationTicket},
    },
    device::Device,
};

/// What is acted on.
#[derive(Clone)]
pub(crate) enum Subject {
    /// A card, in the register alone.
    Card(CardId),
    /// Several cards, in the register alone.
    Cards(Vec<CardId>),
    /// Cards that are then inserted one after the other.
    OnCards(Vec<CardId>),
}

/// What a person chose for an act, beside the cards.
#[derive(Clone, Default)]
pub(crate) struct Terms {
    /// Why, of 挂失 and 冻结.
    pub(crate) cause: Option<Cause>,
    /// The last day of a 冻结 that ends by itself, as a field of the browser has it.
    pub(crate) until: Option<String>,
}

/// A statement that waits for its signature.
#[derive(Clone)]
pub(super) struct Proposed {
    /// What will be signed.
    pub(super) statement: Statement,
    /// The service's signature for the bridge.
    pub(super) signed: SignedProposal,
    /// Cards that were asked for and can't be done.
    pub(super) left_out: Vec<LeftOut>,
}

/// What the signature led to.
pub(crate) enum Signed {
    /// The act is done.
    Done(Box<ActDone>),
    /// The acts are done, but for cards that changed.
    DoneEach(ActsDone),
    /// The operations have begun.
    Begun(Box<Begun>),
}

/// Operations that have begun.
#[derive(Clone)]
pub(crate) struct Begun {
    /// With this the page goes on.
    pub(crate) ticket: OperationTicket,
    /// The insertion of the card that signed: the one that is not to be
    /// operated on.
    pub(crate) signer: Option<(String, u64)>,
}

impl Subject {
    /// Cards that one signature is for.
    pub(crate) const fn of_many(action: Action, cards: Vec<CardId>) -> Self {
        if action.needs_card() {
            Self::OnCards(cards)
        } else {
            Self::Cards(cards)
        }
    }

    pub(super) async fn propose(
        self,
        action: Action,
        Terms { cause, until }: Terms,
    ) -> Result<Proposed, ApiError> {
        match self {
            Self::Card(card) => {
                let proposal = calls::propose_act(card, action, cause, until).await?;
                Ok(Proposed {
                    statement: proposal.statement,
                    signed: proposal.signed,
                    left_out: Vec::new(),
                })
            }
            Self::Cards(cards) => {
                let proposal = calls::propose_acts(cards, action, cause, until).await?;
                Ok(Proposed {
                    statement: proposal.statement,
                    signed: proposal.signed,
                    left_out: proposal.left_out,
                })
            }
            Self::OnCards(cards) => {
                let proposal = calls::propose_operations(cards, action).await?;
                Ok(Proposed {
                    statement: proposal.statement,
                    signed: proposal.signed,
                    left_out: proposal.left_out,
                })
            }
        }
    }

    pub(super) async fn commit(
        self,
        device: Device,
        signer: Option<(String, u64)>,
        statement: Statement,
        signature: StatementSignature,
    ) -> Result<Signed, ApiError> {
        match self {
            Self::Card(_) => {
                let done = calls::commit_act(statement, signature).await?;
                Ok(Signed::Done(Box::new(done)))
            }
            Self::Cards(_) => {
                let done = calls::commit_acts(statement, signature).await?;
                Ok(Signed::DoneEach(done))
            }
            Self::OnCards(_) => {
                let second = device.has_second_reader();
                let ticket = calls::commit_operations(statement, signature, second).await?;
                Ok(Signed::Begun(Box::new(Begun { ticket, signer })))
            }
        }
    }
}
