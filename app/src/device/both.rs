//! Both ways to a card as one: the bridge's readers and the keys that the page opens
//! itself, and the first thing that is missing between the page and a card.

use card_protocol::bridge::{KEY_PREFIX, Reader, Readers};

use super::{DeviceStatus, UsbView, View};

/// All readers. The names are what calls go by: a reader of the bridge that has a name like
/// a key's is none that anybody can be asked to type a PIN for.
pub(super) fn readers(bridge: &View, usb: &UsbView) -> Vec<Reader> {
    let of_bridge = bridge.readers.iter();
    let others = of_bridge.filter(|reader| !is_key(&reader.name));
    usb.keys.iter().chain(others).cloned().collect()
}

/// Whether a reader is a key that the page opens itself.
pub(super) fn is_key(reader: &str) -> bool {
    reader.starts_with(KEY_PREFIX)
}

/// The first thing that is missing on the way that leads furthest.
pub(super) fn status(bridge: &View, usb: &UsbView) -> DeviceStatus {
    let by_bridge = &bridge.status;
    let by_key = of_keys(usb);
    match (by_bridge, by_key) {
        (DeviceStatus::Ready, _) | (_, None) => by_bridge.clone(),
        (_, Some(DeviceStatus::Ready)) => DeviceStatus::Ready,
        // A card that does not answer is more than none.
        (DeviceStatus::CardMute, _) | (_, Some(DeviceStatus::CardMute)) => DeviceStatus::CardMute,
        (_, Some(status)) if !usb.keys.is_empty() => status,
        // None is plugged in. It is what is missing, unless the bridge says that something
        // is wrong.
        (
            DeviceStatus::NotStarted
            | DeviceStatus::Connecting
            | DeviceStatus::NeedsPermission
            | DeviceStatus::BlockedByBrowser
            | DeviceStatus::BridgeMissing
            | DeviceStatus::ServiceMissing
            | DeviceStatus::ServiceRefused
            | DeviceStatus::NoReader
            | DeviceStatus::NoCard,
            Some(status),
        ) => status,
        _ => by_bridge.clone(),
    }
}

/// What is missing on the way over keys; `None` where nobody uses it.
fn of_keys(usb: &UsbView) -> Option<DeviceStatus> {
    if usb.keys.is_empty() {
        return usb.was_used.then_some(DeviceStatus::NoCard);
    }
    Some(DeviceStatus::of_readers(&Readers {
        service: true,
        refused: false,
        readers: usb.keys.clone(),
    }))
}

#[cfg(test)]
mod tests {
    use card_protocol::bridge::Slot;

    use super::*;

    fn reader(name: &str, slot: Slot) -> Reader {
        Reader {
            name: name.to_owned(),
            slot,
            is_virtual: false,
            has_pin_pad: false,
        }
    }

    fn card() -> Slot {
        Slot::Card {
            insertion: 1,
            atr: String::new(),
        }
    }

    fn bridge(status: DeviceStatus, readers: Vec<Reader>) -> View {
        View {
            status,
            readers,
            ..View::default()
        }
    }

    fn usb(was_used: bool, slots: &[Slot]) -> UsbView {
        let keys = slots
            .iter()
            .map(|slot| reader("USB直连：Ikey", slot.clone()));
        UsbView {
            is_supported: true,
            was_used,
            keys: keys.collect(),
            unusable: Vec::new(),
        }
    }

    #[test]
    fn whoever_uses_no_key_hears_of_the_bridge_alone() {
        for status in [
            DeviceStatus::BridgeMissing,
            DeviceStatus::UnknownBridge,
            DeviceStatus::NoReader,
            DeviceStatus::Ready,
        ] {
            let found = super::status(&bridge(status.clone(), Vec::new()), &usb(false, &[]));
            assert_eq!(found, status);
        }
    }

    #[test]
    fn the_way_that_leads_furthest_is_the_one() {
        let [missing, unknown] = [DeviceStatus::BridgeMissing, DeviceStatus::UnknownBridge];
        let [no_card, mute] = [DeviceStatus::NoCard, DeviceStatus::CardMute];
        let ready = DeviceStatus::Ready;
        for (by_bridge, slots, expected) in [
            (&missing, &[card()][..], &ready),
            (&unknown, &[card()], &ready),
            (&ready, &[Slot::Mute], &ready),
            (&no_card, &[Slot::Mute], &mute),
            (&mute, &[Slot::Empty], &mute),
            (&missing, &[Slot::Empty], &no_card),
            // A key that was used before is what is missing; an alarm stays one.
            (&missing, &[], &no_card),
            (&DeviceStatus::NoReader, &[], &no_card),
            (&unknown, &[], &unknown),
        ] {
            let found = status(&bridge(by_bridge.clone(), Vec::new()), &usb(true, slots));
            assert_eq!(found, *expected, "{by_bridge:?} {slots:?}");
        }
    }

    #[test]
    fn no_reader_takes_a_keys_calls_and_no_key_a_readers() {
        let bridge = bridge(
            DeviceStatus::Ready,
            vec![reader("USB直连：Ikey", Slot::Mute), reader("Ikey", card())],
        );
        let usb = usb(true, &[card()]);
        let all = readers(&bridge, &usb);
        let names: Vec<_> = all.iter().map(|one| (&*one.name, &one.slot)).collect();
        assert_eq!(names, [("USB直连：Ikey", &card()), ("Ikey", &card())]);
        assert!(is_key("USB直连：Ikey") && !is_key("Ikey"));
    }
}
