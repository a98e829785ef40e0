//! The instruction bytes (INS) of the commands that we send, by their names in
//! ISO/IEC 7816-4, SP 800-73-4 part 2 and Yubico's PIV extensions. The
//! commands that a program may hold are named by them, too.

/// What a command does.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[repr(u8)]
pub enum Ins {
    /// VERIFY: presents the PIN, or asks about it.
    Verify = 0x20,
    /// CHANGE REFERENCE DATA: from one PIN or PUK to another.
    ChangeReferenceData = 0x24,
    /// RESET RETRY COUNTER: sets a PIN under the PUK.
    ResetRetryCounter = 0x2C,
    /// GENERATE ASYMMETRIC KEY PAIR.
    Generate = 0x47,
    /// GENERAL AUTHENTICATE: uses a key.
    GeneralAuthenticate = 0x87,
    /// SELECT.
    Select = 0xA4,
    /// GET RESPONSE: fetches what an answer had no room for.
    GetResponse = 0xC0,
    /// GET DATA: reads an object.
    GetData = 0xCB,
    /// PUT DATA: replaces an object.
    PutData = 0xDB,
    /// GET METADATA (extension): asks about a key, PIN or PUK.
    GetMetadata = 0xF7,
    /// ATTEST (extension): has the card say that it made the key in a slot.
    Attest = 0xF9,
    /// SET PIN RETRIES (extension): resets PIN and PUK to the factory's.
    SetPinRetries = 0xFA,
    /// SET MANAGEMENT KEY (extension).
    SetManagementKey = 0xFF,
}

impl Ins {
    /// Every instruction that we know.
    pub const ALL: [Self; 13] = [
        Self::Verify,
        Self::ChangeReferenceData,
        Self::ResetRetryCounter,
        Self::Generate,
        Self::GeneralAuthenticate,
        Self::Select,
        Self::GetResponse,
        Self::GetData,
        Self::PutData,
        Self::GetMetadata,
        Self::Attest,
        Self::SetPinRetries,
        Self::SetManagementKey,
    ];

    /// The byte.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The instruction with this byte, if we know it.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::Ins;

    #[test]
    fn every_byte_is_one_instruction_or_none() {
        let known: Vec<Ins> = (0..=u8::MAX).filter_map(Ins::from_code).collect();
        assert_eq!(known, Ins::ALL);
        for instruction in known {
            assert_eq!(Ins::from_code(instruction.code()), Some(instruction));
        }
        assert_eq!(Ins::from_code(0xF8), None);
    }
}
