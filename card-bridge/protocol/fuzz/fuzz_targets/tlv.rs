//! BER-TLV, nested: there is one way to write what parses.
#![no_main]

use card_protocol::tlv::{Reader, Writer};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    rewrite(bytes, 0);
});

fn rewrite(bytes: &[u8], depth: u8) {
    let Ok(objects) = Reader::new(bytes).collect::<Result<Vec<_>, _>>() else { return };
    let writer = objects.iter().fold(Writer::new(), |writer, tlv| writer.push(tlv.tag, tlv.value));
    assert_eq!(writer.into_bytes(), bytes);
    for tlv in objects.iter().filter(|tlv| tlv.tag.is_constructed() && depth < 8) {
        rewrite(tlv.value, depth + 1);
    }
}
