//! What a card says of itself when it is powered: its answer to reset (ISO/IEC
//! 7816-3 §8.2), and in it the historical bytes (ISO/IEC 7816-4 §12.1.1). What is asked
//! of a card behind somebody else's reader is read leniently; who drives the reader
//! himself reads all of it, strictly: [`Atr`].

mod interface;

pub use interface::{
    Atr, AtrError, BlockParameters, Convention, DEFAULT_RATES, Protocol, SpecificMode,
};

/// Tag of the card capabilities among the historical bytes.
const CAPABILITIES: u8 = 0x7;
/// In their third byte: extended Lc and Le fields.
const EXTENDED_LENGTHS: u8 = 0x40;

/// Whether the card says that it takes and gives extended lengths.
#[must_use]
pub fn carries_extended(atr: &[u8]) -> bool {
    historical_bytes(atr).and_then(capabilities).is_some_and(
        |capabilities| matches!(capabilities, [_, _, coding] if coding & EXTENDED_LENGTHS != 0),
    )
}

/// Whether the card speaks T=0 or T=1, by which commands are sent. One that names no
/// protocol at all speaks T=0 (ISO/IEC 7816-3 §8.2.3); one that names others alone, or
/// says what is no answer to reset, is a memory card.
#[must_use]
pub fn takes_commands(atr: &[u8]) -> bool {
    let Some((&[initial, format], mut rest)) = atr.split_first_chunk() else {
        return false;
    };
    if !matches!(initial, 0x3B | 0x3F) {
        return false;
    }
    let mut present = format >> 4;
    if present & 0x08 == 0 {
        return true;
    }
    while present & 0x08 != 0 {
        // TA, TB and TC before TD.
        let before = usize::from(present & 1) + usize::from(present >> 1 & 1);
        let before = before + usize::from(present >> 2 & 1);
        let Some((&next, tail)) = rest.get(before..).and_then(<[u8]>::split_first) else {
            return false;
        };
        if matches!(next & 0x0F, 0 | 1) {
            return true;
        }
        (present, rest) = (next >> 4, tail);
    }
    false
}

/// The bytes after the interface bytes, whose number T0 names.
fn historical_bytes(atr: &[u8]) -> Option<&[u8]> {
    let (&[_initial, format], mut rest) = atr.split_first_chunk()?;
    let count = usize::from(format & 0x0F);
    let mut present = format >> 4;
    loop {
        // TA, TB, TC and TD, as the upper half byte says; TD says it of the next ones.
        let interface = usize::try_from((present & 0x07).count_ones()).ok()?;
        rest = rest.get(interface..)?;
        if present & 0x08 == 0 {
            return rest.get(..count);
        }
        let (&next, tail) = rest.split_first()?;
        (present, rest) = (next >> 4, tail);
    }
}

/// The card capabilities in historical bytes of compact TLVs.
fn capabilities(historical: &[u8]) -> Option<&[u8]> {
    let (category, mut rest) = historical.split_first()?;
    match category {
        // The last three bytes are a status.
        0x00 => rest = rest.get(..rest.len().checked_sub(3)?)?,
        0x80 => {}
        _ => return None,
    }
    while let Some((header, tail)) = rest.split_first() {
        let (value, tail) = tail.split_at_checked(usize::from(header & 0x0F))?;
        if header >> 4 == CAPABILITIES {
            return Some(value);
        }
        rest = tail;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{carries_extended, takes_commands};
    use crate::hex;

    #[test]
    fn a_memory_card_names_neither_protocol_for_commands() {
        for (atr, expected) in [
            ("3B8A018073C001C0545650495634", true),
            ("3BFD1300008131FE158073C021C057597562694B657940", true),
            // No TD: T=0. T=0 and T=15; T=15 and T=1.
            ("3B00", true),
            ("3F6525082204689000", true),
            ("3B80801F00", true),
            ("3B808F0100", true),
            // T=14 alone, T=2, T=15 alone.
            ("3B800E", false),
            ("3B8002", false),
            ("3B801F00", false),
            // Four bytes of a memory (ISO/IEC 7816-10), no answer, cut off.
            ("A2131091", false),
            ("", false),
            ("3B", false),
            ("3B80", false),
            ("3BF0", false),
        ] {
            let bytes = hex::decode(atr).unwrap();
            assert_eq!(takes_commands(&bytes), expected, "{atr}");
        }
    }

    #[test]
    fn cards_are_taken_at_their_word() {
        for (atr, expected) in [
            // The software card.
            ("3B8A018073C001C0545650495634", true),
            // A security key of the field, with T=0 and T=1 and more bytes before.
            ("3BFD1300008131FE158073C021C057597562694B657940", true),
            // The same without the bit.
            ("3BFD1300008131FE158073C0218057597562694B657940", false),
            // Two bytes of capabilities only.
            ("3B85018072C02154", false),
            // A status at the end that looks like capabilities.
            ("3B8501005473C0C0", false),
            // No such object, another category, nothing, nonsense.
            ("3B8701805456504956", false),
            ("3B86011073C001C054", false),
            ("3B00", false),
            ("3B8A0180", false),
            ("3BF0", false),
            ("", false),
        ] {
            assert_eq!(
                carries_extended(&hex::decode(atr).unwrap()),
                expected,
                "{atr}"
            );
        }
    }
}
