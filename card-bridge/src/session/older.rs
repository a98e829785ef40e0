//! What a page of the protocol's version before is told: nothing that it does not know,
//! for it takes no other field and leaves whoever waits for an error that it does not
//! know waiting (ADR 37).

use card_protocol::{CardError, bridge::PROTOCOL_WITH_PROOF};
use serde_json::Value;

/// The answer to a call, as a page of this version of the protocol reads it.
pub(super) fn answer(spoken: u32, outcome: Result<Value, CardError>) -> Result<Value, CardError> {
    if spoken >= PROTOCOL_WITH_PROOF {
        return outcome;
    }
    match outcome {
        Ok(mut value) => {
            // Of an identity. Such a page asks for a PIN, which the card is not given.
            if let Some(fields) = value.as_object_mut() {
                fields.remove("fault");
            }
            Ok(value)
        }
        Err(CardError::UnfitCard { .. }) => Err(CardError::UnsupportedCard),
        Err(CardError::CardMute | CardError::CardStatus { .. }) => Err(CardError::ReaderError),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use card_protocol::{CardFault, StatusWord, bridge::PROTOCOL_VERSION};
    use serde_json::json;

    use super::*;

    #[test]
    fn an_older_page_is_told_in_its_own_words() {
        let identity = json!({ "chip": null, "fault": "rsa_key" });
        assert_eq!(answer(3, Ok(identity.clone())), Ok(json!({ "chip": null })));
        assert_eq!(answer(PROTOCOL_VERSION, Ok(identity.clone())), Ok(identity));
        let unfit = CardError::UnfitCard {
            reason: CardFault::RsaKey,
        };
        let status = CardError::CardStatus {
            status: StatusWord(0x6F00),
        };
        for (error, known) in [
            (unfit, CardError::UnsupportedCard),
            (CardError::CardMute, CardError::ReaderError),
            (status, CardError::ReaderError),
            (CardError::NoCard, CardError::NoCard),
        ] {
            assert_eq!(answer(3, Err(error)), Err(known));
            assert_eq!(answer(PROTOCOL_VERSION, Err(error)), Err(error));
        }
    }
}
