//! An event as the bytes that are its leaf: every column, in a fixed order,
//! each with its length, so that no two events have the same bytes and no
//! column can run into the next one.
//!
//! `version (1) ‖ seq (8) ‖ at (8)`, then for each column `0`, or `1 ‖ length
//! (4) ‖ bytes`; numbers are big endian. Of the certificate stands its SHA-256:
//! thousands of events share one, and a proof carries it once.

use sha2::{Digest as _, Sha256};
use thiserror::Error;
use uuid::Uuid;

use super::tree::{Hash, LEAF};
use crate::storage::EventRecord;

/// The version of this form. Another one gets another number; leaves are
/// never encoded anew.
const VERSION: u8 = 1;

/// All columns of an event, as they stand in the table.
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
    pub statement: Option<&'a str>,
    pub structured: Option<&'a str>,
    pub signature: Option<&'a [u8]>,
    pub certificate: Option<Certificate<'a>>,
    pub address: &'a str,
    pub terminal: Option<&'a str>,
    pub user_agent: &'a str,
    pub request_id: &'a str,
    pub detail: Option<&'a str>,
    pub nonce: Option<&'a str>,
    pub origin: Option<&'a str>,
    pub facts: Option<&'a str>,
}

/// The certificate of a signature: itself in the table, its digest in a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certificate<'a> {
    /// DER.
    Der(&'a [u8]),
    /// SHA-256 of it.
    Digest(&'a [u8]),
}

impl<'a> From<&'a EventRecord> for Leaf<'a> {
    fn from(event: &'a EventRecord) -> Self {
        let signed = event.statement.as_ref();
        Self {
            seq: event.seq,
            at: event.at.as_microsecond(),
            enterprise: event.enterprise.map(|id| id.0),
            actor: event.actor.map(|id| id.0),
            act: &event.act,
            target: event.target.map(|id| id.0),
            outcome: event.outcome.name(),
            statement: signed.map(|signed| signed.text.as_str()),
            structured: signed.map(|signed| signed.structured.as_str()),
            signature: signed.map(|signed| signed.signature.as_slice()),
            certificate: signed.map(|signed| Certificate::Der(&signed.certificate)),
            address: &event.client.address,
            terminal: event.client.terminal.as_deref(),
            user_agent: &event.client.user_agent,
            request_id: &event.client.request_id,
            detail: event.detail.as_deref(),
            nonce: signed.and_then(|signed| signed.nonce.as_deref()),
            origin: signed.and_then(|signed| signed.origin.as_deref()),
            facts: event.facts.as_deref(),
        }
    }
}

/// Encodes and hashes leaves, with a buffer that is used again. It remembers
/// the digest of the last certificate: it is most often the next one's too.
#[derive(Debug, Default)]
pub struct LeafHasher {
    buffer: Vec<u8>,
    certificate: Vec<u8>,
    digest: Hash,
}

impl LeafHasher {
    /// The bytes of the leaf.
    pub fn encode(&mut self, leaf: &Leaf<'_>) -> &[u8] {
        self.buffer.clear();
        self.write(leaf);
        &self.buffer
    }

    /// The hash of the leaf (RFC 6962 §2.1).
    pub fn hash(&mut self, leaf: &Leaf<'_>) -> Hash {
        self.buffer.clear();
        self.buffer.push(LEAF);
        self.write(leaf);
        Sha256::digest(&self.buffer).into()
    }

    fn write(&mut self, leaf: &Leaf<'_>) {
        let certificate = leaf.certificate.map(|certificate| match certificate {
            Certificate::Der(der) => self.digest_of(der),
            Certificate::Digest(digest) => digest.try_into().unwrap_or_default(),
        });
        let buffer = &mut self.buffer;
        buffer.push(VERSION);
        buffer.extend_from_slice(&leaf.seq.to_be_bytes());
        buffer.extend_from_slice(&leaf.at.to_be_bytes());
        let (enterprise, actor, target) = (leaf.enterprise, leaf.actor, leaf.target);
        let columns: [Option<&[u8]>; COLUMNS] = [
            enterprise.as_ref().map(|id| id.as_bytes().as_slice()),
            actor.as_ref().map(|id| id.as_bytes().as_slice()),
            Some(leaf.act.as_bytes()),
            target.as_ref().map(|id| id.as_bytes().as_slice()),
            Some(leaf.outcome.as_bytes()),
            leaf.statement.map(str::as_bytes),
            leaf.structured.map(str::as_bytes),
            leaf.signature,
            certificate.as_ref().map(Hash::as_slice),
            Some(leaf.address.as_bytes()),
            leaf.terminal.map(str::as_bytes),
            Some(leaf.user_agent.as_bytes()),
            Some(leaf.request_id.as_bytes()),
            leaf.detail.map(str::as_bytes),
            leaf.nonce.map(str::as_bytes),
            leaf.origin.map(str::as_bytes),
            leaf.facts.map(str::as_bytes),
        ];
        for column in columns {
            match column {
                None => buffer.push(0),
                Some(bytes) => {
                    buffer.push(1);
                    // A column of 4 GB can't be in either database.
                    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
                    buffer.extend_from_slice(&length.to_be_bytes());
                    buffer.extend_from_slice(bytes);
                }
            }
        }
    }

    fn digest_of(&mut self, der: &[u8]) -> Hash {
        if self.certificate != der {
            self.certificate.clear();
            self.certificate.extend_from_slice(der);
            self.digest = Sha256::digest(der).into();
        }
        self.digest
    }
}

/// Columns after `seq` and `at`.
const COLUMNS: usize = 17;

/// The bytes are no leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("these are not the bytes of an event")]
pub struct NoLeaf;

/// Reads the bytes of a leaf.
///
/// # Errors
///
/// [`NoLeaf`]
pub fn decode(bytes: &[u8]) -> Result<Leaf<'_>, NoLeaf> {
    let mut reader = Reader(bytes);
    if reader.take(1)? != [VERSION] {
        return Err(NoLeaf);
    }
    let leaf = Leaf {
        seq: reader.number()?,
        at: reader.number()?,
        enterprise: reader.uuid()?,
        actor: reader.uuid()?,
        act: reader.text()?.ok_or(NoLeaf)?,
        target: reader.uuid()?,
        outcome: reader.text()?.ok_or(NoLeaf)?,
        statement: reader.text()?,
        structured: reader.text()?,
        signature: reader.column()?,
        certificate: match reader.column()? {
            Some(digest) if digest.len() == 32 => Some(Certificate::Digest(digest)),
            Some(_) => return Err(NoLeaf),
            None => None,
        },
        address: reader.text()?.ok_or(NoLeaf)?,
        terminal: reader.text()?,
        user_agent: reader.text()?.ok_or(NoLeaf)?,
        request_id: reader.text()?.ok_or(NoLeaf)?,
        detail: reader.text()?,
        nonce: reader.text()?,
        origin: reader.text()?,
        facts: reader.text()?,
    };
    if reader.0.is_empty() {
        Ok(leaf)
    } else {
        Err(NoLeaf)
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], NoLeaf> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(NoLeaf)?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<i64, NoLeaf> {
        let bytes = self.take(8)?.try_into().map_err(|_length| NoLeaf)?;
        Ok(i64::from_be_bytes(bytes))
    }

    fn column(&mut self) -> Result<Option<&'a [u8]>, NoLeaf> {
        match self.take(1)? {
            [0] => Ok(None),
            [1] => {
                let length = self.take(4)?.try_into().map_err(|_length| NoLeaf)?;
                let length = usize::try_from(u32::from_be_bytes(length));
                self.take(length.map_err(|_range| NoLeaf)?).map(Some)
            }
            _ => Err(NoLeaf),
        }
    }

    fn text(&mut self) -> Result<Option<&'a str>, NoLeaf> {
        let bytes = self.column()?;
        bytes
            .map(|bytes| str::from_utf8(bytes).map_err(|_utf8| NoLeaf))
            .transpose()
    }

    fn uuid(&mut self) -> Result<Option<Uuid>, NoLeaf> {
        let bytes = self.column()?;
        bytes
            .map(|bytes| Uuid::from_slice(bytes).map_err(|_length| NoLeaf))
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf() -> Leaf<'static> {
        Leaf {
            seq: 7,
            at: 8,
            enterprise: Some(Uuid::from_u128(1)),
            actor: None,
            act: "freeze",
            target: Some(Uuid::from_u128(2)),
            outcome: "done",
            statement: Some("冻结"),
            structured: Some("{}"),
            signature: Some(&[1, 2, 3]),
            certificate: Some(Certificate::Der(b"der")),
            address: "",
            terminal: None,
            user_agent: "test",
            request_id: "r",
            detail: Some(""),
            nonce: Some("n"),
            origin: None,
            facts: None,
        }
    }

    #[test]
    fn what_was_encoded_is_decoded() {
        let mut hasher = LeafHasher::default();
        let bytes = hasher.encode(&leaf()).to_vec();
        let digest: Hash = Sha256::digest(b"der").into();
        let mut expected = leaf();
        expected.certificate = Some(Certificate::Digest(&digest));
        assert_eq!(decode(&bytes), Ok(expected));
        // The same from the digest, and from what was decoded.
        assert_eq!(LeafHasher::default().encode(&expected), bytes);
        for cut in 0..bytes.len() {
            assert_eq!(decode(&bytes[..cut]), Err(NoLeaf), "{cut}");
        }
        assert_eq!(decode(&[bytes.as_slice(), &[0]].concat()), Err(NoLeaf));
    }

    #[test]
    fn every_column_counts_and_none_runs_into_the_next() {
        let mut hasher = LeafHasher::default();
        let changes: [fn(&mut Leaf<'static>); 21] = [
            |leaf| leaf.seq = 8,
            |leaf| leaf.at = 9,
            |leaf| leaf.enterprise = None,
            |leaf| leaf.actor = Some(Uuid::nil()),
            |leaf| leaf.act = "unfreeze",
            |leaf| leaf.target = None,
            |leaf| leaf.outcome = "failed",
            |leaf| leaf.statement = None,
            |leaf| leaf.structured = Some("{ }"),
            |leaf| leaf.signature = Some(&[1, 2]),
            |leaf| leaf.certificate = Some(Certificate::Der(b"dex")),
            |leaf| leaf.address = "1",
            |leaf| leaf.terminal = Some(""),
            |leaf| leaf.user_agent = "",
            |leaf| leaf.request_id = "rn",
            |leaf| leaf.detail = None,
            |leaf| leaf.nonce = None,
            |leaf| leaf.origin = Some("n"),
            |leaf| leaf.facts = Some("{}"),
            |leaf| (leaf.user_agent, leaf.request_id) = ("testr", ""),
            |leaf| (leaf.statement, leaf.structured) = (Some("冻结{"), Some("}")),
        ];
        let mut all = vec![hasher.hash(&leaf())];
        for change in changes {
            let mut other = leaf();
            change(&mut other);
            all.push(hasher.hash(&other));
        }
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
