//! What is remembered from one report to the next, in the journal's payload.
//! It holds no secret.

use card_domain::CardId;
use card_protocol::program::{NONCE_LENGTH, ProgramKind};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    card_program::{MutualAuth, StoredBridgeKey},
    keys::{MasterKey, RowSeal},
    service::{Service, ServiceError},
    storage::OperationRecord,
};

/// The programs that are tried in a row before a person has to insert the
/// card again.
const MAX_LOOKS: u32 = 4;

/// Where the conversation with the card is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OperationProgress {
    /// The number of the program that was handed out last, from 1.
    pub(super) sequence: u32,
    /// The conversation of a healing; `None` is the ticket's.
    pub(super) exchange: Option<Uuid>,
    /// The program with that number, if it is still out.
    pub(super) program: OperationProgram,
    /// The key of the bridge that the conversation is with.
    pub(super) bridge: Option<StoredBridgeKey>,
    /// How often in a row the card was only looked at.
    pub(super) looks: u32,
    /// Whether the card makes a new key pair (延期).
    pub(super) new_key: bool,
    /// 解锁: the PUK's generation, when the card's own answers told it and no
    /// program that changes it was handed out since. It stands above the marker.
    pub(super) certain: Option<u32>,
    /// 解锁: the card does not replace its PUK; its marker has yet to say so.
    pub(super) keeps_puk: bool,
    /// 延期 with a new key: SHA-256, hex, of the certificate of the key with which the
    /// card attested it, if it did. It goes with the certificate on hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) attestation: Option<String>,
}

/// The program that is out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum OperationProgram {
    /// No program is out; the next one waits for the card.
    Idle,
    /// Asks a card that has no key of its own yet for a witness of its
    /// management key.
    Witness,
    /// Reads what is there, has the card prove itself, and asks for the witness
    /// of the next program.
    Look {
        /// How the card proves itself.
        by: ProvesBy,
        /// Whether the certificate is read (延期).
        certificate: bool,
        /// Whether the card is asked to attest its key in 9E (延期 with a new key).
        #[serde(default)]
        attest: bool,
    },
    /// 延期 with a new key: the card makes it.
    Generate {
        /// The answer to the card's witness.
        auth: MutualAuth,
        /// Whether the card is asked to attest it.
        #[serde(default)]
        attest: bool,
    },
    /// 延期: writes the certificate and reads it back.
    Write {
        /// The answer to the card's witness.
        auth: MutualAuth,
        /// Whether it has to be written, or is there already.
        put: bool,
        /// Whether the card makes a key of its own (9E), which it does not have yet.
        card_key: bool,
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
    KeepPuk {
        /// The answer to the card's witness.
        auth: MutualAuth,
        /// The generation of the PUK that the card keeps.
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

/// By which of its keys a card proves itself at a look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum ProvesBy {
    /// Its own, 9E: it signs this nonce.
    CardKey {
        /// Ours, for this look alone.
        nonce: [u8; NONCE_LENGTH],
    },
    /// The management key, 9B, of a card from before it had a key of its own.
    ManagementKey {
        /// The answer to the card's witness.
        auth: MutualAuth,
    },
}

impl OperationProgram {
    /// What the bridge knows it by; `None` when no program is out.
    pub(super) const fn kind(&self) -> Option<ProgramKind> {
        Some(match self {
            Self::Idle => return None,
            Self::Witness | Self::Look { .. } => ProgramKind::Look,
            Self::Generate { .. } => ProgramKind::RenewNewKey,
            Self::Write { .. } => ProgramKind::Renew,
            Self::Restore { .. } => ProgramKind::RollBack,
            Self::Unblock { .. } => ProgramKind::Unblock,
            Self::Rotate { .. } => ProgramKind::Rotate,
            Self::KeepPuk { .. } => ProgramKind::KeepPuk,
            Self::Check { .. } => ProgramKind::Check,
        })
    }
}

impl OperationProgress {
    pub(super) const fn new(new_key: bool) -> Self {
        Self {
            sequence: 0,
            exchange: None,
            program: OperationProgram::Idle,
            bridge: None,
            looks: 0,
            new_key,
            certain: None,
            keeps_puk: false,
            attestation: None,
        }
    }

    /// The same for another conversation, in which nothing was handed out yet.
    /// Its programs are counted on, so that no number comes twice.
    pub(super) fn in_conversation(self, exchange: Option<Uuid>) -> Self {
        Self {
            exchange,
            bridge: None,
            looks: 0,
            program: OperationProgram::Idle,
            ..self
        }
    }

    /// This program is out now, under the next number.
    pub(super) fn then(self, program: OperationProgram) -> Self {
        let changes_puk = matches!(
            program,
            OperationProgram::Unblock { .. } | OperationProgram::Rotate { .. }
        );
        Self {
            sequence: self.sequence + 1,
            certain: self.certain.filter(|_| !changes_puk),
            program,
            ..self
        }
    }

    /// One more look, by this program, or `None` when there were enough.
    pub(super) fn look(self, program: OperationProgram) -> Option<Self> {
        (self.looks < MAX_LOOKS).then(|| {
            Self {
                looks: self.looks + 1,
                ..self
            }
            .then(program)
        })
    }

    /// No program is out any more.
    pub(super) fn rest(self) -> Self {
        Self {
            program: OperationProgram::Idle,
            looks: 0,
            ..self
        }
    }

    /// As the row of this operation on this card keeps it.
    ///
    /// # Errors
    /// [`ServiceError`]
    pub(super) fn seal(
        &self,
        master: &MasterKey,
        operation: Uuid,
        card: CardId,
    ) -> Result<String, ServiceError> {
        let text = serde_json::to_string(self)?;
        Ok(RowSeal::new(master, PURPOSE, operation, card.0).seal(&text)?)
    }

    /// Reads what the row keeps. What no server sealed says no more than that no
    /// program is out: whether the card makes a new key is asked of the configuration
    /// too, for who wrote the row would have a key of their own certified.
    ///
    /// # Errors
    /// [`ServiceError::Inconsistent`] for what was sealed and is not this row's.
    pub(super) fn of(record: &OperationRecord, service: &Service) -> Result<Self, ServiceError> {
        let kept = &record.payload;
        if kept.starts_with('{') {
            let kept = serde_json::from_str::<Unsealed>(kept)?;
            let new_key = kept.new_key && service.config.renewal.new_key;
            return Ok(Unsealed { new_key, ..kept }.into());
        }
        let master = &service.keys.master;
        let seal = RowSeal::new(master, PURPOSE, record.id, record.card.id.0);
        let text = seal.open(kept)?.ok_or(ServiceError::Inconsistent(
            "a progress that no server wrote for this operation and card",
        ))?;
        Ok(serde_json::from_str(text)?)
    }

    /// The same without its keys, for who gives an operation up: no program is out
    /// any more, and the rest is as the row says.
    ///
    /// # Errors
    /// [`serde_json::Error`]
    pub(super) fn at_rest(record: &OperationRecord) -> Result<Self, serde_json::Error> {
        let kept = &record.payload;
        let sealed = kept.split_once(':').filter(|_| !kept.starts_with('{'));
        let progress: Self = match sealed {
            Some((_tag, text)) => serde_json::from_str(text)?,
            None => serde_json::from_str::<Unsealed>(kept)?.into(),
        };
        Ok(progress.rest())
    }

    /// Without a seal: that no program is out, and what the operation is.
    ///
    /// # Errors
    /// [`serde_json::Error`]
    pub(super) fn to_unsealed(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&Unsealed {
            sequence: self.sequence,
            stage: serde_json::Value::Null,
            looks: 0,
            new_key: self.new_key,
            certain: None,
            touched_before: true,
        })
    }
}

/// What the tag of a progress is for.
const PURPOSE: &str = "operations";

/// The progress as servers wrote it before a card had to prove itself first, and as
/// who gives an operation up without the keys writes it. Rows of the journal stay
/// open for as long as their card is away, so it has to be read. The program that
/// it may speak of is void: no bridge runs it any more.
#[derive(Serialize, Deserialize)]
struct Unsealed {
    sequence: u32,
    stage: serde_json::Value,
    looks: u32,
    new_key: bool,
    #[serde(default)]
    certain: Option<u32>,
    touched_before: bool,
}

impl From<Unsealed> for OperationProgress {
    fn from(kept: Unsealed) -> Self {
        Self {
            sequence: kept.sequence,
            // Which PUK is certain is nothing that anybody may write.
            ..Self::new(kept.new_key)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_earlier_servers_wrote_is_read_and_its_program_is_void() {
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
                r#"{{"sequence":3,"stage":{stage},"looks":1,"new_key":false,"enterprise_name":"某公司","certain":4,"touched_before":true}}"#
            );
            let kept: Unsealed = serde_json::from_str(&json).unwrap();
            let progress = OperationProgress::from(kept);
            assert_eq!(progress.program, OperationProgram::Idle);
            assert_eq!((progress.sequence, progress.certain), (3, None));
            let again = progress.to_unsealed().unwrap();
            let again: Unsealed = serde_json::from_str(&again).unwrap();
            assert_eq!(OperationProgress::from(again), progress);
        }
    }
}
