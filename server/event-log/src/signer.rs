//! Who signed: certificate ⇄ structured statement ⇄ event, compared by what is
//! signed and by nothing else. The server asks this before it does an act, the
//! verified mark and `audit verify` ask it again ever after.

use std::fmt;

use card_domain::{CardId, Role};
use jiff::{SignedDuration, Timestamp};
use thiserror::Error;
use uuid::Uuid;

use crate::{
    certificate::{CardCertificate, CertifiedHolder, TrustAnchors},
    operation,
    structured::{SignatureAlgorithm, StatementV2, Structured},
    tree::Hash,
};

/// How long a proposal may wait for its signature.
pub const PROPOSAL_LIFE: SignedDuration = SignedDuration::from_mins(5);

/// How far the clocks of two instances may be apart.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// What is wrong with a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SignatureFault {
    /// Nonce and origin were not kept: it can't be checked.
    #[error("it was signed before nonce and origin were kept")]
    NotKept,
    /// It does not fit the statement.
    #[error("the signature does not fit the statement")]
    Bad,
    /// The certificate is none, or no trusted CA issued it, or not for then.
    #[error("no trusted CA issued its certificate for that time")]
    Certificate,
    /// The structured form is of no version that this program knows.
    #[error("what was signed is of a form that this version does not know")]
    UnknownForm,
    /// The structured form is one that is not signed any more.
    #[error("what was signed is of a form that was given up")]
    OldForm,
    /// The statement or the event names another card than the certificate does.
    #[error("its certificate is another card's")]
    OtherCard,
    /// An operator's card signed.
    #[error("its certificate is an operator's, not the legal person's")]
    NotLegalPerson,
    /// The legal person of another enterprise signed, or for one.
    #[error("it is another enterprise's")]
    OtherEnterprise,
    /// The statement is one of another installation.
    #[error("what was signed is for another installation")]
    OtherInstance,
    /// Nonce or origin beside the statement are not those inside of it.
    #[error("what was signed names another nonce or another origin")]
    OtherPlace,
    /// The act is not of the time that the statement names.
    #[error("what was signed is of another time")]
    OtherTime,
    /// What was signed is another act, or another card.
    #[error("what was signed is another act or another card")]
    OtherAct,
    /// The card was left as it was by what was done under it, and the record says so.
    #[error("the card was left out of what was done under it")]
    LeftOut,
    /// The card that is acted on was registered for another enterprise.
    #[error("the card that it is about is another enterprise's")]
    ForeignTarget,
}

/// How far it is proven who signed, once the signature itself is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignerProof {
    /// The signer stands inside what was signed, and the CA certified the same:
    /// card, role and enterprise.
    Signed {
        /// IC卡号.
        card_no: String,
    },
    /// The certificate names the card and no operator. Role and enterprise are
    /// certified nowhere (a certificate or a statement of before).
    Certificate {
        /// IC卡号.
        card_no: String,
    },
    /// Neither statement nor certificate names a signer.
    Unnamed,
}

/// What a certificate says of its holder.
#[derive(Clone, Debug)]
pub struct Holder {
    /// IC卡号.
    card_no: Option<String>,
    /// 操作员编号, which a legal person never had.
    operator_no: Option<String>,
    /// All of it, in what is issued since certificates say it.
    certified: Option<CertifiedHolder>,
}

impl From<&CardCertificate> for Holder {
    fn from(certificate: &CardCertificate) -> Self {
        Self {
            card_no: certificate.card_no.clone(),
            operator_no: certificate.operator_no.clone(),
            certified: certificate.holder.clone(),
        }
    }
}

/// What was done, or is to be done, under a signature.
#[derive(Clone, Copy, Debug)]
pub struct SignedEvent<'a> {
    /// The act; of an operation its beginning or its end.
    pub act: &'a str,
    /// When the event says that it was signed.
    pub at: Timestamp,
    /// In which enterprise.
    pub enterprise: Option<Uuid>,
    /// By which card.
    pub actor: Option<Uuid>,
    /// To which card.
    pub target: Option<Uuid>,
    /// The nonce of the message.
    pub nonce: &'a str,
    /// The origin of the message.
    pub origin: &'a str,
    /// SHA-256 of the certificate.
    pub certificate: &'a Hash,
}

impl SignedEvent<'_> {
    /// Compares the three. Without `anchors` it is not asked for which
    /// installation it was signed.
    ///
    /// # Errors
    ///
    /// [`SignatureFault`]
    pub fn check(
        &self,
        signed: &Structured,
        holder: &Holder,
        anchors: Option<&TrustAnchors>,
    ) -> Result<SignerProof, SignatureFault> {
        self.fits(signed)?;
        self.is_legal_person(holder)?;
        match signed {
            Structured::V2(signed) => self.check_named(signed, holder, anchors),
            Structured::V1(_) => Ok(match &holder.card_no {
                Some(card_no) => SignerProof::Certificate {
                    card_no: card_no.clone(),
                },
                None => SignerProof::Unnamed,
            }),
        }
    }

    /// Whether it was this act on this card that was signed: a true signature
    /// must not stand under another event.
    fn fits(&self, signed: &Structured) -> Result<(), SignatureFault> {
        let act = operation::signed_act(self.act);
        let target = self.target.map(CardId);
        if target.is_some_and(|target| signed.decides(act, target)) {
            Ok(())
        } else {
            Err(SignatureFault::OtherAct)
        }
    }

    /// What the certificate says of its holder, against the event.
    fn is_legal_person(&self, holder: &Holder) -> Result<(), SignatureFault> {
        let Some(certified) = &holder.certified else {
            // What was issued before says it by 操作员编号 alone.
            return match holder.operator_no {
                Some(_) => Err(SignatureFault::NotLegalPerson),
                None => Ok(()),
            };
        };
        if certified.role != Role::LegalPerson {
            return Err(SignatureFault::NotLegalPerson);
        }
        if self.enterprise != Some(certified.enterprise.0) {
            return Err(SignatureFault::OtherEnterprise);
        }
        if self.actor != Some(certified.card.0) {
            return Err(SignatureFault::OtherCard);
        }
        Ok(())
    }

    /// A statement that names its signer.
    fn check_named(
        &self,
        signed: &StatementV2,
        holder: &Holder,
        anchors: Option<&TrustAnchors>,
    ) -> Result<SignerProof, SignatureFault> {
        let SignatureAlgorithm::Es256 = signed.algorithm;
        if signed.nonce != self.nonce || signed.origin != self.origin {
            return Err(SignatureFault::OtherPlace);
        }
        if anchors.is_some_and(|anchors| !anchors.has(&signed.instance)) {
            return Err(SignatureFault::OtherInstance);
        }
        let named = &signed.signer;
        if named.role != Role::LegalPerson {
            return Err(SignatureFault::NotLegalPerson);
        }
        if named.certificate_sha256 != card_protocol::hex::encode(self.certificate)
            || holder.card_no.as_ref() != Some(&named.card_no)
            || self.actor != Some(named.card.0)
        {
            return Err(SignatureFault::OtherCard);
        }
        if self.enterprise != Some(signed.enterprise.id.0) {
            return Err(SignatureFault::OtherEnterprise);
        }
        self.is_of_time(signed.time)?;
        let card_no = named.card_no.clone();
        match &holder.certified {
            // Its card and its enterprise's key are those of the event already.
            Some(certified) if certified.enterprise_code != signed.enterprise.code => {
                Err(SignatureFault::OtherEnterprise)
            }
            Some(_) => Ok(SignerProof::Signed { card_no }),
            None => Ok(SignerProof::Certificate { card_no }),
        }
    }

    /// An act, and the beginning of an operation, follow their proposal within
    /// its life. What an operation does afterwards may come days later.
    fn is_of_time(&self, proposed: Timestamp) -> Result<(), SignatureFault> {
        if operation::is_end(self.act) {
            return Ok(());
        }
        let waited = self.at.duration_since(proposed);
        if waited < -CLOCK_SKEW || waited > PROPOSAL_LIFE {
            return Err(SignatureFault::OtherTime);
        }
        Ok(())
    }
}

impl SignerProof {
    /// IC卡号 of who signed, where anything signed names it.
    #[must_use]
    pub fn card_no(&self) -> Option<&str> {
        match self {
            Self::Signed { card_no } | Self::Certificate { card_no } => Some(card_no),
            Self::Unnamed => None,
        }
    }
}

impl fmt::Display for SignerProof {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signed { card_no } => {
                write!(formatter, "the legal person with the card {card_no}")
            }
            Self::Certificate { card_no } => write!(
                formatter,
                "the card {card_no}, by its certificate alone: role and enterprise are not in \
                 the signature"
            ),
            Self::Unnamed => formatter.write_str("the signer is not in the signature"),
        }
    }
}
