//! The card: its certificate, its PIN and PUK, the marker, and what it forgets
//! when it loses its power.

/// The certificate object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum OnCard {
    /// The register's certificate of this number.
    Certificate(u8),
    /// It was pulled while it wrote.
    Torn,
}

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

/// A program's operation and its number in it.
pub(crate) type ProgramId = (u8, u8);

/// A witness: random, so no two are the same.
pub(crate) type Witness = u8;

/// The commands, as far as they differ here. What only reads is one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Apdu {
    /// Tries, marker, certificate, and a new witness.
    Look,
    /// The answer to this witness.
    Answer(Witness),
    /// The first part of the certificate.
    PutFirst,
    /// The rest of the certificate with this number.
    PutRest(u8),
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
    pub(crate) certificate: OnCard,
    pub(crate) pin: Pin,
    pub(crate) puk: u8,
    pub(crate) marker: Option<Marker>,
    pub(crate) saw_wrong_puk: bool,
    /// The witness that it gave last.
    pub(crate) witness: Witness,
    /// It waits for the answer to it.
    waits: bool,
    is_authenticated: bool,
}

impl Card {
    pub(crate) const fn new() -> Self {
        Self {
            certificate: OnCard::Certificate(0),
            pin: Pin::Blocked,
            puk: 0,
            marker: None,
            saw_wrong_puk: false,
            witness: 0,
            waits: false,
            is_authenticated: false,
        }
    }

    /// It lost its power, or was reset.
    pub(crate) const fn forget(&mut self) {
        self.waits = false;
        self.is_authenticated = false;
    }

    /// Carries a command out; false when it refuses.
    pub(crate) fn take(&mut self, apdu: Apdu, fresh_proof: bool) -> bool {
        match apdu {
            Apdu::Look => {
                self.witness += 1;
                self.waits = true;
            }
            Apdu::Read => {}
            Apdu::Answer(witness) => {
                let waited = std::mem::take(&mut self.waits);
                self.is_authenticated = waited && self.witness == witness || !fresh_proof;
                return self.is_authenticated;
            }
            Apdu::PutFirst | Apdu::PutRest(_) | Apdu::Mark(_) if !self.is_authenticated => {
                return false;
            }
            Apdu::PutFirst => self.certificate = OnCard::Torn,
            Apdu::PutRest(number) => self.certificate = OnCard::Certificate(number),
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
