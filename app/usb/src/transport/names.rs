//! What a key is called: by its own words, as far as they can be shown, behind a word that
//! no reader of the bridge's begins with, and by no other key's name.

use card_protocol::bridge::KEY_PREFIX;

use crate::port::PortLabel;

/// Most characters of each of the two words.
const MAX_WORD: usize = 40;
/// What has no name of its own.
const NAMELESS: &str = "Ikey";

/// A name that is not taken.
pub(super) fn free(label: &PortLabel, is_taken: impl Fn(&str) -> bool) -> String {
    let words = [shown(&label.product), shown(&label.serial)];
    let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let words = if words.is_empty() {
        NAMELESS.to_owned()
    } else {
        words.join(" ")
    };
    let name = format!("{KEY_PREFIX}{words}");
    if !is_taken(&name) {
        return name;
    }
    let mut number: u32 = 2;
    loop {
        let numbered = format!("{name} ({number})");
        if !is_taken(&numbered) {
            return numbered;
        }
        number += 1;
    }
}

/// What can be shown of a word of the device's: no control characters, none that turn the
/// direction of a line, and an end.
pub(crate) fn shown(word: &str) -> String {
    let is_shown =
        |one: &char| one.is_alphanumeric() || (one.is_ascii() && !one.is_ascii_control());
    let word: String = word.chars().filter(is_shown).take(MAX_WORD).collect();
    word.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::free;
    use crate::port::PortLabel;

    fn label(product: &str, serial: &str) -> PortLabel {
        PortLabel {
            product: product.to_owned(),
            serial: serial.to_owned(),
        }
    }

    #[test]
    fn every_key_has_a_name_of_its_own() {
        let taken = ["USB直连：Ikey 7", "USB直连：Ikey 7 (2)"];
        let name = |label| free(&label, |name| taken.contains(&name));
        assert_eq!(name(label("Ikey", "8")), "USB直连：Ikey 8");
        assert_eq!(name(label("Ikey", "7")), "USB直连：Ikey 7 (3)");
        assert_eq!(name(label("", "")), "USB直连：Ikey");
        assert_eq!(name(label("智能卡", "")), "USB直连：智能卡");
    }

    #[test]
    fn a_device_writes_over_no_line() {
        let name = free(&label("Ikey\u{202e}\r\n", &"9".repeat(999)), |_| false);
        assert_eq!(name, format!("USB直连：Ikey {}", "9".repeat(40)));
    }
}
