//! Extended lengths: used where card and reader carry them, and given up where
//! a reader turns out not to.

use card_bridge::reader::{CardAccess, demo::SoftwareCard};
use card_protocol::{CardError, piv};
use test_support::bridge::{blank_card, with_piv};

/// A reader that has room for short APDUs only, and may not say so.
struct SmallReader {
    card: SoftwareCard,
    has_room: bool,
    sent: Vec<usize>,
}

impl CardAccess for SmallReader {
    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, CardError> {
        self.sent.push(apdu.len());
        let is_extended = apdu.len() > 7 && apdu[4] == 0;
        if is_extended && !self.has_room {
            return Err(CardError::ReaderError);
        }
        self.card.transmit(apdu)
    }

    fn carries_extended(&self) -> bool {
        self.card.carries_extended()
    }

    fn was_reset(&self) -> bool {
        false
    }
}

/// The lengths of the APDUs in which a certificate is looked for.
fn read(has_room: bool) -> Vec<usize> {
    let folder = tempfile::tempdir().unwrap();
    let mut reader = SmallReader {
        card: blank_card(&folder.path().join("card")),
        has_room,
        sent: Vec::new(),
    };
    let read = with_piv(&mut reader, async |card| {
        card.select().await?;
        // Twice: what was found out is not forgotten.
        for _ in 0..2 {
            assert_eq!(card.certificate().await?, None);
        }
        // What is not an object is never tried twice.
        let status = card.send(piv::verify_status()).await?.status();
        assert_eq!(status.to_bytes(), [0x63, 0xC3]);
        Ok(())
    });
    read.unwrap();
    reader.sent
}

#[test]
fn a_reader_without_room_gets_short_apdus() {
    let (select, extended, short, verify) = (15, 14, 11, 4);
    assert_eq!(read(true), [select, extended, extended, verify]);
    assert_eq!(read(false), [select, extended, short, short, verify]);
}
