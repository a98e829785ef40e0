//! A reader with a software card in it, as the bridge drives it: the bridge's
//! own checks and executor, over a link that may fail at any APDU.

use std::{sync::Arc, time::Duration};

use card_bridge::{
    reader::{CardAccess as _, demo::SoftwareCard},
    replay_guard::ReplayGuard,
};
use card_domain::{CardId, OperatorNo};
use card_operations::{
    card_state::CardState,
    identify::identify,
    in_process::authenticate,
    issuers::Issuers,
    key::ProgramKey,
    moment::Moment,
    piv_card::{PinSource, Piv},
    program::{self, Purpose},
    ready::ready,
};
use card_protocol::{
    CardError, Command, Pin, Puk, StatusWord,
    bridge::Identity,
    enroll::Holder as NamedHolder,
    piv::{self, Algorithm, ManagementKey, Slot},
    program::{ProgramOutcome, SignedProgram},
    token::AuthToken,
};
use jiff::Timestamp;
use p256::ecdsa::{Signature, VerifyingKey, signature::hazmat::PrehashVerifier as _};
use server::{clock::Clock as _, storage::Holder};

use super::{
    CODE, FaultyLink, TestServer,
    card_making::{admin_token, enroll, operator, program_key},
};
use crate::bridge::{blank_card, with_piv};

/// A reader, and the bridge behind it.
pub struct CardReader {
    /// The link to the card that is in it.
    pub link: Option<FaultyLink>,
    state: CardState,
    guard: Arc<ReplayGuard>,
    key: ProgramKey,
    origin: String,
    now: Timestamp,
    /// It carries short APDUs only: what is long is chained.
    is_short: bool,
    /// Whose card it is, as the register has it.
    pub card: CardId,
}

impl CardReader {
    /// Makes the card of a new operator and inserts it.
    pub async fn operator(server: &TestServer, number: &str) -> Self {
        let holder = Holder::Operator(OperatorNo(number.to_owned()));
        let card = server.register(CODE, holder, "张三").await;
        Self::make(server, card, operator(number), number).await
    }

    /// Makes the card of a new operator of this blank one and inserts it.
    pub async fn operator_of(server: &TestServer, number: &str, blank: SoftwareCard) -> Self {
        let holder = Holder::Operator(OperatorNo(number.to_owned()));
        let card = server.register(CODE, holder, "张三").await;
        Self::make_of(server, card, operator(number), blank).await
    }

    /// Makes the card of somebody who is registered and inserts it.
    pub async fn make(server: &TestServer, card: CardId, holder: NamedHolder, name: &str) -> Self {
        let blank = blank_card(&server.folder.path().join(name));
        Self::make_of(server, card, holder, blank).await
    }

    async fn make_of(
        server: &TestServer,
        card: CardId,
        holder: NamedHolder,
        blank: SoftwareCard,
    ) -> Self {
        let token = admin_token(server).await;
        let (software, made) = enroll(server, &token, blank, holder).await;
        made.unwrap();
        Self::with_card(server, card, software)
    }

    /// A reader with this card in it.
    pub fn with_card(server: &TestServer, card: CardId, software: SoftwareCard) -> Self {
        let mut reader = Self {
            link: None,
            state: CardState::default(),
            guard: Arc::new(ReplayGuard::in_memory()),
            key: program_key(server),
            origin: server.origin().to_owned(),
            now: server.clock.now(),
            is_short: false,
            card,
        };
        reader.insert(software);
        reader
    }

    /// Puts a card in that has no power yet.
    pub fn insert(&mut self, card: SoftwareCard) {
        self.state = CardState::default();
        self.link = Some(FaultyLink::new(card, self.is_short));
    }

    /// Pulls the card.
    pub fn pull(&mut self) -> SoftwareCard {
        self.link.take().unwrap().card
    }

    /// Pulls the card and puts it back; no fault is left.
    pub fn insert_again(&mut self) {
        let card = self.pull();
        self.insert(card);
    }

    /// Another reader: it carries short APDUs only.
    pub fn make_short(&mut self) {
        self.is_short = true;
        self.insert_again();
    }

    /// Another bridge, which knows nothing of what ran before.
    pub fn restart_bridge(&mut self) {
        self.guard = Arc::new(ReplayGuard::in_memory());
        self.state = CardState::default();
    }

    /// Another program selects another application.
    pub fn deselect(&mut self) {
        let other = [0x00, 0xA4, 0x04, 0x00, 0x05, 0xA0, 0x00, 0x00, 0x01, 0x51];
        let answer = self.link().card.transmit(&other).unwrap();
        assert_eq!(answer, [0x90, 0x00]);
    }

    /// The link to the card that is in it.
    pub fn link(&mut self) -> &mut FaultyLink {
        self.link.as_mut().unwrap()
    }

    fn with<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut Piv<'_>, &mut CardState) -> Result<T, CardError>,
    ) -> Result<T, CardError> {
        let link = self.link.as_mut().ok_or(CardError::NoCard)?;
        let done = with_piv(link, async |card| work(card, &mut self.state).await);
        // As the bridge does: a connection that failed is not used again.
        if matches!(
            done,
            Err(CardError::CardRemoved | CardError::NoReader | CardError::ReaderError)
        ) {
            self.state = CardState::default();
        }
        done
    }

    /// What the card is.
    ///
    /// # Errors
    /// As the bridge tells them.
    pub fn identify(&mut self) -> Result<Identity, CardError> {
        // No PIN is sent for it, so nobody asks whose cards get one.
        let identity = self.with(async |card, _state| identify(card, &Issuers::default()).await)?;
        Ok(Identity {
            fault: None,
            ..identity
        })
    }

    /// Checks a program and runs it.
    ///
    /// # Errors
    /// As the bridge tells them.
    pub fn run(
        &mut self,
        signed: &SignedProgram,
        new_pin: Option<&str>,
    ) -> Result<ProgramOutcome, CardError> {
        let (origin, key) = (self.origin.as_str(), &self.key);
        let program = ready(program::check(signed, origin, key, self.now, Purpose::Page))?;
        let pin = new_pin.map(|pin| Pin::new(pin).unwrap());
        let guard = Arc::clone(&self.guard);
        let now = Moment {
            steady: Duration::ZERO,
            wall: self.now,
        };
        self.with(async |card, state| {
            program::run(&program, card, state, &*guard, pin.as_ref(), now).await
        })
    }

    /// The page comes from another instance of the service.
    pub fn set_origin(&mut self, origin: &str) {
        origin.clone_into(&mut self.origin);
    }

    /// The time of the server went on.
    pub const fn set_now(&mut self, now: Timestamp) {
        self.now = now;
    }

    /// Tries a PIN; the card's answer.
    pub fn try_pin(&mut self, pin: &str) -> StatusWord {
        let pin = Pin::new(pin).unwrap();
        self.with(async |card, _state| {
            card.select().await?;
            Ok(card.send(piv::verify_pin(&pin)).await?.status())
        })
        .unwrap()
    }

    /// Whether the PIN is blocked; `None` when it is verified.
    pub fn is_blocked(&mut self) -> Option<bool> {
        let status = self
            .with(async |card, _state| {
                card.select().await?;
                card.pin_status().await
            })
            .unwrap();
        match status {
            piv::PinStatus::Verified => None,
            piv::PinStatus::Blocked => Some(true),
            piv::PinStatus::TriesLeft(_) => Some(false),
        }
    }

    /// The token of a login.
    ///
    /// # Errors
    /// As the bridge tells them.
    pub fn authenticate(&mut self, nonce: &str, pin: &str) -> Result<AuthToken, CardError> {
        let pin = PinSource::Typed(Pin::new(pin).unwrap());
        let origin = self.origin.clone();
        self.with(async |card, state| authenticate(card, state, &origin, nonce, &pin).await)
    }

    /// From here on, a PUK that the card refuses is noted.
    pub fn forbid_wrong_puk(&mut self) {
        self.link().refused_puks = 0;
    }

    /// Whether the card itself refused a PUK since then.
    pub fn saw_wrong_puk(&mut self) -> bool {
        self.link().refused_puks > 0
    }

    /// Types wrong PINs until the card is blocked.
    pub fn block_pin(&mut self) {
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
    pub fn has_puk(&mut self, puk: &Puk) -> bool {
        self.with(async |card, _state| {
            card.select().await?;
            Ok(card
                .send(piv::change_puk(puk, puk))
                .await?
                .status()
                .is_success())
        })
        .unwrap()
    }

    /// Whether the card has this management key. Costs no try.
    pub fn has_management_key(&mut self, key: &ManagementKey) -> bool {
        self.with(async |card, _state| {
            card.select().await?;
            let algorithm = key.algorithm();
            let witness = card.send(piv::request_witness(algorithm)?).await?;
            let witness = witness.success().ok();
            let Some(witness) = witness.and_then(|it| piv::parse_witness(algorithm, it).ok())
            else {
                return Ok(false);
            };
            // What the card makes of our challenge is not ours to guess.
            let challenge = [5; 16];
            let challenge = &challenge[..witness.len()];
            let answer = card
                .send(piv::answer_witness(key, witness, challenge)?)
                .await?;
            let answer = answer.success().ok();
            Ok(answer.is_some_and(|it| piv::check_answer(key, challenge, it).is_ok()))
        })
        .unwrap()
    }

    /// Whether the card's own key (9E) is this one.
    pub fn has_card_key(&mut self, point: &[u8; 65]) -> bool {
        let digest = [9; 32];
        let signature = self.with(async |card, _state| {
            card.select().await?;
            let slot = Slot::CardAuthentication;
            let answer = card
                .send(piv::sign(slot, Algorithm::P256, &digest)?)
                .await?;
            let answer = answer.success().map_err(CardError::from)?;
            Ok(piv::parse_ecdsa_signature(Algorithm::P256, answer)?)
        });
        let signature = Signature::from_slice(signature.unwrap().as_fixed()).unwrap();
        let key = VerifyingKey::from_sec1_bytes(point).unwrap();
        key.verify_prehash(&digest, &signature).is_ok()
    }

    /// Brings the PIV application back to the state of the factory, as
    /// `yubico-piv-tool -a reset` does.
    pub fn reset_application(&mut self) {
        self.insert_again();
        self.block_pin();
        let wrong = Puk::new(*b"00000000");
        let done = self.with(async |card, _state| {
            for _ in 0..16 {
                card.send(piv::change_puk(&wrong, &wrong)).await?;
            }
            Ok(card
                .send(Command::new(0x00, 0xFB, 0x00, 0x00))
                .await?
                .status())
        });
        assert!(done.unwrap().is_success());
        self.insert_again();
    }

    /// The certificate on the card, read past the link.
    pub fn certificate(&mut self) -> Option<Vec<u8>> {
        let read = with_piv(&mut self.link().card, async |card| {
            card.select().await?;
            // What was torn is not a certificate.
            Ok(card.certificate().await.ok().flatten())
        });
        read.unwrap()
    }
}
