//! Authenticating the management key (SP 800-73-4 part 2, appendices A.1 and
//! A.2): mutually, where card and server each prove that they have it, or
//! singly, where only the server does.
//!
//! Mutual: [`request_witness`] → [`parse_witness`] → [`answer_witness`] with a
//! fresh random challenge → [`check_answer`]. The functions keep no state, so
//! the server can do each step in a request of its own; the challenge has to be
//! kept from the third to the fourth.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{
    Algorithm, PivError,
    authenticate::{self, CHALLENGE, RESPONSE, WITNESS},
    management::ManagementKey,
    slot::MANAGEMENT_KEY,
};
use crate::{
    apdu::Command,
    tlv::{Tag, Writer},
};

/// First step of mutual authentication: asks for an encrypted witness.
///
/// # Errors
/// [`PivError::WrongAlgorithm`] for an asymmetric algorithm.
pub fn request_witness(algorithm: Algorithm) -> Result<Command, PivError> {
    request(algorithm, WITNESS)
}

/// The encrypted witness in the answer to [`request_witness`].
///
/// # Errors
/// [`PivError`] if the answer is not one block of the algorithm.
pub fn parse_witness(algorithm: Algorithm, data: &[u8]) -> Result<&[u8], PivError> {
    parse_block(algorithm, data, WITNESS)
}

/// Second step: shows the decrypted `witness` and asks the card to encrypt our
/// `challenge`, which has to be random and used once.
///
/// # Errors
/// [`PivError::InputLength`] unless both are one block of the key's algorithm.
pub fn answer_witness(
    key: &ManagementKey,
    witness: &[u8],
    challenge: &[u8],
) -> Result<Command, PivError> {
    if challenge.len() != key.block_length() {
        let actual = challenge.len();
        return Err(PivError::InputLength {
            expected: key.block_length(),
            actual,
        });
    }
    let mut plain = Zeroizing::new(witness.to_vec());
    key.decrypt_block(&mut plain)?;
    // No empty field 82: the example in the standard has one, but cards in the
    // field answer 6A80 to it, and every card does without.
    let fields = Writer::new()
        .push(WITNESS, &plain)
        .push(CHALLENGE, challenge);
    Ok(authenticate::command(
        key.algorithm(),
        MANAGEMENT_KEY,
        &fields,
    ))
}

/// Whether `command` is one of [`answer_witness`], with whatever key, witness
/// and challenge.
#[must_use]
pub fn is_witness_answer(command: &Command) -> bool {
    let algorithm = Algorithm::try_from(command.p1()).ok();
    let Some((algorithm, block)) =
        algorithm.and_then(|algorithm| Some((algorithm, algorithm.block_length()?)))
    else {
        return false;
    };
    let Ok((witness, challenge)) = authenticate::two_fields(command.data(), WITNESS, CHALLENGE)
    else {
        return false;
    };
    let fields = Writer::new()
        .push(WITNESS, witness)
        .push(CHALLENGE, challenge);
    witness.len() == block
        && challenge.len() == block
        && *command == authenticate::command(algorithm, MANAGEMENT_KEY, &fields)
}

/// The whole answer to [`answer_witness`] of a card that has the key, for a
/// program that ends at any other.
///
/// # Errors
/// [`PivError::InputLength`] unless the challenge is one block.
pub fn expected_answer(key: &ManagementKey, challenge: &[u8]) -> Result<Vec<u8>, PivError> {
    let mut block = challenge.to_vec();
    key.encrypt_block(&mut block)?;
    let fields = Writer::new().push(RESPONSE, &block);
    Ok(authenticate::template(&fields))
}

/// Checks the card's answer to [`answer_witness`]: our `challenge` encrypted.
///
/// # Errors
/// [`PivError::NotAuthentic`] if it is not, or [`PivError::Tlv`] if the answer
/// is something else altogether.
pub fn check_answer(key: &ManagementKey, challenge: &[u8], data: &[u8]) -> Result<(), PivError> {
    let answer = authenticate::answer(data, RESPONSE)?;
    let mut expected = Zeroizing::new(challenge.to_vec());
    key.encrypt_block(&mut expected)?;
    if bool::from(expected.as_slice().ct_eq(answer)) {
        Ok(())
    } else {
        Err(PivError::NotAuthentic)
    }
}

/// First step of single authentication: asks the card for a challenge.
///
/// # Errors
/// [`PivError::WrongAlgorithm`] for an asymmetric algorithm.
pub fn request_challenge(algorithm: Algorithm) -> Result<Command, PivError> {
    request(algorithm, CHALLENGE)
}

/// The challenge in the answer to [`request_challenge`].
///
/// # Errors
/// [`PivError`] if the answer is not one block of the algorithm.
pub fn parse_challenge(algorithm: Algorithm, data: &[u8]) -> Result<&[u8], PivError> {
    parse_block(algorithm, data, CHALLENGE)
}

/// Second step: the card's `challenge` encrypted. The card answers `9000` if it
/// is right.
///
/// # Errors
/// [`PivError::InputLength`] unless it is one block of the key's algorithm.
pub fn answer_challenge(key: &ManagementKey, challenge: &[u8]) -> Result<Command, PivError> {
    let mut block = Zeroizing::new(challenge.to_vec());
    key.encrypt_block(&mut block)?;
    let fields = Writer::new().push(RESPONSE, &block);
    Ok(authenticate::command(
        key.algorithm(),
        MANAGEMENT_KEY,
        &fields,
    ))
}

fn request(algorithm: Algorithm, tag: Tag) -> Result<Command, PivError> {
    if algorithm.block_length().is_none() {
        return Err(PivError::WrongAlgorithm(algorithm));
    }
    let fields = Writer::new().push(tag, &[]);
    Ok(authenticate::command(algorithm, MANAGEMENT_KEY, &fields))
}

fn parse_block(algorithm: Algorithm, data: &[u8], tag: Tag) -> Result<&[u8], PivError> {
    let block = authenticate::answer(data, tag)?;
    let expected = algorithm
        .block_length()
        .ok_or(PivError::WrongAlgorithm(algorithm))?;
    if block.len() == expected {
        Ok(block)
    } else {
        Err(PivError::Length {
            tag,
            length: block.len(),
        })
    }
}
