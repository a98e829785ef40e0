//! Keys that pages open themselves (`WebUSB`): `[usb]`.

use serde::Deserialize;

/// About those keys.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Usb {
    /// Whose keys the browser offers to a person: idVendor, four hexadecimal digits. None:
    /// all devices with an interface of their vendor's own class.
    pub vendors: Vec<String>,
}

impl Usb {
    /// As numbers.
    #[must_use]
    pub fn vendors(&self) -> Vec<u16> {
        self.vendors
            .iter()
            .filter_map(|word| number(word))
            .collect()
    }

    pub(super) fn problem(&self) -> Option<String> {
        let wrong = self.vendors.iter().find(|word| number(word).is_none())?;
        Some(format!(
            "{wrong:?} is no idVendor: four hexadecimal digits, for example \"096e\""
        ))
    }
}

fn number(word: &str) -> Option<u16> {
    let is_written_so = word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_written_so
        .then(|| u16::from_str_radix(word, 16).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::Usb;

    fn usb(vendors: &[&str]) -> Usb {
        Usb {
            vendors: vendors.iter().copied().map(String::from).collect(),
        }
    }

    #[test]
    fn an_id_vendor_is_four_hexadecimal_digits() {
        let good = usb(&["096e", "1209", "ABCD"]);
        assert_eq!(good.problem(), None);
        assert_eq!(good.vendors(), [0x096e, 0x1209, 0xabcd]);
        for wrong in ["", "96e", "0x096e", "+096", "096g", "00096e"] {
            let problem = usb(&["096e", wrong]).problem();
            assert!(problem.is_some_and(|said| said.contains(wrong)), "{wrong}");
        }
    }
}
