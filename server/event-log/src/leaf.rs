//! An event as the bytes that are its leaf: every column, in a fixed order,
//! each with its length, so that no two events have the same bytes and no
//! column can run into the next one.
//!
//! `version (1) ‖ seq (8) ‖ at (8)`, the columns that queries look for, then
//! the body as it is kept; numbers are big endian, columns as in [`Body`].

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::{
    body::{Body, NotAnEvent, Reader, write_column},
    tree::{Hash, LEAF},
};

/// The version of this form. Another one gets another number; leaves are
/// never encoded anew.
const VERSION: u8 = 1;

/// An event as it stands in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns' own names")]
pub struct Leaf<'a> {
    pub seq: i64,
    pub at: i64,
    pub enterprise: Option<Uuid>,
    pub actor: Option<Uuid>,
    pub act: &'a str,
    pub target: Option<Uuid>,
    pub outcome: &'a str,
    pub body: &'a [u8],
}

impl<'a> Leaf<'a> {
    /// Reads the body.
    ///
    /// # Errors
    ///
    /// [`NotAnEvent`]
    pub fn body(&self) -> Result<Body<'a>, NotAnEvent> {
        Body::decode(self.body)
    }
}

/// Encodes and hashes leaves, with a buffer that is used again.
#[derive(Debug, Default)]
pub struct LeafHasher {
    buffer: Vec<u8>,
}

impl LeafHasher {
    /// The bytes of the leaf.
    pub fn encode(&mut self, leaf: &Leaf<'_>) -> &[u8] {
        self.buffer.clear();
        self.write_head(leaf);
        self.buffer.extend_from_slice(leaf.body);
        &self.buffer
    }

    /// The hash of the leaf (RFC 6962 §2.1).
    pub fn hash(&mut self, leaf: &Leaf<'_>) -> Hash {
        self.buffer.clear();
        self.buffer.push(LEAF);
        self.write_head(leaf);
        // The body goes to the hash from where it lies.
        Sha256::new_with_prefix(&self.buffer)
            .chain_update(leaf.body)
            .finalize()
            .into()
    }

    /// Everything before the body.
    fn write_head(&mut self, leaf: &Leaf<'_>) {
        let buffer = &mut self.buffer;
        buffer.push(VERSION);
        buffer.extend_from_slice(&leaf.seq.to_be_bytes());
        buffer.extend_from_slice(&leaf.at.to_be_bytes());
        let id = |id: &'_ Option<Uuid>| id.as_ref().map(|id| *id.as_bytes());
        let (enterprise, actor, target) = (id(&leaf.enterprise), id(&leaf.actor), id(&leaf.target));
        write_column(buffer, enterprise.as_ref().map(<[u8; 16]>::as_slice));
        write_column(buffer, actor.as_ref().map(<[u8; 16]>::as_slice));
        write_column(buffer, Some(leaf.act.as_bytes()));
        write_column(buffer, target.as_ref().map(<[u8; 16]>::as_slice));
        write_column(buffer, Some(leaf.outcome.as_bytes()));
    }
}

/// Reads the bytes of a leaf, with its body.
///
/// # Errors
///
/// [`NotAnEvent`]
pub fn decode(bytes: &[u8]) -> Result<(Leaf<'_>, Body<'_>), NotAnEvent> {
    let mut reader = Reader(bytes);
    if reader.take(1)? != [VERSION] {
        return Err(NotAnEvent);
    }
    let leaf = Leaf {
        seq: number(&mut reader)?,
        at: number(&mut reader)?,
        enterprise: uuid(&mut reader)?,
        actor: uuid(&mut reader)?,
        act: reader.text()?.ok_or(NotAnEvent)?,
        target: uuid(&mut reader)?,
        outcome: reader.text()?.ok_or(NotAnEvent)?,
        body: reader.0,
    };
    Ok((leaf, leaf.body()?))
}

fn number(reader: &mut Reader<'_>) -> Result<i64, NotAnEvent> {
    let bytes = reader.take(8)?.try_into().map_err(|_length| NotAnEvent)?;
    Ok(i64::from_be_bytes(bytes))
}

fn uuid(reader: &mut Reader<'_>) -> Result<Option<Uuid>, NotAnEvent> {
    let bytes = reader.column()?;
    bytes
        .map(|bytes| Uuid::from_slice(bytes).map_err(|_length| NotAnEvent))
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(body: &[u8]) -> Leaf<'_> {
        Leaf {
            seq: 7,
            at: 8,
            enterprise: Some(Uuid::from_u128(1)),
            actor: None,
            act: "freeze",
            target: Some(Uuid::from_u128(2)),
            outcome: "done",
            body,
        }
    }

    fn body() -> Body<'static> {
        Body {
            address: "192.0.2.1",
            user_agent: "test",
            detail: Some("d"),
            ..Body::default()
        }
    }

    #[test]
    fn what_was_encoded_is_decoded_and_hashed_as_it_is() {
        let bytes = body().encode();
        let mut hasher = LeafHasher::default();
        let encoded = hasher.encode(&leaf(&bytes)).to_vec();
        assert_eq!(decode(&encoded), Ok((leaf(&bytes), body())));
        assert_eq!(hasher.hash(&leaf(&bytes)), crate::tree::leaf(&encoded));
        for cut in 0..encoded.len() {
            assert_eq!(decode(&encoded[..cut]), Err(NotAnEvent), "{cut}");
        }
    }

    /// The form is for ever: these bytes were written down once.
    #[test]
    fn the_form_is_what_it_was() {
        let bytes = body().encode();
        let encoded = LeafHasher::default().encode(&leaf(&bytes)).to_vec();
        let expected = [
            b"\x01\0\0\0\0\0\0\0\x07\0\0\0\0\0\0\0\x08".as_slice(),
            b"\x01\0\0\0\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0",
            b"\x01\0\0\0\x06freeze",
            b"\x01\0\0\0\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x02",
            b"\x01\0\0\0\x04done",
            b"\0\0\0\0\x01\0\0\0\x09192.0.2.1\0\x01\0\0\0\x04test\x01\0\0\0\0",
            b"\x01\0\0\0\x01d\0\0\0",
        ];
        assert_eq!(encoded, expected.concat());
    }

    #[test]
    fn every_column_counts() {
        let (one, two) = (body().encode(), Body::default().encode());
        let changes: [fn(&mut Leaf<'_>); 7] = [
            |leaf| leaf.seq = 8,
            |leaf| leaf.at = 9,
            |leaf| leaf.enterprise = None,
            |leaf| leaf.actor = Some(Uuid::nil()),
            |leaf| leaf.act = "unfreeze",
            |leaf| leaf.target = None,
            |leaf| leaf.outcome = "failed",
        ];
        let mut hasher = LeafHasher::default();
        let mut all = vec![hasher.hash(&leaf(&one)), hasher.hash(&leaf(&two))];
        for change in changes {
            let mut other = leaf(&one);
            change(&mut other);
            all.push(hasher.hash(&other));
        }
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
