//! What a row keeps from one request to the next, under a tag of the master key.
//! Whoever writes to the database can neither make it up nor move it to another
//! row or card: what is read back without the tag is a claim like any other.

use card_protocol::hex;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::{KeyError, MasterKey};

/// Between the tag and the text.
const MARK: char = ':';

/// Where something is kept.
#[derive(Clone, Copy)]
pub(crate) struct RowSeal<'a> {
    master: &'a MasterKey,
    /// What the row is for: a tag of one table is none in another.
    purpose: &'static str,
    row: Uuid,
    card: Uuid,
}

impl<'a> RowSeal<'a> {
    /// For the row with this key, about this card.
    pub(crate) const fn new(
        master: &'a MasterKey,
        purpose: &'static str,
        row: Uuid,
        card: Uuid,
    ) -> Self {
        Self {
            master,
            purpose,
            row,
            card,
        }
    }

    /// The text with its tag, as the row keeps it.
    ///
    /// # Errors
    ///
    /// [`KeyError::Derivation`]
    pub(crate) fn seal(self, text: &str) -> Result<String, KeyError> {
        let tag = self.tag(text)?;
        Ok(format!("{}{MARK}{text}", hex::encode(tag.as_slice())))
    }

    /// The text of what [`seal`](Self::seal) made for this very row and card; `None`
    /// for anything else.
    ///
    /// # Errors
    ///
    /// [`KeyError::Derivation`]
    pub(crate) fn open(self, kept: &str) -> Result<Option<&str>, KeyError> {
        let Some((tag, text)) = kept.split_once(MARK) else {
            return Ok(None);
        };
        let Some(tag) = hex::decode(tag) else {
            return Ok(None);
        };
        let is_ours = bool::from(self.tag(text)?.as_slice().ct_eq(&tag));
        Ok(is_ours.then_some(text))
    }

    fn tag(self, text: &str) -> Result<zeroize::Zeroizing<[u8; 32]>, KeyError> {
        let context = [
            self.purpose.as_bytes(),
            &[0],
            self.row.as_bytes(),
            self.card.as_bytes(),
            text.as_bytes(),
        ];
        self.master.row_tag(&context.concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_written_for_this_row_and_card_is_read() {
        let master = MasterKey::from_bytes([7; 32]);
        let other = MasterKey::from_bytes([8; 32]);
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let seal = RowSeal::new(&master, "operations", one, two);
        let kept = seal.seal(r#"{"a":"b:c"}"#).unwrap();
        assert_eq!(seal.open(&kept).unwrap(), Some(r#"{"a":"b:c"}"#));
        for foreign in [
            RowSeal::new(&other, "operations", one, two),
            RowSeal::new(&master, "enrolments", one, two),
            RowSeal::new(&master, "operations", two, two),
            RowSeal::new(&master, "operations", one, one),
        ] {
            assert_eq!(foreign.open(&kept).unwrap(), None);
        }
        let changed = kept.replace('b', "d");
        assert_eq!(seal.open(&changed).unwrap(), None);
        for text in ["", ":", "{}", r#"{"a":"b:c"}"#] {
            assert_eq!(seal.open(text).unwrap(), None, "{text}");
        }
    }
}
