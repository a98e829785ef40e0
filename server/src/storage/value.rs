//! The values that are bound to the placeholders of a statement. Both databases
//! know `$1`, so a statement is written once for both.

use card_domain::{CardId, EnterpriseId, KeyConfirmation};
use card_protocol::piv::ChipId;
use jiff::Timestamp;
use uuid::Uuid;

use super::{CertificateDigest, IdNumberIndex, NonceHash, TokenHash};

/// A value that is bound to a placeholder.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    /// The key of a row, or a chip id.
    Uuid(Option<Uuid>),
    /// A number, a time in microseconds since 1970, or 0 and 1 for false and true.
    Int(Option<i64>),
    /// A name, a code, JSON.
    Text(Option<&'a str>),
    /// Bytes: a digest, a certificate, a signature.
    Bytes(Option<&'a [u8]>),
}

/// Says which [`Value`] a type is bound as.
macro_rules! bindable {
    ($($type:ty: $value:ident => $bound:expr;)*) => {$(
        impl<'a> From<$type> for Value<'a> {
            fn from($value: $type) -> Self {
                $bound
            }
        }
    )*};
}

bindable! {
    Uuid: value => Self::Uuid(Some(value));
    CardId: value => Self::Uuid(Some(value.0));
    EnterpriseId: value => Self::Uuid(Some(value.0));
    ChipId: value => Self::Uuid(Some(Uuid::from_bytes(value.0)));
    Option<CardId>: value => Self::Uuid(value.map(|id| id.0));
    Option<EnterpriseId>: value => Self::Uuid(value.map(|id| id.0));
    Timestamp: value => Self::Int(Some(value.as_microsecond()));
    Option<Timestamp>: value => Self::Int(value.map(Timestamp::as_microsecond));
    bool: value => Self::Int(Some(i64::from(value)));
    i64: value => Self::Int(Some(value));
    Option<i64>: value => Self::Int(value);
    u32: value => Self::Int(Some(i64::from(value)));
    Option<u32>: value => Self::Int(value.map(i64::from));
    Option<u8>: value => Self::Int(value.map(i64::from));
    &'a str: value => Self::Text(Some(value));
    &'a String: value => Self::Text(Some(value));
    Option<&'a str>: value => Self::Text(value);
    Option<KeyConfirmation>: value => Self::Text(value.map(KeyConfirmation::name));
    &'a [u8]: value => Self::Bytes(Some(value));
    &'a Vec<u8>: value => Self::Bytes(Some(value));
    Option<&'a [u8]>: value => Self::Bytes(value);
    &'a TokenHash: value => Self::Bytes(Some(&value.0));
    &'a NonceHash: value => Self::Bytes(Some(&value.0));
    &'a CertificateDigest: value => Self::Bytes(Some(&value.0));
    &'a IdNumberIndex: value => Self::Bytes(Some(&value.0));
}

/// The values of a statement, in the order of its placeholders.
macro_rules! arguments {
    ($($value:expr),* $(,)?) => {
        &[$($crate::storage::value::Value::from($value)),*]
    };
}
pub(super) use arguments;
