//! UTF-8 byte by byte (The Unicode Standard, table 3-7), so that a text which is none is
//! known to be none at its first wrong byte, in whatever parts it comes (RFC 6455 §8.1).

/// A text that is being read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Utf8 {
    /// How many bytes the begun character still has.
    missing: u8,
    /// Between which bytes the next one of it has to be.
    lowest: u8,
    highest: u8,
}

/// No UTF-8.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotUtf8;

impl Default for Utf8 {
    fn default() -> Self {
        Self::begun(0)
    }
}

impl Utf8 {
    const fn begun(missing: u8) -> Self {
        Self {
            missing,
            lowest: 0x80,
            highest: 0xBF,
        }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// [`NotUtf8`] at the first byte that no text goes on with.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<(), NotUtf8> {
        bytes.iter().try_for_each(|byte| self.take_one(*byte))
    }

    fn take_one(&mut self, byte: u8) -> Result<(), NotUtf8> {
        if self.missing > 0 {
            if !(self.lowest..=self.highest).contains(&byte) {
                return Err(NotUtf8);
            }
            *self = Self::begun(self.missing - 1);
            return Ok(());
        }
        *self = match byte {
            0x00..=0x7F => Self::begun(0),
            0xC2..=0xDF => Self::begun(1),
            // Neither longer than it has to be, nor half of a pair (surrogates).
            0xE0 => Self {
                lowest: 0xA0,
                ..Self::begun(2)
            },
            0xED => Self {
                highest: 0x9F,
                ..Self::begun(2)
            },
            0xE1..=0xEF => Self::begun(2),
            // Neither longer than it has to be, nor beyond U+10FFFF.
            0xF0 => Self {
                lowest: 0x90,
                ..Self::begun(3)
            },
            0xF4 => Self {
                highest: 0x8F,
                ..Self::begun(3)
            },
            0xF1..=0xF3 => Self::begun(3),
            _ => return Err(NotUtf8),
        };
        Ok(())
    }

    /// The text ends here.
    ///
    /// # Errors
    /// [`NotUtf8`] amid a character.
    pub(super) fn end(self) -> Result<(), NotUtf8> {
        if self.missing == 0 {
            Ok(())
        } else {
            Err(NotUtf8)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Utf8;

    /// As the standard library has it: which prefix is good, and whether the whole is.
    fn agrees(bytes: &[u8]) {
        let mut text = Utf8::default();
        for (read, byte) in bytes.iter().enumerate() {
            let is_taken = text.take(&[*byte]).is_ok();
            let prefix = &bytes[..=read];
            let judged = std::str::from_utf8(prefix);
            // Where only the end is missing there is no length of what is wrong.
            let is_begun = judged.is_ok_and(|_| true)
                || judged.is_err_and(|error| error.error_len().is_none());
            assert_eq!(is_taken, is_begun, "{prefix:02x?}");
            if !is_taken {
                return;
            }
            assert_eq!(text.end().is_ok(), judged.is_ok(), "{prefix:02x?}");
        }
    }

    #[test]
    fn it_is_as_the_standard_library_says() {
        // All that has two bytes, and the borders and some of the others.
        for character in ('\0'..='\u{900}').chain(('\u{901}'..=char::MAX).step_by(251)) {
            agrees(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
        for character in ['\u{D7FF}', '\u{E000}', '\u{FFFF}', '\u{10000}', char::MAX] {
            agrees(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
        // Every two bytes that a character may begin with.
        for first in 0x7F..=u8::MAX {
            for second in 0..=u8::MAX {
                for rest in [[0x80, 0x80], [0xBF, 0xBF], [0x7F, 0x80], [0x80, 0xC2]] {
                    agrees(&[first, second, rest[0], rest[1]]);
                }
            }
        }
    }
}
