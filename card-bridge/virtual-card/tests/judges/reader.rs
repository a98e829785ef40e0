//! Cards come and go, in both readers.

use test_support::{
    pcscd::{READER_0, READER_1, wait_until},
    signals::Signal,
};

use crate::fixture::ToolFixture;

fn serial(tools: &ToolFixture, reader: &str) -> String {
    let status = tools.run("yubico-piv-tool", &["-r", reader, "-a", "status"]);
    let line = status
        .lines()
        .find(|line| line.starts_with("Serial Number:"));
    line.unwrap_or_else(|| panic!("{status}")).to_owned()
}

/// pcscd looks for the card a few times a second.
fn assert_empty(tools: &ToolFixture, reader: &str) {
    let mut text = String::new();
    let empty = wait_until(|| {
        text = tools
            .attempt("opensc-tool", &["--reader", reader, "--name"])
            .1;
        text.contains("Card not present")
    });
    assert!(empty, "{text}");
}

#[test]
fn two_readers_hold_two_cards() {
    let tools = ToolFixture::new();
    let one = tools.insert_new("one", 0);
    let two = tools.insert_new("two", 1);
    let first = serial(&tools, READER_0);
    assert_ne!(first, serial(&tools, READER_1));
    one.pull();
    assert_empty(&tools, READER_0);
    // The same card in the other reader is the same card.
    two.pull();
    assert_empty(&tools, READER_1);
    let one = tools.insert("one", 1);
    assert_eq!(first, serial(&tools, READER_1));
    one.pull();
}

#[test]
fn signals_pull_the_card() {
    let (tools, card) = ToolFixture::with_card();
    assert!(card.signal(Signal::TERM).success());
    assert_empty(&tools, READER_0);
    let card = tools.insert("card", 0);
    assert!(card.signal(Signal::INT).success());
    assert_empty(&tools, READER_0);
}
