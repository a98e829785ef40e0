//! The link between a reader and its card, with faults at any APDU.

use card_bridge::reader::{CardAccess, demo::SoftwareCard};
use card_protocol::CardError;

/// When a fault comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The card never sees the APDU.
    Before,
    /// The card carried it out; nobody hears the answer.
    After,
}

/// What goes wrong with the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is pulled.
    Pulled,
    /// It is reset, and goes on without what it knew.
    Reset,
    /// It answers this instead.
    Status(u16),
    /// It, or its reader, does not answer any more.
    Hang,
}

/// A fault at one APDU, counted from 0 since the card was inserted first.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    /// Which APDU.
    pub at: u32,
    /// Before the card has it, or after.
    pub when: When,
    /// What happens.
    pub fault: Fault,
}

impl Cut {
    /// Every cut of an exchange of so many APDUs.
    pub fn all(apdus: u32) -> Vec<Self> {
        let mut cuts = Vec::new();
        for at in 0..apdus {
            for when in [When::Before, When::After] {
                let faults = [
                    Fault::Pulled,
                    Fault::Reset,
                    Fault::Hang,
                    Fault::Status(0x6F00),
                    Fault::Status(0x6982),
                    Fault::Status(0x6581),
                ];
                cuts.extend(faults.map(|fault| Self { at, when, fault }));
            }
        }
        cuts
    }
}

/// The link to a card.
pub struct FaultyLink {
    pub(super) card: SoftwareCard,
    is_dead: bool,
    is_short: bool,
    /// The fault that is to come.
    pub cut: Option<Cut>,
    /// How many APDUs went to the card.
    pub apdus: u32,
    /// Their bytes, both ways.
    pub bytes: usize,
    /// How many PUKs the card refused.
    pub(super) refused_puks: u32,
    /// The headers of the APDUs.
    pub log: Vec<String>,
}

impl CardAccess for FaultyLink {
    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, CardError> {
        if self.is_dead {
            return Err(CardError::CardRemoved);
        }
        let cut = self.cut.filter(|cut| cut.at == self.apdus);
        self.apdus += 1;
        self.log.push(card_protocol::hex::encode(&apdu[..4]));
        if let Some(cut) = cut
            && cut.when == When::Before
            && let Some(answer) = self.fail(cut.fault)?
        {
            return Ok(answer);
        }
        let answer = self.card.transmit(apdu)?;
        self.bytes += apdu.len() + answer.len();
        // RESET RETRY COUNTER and CHANGE REFERENCE DATA of the PUK.
        let sends_puk = matches!(apdu, [_, 0x2C, ..] | [_, 0x24, _, 0x81, ..]);
        if sends_puk && matches!(answer.as_slice(), [0x63, _] | [0x69, 0x83]) {
            self.refused_puks += 1;
        }
        if let Some(cut) = cut
            && cut.when == When::After
            && let Some(answer) = self.fail(cut.fault)?
        {
            return Ok(answer);
        }
        Ok(answer)
    }

    fn carries_extended(&self) -> bool {
        !self.is_short && self.card.carries_extended()
    }

    fn was_reset(&self) -> bool {
        false
    }
}

impl FaultyLink {
    /// To a card that has no power yet; `is_short` carries short APDUs only.
    pub fn new(card: SoftwareCard, is_short: bool) -> Self {
        Self {
            card: SoftwareCard::new(card.into_inner()).unwrap(),
            is_dead: false,
            is_short,
            cut: None,
            apdus: 0,
            bytes: 0,
            refused_puks: 0,
            log: Vec::new(),
        }
    }

    /// The card, pulled.
    pub fn into_card(self) -> SoftwareCard {
        self.card
    }

    /// What an operation cost, for whoever reads the test's output.
    pub fn print(&self, what: &str) {
        println!(
            "{what}: {} APDUs, {} bytes: {}",
            self.apdus,
            self.bytes,
            self.log.join(" ")
        );
    }

    /// The fault happens: the answer in the card's place, if there is one.
    fn fail(&mut self, fault: Fault) -> Result<Option<Vec<u8>>, CardError> {
        match fault {
            Fault::Pulled => {
                self.is_dead = true;
                Err(CardError::CardRemoved)
            }
            Fault::Hang => {
                self.is_dead = true;
                Err(CardError::ReaderError)
            }
            Fault::Status(status) => Ok(Some(status.to_be_bytes().to_vec())),
            Fault::Reset => self.card.reset().map(|()| None),
        }
    }
}
