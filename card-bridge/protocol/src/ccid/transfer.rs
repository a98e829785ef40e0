//! Carrying one APDU at the reader's level of exchange (CCID 1.1 §3.2, §6.1.4, §6.2.1).
//! Blocks of T=1 are in [`t1`](super::t1).

use zeroize::Zeroizing;

use super::{SessionError, message::MessageError, message::Transfer};
use crate::{
    ApduError, Command, Limits,
    apdu::{MAX_SHORT_LE, encode_short},
};

/// wLevelParameter and bChainParameter of extended APDUs.
mod chain {
    /// Begins and ends here.
    pub(super) const WHOLE: u8 = 0x00;
    /// Begins here, and continues.
    pub(super) const FIRST: u8 = 0x01;
    /// Continues, and ends here.
    pub(super) const LAST: u8 = 0x02;
    /// Continues, and another one follows.
    pub(super) const MIDDLE: u8 = 0x03;
    /// Empty: the other side goes on.
    pub(super) const GO_ON: u8 = 0x10;
}

/// An APDU of any form: it has a header.
pub(super) fn any(apdu: &[u8]) -> Result<&[u8], SessionError> {
    if apdu.len() < 4 {
        return Err(SessionError::NotCarried(apdu.len()));
    }
    Ok(apdu)
}

/// An APDU of the short form, as it is sent at the level of short APDUs.
pub(super) fn short(apdu: &[u8]) -> Result<&[u8], SessionError> {
    // In the short form, a fifth byte of 00 is Le, and nothing follows.
    match apdu {
        [_, _, _, _] | [_, _, _, _, _] | [_, _, _, _, 1..=255, ..] if apdu.len() <= 261 => Ok(apdu),
        _ => Err(SessionError::NotCarried(apdu.len())),
    }
}

/// The T=0 TPDU of an APDU (ISO/IEC 7816-3 §12.2): a header of five bytes and the data.
/// Le of case 4 is left out: the card offers its answer by `61xx`, which is
/// [`Exchange::over_t0`](crate::Exchange::over_t0)'s to fetch.
pub(super) fn tpdu(apdu: &[u8]) -> Result<crate::CommandBytes, SessionError> {
    let not_carried = |_error: ApduError| SessionError::NotCarried(apdu.len());
    let command = Command::parse(short(apdu)?).map_err(not_carried)?;
    Ok(match (command.data(), command.expected()) {
        // Case 1: P3 = 00, which is how 256 is written.
        ([], None) => encode_short(command.header(), &[], Some(MAX_SHORT_LE)),
        ([], expected) => encode_short(command.header(), &[], expected),
        (data, _) => encode_short(command.header(), data, None),
    })
}

/// An APDU over as many messages as it needs.
pub(super) struct ExtendedTransfer {
    apdu: Zeroizing<Vec<u8>>,
    /// Most bytes of one message.
    most: usize,
    limits: Limits,
    /// What has been sent up to here was asked for more of.
    offset: usize,
    response: Vec<u8>,
    is_answering: bool,
    rounds: u32,
}

impl core::fmt::Debug for ExtendedTransfer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(
            f,
            "ExtendedTransfer({} of {} bytes)",
            self.offset,
            self.apdu.len()
        )
    }
}

impl ExtendedTransfer {
    pub(super) fn new(apdu: &[u8], most: usize, limits: Limits) -> Self {
        Self {
            apdu: Zeroizing::new(apdu.to_vec()),
            most: most.max(1),
            limits,
            offset: 0,
            response: Vec::new(),
            is_answering: false,
            rounds: 0,
        }
    }

    /// What to send now.
    pub(super) fn request(&self) -> Transfer<'_> {
        let (level, data): (u8, &[u8]) = if self.is_answering {
            (chain::GO_ON, &[])
        } else {
            let rest = self.apdu.get(self.offset..).unwrap_or_default();
            let (data, more) = rest.split_at_checked(self.most).unwrap_or((rest, &[]));
            let level = match (self.offset, more.is_empty()) {
                (0, true) => chain::WHOLE,
                (0, false) => chain::FIRST,
                (_, true) => chain::LAST,
                (_, false) => chain::MIDDLE,
            };
            (level, data)
        };
        Transfer {
            waiting: 0,
            level: u16::from(level),
            data,
        }
    }

    /// Takes the data of an answer and its bChainParameter; gives the response once it
    /// is whole.
    pub(super) fn receive(
        &mut self,
        data: &[u8],
        parameter: u8,
    ) -> Result<Option<Vec<u8>>, SessionError> {
        if !self.is_answering && self.offset.saturating_add(self.most) < self.apdu.len() {
            // Only "go on" follows a command that does.
            if parameter != chain::GO_ON || !data.is_empty() {
                return Err(MessageError::Chain(parameter).into());
            }
            self.offset += self.most;
            return Ok(None);
        }
        let more = match (self.is_answering, parameter) {
            (false, chain::WHOLE) | (true, chain::LAST) => false,
            (false, chain::FIRST) | (true, chain::MIDDLE) => true,
            (_, other) => return Err(MessageError::Chain(other).into()),
        };
        if self.response.len().saturating_add(data.len()) > self.limits.response_bytes {
            return Err(SessionError::ResponseTooLong(self.limits.response_bytes));
        }
        self.response.extend_from_slice(data);
        if !more {
            return Ok(Some(core::mem::take(&mut self.response)));
        }
        if self.rounds >= self.limits.rounds {
            return Err(SessionError::TooManyRounds(self.limits.rounds));
        }
        self.rounds += 1;
        self.is_answering = true;
        self.apdu = Zeroizing::default();
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::{ExtendedTransfer, chain, short, tpdu};
    use crate::{
        Limits,
        ccid::{MessageError, SessionError},
    };

    #[test]
    fn cases_of_commands_become_tpdus() {
        for (apdu, expected) in [
            // Cases 1 to 4 (ISO/IEC 7816-3 §12.1.3).
            (&[0, 0x20, 0, 0x80][..], Some(&[0, 0x20, 0, 0x80, 0][..])),
            (&[0, 0xCB, 0, 0, 7], Some(&[0, 0xCB, 0, 0, 7])),
            (&[0, 0xCB, 0, 0, 0], Some(&[0, 0xCB, 0, 0, 0])),
            (&[0, 0xDB, 0, 0, 2, 8, 9], Some(&[0, 0xDB, 0, 0, 2, 8, 9])),
            (
                &[0, 0xCB, 0, 0, 2, 8, 9, 0],
                Some(&[0, 0xCB, 0, 0, 2, 8, 9]),
            ),
            // Extended lengths, lengths that do not add up, no header.
            (&[0, 0xCB, 0, 0, 0, 1, 0], None),
            (&[0, 0xDB, 0, 0, 0, 0, 1, 9], None),
            (&[0, 0xDB, 0, 0, 2, 8], None),
            (&[0, 0xDB, 0], None),
        ] {
            let tpdu = tpdu(apdu);
            assert_eq!(tpdu.as_deref().ok(), expected, "{apdu:02X?}");
        }
        assert_eq!(short(&[1; 262]), Err(SessionError::NotCarried(262)));
    }

    #[test]
    fn an_apdu_is_cut_and_its_answer_put_together() {
        let mut transfer = ExtendedTransfer::new(&[1, 2, 3, 4, 5, 6, 7], 3, Limits::default());
        for (level, data) in [(chain::FIRST, &[1, 2, 3][..]), (chain::MIDDLE, &[4, 5, 6])] {
            let request = transfer.request();
            assert_eq!((request.level, request.data), (u16::from(level), data));
            assert_eq!(transfer.receive(&[], chain::GO_ON), Ok(None));
        }
        let request = transfer.request();
        assert_eq!(
            (request.level, request.data),
            (u16::from(chain::LAST), &[7][..])
        );
        assert_eq!(transfer.receive(&[8], chain::FIRST), Ok(None));
        assert_eq!(transfer.request().level, u16::from(chain::GO_ON));
        assert!(transfer.request().data.is_empty());
        assert_eq!(transfer.receive(&[9], chain::MIDDLE), Ok(None));
        assert_eq!(
            transfer.receive(&[0x90, 0], chain::LAST),
            Ok(Some(vec![8, 9, 0x90, 0]))
        );
    }

    #[test]
    fn a_chain_that_does_not_fit_is_refused() {
        let parts = |count: usize| ExtendedTransfer::new(&vec![0; 3 * count], 3, Limits::default());
        let wrong = |parameter| Err(MessageError::Chain(parameter).into());
        for parameter in [chain::WHOLE, chain::FIRST, chain::LAST, chain::MIDDLE, 4] {
            assert_eq!(parts(2).receive(&[], parameter), wrong(parameter));
        }
        assert_eq!(
            parts(2).receive(&[0x67, 0], chain::GO_ON),
            wrong(chain::GO_ON)
        );
        for parameter in [chain::LAST, chain::MIDDLE, chain::GO_ON] {
            assert_eq!(parts(1).receive(&[0x90, 0], parameter), wrong(parameter));
        }
        for parameter in [chain::WHOLE, chain::FIRST, chain::GO_ON] {
            let mut transfer = parts(1);
            transfer.receive(&[1], chain::FIRST).unwrap();
            assert_eq!(transfer.receive(&[0x90, 0], parameter), wrong(parameter));
        }
    }

    #[test]
    fn an_answer_has_an_end() {
        let limits = Limits {
            response_bytes: 8,
            rounds: 3,
        };
        let mut transfer = ExtendedTransfer::new(&[0; 4], 9, limits);
        assert_eq!(
            transfer.receive(&[0; 9], chain::WHOLE),
            Err(SessionError::ResponseTooLong(8))
        );
        let mut transfer = ExtendedTransfer::new(&[0; 4], 9, limits);
        transfer.receive(&[], chain::FIRST).unwrap();
        transfer.receive(&[], chain::MIDDLE).unwrap();
        transfer.receive(&[], chain::MIDDLE).unwrap();
        assert_eq!(
            transfer.receive(&[], chain::MIDDLE),
            Err(SessionError::TooManyRounds(3))
        );
    }
}
