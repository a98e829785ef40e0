//! What a card's certificate says of its holder, under the CA's signature: the
//! role as a certificate policy, the enterprise's code as
//! `organizationIdentifier`, and the keys of card and enterprise in the register
//! as URNs. Whoever verifies a signature takes from here who signed, and from no
//! column of a database (ADR 20).

use card_domain::{CardId, EnterpriseId, Role};
use uuid::Uuid;
use x509_cert::{
    TbsCertificate,
    der::{
        self, Any, Decode as _, Encode as _, Tag, Tagged as _,
        asn1::{Ia5String, OctetString},
        oid::AssociatedOid as _,
    },
    ext::{
        Extension,
        pkix::{CertificatePolicies, SubjectAltName, name::GeneralName},
    },
};

use super::{CertificateError, name};

/// The arc of this product: 2.25 and the UUID 4b72d73c-b8c8-40e6-bfc0-eb11eb8150f5
/// as one number (ITU-T X.667), DER without tag and length. Bytes, because
/// `const-oid` has arcs of 32 bits and this one has 128.
const ARC: [u8; 20] = [
    0x69, 0x81, 0x96, 0xf2, 0xeb, 0xcf, 0x97, 0x8c, 0xc2, 0x83, 0xcd, 0xbf, 0xe0, 0xba, 0xe2, 0x9e,
    0xdc, 0x85, 0xa1, 0x75,
];

/// Below the arc: certificate policies.
const POLICIES: u8 = 1;

/// What the CA certifies of a card's holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertifiedHolder {
    /// 法人 or 操作员: `ARC.1.1` or `ARC.1.2` in certificatePolicies (RFC 5280
    /// §4.2.1.4).
    pub role: Role,
    /// IC卡号: the subject's serialNumber.
    pub card_no: String,
    /// The enterprise's code (统一社会信用代码): the subject's
    /// organizationIdentifier (ITU-T X.520 §6.4.4).
    pub enterprise_code: String,
    /// The card in the register: the first `urn:uuid:` (RFC 9562 §4) of
    /// subjectAltName, where PIV has a card's UUID too.
    pub card: CardId,
    /// The enterprise in the register: the second `urn:uuid:`.
    pub enterprise: EnterpriseId,
}

/// The policy of a role: what a certificate with it may be believed to sign as.
fn policy(role: Role) -> [u8; 22] {
    let number = match role {
        Role::LegalPerson => 1,
        Role::Operator => 2,
    };
    let mut bytes = [0; 22];
    bytes[..20].copy_from_slice(&ARC);
    bytes[20] = POLICIES;
    bytes[21] = number;
    bytes
}

/// certificatePolicies with the policy of a role, not critical.
///
/// # Errors
///
/// Never in practice: the policy is one.
pub fn policies(role: Role) -> der::Result<Extension> {
    let policy = Any::new(Tag::ObjectIdentifier, policy(role).to_vec())?;
    // SEQUENCE OF PolicyInformation, each a SEQUENCE of the policy alone.
    extension::<CertificatePolicies>(&vec![vec![policy]].to_der()?)
}

/// subjectAltName with the register's keys of card and enterprise, not critical.
///
/// # Errors
///
/// Never in practice: a URN is ASCII.
pub fn alternative_names(card: CardId, enterprise: EnterpriseId) -> der::Result<Extension> {
    let urn = |id: Uuid| Ia5String::new(&id.urn().to_string());
    let names = vec![
        GeneralName::UniformResourceIdentifier(urn(card.0)?),
        GeneralName::UniformResourceIdentifier(urn(enterprise.0)?),
    ];
    extension::<SubjectAltName>(&SubjectAltName(names).to_der()?)
}

fn extension<T: der::oid::AssociatedOid>(value: &[u8]) -> der::Result<Extension> {
    Ok(Extension {
        extn_id: T::OID,
        critical: false,
        extn_value: OctetString::new(value)?,
    })
}

/// What a certificate says of its holder; `None` where it has no policy of ours,
/// as certificates have that were issued before.
///
/// # Errors
///
/// [`CertificateError::Holder`] when it has one and does not say the rest, or says two
/// things: such a certificate is of no use to anybody.
pub(super) fn read(tbs: &TbsCertificate) -> Result<Option<CertifiedHolder>, CertificateError> {
    let Some(role) = role(tbs)? else {
        return Ok(None);
    };
    let subject = tbs.subject();
    let (Some(card_no), Some(enterprise_code)) = (
        name::only(subject, name::SERIAL_NUMBER),
        name::only(subject, name::ORGANIZATION_IDENTIFIER),
    ) else {
        return Err(CertificateError::Holder);
    };
    let names = tbs.get_extension::<SubjectAltName>()?;
    let (_critical, SubjectAltName(names)) = names.ok_or(CertificateError::Holder)?;
    let [card, enterprise] = names.as_slice() else {
        return Err(CertificateError::Holder);
    };
    Ok(Some(CertifiedHolder {
        role,
        card_no,
        enterprise_code,
        card: CardId(uuid(card)?),
        enterprise: EnterpriseId(uuid(enterprise)?),
    }))
}

/// The role whose policy stands in a certificate.
fn role(tbs: &TbsCertificate) -> Result<Option<Role>, CertificateError> {
    let mut extensions = tbs.extensions().into_iter().flatten();
    let Some(policies) = extensions.find(|one| one.extn_id == CertificatePolicies::OID) else {
        return Ok(None);
    };
    // Another CA's may have qualifiers: whatever follows the policy is not ours.
    let policies = Vec::<Vec<Any>>::from_der(policies.extn_value.as_bytes())?;
    let has = |role| {
        policies.iter().any(|policy| {
            policy.first().is_some_and(|identifier| {
                identifier.tag() == Tag::ObjectIdentifier
                    && identifier.value() == self::policy(role)
            })
        })
    };
    match (has(Role::LegalPerson), has(Role::Operator)) {
        (false, false) => Ok(None),
        (true, false) => Ok(Some(Role::LegalPerson)),
        (false, true) => Ok(Some(Role::Operator)),
        (true, true) => Err(CertificateError::Holder),
    }
}

/// The UUID of a URN, in the one spelling that we write.
fn uuid(name: &GeneralName) -> Result<Uuid, CertificateError> {
    let GeneralName::UniformResourceIdentifier(uri) = name else {
        return Err(CertificateError::Holder);
    };
    let uri: &str = uri.as_ref();
    let id = uri
        .strip_prefix("urn:uuid:")
        .and_then(|text| Uuid::try_parse(text).ok())
        .ok_or(CertificateError::Holder)?;
    if id.urn().to_string() == uri {
        Ok(id)
    } else {
        Err(CertificateError::Holder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Base 128, the highest bit in every byte but the last (X.690 §8.19).
    #[test]
    fn the_arc_is_the_uuid_s() {
        let mut number = Uuid::parse_str("4b72d73c-b8c8-40e6-bfc0-eb11eb8150f5")
            .unwrap()
            .as_u128();
        let mut bytes = vec![(number & 0x7f) as u8];
        number >>= 7;
        while number > 0 {
            bytes.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        bytes.push(2 * 40 + 25);
        bytes.reverse();
        assert_eq!(bytes, ARC);
    }
}
