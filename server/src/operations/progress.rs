//! What is remembered from one report to the next, in the journal's payload.
//! It holds no secret: what travels in the clear anyway, and names.

use serde::{Deserialize, Serialize};

use crate::card_program::MutualAuth;

/// The programs that are tried in a row before a person has to insert the
/// card again.
const MAX_LOOKS: u32 = 4;

/// Where the conversation with the card is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OperationProgress {
    /// The number of the program that was handed out last, from 1.
    pub(super) sequence: u32,
    /// What that program does.
    #[serde(rename = "stage")]
    pub(super) kind: ProgramKind,
    /// How often in a row the card was only looked at.
    pub(super) looks: u32,
    /// Whether the card makes a new key pair (延期).
    pub(super) new_key: bool,
    /// The enterprise's name, for the certificate.
    pub(super) enterprise_name: String,
    /// The enterprise's code, likewise; absent in what the version before began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) enterprise_code: Option<String>,
    /// 解锁: the PUK's generation, when the card's own answers told it and no
    /// program that changes it was handed out since. It stands above the marker.
    #[serde(default)]
    pub(super) certain: Option<u32>,
    /// Whether a writing program was handed out before this one.
    pub(super) touched_before: bool,
}

/// The programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum ProgramKind {
    /// None is out.
    Idle,
    /// Reads what is there and asks for a witness.
    Look {
        /// Whether the certificate is read (延期).
        certificate: bool,
    },
    /// 延期 with a new key: the card makes it.
    Generate {
        /// The answer to the card's witness.
        auth: MutualAuth,
    },
    /// 延期: writes the certificate and reads it back.
    Write {
        /// The answer to the card's witness; none right after a new key.
        auth: Option<MutualAuth>,
        /// Whether it has to be written, or is there already.
        put: bool,
    },
    /// 延期 that was abandoned: writes the register's certificate back.
    Restore {
        /// The answer to the card's witness.
        auth: MutualAuth,
    },
    /// 解锁: sets the PIN, then replaces the PUK.
    Unblock {
        /// The answer to the card's witness.
        auth: MutualAuth,
        /// The PUK's generation now.
        from: u32,
    },
    /// 解锁 whose PIN is set: replaces the PUK.
    Rotate {
        /// The answer to the card's witness.
        auth: MutualAuth,
        /// The PUK's generation now.
        from: u32,
    },
    /// 解锁 whose card would not replace its PUK: notes that it is the old one.
    Note {
        /// The PUK's generation.
        generation: u32,
    },
    /// 解锁: has the card prove itself and reads the PIN's tries.
    Check {
        /// The answer to the card's witness.
        auth: MutualAuth,
        /// The PUK's generation, if it is known.
        generation: Option<u32>,
    },
}

impl OperationProgress {
    pub(super) const fn new(
        new_key: bool,
        enterprise_name: String,
        enterprise_code: String,
    ) -> Self {
        Self {
            sequence: 0,
            kind: ProgramKind::Idle,
            looks: 0,
            new_key,
            enterprise_name,
            enterprise_code: Some(enterprise_code),
            certain: None,
            touched_before: false,
        }
    }

    /// The next program.
    pub(super) fn then(self, kind: ProgramKind, touched: bool) -> Self {
        let changes_puk = matches!(
            kind,
            ProgramKind::Unblock { .. } | ProgramKind::Rotate { .. }
        );
        Self {
            sequence: self.sequence + 1,
            certain: self.certain.filter(|_| !changes_puk),
            kind,
            touched_before: touched,
            ..self
        }
    }

    /// One more look, or `None` when there were enough.
    pub(super) fn look(self, certificate: bool, touched: bool) -> Option<Self> {
        (self.looks < MAX_LOOKS).then(|| {
            Self {
                looks: self.looks + 1,
                ..self
            }
            .then(ProgramKind::Look { certificate }, touched)
        })
    }

    /// No program is out any more.
    pub(super) fn rest(self) -> Self {
        Self {
            kind: ProgramKind::Idle,
            looks: 0,
            ..self
        }
    }

    pub(super) fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    pub(super) fn from_json(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of the journal stay open for as long as their card is away, so what
    /// an earlier server wrote has to be read.
    #[test]
    fn what_earlier_servers_wrote_is_read_and_written_alike() {
        let auth = r#"{"witness":"00112233445566778899aabbccddeeff","challenge":"ffeeddccbbaa99887766554433221100"}"#;
        for stage in [
            String::from(r#"{"name":"idle"}"#),
            String::from(r#"{"name":"look","certificate":true}"#),
            format!(r#"{{"name":"write","auth":{auth},"put":true}}"#),
            String::from(r#"{"name":"write","auth":null,"put":true}"#),
            format!(r#"{{"name":"unblock","auth":{auth},"from":2}}"#),
            format!(r#"{{"name":"check","auth":{auth},"generation":null}}"#),
        ] {
            let json = format!(
                r#"{{"sequence":3,"stage":{stage},"looks":1,"new_key":false,"enterprise_name":"某公司","certain":null,"touched_before":true}}"#
            );
            let progress = OperationProgress::from_json(&json).unwrap();
            assert_eq!(progress.to_json().unwrap(), json);
        }
    }
}
