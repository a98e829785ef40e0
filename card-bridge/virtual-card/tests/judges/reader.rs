//! Cards come and go, in both readers.

use crate::pcscd::retry;
use crate::stand::{READER_0, READER_1, Stand};

fn serial(stand: &Stand, reader: &str) -> String {
    let status = stand.run("yubico-piv-tool", &["-r", reader, "-a", "status"]);
    let line = status
        .lines()
        .find(|line| line.starts_with("Serial Number:"));
    line.unwrap_or_else(|| panic!("{status}")).to_owned()
}

/// pcscd looks for the card a few times a second.
fn assert_empty(stand: &Stand, reader: &str) {
    let mut text = String::new();
    let empty = retry(|| {
        text = stand
            .attempt("opensc-tool", &["--reader", reader, "--name"])
            .1;
        text.contains("Card not present")
    });
    assert!(empty, "{text}");
}

#[test]
fn two_readers_hold_two_cards() {
    let stand = Stand::new();
    let one = stand.insert_new("one", 0);
    let two = stand.insert_new("two", 1);
    let first = serial(&stand, READER_0);
    assert_ne!(first, serial(&stand, READER_1));
    one.pull();
    assert_empty(&stand, READER_0);
    // The same card in the other reader is the same card.
    two.pull();
    assert_empty(&stand, READER_1);
    let one = stand.insert("one", 1);
    assert_eq!(first, serial(&stand, READER_1));
    one.pull();
}

#[test]
fn signals_pull_the_card() {
    let (stand, card) = Stand::with_card();
    assert!(card.signal("TERM").success());
    assert_empty(&stand, READER_0);
    let card = stand.insert("card", 0);
    assert!(card.signal("INT").success());
    assert_empty(&stand, READER_0);
}
