//! What a server signs for a bridge with its program-signing key: one scheme for
//! programs, grants, challenges and proposals. Each kind begins the signed
//! message with a domain of its own, so that none can be taken for another.

use core::marker::PhantomData;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Something that a server signs for a bridge.
pub trait ServerSigned: Serialize + DeserializeOwned {
    /// Begins the message under the signature. No domain is the beginning of
    /// another.
    const DOMAIN: &'static [u8];
}

/// A `T` as the server hands it out. Whoever takes it checks the signature
/// before anything of the text is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct Signed<T> {
    /// The JSON text of a `T`: exactly these bytes are signed.
    pub body: String,
    /// ES256 over [`Signed::message`], `r ‖ s` (64 bytes) in base64.
    pub signature: String,
    #[serde(skip)]
    of: PhantomData<fn() -> T>,
}

impl<T: ServerSigned> Signed<T> {
    /// A text with its signature, neither of them checked.
    #[must_use]
    pub const fn new(body: String, signature: String) -> Self {
        Self {
            body,
            signature,
            of: PhantomData,
        }
    }

    /// The message under the signature.
    #[must_use]
    pub fn message(&self) -> Vec<u8> {
        signed_message::<T>(&self.body)
    }
}

/// The message under the signature of a `T` whose JSON text is `body`.
#[must_use]
pub fn signed_message<T: ServerSigned>(body: &str) -> Vec<u8> {
    [T::DOMAIN, body.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use crate::{
        grant::Grant, program::Program, proposal::ProposedStatement, signed::ServerSigned,
        statement, token::LoginChallenge,
    };

    /// A signature over one kind is none over another, whatever its text says,
    /// and none that a card makes.
    #[test]
    fn no_domain_is_the_beginning_of_another() {
        let domains = [
            Program::DOMAIN,
            Grant::DOMAIN,
            LoginChallenge::DOMAIN,
            ProposedStatement::DOMAIN,
            statement::DOMAIN,
            crate::program::PROOF_DOMAIN,
        ];
        for (index, one) in domains.iter().enumerate() {
            for (other_index, other) in domains.iter().enumerate() {
                assert!(index == other_index || !other.starts_with(one));
            }
        }
    }
}
