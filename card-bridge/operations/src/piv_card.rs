//! A PIV card within a transaction: PIV commands in, errors of the closed list out.

use std::cell::Cell;

use card_protocol::{
    CardError, CardFault, ChipId, Command, Exchange, Ins, Limits, Pin, Response, StatusMeaning,
    StatusWord,
    exchange::Step,
    piv::{self, Chuid, DataObject, PinStatus, PivError, Slot},
};

use crate::access::{CardAccess, Progress};

/// A PIV card within a transaction.
pub struct Piv<'a> {
    card: &'a mut dyn CardAccess,
    progress: &'a dyn Progress,
    is_t0: bool,
    is_extended: bool,
    pin: Cell<PinWay>,
}

/// How far a PIN is on its way to the card.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum PinWay {
    #[default]
    None,
    /// The next command holds it.
    Here,
    /// The card got it, or what came of the APDU is not known.
    Left,
}

/// Where the PIN comes from.
#[derive(Debug)]
pub enum PinSource {
    /// Somebody typed it here.
    Typed(Pin),
    /// The reader asks for it itself.
    PinPad,
}

impl<'a> Piv<'a> {
    /// Talks to `card` until `progress` says otherwise.
    pub fn new(card: &'a mut dyn CardAccess, progress: &'a dyn Progress) -> Self {
        let is_t0 = card.is_t0();
        let is_extended = !is_t0 && card.carries_extended();
        Self {
            card,
            progress,
            is_t0,
            is_extended,
            pin: Cell::default(),
        }
    }

    /// Sends one logical command, whatever its status will be.
    ///
    /// # Errors
    /// [`CardError::Cancelled`] between two APDUs, and those of the reader.
    pub async fn send(&mut self, command: Command) -> Result<Response, CardError> {
        if self.is_extended && Exchange::gains_by_extended(&command) && may_be_repeated(&command) {
            let exchange = Exchange::new(command.clone(), Limits::default());
            match self.exchange(exchange.over_extended()).await {
                // The reader, or its driver, has no room for it and did not say so.
                Err(CardError::ReaderError) => {
                    tracing::info!("an extended APDU was not carried; short ones from now on");
                    self.is_extended = false;
                }
                done => return done,
            }
        }
        let mut exchange = Exchange::new(command, Limits::default());
        if self.is_t0 {
            exchange = exchange.over_t0();
        }
        self.exchange(exchange).await
    }

    async fn exchange(&mut self, mut exchange: Exchange) -> Result<Response, CardError> {
        loop {
            let apdu = match exchange.step() {
                Step::Send(apdu) => apdu,
                Step::Done(response) => return Ok(response),
            };
            self.progress.check()?;
            self.progress.exchanged();
            if self.pin.get() == PinWay::Here {
                self.pin.set(PinWay::Left);
            }
            let answer = self.card.transmit(&apdu).await;
            self.progress.exchanged();
            exchange.receive(&answer?).map_err(|error| {
                tracing::warn!(%error, "the card broke the protocol");
                CardError::from(error)
            })?;
        }
    }

    /// What is sent now holds a PIN, or does so no more.
    pub(crate) fn carries_pin(&self, now: bool) {
        match (now, self.pin.get()) {
            (true, _) => self.pin.set(PinWay::Here),
            (false, PinWay::Here) => self.pin.set(PinWay::None),
            (false, PinWay::None | PinWay::Left) => {}
        }
        self.progress.carries_pin(now);
    }

    /// Whether an APDU with the PIN went to the card since [`Self::carries_pin`] was said.
    pub(crate) fn has_sent_pin(&self) -> bool {
        self.pin.get() == PinWay::Left
    }

    /// From here on nothing stops the operation but the card itself.
    ///
    /// # Errors
    /// [`CardError::Cancelled`] if it was stopped before.
    pub fn commit(&self) -> Result<(), CardError> {
        self.progress.commit()
    }

    /// Selects the PIV application.
    ///
    /// # Errors
    /// [`CardError::UnsupportedCard`] on a card without it.
    pub async fn select(&mut self) -> Result<(), CardError> {
        let response = self.send(piv::select()).await?;
        match response.success() {
            Ok(_properties) => Ok(()),
            Err(status) => {
                tracing::info!(%status, "no PIV application");
                Err(CardError::UnsupportedCard)
            }
        }
    }

    /// The chip id; `None` on a card without a readable one.
    ///
    /// # Errors
    /// Those of the card and the reader.
    pub async fn chip(&mut self) -> Result<Option<ChipId>, CardError> {
        let Some(contents) = self.object(DataObject::Chuid).await? else {
            return Ok(None);
        };
        match Chuid::parse(&contents) {
            Ok(chuid) => Ok(Some(chuid.chip_id).filter(|chip| !chip.is_unset())),
            Err(error) => {
                tracing::info!(%error, "the card's CHUID is not one of ours");
                Ok(None)
            }
        }
    }

    /// The certificate of slot 9A in DER; `None` if there is none.
    ///
    /// # Errors
    /// [`CardError::UnfitCard`] for what is no certificate as it has to be kept, and
    /// those of the card and the reader.
    pub async fn certificate(&mut self) -> Result<Option<Vec<u8>>, CardError> {
        let object = Slot::Authentication.certificate();
        let Some(data) = self.data(object).await? else {
            return Ok(None);
        };
        let unfit = |error| {
            tracing::info!(%error, "a card's certificate");
            let reason = match error {
                PivError::CompressedCertificate => CardFault::Compressed,
                _ => CardFault::BadCertificate,
            };
            CardError::UnfitCard { reason }
        };
        let contents = piv::parse_data(object, &data).map_err(unfit)?;
        if contents.is_empty() {
            return Ok(None);
        }
        let der = piv::parse_certificate_object(contents).map_err(unfit)?;
        Ok(Some(der.to_vec()))
    }

    /// Whether the PIN is verified, and if not, how many tries are left.
    ///
    /// # Errors
    /// [`CardFault::PinStatus`] if the card tells it in other words than the standard's,
    /// and those of the reader.
    pub async fn pin_status(&mut self) -> Result<PinStatus, CardError> {
        let status = self.send(piv::verify_status()).await?.status();
        PinStatus::from_status(status).map_err(|_other_words| {
            tracing::info!(%status, "the card does not say how many tries its PIN has");
            CardError::UnfitCard {
                reason: CardFault::PinStatus,
            }
        })
    }

    /// Has the PIN verified, once.
    ///
    /// # Errors
    /// [`CardError::WrongPin`], [`CardError::PinBlocked`], [`CardError::Cancelled`].
    pub async fn verify(&mut self, pin: &PinSource) -> Result<(), CardError> {
        let status = match pin {
            PinSource::Typed(pin) => self.send(piv::verify_pin(pin)).await?.status(),
            PinSource::PinPad => {
                self.progress.check()?;
                self.card.verify_on_pin_pad().await?
            }
        };
        done(status)
    }

    /// The ES256 signature of slot 9A over `digest`, as `r ‖ s`.
    ///
    /// # Errors
    /// [`CardError::PinRequired`], [`CardError::UnsupportedCard`] if the slot
    /// has no P-256 key.
    pub async fn sign(&mut self, digest: &[u8; 32]) -> Result<Vec<u8>, CardError> {
        let algorithm = piv::Algorithm::P256;
        let response = self
            .send(piv::sign(Slot::Authentication, algorithm, digest)?)
            .await?;
        let data = response.success().map_err(|status| {
            tracing::info!(%status, "the card did not sign");
            match status.meaning() {
                // No key, or one of another kind.
                StatusMeaning::WrongData
                | StatusMeaning::WrongParameters
                | StatusMeaning::ConditionsNotSatisfied => CardError::UnsupportedCard,
                _ => status.into(),
            }
        })?;
        Ok(piv::parse_ecdsa_signature(algorithm, data)?
            .as_fixed()
            .to_vec())
    }

    async fn object(&mut self, object: DataObject) -> Result<Option<Vec<u8>>, CardError> {
        match self.data(object).await? {
            Some(data) => Ok(Some(piv::parse_data(object, &data)?.to_vec())),
            None => Ok(None),
        }
    }

    /// The answer to GET DATA; `None` if there is no such object.
    async fn data(&mut self, object: DataObject) -> Result<Option<Vec<u8>>, CardError> {
        let response = self.send(piv::get_data(object)).await?;
        match response.success() {
            Ok(data) => Ok(Some(data.to_vec())),
            Err(StatusWord::NOT_FOUND) => Ok(None),
            Err(status) => Err(status.into()),
        }
    }
}

/// Whether it makes no difference to do it twice: reading or writing an object.
fn may_be_repeated(command: &Command) -> bool {
    matches!(command.ins(), Some(Ins::GetData | Ins::PutData))
}

/// `9000`, or what the status means.
///
/// # Errors
/// See [`CardError::from_status`].
pub fn done(status: StatusWord) -> Result<(), CardError> {
    if status.is_success() {
        Ok(())
    } else {
        Err(status.into())
    }
}
