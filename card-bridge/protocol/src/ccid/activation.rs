//! What is agreed with a card after its answer to reset, and by whom (CCID 1.1 §3.2,
//! §5.1 dwFeatures; ISO/IEC 7816-3 §6.3.1, §9): protocol, rates, and whether the host
//! has to negotiate them.

use super::{
    SessionError,
    functional::{ExchangeLevel, FunctionalDescriptor},
    parameters::Parameters,
    pps::Pps,
    rates,
};
use crate::atr::{Atr, DEFAULT_RATES, Protocol};

/// What to do with a card that was just reset.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Plan {
    /// The reader has seen to everything.
    Nothing,
    /// The reader has chosen a protocol: it is asked which.
    Ask(Atr),
    /// The host negotiates, if need be, and sets parameters.
    Set {
        atr: Atr,
        protocol: Protocol,
        pps: Option<Pps>,
        rates: Option<u8>,
    },
}

impl Plan {
    /// By what reader and card say.
    pub(super) fn of(
        reader: &FunctionalDescriptor,
        level: ExchangeLevel,
        listed: &[u32],
        atr: &[u8],
    ) -> Result<Self, SessionError> {
        let features = reader.features;
        let is_tpdu = level == ExchangeLevel::Tpdu;
        if features.negotiates() {
            return if is_tpdu {
                Ok(Self::Ask(Atr::parse(atr)?))
            } else {
                Ok(Self::Nothing)
            };
        }
        let atr = Atr::parse(atr)?;
        let may_negotiate = is_tpdu || features.makes_pps();
        let protocol = choose(reader, &atr, may_negotiate)?;
        let goes_along = features.changes_rate();
        let proposed = atr.rates().filter(|rates| *rates != DEFAULT_RATES);
        let faster = proposed.filter(|ta1| goes_along && rates::goes_along(reader, listed, *ta1));
        let Some(mode) = atr.specific_mode() else {
            let rates = faster.filter(|_| may_negotiate);
            let is_default = protocol.number() == atr.first_protocol() && rates.is_none();
            let pps = (is_tpdu && !features.makes_pps() && !is_default)
                .then_some(Pps { protocol, rates });
            return Ok(Self::Set {
                atr,
                protocol,
                pps,
                rates,
            });
        };
        // A card in specific mode has these rates already.
        if mode.is_implicit || proposed != faster {
            return Err(SessionError::NothingInCommon);
        }
        Ok(Self::Set {
            atr,
            protocol,
            pps: None,
            rates: faster,
        })
    }
}

impl Pps {
    /// The parameters that belong to what the card agreed to.
    pub(super) fn parameters(self, atr: &Atr, rates: Option<u8>) -> Parameters {
        Parameters::from_atr(atr, self.protocol, rates)
    }
}

/// The card's first protocol, which needs no negotiation, if the reader carries it; else
/// the other one.
fn choose(
    reader: &FunctionalDescriptor,
    atr: &Atr,
    may_negotiate: bool,
) -> Result<Protocol, SessionError> {
    let first = Protocol::from_number(atr.first_protocol());
    let others = [Protocol::T0, Protocol::T1]
        .into_iter()
        .filter(|_| may_negotiate);
    first
        .into_iter()
        .chain(others)
        .find(|protocol| atr.offers(*protocol) && reader.carries(*protocol))
        .ok_or(SessionError::NothingInCommon)
}
