//! The Card Holder Unique Identifier (SP 800-73-4 part 1, §3.1.2 and table 9),
//! which carries the chip id. Ours is unsigned: nothing is believed because the
//! CHUID says so, the key on the card has to prove it.

use jiff::civil::Date;

use super::{ChipId, PivError};
use crate::tlv::{Reader, Tag, TlvError, Writer};

const FASC_N: Tag = Tag::known(0x30);
const GUID: Tag = Tag::known(0x34);
const EXPIRATION_DATE: Tag = Tag::known(0x35);
const ISSUER_SIGNATURE: Tag = Tag::known(0x3E);
const ERROR_DETECTION: Tag = Tag::known(0xFE);

/// The FASC-N of every card that is not a US federal one: agency code 9999,
/// in packed BCD with parity and check digit (TIG SCEPACS, §6.1).
pub const NON_FEDERAL_FASC_N: [u8; 25] = [
    0xD4, 0xE7, 0x39, 0xDA, 0x73, 0x9C, 0xED, 0x39, 0xCE, 0x73, 0x9D, 0x83, 0x68, 0x58, 0x21, 0x08,
    0x42, 0x10, 0x84, 0x21, 0xC8, 0x42, 0x10, 0xC3, 0xEB,
];

/// What we write into a CHUID and read from it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Chuid {
    /// The card's GUID.
    pub chip_id: ChipId,
    /// The day on which the plastic expires (not the certificate).
    pub expires: Date,
}

impl Chuid {
    /// The contents of the data object.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let date = self.expires;
        let date = format!("{:04}{:02}{:02}", date.year(), date.month(), date.day());
        Writer::new()
            .push(FASC_N, &NON_FEDERAL_FASC_N)
            .push(GUID, self.chip_id.as_bytes())
            .push(EXPIRATION_DATE, date.as_bytes())
            .push(ISSUER_SIGNATURE, &[])
            .push(ERROR_DETECTION, &[])
            .into_bytes()
    }

    /// Reads the contents of the data object. Fields that we don't use are
    /// passed over, whatever they hold.
    ///
    /// # Errors
    /// [`PivError`] if it is not well formed, or GUID or date are missing, there
    /// twice, or make no sense.
    pub fn parse(contents: &[u8]) -> Result<Self, PivError> {
        let (mut guid, mut date) = (None, None);
        for tlv in Reader::new(contents) {
            let tlv = tlv?;
            let field = match tlv.tag {
                GUID => &mut guid,
                EXPIRATION_DATE => &mut date,
                _ => continue,
            };
            if field.replace(tlv.value).is_some() {
                return Err(PivError::Twice(tlv.tag));
            }
        }
        let guid = guid.ok_or(TlvError::Missing(GUID))?;
        let date = date.ok_or(TlvError::Missing(EXPIRATION_DATE))?;
        let chip_id = guid.try_into().map_err(|_wrong_length| PivError::Length {
            tag: GUID,
            length: guid.len(),
        })?;
        let expires = parse_date(date).ok_or(PivError::Contents(EXPIRATION_DATE))?;
        Ok(Self {
            chip_id: ChipId(chip_id),
            expires,
        })
    }
}

/// `YYYYMMDD`
fn parse_date(digits: &[u8]) -> Option<Date> {
    if digits.len() != 8 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digits = str::from_utf8(digits).ok()?;
    let year = digits.get(..4)?.parse().ok()?;
    let month = digits.get(4..6)?.parse().ok()?;
    let day = digits.get(6..)?.parse().ok()?;
    Date::new(year, month, day).ok()
}

#[cfg(test)]
mod tests {
    use super::NON_FEDERAL_FASC_N;

    /// 40 characters of four bits, least significant first, and odd parity.
    fn characters() -> Vec<u8> {
        let bits: Vec<u8> = NON_FEDERAL_FASC_N
            .iter()
            .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1))
            .collect();
        bits.chunks(5)
            .map(|character| {
                assert_eq!(character.iter().sum::<u8>() % 2, 1, "odd parity");
                character[..4]
                    .iter()
                    .rev()
                    .fold(0, |value, bit| value << 1 | bit)
            })
            .collect()
    }

    #[test]
    fn the_fasc_n_is_well_formed() {
        const SS: u8 = 0xB; // start
        const FS: u8 = 0xD; // field separator
        const ES: u8 = 0xF; // end
        let characters = characters();
        assert_eq!(characters.len(), 40);
        // Agency, system and credential are all nines.
        assert_eq!(characters[..5], [SS, 9, 9, 9, 9]);
        assert_eq!((characters[5], characters[10]), (FS, FS));
        assert_eq!(characters[6..10], [9; 4]);
        assert_eq!((characters[0], characters[38]), (SS, ES));
        // The last character makes the exclusive or of all of them zero.
        assert_eq!(characters.iter().fold(0, |sum, value| sum ^ value), 0);
    }
}
