//! What decides about a card, as the event that made it so has it: the register
//! is explained by the log when each card's row says the same.

use card_domain::{CardState, KeyConfirmation, Role};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::certificate::CardCertificate;

/// What counts as which certificate's standing. The codes never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateStanding {
    /// Issued, not yet confirmed by reading it back from the card.
    Held,
    /// The confirmed one of its card.
    Good,
    /// Was good; another one took its place.
    Superseded,
    /// Never became good, or was taken back.
    Revoked,
}

/// The confirmed certificate of a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateFacts {
    /// SHA-256 of its DER, lower-case hex.
    pub sha256: String,
    /// What it counts as.
    pub standing: CertificateStanding,
    /// How its key was confirmed. None is that it was not yet: so it is of every
    /// certificate from before this was asked, until its card logs in next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyConfirmation>,
}

impl CertificateFacts {
    /// The same as far as it says which certificate it is, and how it stands.
    fn without_key(&self) -> (&str, CertificateStanding) {
        (&self.sha256, self.standing)
    }
}

/// How an enterprise is named where something is signed or certified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnterpriseNames {
    /// Its code, which stands in certificates as organizationIdentifier.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// The names that stand in what is signed about a card, and in its certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardNames {
    /// The holder's.
    pub holder: String,
    /// The enterprise's.
    pub enterprise: EnterpriseNames,
}

/// All of a card's row that decides something, in an event: as it is after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardFacts {
    /// The enterprise to which the card belongs.
    pub enterprise: Uuid,
    /// Legal person or operator.
    pub role: Role,
    /// 操作员编号; none of a legal person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator_no: Option<String>,
    /// The state, with what it remembers: since when, and from where it was lost.
    pub state: CardState,
    /// IC卡号, once the card is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_no: Option<String>,
    /// The chip's id (16 bytes), once the card is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chip_id: Option<Uuid>,
    /// The confirmed certificate, once the card is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<CertificateFacts>,
    /// SHA-256, hex, of the certificate that waits for its confirmation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<String>,
    /// SHA-256, hex, of the register's column with the card's own key (PIV slot 9E),
    /// once it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_key: Option<String>,
    /// SHA-256, hex, of the certificate of the key with which the card attests (F9),
    /// once it did: no other card has that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attestation: Option<String>,
    /// The generation of the card's PUK.
    pub puk_generation: u32,
    /// Whether it is certain that the card has that PUK.
    pub puk_known: bool,
    /// The names; none in an event from before events had them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names: Option<CardNames>,
}

impl CardFacts {
    /// How the key of its confirmed certificate was confirmed.
    #[must_use]
    pub fn key(&self) -> Option<KeyConfirmation> {
        self.certificate.as_ref().and_then(|good| good.key)
    }

    /// Whether a certificate says of card and holder what the log says. One from before
    /// certificates said role and enterprise says IC卡号, and 操作员编号, which a legal
    /// person never had.
    #[must_use]
    pub fn are_certified_by(&self, card: Uuid, certificate: &CardCertificate) -> bool {
        let names = self.names.as_ref();
        let is_holders = match &certificate.holder {
            Some(holder) => {
                holder.card.0 == card
                    && holder.enterprise.0 == self.enterprise
                    && holder.role == self.role
                    && names.is_none_or(|names| names.enterprise.code == holder.enterprise_code)
            }
            None => certificate.operator_no == self.operator_no,
        };
        is_holders && certificate.card_no == self.card_no
    }

    /// What differs from `other`, by the name of the column; none when nothing
    /// does. Names are compared where both have them.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Option<&'static str> {
        let columns = [
            (self.enterprise != other.enterprise, "enterprise"),
            (self.role != other.role, "role"),
            (self.operator_no != other.operator_no, "operator number"),
            (self.state.name() != other.state.name(), "state"),
            (self.state != other.state, "what its state remembers"),
            (self.card_no != other.card_no, "card number"),
            (self.chip_id != other.chip_id, "chip id"),
            (
                self.certificate.as_ref().map(CertificateFacts::without_key)
                    != other
                        .certificate
                        .as_ref()
                        .map(CertificateFacts::without_key),
                "certificate",
            ),
            (
                self.key() != other.key(),
                "how its certificate's key was confirmed",
            ),
            (self.held != other.held, "certificate on hold"),
            (self.card_key != other.card_key, "card key"),
            (self.attestation != other.attestation, "attestation key"),
            (
                self.puk_generation != other.puk_generation,
                "PUK generation",
            ),
            (
                self.puk_known != other.puk_known,
                "whether its PUK is known",
            ),
            (self.differs(other, |names| &names.holder), "holder's name"),
            (
                self.differs(other, |names| &names.enterprise.name),
                "enterprise's name",
            ),
            (
                self.differs(other, |names| &names.enterprise.code),
                "enterprise's code",
            ),
        ];
        columns
            .into_iter()
            .find_map(|(differs, name)| differs.then_some(name))
    }

    /// Whether both have names, and not the same.
    fn differs(&self, other: &Self, name: fn(&CardNames) -> &String) -> bool {
        let both = self.names.as_ref().zip(other.names.as_ref());
        both.is_some_and(|(one, another)| name(one) != name(another))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn made() -> CardFacts {
        CardFacts {
            enterprise: Uuid::from_u128(1),
            role: Role::Operator,
            operator_no: Some(String::from("0001")),
            state: CardState::Normal,
            card_no: Some(String::from("8930000000018")),
            chip_id: Some(Uuid::from_u128(3)),
            certificate: Some(CertificateFacts {
                sha256: String::from("aa"),
                standing: CertificateStanding::Good,
                key: None,
            }),
            held: None,
            card_key: None,
            attestation: None,
            puk_generation: 0,
            puk_known: true,
            names: None,
        }
    }

    pub(crate) fn named(holder: &str, enterprise: &str, code: &str) -> CardFacts {
        CardFacts {
            names: Some(CardNames {
                holder: String::from(holder),
                enterprise: EnterpriseNames {
                    code: String::from(code),
                    name: String::from(enterprise),
                },
            }),
            ..made()
        }
    }

    /// The same with a key that was confirmed so.
    pub(crate) fn keyed(key: Option<KeyConfirmation>) -> CardFacts {
        let mut facts = made();
        if let Some(certificate) = &mut facts.certificate {
            certificate.key = key;
        }
        facts
    }

    /// The form is for ever.
    #[test]
    fn the_form_is_what_it_was() {
        let json = r#"{"enterprise":"00000000-0000-0000-0000-000000000001","role":"operator","operator_no":"0001","state":{"name":"normal"},"card_no":"8930000000018","chip_id":"00000000-0000-0000-0000-000000000003","certificate":{"sha256":"aa","standing":"good"},"puk_generation":0,"puk_known":true}"#;
        assert_eq!(serde_json::to_string(&made()).unwrap(), json);
        assert_eq!(serde_json::from_str::<CardFacts>(json).unwrap(), made());
        let attested = CardFacts {
            attestation: Some(String::from("dd")),
            ..keyed(Some(KeyConfirmation::Attested))
        };
        let json = json
            .replace(r#""good"}"#, r#""good","key":"attested"}"#)
            .replace(r#","puk_gen"#, r#","attestation":"dd","puk_gen"#);
        assert_eq!(serde_json::to_string(&attested).unwrap(), json);
        assert_eq!(serde_json::from_str::<CardFacts>(&json).unwrap(), attested);
    }

    #[test]
    fn every_column_is_compared() {
        let changes: [fn(&mut CardFacts); 15] = [
            |facts| facts.enterprise = Uuid::nil(),
            |facts| facts.role = Role::LegalPerson,
            |facts| facts.operator_no = None,
            |facts| {
                facts.state = CardState::Frozen {
                    since: jiff::Timestamp::UNIX_EPOCH,
                    until: None,
                };
            },
            |facts| facts.card_no = None,
            |facts| facts.chip_id = None,
            |facts| facts.certificate = None,
            |facts| {
                if let Some(certificate) = &mut facts.certificate {
                    certificate.standing = CertificateStanding::Superseded;
                }
            },
            |facts| facts.held = Some(String::from("bb")),
            |facts| facts.card_key = Some(String::from("cc")),
            |facts| facts.attestation = Some(String::from("dd")),
            |facts| *facts = keyed(Some(KeyConfirmation::Login)),
            |facts| facts.puk_generation = 1,
            |facts| facts.puk_known = false,
            |facts| {
                if let Some(certificate) = &mut facts.certificate {
                    certificate.sha256 = String::from("ab");
                }
            },
        ];
        assert_eq!(made().difference(&made()), None);
        for (number, change) in changes.into_iter().enumerate() {
            let mut other = made();
            change(&mut other);
            assert!(made().difference(&other).is_some(), "{number}");
        }
    }

    #[test]
    fn names_are_compared_where_both_have_them() {
        let one = named("李四", "远航", "91A");
        assert_eq!(one.difference(&one), None);
        assert_eq!(one.difference(&made()), None);
        assert_eq!(made().difference(&one), None);
        let others = [
            (named("李五", "远航", "91A"), "holder's name"),
            (named("李四", "近航", "91A"), "enterprise's name"),
            (named("李四", "远航", "91B"), "enterprise's code"),
        ];
        for (other, column) in others {
            assert_eq!(one.difference(&other), Some(column));
        }
        let json = serde_json::to_string(&one).unwrap();
        assert!(
            json.ends_with(
                r#","names":{"holder":"李四","enterprise":{"code":"91A","name":"远航"}}}"#
            )
        );
        assert_eq!(serde_json::from_str::<CardFacts>(&json).unwrap(), one);
    }
}
