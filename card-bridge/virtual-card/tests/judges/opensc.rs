//! OpenSC's own view of the card.

use test_support::pcscd::READER_0;

use crate::fixture::ToolFixture;

#[test]
fn it_is_a_piv_card() {
    let (tools, card) = ToolFixture::with_card();
    let name = tools.run("opensc-tool", &["--reader", READER_0, "--name"]);
    assert!(
        name.contains("Personal Identity Verification Card"),
        "{name}"
    );
    let atr = tools.run("opensc-tool", &["--reader", READER_0, "--atr"]);
    assert!(
        atr.contains("3b:8a:01:80:73:c0:01:c0:54:56:50:49:56:34"),
        "{atr}"
    );
    // The serial number is the GUID of the CHUID: 16 bytes.
    let serial = tools.run("piv-tool", &["--reader", READER_0, "--serial"]);
    let bytes = serial.split_whitespace().filter(|word| word.len() == 2);
    assert!(
        bytes
            .filter(|word| u8::from_str_radix(word, 16).is_ok())
            .count()
            >= 16,
        "{serial}"
    );
    card.pull();
}

#[test]
fn piv_tool_authenticates_and_writes_a_certificate() {
    let (tools, card) = ToolFixture::with_card();
    tools.enroll();
    let key = |byte: &str| format!("01:02:03:04:05:06:07:{byte}:").repeat(3);
    // piv-tool takes the management key from the file that this names. Its exit
    // code says nothing (50 for success), so the card is asked.
    let write = |key: &str, slot: &str| {
        tools.write("key.txt", key.trim_end_matches(':').as_bytes());
        let script = format!(
            "PIV_EXT_AUTH_KEY=key.txt piv-tool --reader '{READER_0}' \
             --admin M:9B:03 --cert {slot} --in cert.pem"
        );
        let _says_nothing = tools.attempt("sh", &["-c", &script]);
        tools.run(
            "pkcs15-tool",
            &["--reader", READER_0, "--list-certificates"],
        )
    };
    let seen = write(&key("08"), "9C");
    assert!(
        seen.contains("Certificate for PIV Authentication"),
        "{seen}"
    );
    assert!(seen.contains("Certificate for Digital Signature"), "{seen}");
    // 09 would be the same key: the lowest bit of each byte is only parity.
    let seen = write(&key("0A"), "9D");
    assert!(!seen.contains("Certificate for Key Management"), "{seen}");
    card.pull();
}
