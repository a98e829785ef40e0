//! The window's plan as the system takes it: a `DLGTEMPLATE` and its items in
//! memory (Windows, "DLGTEMPLATE structure"; "DLGITEMTEMPLATE structure"). All
//! measures are in dialog units.

/// `DS_SETFONT`, `DS_MODALFRAME`, `DS_SETFOREGROUND`, `DS_CENTER`, and a caption
/// with a close button.
const WINDOW: u32 = 0x40 | 0x80 | 0x200 | 0x800 | 0x8000_0000 | 0x00C0_0000 | 0x0008_0000;
/// `WS_EX_TOPMOST`: a question that a page waits for is not behind it.
const TOPMOST: u32 = 0x8;
/// `WS_CHILD`, `WS_VISIBLE`.
const CHILD: u32 = 0x4000_0000 | 0x1000_0000;
/// `WS_TABSTOP`.
const TAB: u32 = 0x0001_0000;
/// The size of the letters, in points.
const POINTS: u16 = 10;
/// A letter of every Windows since 7 that has Chinese.
const FONT: &str = "Microsoft YaHei UI";

/// A thing in the window.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// Text; `&` is an ordinary letter (`SS_NOPREFIX`).
    Text,
    /// Text that scrolls, however long it is.
    Scrolled,
    /// A field that shows dots and takes digits (`ES_PASSWORD`, `ES_NUMBER`).
    Secret,
    /// A button.
    Button,
    /// The button that Enter presses.
    DefaultButton,
}

impl Kind {
    const fn style(self) -> u32 {
        CHILD
            | match self {
                Self::Text => 0x80,
                // ES_MULTILINE, ES_READONLY, WS_BORDER, WS_VSCROLL.
                Self::Scrolled => 0x4 | 0x800 | 0x0080_0000 | 0x0020_0000,
                // ES_AUTOHSCROLL, WS_BORDER.
                Self::Secret => 0x20 | 0x2000 | 0x80 | 0x0080_0000 | TAB,
                Self::Button => TAB,
                Self::DefaultButton => 0x1 | TAB,
            }
    }

    /// The system's number of its class.
    const fn class(self) -> u16 {
        match self {
            Self::Button | Self::DefaultButton => 0x80,
            Self::Scrolled | Self::Secret => 0x81,
            Self::Text => 0x82,
        }
    }
}

/// A thing and its place: left, top, width, height.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item<'a> {
    pub(crate) kind: Kind,
    pub(crate) id: u16,
    pub(crate) place: [u16; 4],
    pub(crate) text: &'a str,
}

/// The plan, aligned as the system wants it.
pub(crate) fn build(title: &str, size: [u16; 2], items: &[Item<'_>]) -> Vec<u32> {
    let mut plan = Plan::default();
    plan.long(WINDOW);
    plan.long(TOPMOST);
    plan.words(&[u16::try_from(items.len()).unwrap_or(u16::MAX), 0, 0]);
    plan.words(&size);
    // No menu, the ordinary class.
    plan.words(&[0, 0]);
    plan.text(title);
    plan.words(&[POINTS]);
    plan.text(FONT);
    for item in items {
        plan.align();
        plan.long(item.kind.style());
        plan.long(0);
        plan.words(&item.place);
        plan.words(&[item.id, 0xFFFF, item.kind.class()]);
        plan.text(item.text);
        // Nothing for its creation.
        plan.words(&[0]);
    }
    plan.finish()
}

#[derive(Default)]
struct Plan(Vec<u16>);

impl Plan {
    fn words(&mut self, words: &[u16]) {
        self.0.extend_from_slice(words);
    }

    #[expect(clippy::cast_possible_truncation, reason = "the two halves of it")]
    fn long(&mut self, value: u32) {
        self.words(&[value as u16, (value >> 16) as u16]);
    }

    /// Ends with a zero, and holds no other.
    fn text(&mut self, text: &str) {
        self.0.extend(text.encode_utf16().filter(|unit| *unit != 0));
        self.0.push(0);
    }

    fn align(&mut self) {
        if !self.0.len().is_multiple_of(2) {
            self.0.push(0);
        }
    }

    fn finish(mut self) -> Vec<u32> {
        self.align();
        self.0
            .chunks_exact(2)
            .map(|pair| {
                pair.iter()
                    .rev()
                    .fold(0, |long, word| (long << 16) | u32::from(*word))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Item, Kind, build};

    #[test]
    fn only_a_secret_is_shown_as_dots_and_only_buttons_and_fields_take_the_keyboard() {
        const DOTS: u32 = 0x20;
        const TAB: u32 = 0x1_0000;
        for (kind, is_field, takes_keys) in [
            (Kind::Text, false, false),
            (Kind::Scrolled, false, false),
            (Kind::Secret, true, true),
            (Kind::Button, false, true),
            (Kind::DefaultButton, false, true),
        ] {
            assert_eq!(kind.style() & DOTS != 0, is_field, "{kind:?}");
            assert_eq!(kind.style() & TAB != 0, takes_keys, "{kind:?}");
        }
    }

    #[test]
    fn every_item_begins_at_a_whole_long_and_no_text_ends_early() {
        let item = |text| Item {
            kind: Kind::Secret,
            id: 7,
            place: [1, 2, 3, 4],
            text,
        };
        let plan = build("题", [10, 20], &[item("a\0b"), item("")]);
        let words: Vec<u16> = plan
            .iter()
            .flat_map(|long| [long & 0xFFFF, long >> 16])
            .map(|half| u16::try_from(half).unwrap())
            .collect();
        assert_eq!(words[4], 2, "items");
        assert_eq!(words[7..9], [10, 20]);
        assert_eq!(words[11..13], ["题".encode_utf16().next().unwrap(), 0]);
        let places: Vec<usize> = (0..words.len())
            .filter(|start| words[*start..].starts_with(&[1, 2, 3, 4, 7, 0xFFFF, 0x81]))
            .collect();
        assert_eq!(places.len(), 2);
        assert!(places.iter().all(|start| (start - 4) % 2 == 0));
        let text = &words[places[0] + 7..];
        assert_eq!(text[..3], [u16::from(b'a'), u16::from(b'b'), 0]);
    }
}
