//! What a reader can do beside carrying APDUs, and how long these may be
//! (PC/SC part 10, revision 2.02.09). Not every driver answers.

use pcsc::{Card, ctl_code};

/// `CM_IOCTL_GET_FEATURE_REQUEST` (§2.2).
const GET_FEATURES: u16 = 3400;
/// `FEATURE_GET_TLV_PROPERTIES` (§2.3).
const PROPERTIES: u8 = 0x12;
/// `dwMaxAPDUDataSize` (§2.6.14): 0 is short APDUs only.
const MOST_APDU_DATA: u8 = 0x0A;
/// What an extended APDU of ours has at most, with its header.
const NEEDED: u32 = 2048;

/// The control code of a feature of the reader.
pub(super) fn feature(card: &Card, tag: u8) -> Result<Option<u32>, pcsc::Error> {
    let mut buffer = [0; pcsc::MAX_BUFFER_SIZE];
    let features = card.control(ctl_code(GET_FEATURES.into()), &[], &mut buffer)?;
    Ok(find(features, tag))
}

/// Whether the reader says that it does not carry our extended APDUs. One that
/// says nothing is tried.
pub(super) fn is_short_only(card: &Card) -> bool {
    let most = || {
        let code = feature(card, PROPERTIES).ok()??;
        let mut buffer = [0; pcsc::MAX_BUFFER_SIZE];
        let properties = card.control(code.into(), &[], &mut buffer).ok()?;
        property(properties, MOST_APDU_DATA)
    };
    most().is_some_and(|most| most < NEEDED)
}

/// Finds `tag` in a list of tag, length (always 4), control code (big endian).
fn find(features: &[u8], tag: u8) -> Option<u32> {
    features.chunks_exact(6).find_map(|entry| match *entry {
        [found, 4, a, b, c, d] if found == tag => Some(u32::from_be_bytes([a, b, c, d])),
        _ => None,
    })
}

/// Finds `tag` in a list of tag, length, number (little endian).
fn property(mut properties: &[u8], tag: u8) -> Option<u32> {
    while let Some((&[found, length], rest)) = properties.split_first_chunk() {
        let (value, rest) = rest.split_at_checked(usize::from(length))?;
        if found == tag {
            let mut bytes = [0; 4];
            bytes.get_mut(..value.len())?.copy_from_slice(value);
            return Some(u32::from_le_bytes(bytes));
        }
        properties = rest;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{find, property};

    #[test]
    fn feature_is_found_by_its_tag() {
        let list = [0x12, 4, 0x42, 0x33, 0, 0x12, 0x06, 4, 0x42, 0x33, 0, 0x06];
        assert_eq!(find(&list, 0x06), Some(0x4233_0006));
        assert_eq!(find(&list, 0x07), None);
        assert_eq!(find(&list[..11], 0x06), None);
        assert_eq!(find(&[], 0x06), None);
    }

    #[test]
    fn property_is_found_by_its_tag() {
        let list = [
            0x03, 1, 0x07, 0x0A, 4, 0x00, 0x00, 0x01, 0x00, 0x0B, 2, 0x72, 0x09,
        ];
        assert_eq!(property(&list, 0x03), Some(7));
        assert_eq!(property(&list, 0x0A), Some(0x1_0000));
        assert_eq!(property(&list, 0x0B), Some(0x0972));
        assert_eq!(property(&list, 0x0C), None);
        assert_eq!(property(&list[..6], 0x0A), None);
        assert_eq!(property(&[0x0A, 5, 0, 0, 0, 0, 0], 0x0A), None);
    }
}
