//! A reader with a software card in it, as the bridge drives it: the bridge's
//! own checks and executor, and faults at any APDU.

use std::{path::Path, sync::Arc};

use card_bridge::{
    enroll::{self, HttpIssuer, NewPin},
    key::ProgramKey,
    operation::{
        PinSource, Piv, authenticate::authenticate, held::CardState, identify::identify, stop::Stop,
    },
    program::{self, Ledger, Purpose},
    reader::{CardAccess, demo::SoftwareCard},
};
use card_domain::{CardId, OperatorNo};
use card_protocol::{
    CardError, Pin,
    bridge::Identity,
    enroll::Holder as NamedHolder,
    piv,
    program::{ProgramOutcome, SignedProgram},
    token::AuthToken,
};
use jiff::{SignedDuration, Timestamp};
use server::{admin, clock::Clock as _, storage::Holder};
use virtual_card::VirtualCard;

use crate::service::world::{CODE, World};

/// The PIN of every card that is made here.
pub(crate) const PIN: &str = "314159";

/// When a fault comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// The card never sees the APDU.
    Before,
    /// The card carried it out; nobody hears the answer.
    After,
}

/// What goes wrong with the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
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
pub(crate) struct Cut {
    pub(crate) at: u32,
    pub(crate) when: When,
    pub(crate) fault: Fault,
}

/// The card with its wires.
pub(crate) struct Wires {
    card: SoftwareCard,
    is_dead: bool,
    is_short: bool,
    pub(crate) cut: Option<Cut>,
    /// APDUs and their bytes, both ways.
    pub(crate) apdus: u32,
    pub(crate) bytes: usize,
    /// How many PUKs the card refused.
    refused_puks: u32,
    /// The headers of the APDUs.
    pub(crate) log: Vec<String>,
}

impl CardAccess for Wires {
    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, CardError> {
        if self.is_dead {
            return Err(CardError::CardRemoved);
        }
        let cut = self.cut.filter(|cut| cut.at == self.apdus);
        self.apdus += 1;
        self.log.push(card_protocol::hex::encode(&apdu[..4]));
        if let Some(cut) = cut
            && cut.when == When::Before
        {
            match cut.fault {
                Fault::Pulled | Fault::Hang => return Err(self.die(cut.fault)),
                Fault::Status(status) => return Ok(status.to_be_bytes().to_vec()),
                Fault::Reset => self.card.reset()?,
            }
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
        {
            match cut.fault {
                Fault::Pulled | Fault::Hang => return Err(self.die(cut.fault)),
                Fault::Status(status) => return Ok(status.to_be_bytes().to_vec()),
                Fault::Reset => self.card.reset()?,
            }
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

impl Wires {
    /// What an operation cost, for whoever reads the test's output.
    pub(crate) fn print(&self, what: &str) {
        println!(
            "{what}: {} APDUs, {} bytes: {}",
            self.apdus,
            self.bytes,
            self.log.join(" ")
        );
    }

    const fn die(&mut self, fault: Fault) -> CardError {
        self.is_dead = true;
        match fault {
            Fault::Hang => CardError::ReaderError,
            _ => CardError::CardRemoved,
        }
    }
}

/// A reader, and the bridge behind it.
pub(crate) struct Reader {
    pub(crate) wires: Option<Wires>,
    state: CardState,
    ledger: Arc<Ledger>,
    key: ProgramKey,
    origin: String,
    now: Timestamp,
    /// It carries short APDUs only: what is long is chained.
    is_short: bool,
    pub(crate) card: CardId,
}

impl Reader {
    /// Makes the card of a new operator and inserts it.
    pub(crate) async fn operator(world: &World, number: &str) -> Self {
        let holder = Holder::Operator(OperatorNo(number.to_owned()));
        let card = world.register(CODE, holder, "张三").await;
        let named = NamedHolder::Operator {
            enterprise: CODE.to_owned(),
            operator: number.to_owned(),
        };
        Self::make(world, card, named, number).await
    }

    /// Makes the card of somebody who is registered and inserts it.
    pub(crate) async fn make(world: &World, card: CardId, holder: NamedHolder, name: &str) -> Self {
        let now = world.clock.now();
        let life = SignedDuration::from_hours(1);
        let token = admin::make_token(world.store.as_ref(), now, life, "test").await;
        let token = token.unwrap();
        let key: ProgramKey = world.keys.program.public_base64().unwrap().parse().unwrap();
        let issuer = HttpIssuer::new(
            world.origin().parse().unwrap(),
            key.clone(),
            token.to_string().into(),
        );
        let mut software = blank(world.folder.path(), name);
        let software = tokio::task::spawn_blocking(move || {
            let clock: card_bridge::clock::Clock = Arc::new(move || now);
            let pin = NewPin::Given(Pin::new(PIN).unwrap());
            enroll::run(&mut software, &issuer, holder, pin, &clock).unwrap();
            software
        })
        .await
        .unwrap();
        let mut reader = Self {
            wires: None,
            state: CardState::default(),
            ledger: Arc::default(),
            key,
            origin: world.origin().to_owned(),
            now,
            is_short: false,
            card,
        };
        reader.insert(software);
        reader
    }

    /// Puts a card in that has no power yet.
    pub(crate) fn insert(&mut self, card: SoftwareCard) {
        let card = SoftwareCard::new(card.into_inner()).unwrap();
        self.state = CardState::default();
        self.wires = Some(Wires {
            card,
            is_dead: false,
            is_short: self.is_short,
            cut: None,
            apdus: 0,
            bytes: 0,
            refused_puks: 0,
            log: Vec::new(),
        });
    }

    /// Pulls the card.
    pub(crate) fn pull(&mut self) -> SoftwareCard {
        self.wires.take().unwrap().card
    }

    /// Pulls the card and puts it back; no fault is left.
    pub(crate) fn insert_again(&mut self) {
        let card = self.pull();
        self.insert(card);
    }

    /// Another reader: it carries short APDUs only.
    pub(crate) fn make_short(&mut self) {
        self.is_short = true;
        self.insert_again();
    }

    /// Another bridge, which knows nothing of what ran before.
    pub(crate) fn restart_bridge(&mut self) {
        self.ledger = Arc::default();
        self.state = CardState::default();
    }

    pub(crate) fn wires(&mut self) -> &mut Wires {
        self.wires.as_mut().unwrap()
    }

    fn with<T>(
        &mut self,
        work: impl FnOnce(&mut Piv<'_>, &mut CardState) -> Result<T, CardError>,
    ) -> Result<T, CardError> {
        let wires = self.wires.as_mut().ok_or(CardError::NoCard)?;
        let stop = Stop::default();
        stop.begin().unwrap();
        let done = work(&mut Piv::new(wires, &stop), &mut self.state);
        // As the bridge does: a connection that failed is not used again.
        if matches!(
            done,
            Err(CardError::CardRemoved | CardError::NoReader | CardError::ReaderError)
        ) {
            self.state = CardState::default();
        }
        done
    }

    pub(crate) fn identify(&mut self) -> Result<Identity, CardError> {
        self.with(|card, _state| identify(card))
    }

    pub(crate) fn run(
        &mut self,
        signed: &SignedProgram,
        new_pin: Option<&str>,
    ) -> Result<ProgramOutcome, CardError> {
        let program = program::check(signed, &self.origin, &self.key, self.now, Purpose::Page)?;
        let pin = new_pin.map(|pin| Pin::new(pin).unwrap());
        let (ledger, now) = (Arc::clone(&self.ledger), self.now);
        self.with(|card, state| program::run(&program, card, state, &ledger, pin.as_ref(), now))
    }

    /// The page comes from another instance of the service.
    pub(crate) fn set_origin(&mut self, origin: &str) {
        origin.clone_into(&mut self.origin);
    }

    /// The time of the world went on.
    pub(crate) const fn set_now(&mut self, now: Timestamp) {
        self.now = now;
    }

    /// Tries a PIN; the card's answer.
    pub(crate) fn try_pin(&mut self, pin: &str) -> card_protocol::StatusWord {
        let pin = Pin::new(pin).unwrap();
        self.with(|card, _state| {
            card.select()?;
            Ok(card.send(piv::verify_pin(&pin))?.status())
        })
        .unwrap()
    }

    /// Whether the PIN is blocked; `None` when it is verified.
    pub(crate) fn is_blocked(&mut self) -> Option<bool> {
        let status = self
            .with(|card, _state| {
                card.select()?;
                card.pin_status()
            })
            .unwrap();
        match status {
            piv::PinStatus::Verified => None,
            piv::PinStatus::Blocked => Some(true),
            piv::PinStatus::TriesLeft(_) => Some(false),
        }
    }

    /// The token of a login.
    pub(crate) fn authenticate(&mut self, nonce: &str, pin: &str) -> Result<AuthToken, CardError> {
        let pin = PinSource::Typed(Pin::new(pin).unwrap());
        let origin = self.origin.clone();
        self.with(|card, state| authenticate(card, state, &origin, nonce, &pin))
    }

    /// From here on, a PUK that the card refuses is noted.
    pub(crate) fn forbid_wrong_puk(&mut self) {
        self.wires().refused_puks = 0;
    }

    /// Whether the card itself refused a PUK since then.
    pub(crate) fn saw_wrong_puk(&mut self) -> bool {
        self.wires().refused_puks > 0
    }

    /// Types wrong PINs until the card is blocked.
    pub(crate) fn block_pin(&mut self) {
        for _ in 0..16 {
            let status = self.try_pin("999999");
            if status.to_bytes() == [0x69, 0x83] || status.to_bytes() == [0x63, 0xC0] {
                return;
            }
        }
        panic!("the PIN is not blocked");
    }

    /// Whether the card accepts this PUK: it is changed to itself. To be
    /// called with the right one only.
    pub(crate) fn has_puk(&mut self, puk: &card_protocol::Puk) -> bool {
        self.with(|card, _state| {
            card.select()?;
            Ok(card.send(piv::change_puk(puk, puk))?.status().is_success())
        })
        .unwrap()
    }

    /// The certificate on the card, read past all wires.
    pub(crate) fn certificate(&mut self) -> Option<Vec<u8>> {
        let wires = self.wires.as_mut().unwrap();
        let stop = Stop::default();
        stop.begin().unwrap();
        let mut card = Piv::new(&mut wires.card, &stop);
        card.select().unwrap();
        // What was torn is not a certificate.
        card.certificate().ok().flatten()
    }
}

/// A blank card in a file of its own.
pub(crate) fn blank(folder: &Path, name: &str) -> SoftwareCard {
    SoftwareCard::new(VirtualCard::create(folder.join(name)).unwrap()).unwrap()
}
