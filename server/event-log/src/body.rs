//! The body of an event: what of it no query looks for. It is kept as the very
//! bytes that its leaf has of it.
//!
//! For each column `0`, or `1 ‖ length (4, big endian) ‖ bytes`, in a fixed
//! order. Of the certificate stands its SHA-256: thousands of events share one,
//! and a proof carries it once.

use crate::tree::Hash;

/// The bytes are no event's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these are not the bytes of an event")]
pub struct NotAnEvent;

/// The columns of a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields' own names, as in `NewEvent`")]
pub struct Body<'a> {
    pub statement: Option<&'a str>,
    pub structured: Option<&'a str>,
    pub signature: Option<&'a [u8]>,
    pub certificate: Option<Hash>,
    pub address: &'a str,
    pub terminal: Option<&'a str>,
    pub user_agent: &'a str,
    pub request_id: &'a str,
    pub detail: Option<&'a str>,
    pub nonce: Option<&'a str>,
    pub origin: Option<&'a str>,
    pub facts: Option<&'a str>,
}

impl<'a> Body<'a> {
    /// The bytes that the leaf's hash is over.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(1024);
        let columns = [
            self.statement.map(str::as_bytes),
            self.structured.map(str::as_bytes),
            self.signature,
            self.certificate.as_ref().map(Hash::as_slice),
            Some(self.address.as_bytes()),
            self.terminal.map(str::as_bytes),
            Some(self.user_agent.as_bytes()),
            Some(self.request_id.as_bytes()),
            self.detail.map(str::as_bytes),
            self.nonce.map(str::as_bytes),
            self.origin.map(str::as_bytes),
            self.facts.map(str::as_bytes),
        ];
        for column in columns {
            write_column(&mut bytes, column);
        }
        bytes
    }

    /// Reads the bytes.
    ///
    /// # Errors
    ///
    /// [`NotAnEvent`]
    pub fn decode(bytes: &'a [u8]) -> Result<Self, NotAnEvent> {
        let mut reader = Reader(bytes);
        let body = Self {
            statement: reader.text()?,
            structured: reader.text()?,
            signature: reader.column()?,
            certificate: reader
                .column()?
                .map(|digest| digest.try_into().map_err(|_length| NotAnEvent))
                .transpose()?,
            address: reader.text()?.ok_or(NotAnEvent)?,
            terminal: reader.text()?,
            user_agent: reader.text()?.ok_or(NotAnEvent)?,
            request_id: reader.text()?.ok_or(NotAnEvent)?,
            detail: reader.text()?,
            nonce: reader.text()?,
            origin: reader.text()?,
            facts: reader.text()?,
        };
        // A statement comes with all that proves it, and nothing comes without one.
        let parts = [
            body.structured.is_some(),
            body.signature.is_some(),
            body.certificate.is_some(),
        ];
        let is_signed = body.statement.is_some();
        let is_whole = parts.iter().all(|part| *part == is_signed);
        let has_more = body.nonce.is_some() || body.origin.is_some();
        if reader.0.is_empty() && is_whole && (is_signed || !has_more) {
            Ok(body)
        } else {
            Err(NotAnEvent)
        }
    }
}

/// Adds a column.
pub(crate) fn write_column(bytes: &mut Vec<u8>, column: Option<&[u8]>) {
    match column {
        None => bytes.push(0),
        Some(column) => {
            bytes.push(1);
            // A column of 4 GB can't be in either database.
            let length = u32::try_from(column.len()).unwrap_or(u32::MAX);
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(column);
        }
    }
}

/// Reads columns, one after the other.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    /// So many bytes.
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], NotAnEvent> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(NotAnEvent)?;
        self.0 = rest;
        Ok(taken)
    }

    /// A column.
    pub(crate) fn column(&mut self) -> Result<Option<&'a [u8]>, NotAnEvent> {
        match self.take(1)? {
            [0] => Ok(None),
            [1] => {
                let length = self.take(4)?.try_into().map_err(|_length| NotAnEvent)?;
                let length = usize::try_from(u32::from_be_bytes(length));
                self.take(length.map_err(|_range| NotAnEvent)?).map(Some)
            }
            _ => Err(NotAnEvent),
        }
    }

    /// A column of text.
    pub(crate) fn text(&mut self) -> Result<Option<&'a str>, NotAnEvent> {
        let bytes = self.column()?;
        bytes
            .map(|bytes| str::from_utf8(bytes).map_err(|_utf8| NotAnEvent))
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body() -> Body<'static> {
        Body {
            statement: Some("冻结"),
            structured: Some("{}"),
            signature: Some(&[1, 2, 3]),
            certificate: Some([4; 32]),
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
    fn what_was_encoded_is_decoded_and_nothing_else() {
        let bytes = body().encode();
        assert_eq!(Body::decode(&bytes), Ok(body()));
        for cut in 0..bytes.len() {
            assert_eq!(Body::decode(&bytes[..cut]), Err(NotAnEvent), "{cut}");
        }
        assert_eq!(
            Body::decode(&[bytes.as_slice(), &[0]].concat()),
            Err(NotAnEvent)
        );
        let empty = Body::default().encode();
        assert_eq!(Body::decode(&empty), Ok(Body::default()));
    }

    #[test]
    fn a_statement_is_whole_or_not_there() {
        let parts: [fn(&mut Body<'static>); 4] = [
            |body| body.statement = None,
            |body| body.structured = None,
            |body| body.signature = None,
            |body| body.certificate = None,
        ];
        for part in parts {
            let mut without = body();
            part(&mut without);
            assert_eq!(Body::decode(&without.encode()), Err(NotAnEvent));
        }
        let nonce = Body {
            nonce: Some("n"),
            ..Body::default()
        };
        assert_eq!(Body::decode(&nonce.encode()), Err(NotAnEvent));
    }

    #[test]
    fn every_column_counts_and_none_runs_into_the_next() {
        let changes: [fn(&mut Body<'static>); 14] = [
            |body| body.statement = None,
            |body| body.structured = Some("{ }"),
            |body| body.signature = Some(&[1, 2]),
            |body| body.certificate = Some([5; 32]),
            |body| body.address = "1",
            |body| body.terminal = Some(""),
            |body| body.user_agent = "",
            |body| body.request_id = "rn",
            |body| body.detail = None,
            |body| body.nonce = None,
            |body| body.origin = Some("n"),
            |body| body.facts = Some("{}"),
            |body| (body.user_agent, body.request_id) = ("testr", ""),
            |body| (body.statement, body.structured) = (Some("冻结{"), Some("}")),
        ];
        let mut all = vec![body().encode()];
        for change in changes {
            let mut other = body();
            change(&mut other);
            all.push(other.encode());
        }
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
