//! The command APDU: header, data and expected length, in short or extended
//! form. Its data may hold a PIN, so it is wiped on drop and never printed.

use core::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{ApduError, Ins};

/// The bit of the class byte that says "more of this command follows"
/// (ISO/IEC 7816-4 §5.3.3).
pub const CHAINING_BIT: u8 = 0x10;
/// The largest expected length of the short form; encoded as `00`.
pub const MAX_SHORT_LE: u32 = 256;
/// The largest expected length of the extended form; encoded as `00 00`.
pub const MAX_EXTENDED_LE: u32 = 65_536;

/// One logical command. Its data may be longer than one APDU carries: then
/// [`Exchange`](crate::Exchange) sends it as a chain.
#[derive(Clone, Eq, PartialEq, Zeroize, ZeroizeOnDrop)]
pub struct Command {
    class: u8,
    instruction: u8,
    p1: u8,
    p2: u8,
    data: Vec<u8>,
    expected: Option<u32>,
}

impl Command {
    /// A command without data that expects no data back (case 1).
    #[must_use]
    pub const fn new(class: u8, instruction: u8, p1: u8, p2: u8) -> Self {
        Self {
            class,
            instruction,
            p1,
            p2,
            data: Vec::new(),
            expected: None,
        }
    }

    /// Gives the command its data field.
    #[must_use]
    pub fn with_data(mut self, data: impl Into<Vec<u8>>) -> Self {
        self.data.zeroize();
        self.data = data.into();
        self
    }

    /// Expects as much as the short form can ask for (`Le = 00`): what PIV
    /// commands use.
    #[must_use]
    pub const fn expecting_all(mut self) -> Self {
        self.expected = Some(MAX_SHORT_LE);
        self
    }

    /// Expects as much as the extended form can ask for: what is read may be
    /// longer than a short answer. Where only short APDUs are carried this is
    /// the same as [`Self::expecting_all`].
    #[must_use]
    pub const fn expecting_everything(mut self) -> Self {
        self.expected = Some(MAX_EXTENDED_LE);
        self
    }

    /// Expects up to `length` bytes.
    ///
    /// # Errors
    /// [`ApduError::ExpectedLength`] unless `length` is in 1..=65536.
    pub fn expecting(mut self, length: u32) -> Result<Self, ApduError> {
        if length == 0 || length > MAX_EXTENDED_LE {
            return Err(ApduError::ExpectedLength(length));
        }
        self.expected = Some(length);
        Ok(self)
    }

    /// CLA.
    #[must_use]
    pub const fn class(&self) -> u8 {
        self.class
    }

    /// INS, whatever it is; [`Self::ins`] knows ours by name.
    #[must_use]
    pub const fn instruction(&self) -> u8 {
        self.instruction
    }

    /// INS, if it is one of ours.
    #[must_use]
    pub fn ins(&self) -> Option<Ins> {
        Ins::from_code(self.instruction)
    }

    /// P1.
    #[must_use]
    pub const fn p1(&self) -> u8 {
        self.p1
    }

    /// P2.
    #[must_use]
    pub const fn p2(&self) -> u8 {
        self.p2
    }

    /// The data field; empty when there is none.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// Ne: how many bytes of data may come back; `None` is none at all.
    #[must_use]
    pub const fn expected(&self) -> Option<u32> {
        self.expected
    }

    /// Whether this is a link of a chain that another command continues.
    #[must_use]
    pub const fn is_chained(&self) -> bool {
        self.class & CHAINING_BIT != 0
    }

    /// CLA INS P1 P2.
    #[must_use]
    pub const fn header(&self) -> [u8; 4] {
        [self.class, self.instruction, self.p1, self.p2]
    }

    /// The bytes of this command as one APDU: short if it fits, else extended.
    ///
    /// # Errors
    /// [`ApduError::DataTooLong`] for more than 65535 bytes of data.
    pub fn encode(&self) -> Result<CommandBytes, ApduError> {
        if self.data.len() <= 255 && self.expected.is_none_or(|le| le <= MAX_SHORT_LE) {
            return Ok(encode_short(self.header(), &self.data, self.expected));
        }
        let length = u16::try_from(self.data.len())
            .map_err(|_too_long| ApduError::DataTooLong(self.data.len()))?;
        Ok(encode_extended(
            self.header(),
            length,
            &self.data,
            self.expected,
        ))
    }

    /// Reads one APDU, in short or extended form.
    ///
    /// # Errors
    /// [`ApduError::TruncatedHeader`] or [`ApduError::WrongLength`].
    pub fn parse(apdu: &[u8]) -> Result<Self, ApduError> {
        let Some((&[class, instruction, p1, p2], body)) = apdu.split_first_chunk::<4>() else {
            return Err(ApduError::TruncatedHeader(apdu.len()));
        };
        let (data, expected) = parse_body(body).ok_or(ApduError::WrongLength(apdu.len()))?;
        Ok(Self {
            class,
            instruction,
            p1,
            p2,
            data: data.to_vec(),
            expected,
        })
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [class, instruction, p1, p2] = self.header();
        write!(f, "Command({class:02X} {instruction:02X} {p1:02X} {p2:02X}")?;
        if !self.data.is_empty() {
            write!(f, ", {} bytes of data", self.data.len())?;
        }
        if let Some(expected) = self.expected {
            write!(f, ", expects {expected}")?;
        }
        f.write_str(")")
    }
}

/// The short form. `data` has at most 255 bytes and `expected` is at most 256:
/// the callers have seen to it.
pub(crate) fn encode_short(header: [u8; 4], data: &[u8], expected: Option<u32>) -> CommandBytes {
    let mut bytes = Zeroizing::new(Vec::with_capacity(data.len() + 6));
    bytes.extend_from_slice(&header);
    if !data.is_empty() {
        let [.., length] = data.len().to_be_bytes();
        bytes.push(length);
        bytes.extend_from_slice(data);
    }
    if let Some(expected) = expected {
        // 256 wraps to 00, which is how the standard writes it.
        let [.., low] = expected.to_be_bytes();
        bytes.push(low);
    }
    CommandBytes(bytes)
}

/// The extended form of `data`, whose length is `length`. `expected` is at
/// most 65536: the callers have seen to it.
pub(crate) fn encode_extended(
    header: [u8; 4],
    length: u16,
    data: &[u8],
    expected: Option<u32>,
) -> CommandBytes {
    let mut bytes = Zeroizing::new(Vec::with_capacity(data.len() + 9));
    bytes.extend_from_slice(&header);
    bytes.push(0);
    if length > 0 {
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(data);
    }
    if let Some(expected) = expected {
        // 65536 wraps to 00 00, which is how the standard writes it.
        let [.., high, low] = expected.to_be_bytes();
        bytes.extend_from_slice(&[high, low]);
    }
    CommandBytes(bytes)
}

/// What follows the header: data and expected length (ISO/IEC 7816-4 §5.1).
fn parse_body(body: &[u8]) -> Option<(&[u8], Option<u32>)> {
    match *body {
        [] => Some((&[], None)),
        [le] => Some((&[], Some(short_le(le)))),
        [0, high, low] => Some((&[], Some(extended_le(high, low)))),
        [0, high, low, ref rest @ ..] => {
            let length = usize::from(u16::from_be_bytes([high, low]));
            let (data, tail) = rest.split_at_checked(length)?;
            match *tail {
                _ if data.is_empty() => None,
                [] => Some((data, None)),
                [high, low] => Some((data, Some(extended_le(high, low)))),
                _ => None,
            }
        }
        [length, ref rest @ ..] => {
            let (data, tail) = rest.split_at_checked(usize::from(length))?;
            match *tail {
                _ if data.is_empty() => None,
                [] => Some((data, None)),
                [le] => Some((data, Some(short_le(le)))),
                _ => None,
            }
        }
    }
}

fn short_le(le: u8) -> u32 {
    if le == 0 { MAX_SHORT_LE } else { u32::from(le) }
}

fn extended_le(high: u8, low: u8) -> u32 {
    match u16::from_be_bytes([high, low]) {
        0 => MAX_EXTENDED_LE,
        le => u32::from(le),
    }
}

/// An encoded command on its way to the card: wiped on drop, and shown by its
/// header and length only.
#[derive(Clone, Eq, PartialEq)]
pub struct CommandBytes(Zeroizing<Vec<u8>>);

impl CommandBytes {
    /// The bytes to transmit.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl core::ops::Deref for CommandBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for CommandBytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for CommandBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CommandBytes(")?;
        for byte in self.0.iter().take(4) {
            write!(f, "{byte:02X} ")?;
        }
        write!(f, "… {} bytes)", self.0.len())
    }
}
