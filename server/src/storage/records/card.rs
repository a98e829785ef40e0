//! Cards: what is registered, and what the register says of them.

use card_domain::{CardId, CardNo, CardState, EnterpriseId, KeyConfirmation, OperatorNo, Role};
use card_protocol::piv::ChipId;
use jiff::Timestamp;

use super::digest::{CertificateDigest, IdNumberIndex};
use crate::keys::CardKeyMadeAt;

/// An enterprise that is registered.
#[derive(Clone, Debug)]
pub struct NewEnterprise {
    /// The key, made by the caller (UUID version 7).
    pub id: EnterpriseId,
    /// Its code (统一社会信用代码), unique.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// Whose card it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Holder {
    /// The legal person; one card that is not cancelled for each enterprise.
    LegalPerson,
    /// The operator with this number, unique in the enterprise.
    Operator(OperatorNo),
}

impl Holder {
    /// The holder's role.
    #[must_use]
    pub const fn role(&self) -> Role {
        match self {
            Self::LegalPerson => Role::LegalPerson,
            Self::Operator(_) => Role::Operator,
        }
    }

    /// 操作员编号; the legal person has none.
    #[must_use]
    pub const fn operator_no(&self) -> Option<&OperatorNo> {
        match self {
            Self::LegalPerson => None,
            Self::Operator(number) => Some(number),
        }
    }
}

/// A person who is to get a card: 未制卡.
#[derive(Clone, Debug)]
pub struct NewCard {
    /// The key, made by the caller (UUID version 7).
    pub id: CardId,
    /// The enterprise that the card belongs to.
    pub enterprise: EnterpriseId,
    /// Legal person or which operator.
    pub holder: Holder,
    /// The holder's name.
    pub holder_name: String,
    /// 证件编号, encrypted by the caller.
    pub id_number_cipher: Vec<u8>,
    /// 证件编号, as its keyed blind index.
    pub id_number_index: IdNumberIndex,
    /// When it was registered.
    pub created_at: Timestamp,
}

/// A card of the register, made or not: `Chip` says which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardRecord<Chip = Option<ChipRecord>> {
    /// The key, which never changes, whatever chip the card has.
    pub id: CardId,
    /// The enterprise that the card belongs to.
    pub enterprise: EnterpriseId,
    /// Legal person or which operator.
    pub holder: Holder,
    /// The holder's name.
    pub holder_name: String,
    /// 证件编号, encrypted.
    pub id_number_cipher: Vec<u8>,
    /// What is known once the card is made.
    pub chip: Chip,
    /// The state in the register.
    pub state: CardState,
    /// Rises by one with every change of state; a change names the version
    /// that it saw.
    pub version: i64,
    /// The confirmed certificate. Its validity stands in the DER and nowhere else.
    pub certificate: Option<CertificateRecord>,
    /// How it is known that the card itself has the key of that certificate; `None`
    /// is not yet.
    pub key_confirmed: Option<KeyConfirmation>,
    /// What the card said of its PIN when it was last seen.
    pub pin: Option<PinRecord>,
    /// Which PUK is on the card.
    pub puk: PukRecord,
    /// 最后登录日期.
    pub last_login_at: Option<Timestamp>,
    /// When it was registered.
    pub created_at: Timestamp,
}

/// A card that was made: it has a number and a chip for good.
pub type MadeCard = CardRecord<ChipRecord>;

impl CardRecord {
    /// The card, if it was made.
    #[must_use]
    pub fn made(self) -> Option<MadeCard> {
        Some(CardRecord {
            id: self.id,
            enterprise: self.enterprise,
            holder: self.holder,
            holder_name: self.holder_name,
            id_number_cipher: self.id_number_cipher,
            chip: self.chip?,
            state: self.state,
            version: self.version,
            certificate: self.certificate,
            key_confirmed: self.key_confirmed,
            pin: self.pin,
            puk: self.puk,
            last_login_at: self.last_login_at,
            created_at: self.created_at,
        })
    }
}

/// What a card has from the moment in which it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChipRecord {
    /// IC卡号.
    pub card_no: CardNo,
    /// The chip id.
    pub chip_id: ChipId,
    /// When the card was made.
    pub issued_at: Timestamp,
    /// The card's own key. One that was made before there were any has none
    /// until its next 延期.
    pub card_key: Option<CardKeyRecord>,
    /// The certificate of the key with which the card attests (F9), once it did.
    pub attestation: Option<CertificateDigest>,
}

/// The card's own key (PIV slot 9E), by which it proves itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CardKeyRecord {
    /// The public key, an uncompressed point of P-256.
    pub point: [u8; 65],
    /// When it was made.
    pub made_at: CardKeyMadeAt,
    /// The server's proof that it registered this key for this chip.
    pub proof: [u8; 16],
}

impl CardKeyRecord {
    /// As one column: the point, when it was made, the proof.
    pub(in crate::storage) fn to_column(self) -> Vec<u8> {
        [self.point.as_slice(), &[self.made_at as u8], &self.proof].concat()
    }

    /// Reads the column; `None` if it is none of ours.
    pub(in crate::storage) fn from_column(column: &[u8]) -> Option<Self> {
        let (point, rest) = column.split_first_chunk::<65>()?;
        let (made_at, proof) = rest.split_first()?;
        let made_at = match made_at {
            1 => CardKeyMadeAt::CardMaking,
            2 => CardKeyMadeAt::Renewal,
            _ => return None,
        };
        Some(Self {
            point: *point,
            made_at,
            proof: proof.try_into().ok()?,
        })
    }
}

/// The confirmed certificate of a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateRecord {
    /// The serial number, big endian, as in the certificate.
    pub serial: Vec<u8>,
    /// The certificate, DER.
    pub der: Vec<u8>,
}

/// The PIN's tries when the card was last seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PinRecord {
    /// Tries that were left; 0 is blocked.
    pub tries_left: u8,
    /// When the card said so.
    pub at: Timestamp,
}

/// Which PUK is on a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PukRecord {
    /// How often it was replaced.
    pub generation: u32,
    /// Whether that is certain. If not, no PUK is ever tried on the card again.
    pub known: bool,
}
