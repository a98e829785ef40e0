//! Distinguished names from plain strings. The texts are never parsed, so no
//! comma or equals sign in a person's name can become a part of the structure.

use x509_cert::{
    attr::AttributeTypeAndValue,
    der::{
        self, Any, Decode as _, Encode as _,
        asn1::{ObjectIdentifier, PrintableStringRef, Utf8StringRef},
    },
    name::{Name, RdnSequence, RelativeDistinguishedName},
};

/// commonName (X.520 6.2.2).
pub const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
/// serialNumber (X.520 6.2.9).
pub const SERIAL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.5");
/// organizationName (X.520 6.4.1).
pub const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
/// organizationalUnitName (X.520 6.4.2).
pub const UNIT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.11");
/// organizationIdentifier (X.520 6.4.4): the code of an organization.
pub const ORGANIZATION_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.97");

/// The name with these attributes in this order. `serialNumber` is a
/// `PrintableString` as RFC 5280 appendix A wants it, all others are UTF-8.
///
/// # Errors
///
/// [`der::Error`] when a text has no form of its type.
pub fn build(attributes: &[(ObjectIdentifier, &str)]) -> der::Result<Name> {
    let mut sequence = RdnSequence::default();
    for (oid, text) in attributes {
        let value = if *oid == SERIAL_NUMBER {
            Any::encode_from(&PrintableStringRef::new(text)?)?
        } else {
            Any::encode_from(&Utf8StringRef::new(text)?)?
        };
        let mut part = RelativeDistinguishedName::default();
        part.insert(AttributeTypeAndValue { oid: *oid, value })?;
        sequence.push(part);
    }
    Name::from_der(&sequence.to_der()?)
}

/// The text of the first attribute of this kind.
#[must_use]
pub fn text(name: &Name, oid: ObjectIdentifier) -> Option<String> {
    let attribute = name.iter().find(|attribute| attribute.oid == oid)?;
    String::from_utf8(attribute.value.value().to_vec()).ok()
}

/// The text of the one attribute of this kind; `None` where there are several.
#[must_use]
pub fn only(name: &Name, oid: ObjectIdentifier) -> Option<String> {
    let attributes = name.iter().filter(|attribute| attribute.oid == oid);
    (attributes.count() == 1).then(|| text(name, oid)).flatten()
}
