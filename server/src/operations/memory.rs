//! What is remembered from one report to the next, in the journal's payload.
//! It holds no secret: what travels in the clear anyway, and names.

use serde::{Deserialize, Serialize};

/// The programs that are tried in a row before a person has to insert the
/// card again.
const MOST_LOOKS: u32 = 4;

/// Where the conversation with the card is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Memory {
    /// The number of the program that was handed out last, from 1.
    pub(super) sequence: u32,
    /// What that program does.
    pub(super) stage: Stage,
    /// How often in a row the card was only looked at.
    pub(super) looks: u32,
    /// Whether the card makes a new key pair (延期).
    pub(super) new_key: bool,
    /// The enterprise's name, for the certificate.
    pub(super) enterprise_name: String,
    /// 解锁: the PUK's generation, when the card's own answers told it and no
    /// program that changes it was handed out since. It stands above the marker.
    #[serde(default)]
    pub(super) certain: Option<u32>,
    /// Whether a writing program was handed out before the one of this stage.
    pub(super) touched_before: bool,
}

/// The programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Stage {
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
        auth: Auth,
    },
    /// 延期: writes the certificate and reads it back.
    Write {
        /// The answer to the card's witness; none right after a new key.
        auth: Option<Auth>,
        /// Whether it has to be written, or is there already.
        put: bool,
    },
    /// 延期 that was abandoned: writes the register's certificate back.
    Restore {
        /// The answer to the card's witness.
        auth: Auth,
    },
    /// 解锁: sets the PIN, then replaces the PUK.
    Unblock {
        /// The answer to the card's witness.
        auth: Auth,
        /// The PUK's generation now.
        from: u32,
    },
    /// 解锁 whose PIN is set: replaces the PUK.
    Rotate {
        /// The answer to the card's witness.
        auth: Auth,
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
        auth: Auth,
        /// The PUK's generation, if it is known.
        generation: Option<u32>,
    },
}

/// The second half of the mutual authentication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Auth {
    /// The card's witness, hex.
    pub(super) witness: String,
    /// Our challenge, hex.
    pub(super) challenge: String,
}

impl Memory {
    pub(super) const fn new(new_key: bool, enterprise_name: String) -> Self {
        Self {
            sequence: 0,
            stage: Stage::Idle,
            looks: 0,
            new_key,
            enterprise_name,
            certain: None,
            touched_before: false,
        }
    }

    /// The next program.
    pub(super) fn then(self, stage: Stage, touched: bool) -> Self {
        let changes_puk = matches!(stage, Stage::Unblock { .. } | Stage::Rotate { .. });
        Self {
            sequence: self.sequence + 1,
            certain: self.certain.filter(|_| !changes_puk),
            stage,
            touched_before: touched,
            ..self
        }
    }

    /// One more look, or `None` when there were enough.
    pub(super) fn look(self, certificate: bool, touched: bool) -> Option<Self> {
        (self.looks < MOST_LOOKS).then(|| {
            Self {
                looks: self.looks + 1,
                ..self
            }
            .then(Stage::Look { certificate }, touched)
        })
    }

    /// No program is out any more.
    pub(super) fn rest(self) -> Self {
        Self {
            stage: Stage::Idle,
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
