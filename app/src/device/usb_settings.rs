//! What the server says for keys that a page opens itself, which pages bring along: its
//! key, and whose keys the browser's list is to show.

/// The name of the element in which a page brings it.
#[cfg(any(feature = "hydrate", feature = "ssr"))]
const NAME: &str = "card-usb";

/// What the server says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsbSettings {
    /// The public key of its programs: `SubjectPublicKeyInfo` (RFC 5480) in base64.
    pub program_key: String,
    /// The idVendor of the keys; all devices of their vendor's own class if none.
    pub vendors: Vec<u16>,
}

/// Numbers as USB writes them.
#[cfg(any(feature = "ssr", test))]
fn written(vendors: &[u16]) -> String {
    let words: Vec<_> = vendors.iter().map(|one| format!("{one:04x}")).collect();
    words.join(" ")
}

/// The numbers that stand there.
#[cfg(any(feature = "hydrate", test))]
fn read(words: &str) -> Vec<u16> {
    words
        .split_whitespace()
        .filter_map(|word| u16::from_str_radix(word, 16).ok())
        .collect()
}

/// Into the head of a page, if the server put some into the context.
#[cfg(feature = "ssr")]
pub(crate) fn brought() -> Option<impl leptos::prelude::IntoView> {
    use leptos::prelude::*;

    use_context::<UsbSettings>().map(|settings| {
        let vendors = written(&settings.vendors);
        view! { <meta name=NAME content=settings.program_key data-vendors=vendors /> }
    })
}

/// What this page brought.
#[cfg(feature = "hydrate")]
pub(super) fn of_page() -> Option<UsbSettings> {
    let selector = format!("meta[name={NAME}]");
    let element = leptos::prelude::document()
        .query_selector(&selector)
        .ok()??;
    Some(UsbSettings {
        program_key: element.get_attribute("content")?,
        vendors: read(&element.get_attribute("data-vendors").unwrap_or_default()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vendors_are_read_as_they_are_written() {
        for vendors in [&[][..], &[0x1209], &[0x096e, 1]] {
            assert_eq!(read(&written(vendors)), vendors);
        }
        assert_eq!(written(&[0x096e, 1]), "096e 0001");
    }
}
