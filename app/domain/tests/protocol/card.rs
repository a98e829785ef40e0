//! The card: its certificate, its PIN and PUK, the marker, its own key, and what
//! it forgets when it loses its power.

/// The certificate object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum CertificateOnCard {
    /// The register's certificate of this number.
    Certificate(u8),
    /// It was pulled while it wrote.
    Torn,
}

/// What the tries of the PIN say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Pin {
    Set,
    Blocked,
}

/// The PUK's generation before and after the change; the same once it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Marker {
    pub(crate) from: u8,
    pub(crate) to: u8,
}

/// A random value: a witness, or a bridge's key of an exchange. It is named by a
/// number that nothing else refers to any more, so the states stay few.
pub(crate) type Fresh = u8;

/// Whatever a liar made up: no card gave it, and the liar's key opens it.
pub(crate) const MADE_UP: Fresh = Fresh::MAX;

/// The commands, as far as they differ here. What only reads is one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Apdu {
    /// A new witness, of a card that has no key of its own.
    Witness,
    /// The proof by its own key, tries, marker, certificate, and a new witness.
    Look,
    /// The answer to this witness, and the card's to our challenge.
    Answer(Fresh),
    /// The first part of the certificate.
    PutFirst,
    /// The rest of the certificate with this number.
    PutRest(u8),
    /// It makes a key of its own (9E).
    MakeKey,
    /// The certificate and the PIN's tries.
    Read,
    /// RESET RETRY COUNTER with the PUK of this generation.
    ResetPin(u8),
    Mark(Marker),
    /// CHANGE REFERENCE DATA from this generation to the next.
    ChangePuk(u8),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Card {
    pub(crate) certificate: CertificateOnCard,
    pub(crate) pin: Pin,
    pub(crate) puk: u8,
    pub(crate) marker: Option<Marker>,
    /// Which key of its own (9E) it has; a card from before has none.
    pub(crate) own_key: Option<u8>,
    pub(crate) saw_wrong_puk: bool,
    /// The witness to which it waits for the answer.
    pub(crate) waits: Option<Fresh>,
}

impl Card {
    pub(crate) const fn new(own_key: Option<u8>) -> Self {
        Self {
            certificate: CertificateOnCard::Certificate(0),
            pin: Pin::Blocked,
            puk: 0,
            marker: None,
            own_key,
            saw_wrong_puk: false,
            waits: None,
        }
    }

    /// It lost its power, or was reset.
    pub(crate) const fn forget(&mut self) {
        self.waits = None;
    }

    /// Carries a command out; false when it refuses. `fresh` is the next that its
    /// random generator gives. What needs an authentication stands behind it in
    /// every program, which ends where it fails.
    pub(crate) fn take(&mut self, apdu: Apdu, fresh: Fresh) -> bool {
        match apdu {
            Apdu::Witness | Apdu::Look => self.waits = Some(fresh),
            Apdu::Read => {}
            Apdu::Answer(witness) => return self.waits.take() == Some(witness),
            Apdu::PutFirst => self.certificate = CertificateOnCard::Torn,
            Apdu::PutRest(number) => self.certificate = CertificateOnCard::Certificate(number),
            Apdu::MakeKey => self.own_key = Some(self.own_key.map_or(0, |key| key + 1)),
            Apdu::Mark(marker) => self.marker = Some(marker),
            Apdu::ResetPin(puk) | Apdu::ChangePuk(puk) if puk != self.puk => {
                self.saw_wrong_puk = true;
                return false;
            }
            Apdu::ResetPin(_) => self.pin = Pin::Set,
            Apdu::ChangePuk(puk) => self.puk = puk + 1,
        }
        true
    }
}
