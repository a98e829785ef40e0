//! yubico-piv-tool: keys, certificates, PIN and PUK.

use test_support::pcscd::READER_0;

use crate::fixture::ToolFixture;

fn piv(args: &[&'static str]) -> Vec<&'static str> {
    [&["-r", READER_0][..], args].concat()
}

fn verify_pin(pin: &'static str) -> Vec<&'static str> {
    piv(&["-a", "verify-pin", "-P", pin])
}

#[test]
fn a_key_is_made_certified_and_used() {
    let (tools, card) = ToolFixture::with_card();
    tools.enroll();
    let status = tools.run("yubico-piv-tool", &piv(&["-a", "status"]));
    for part in [
        "ECCP256",
        "CN=InventedHolder",
        "CN=InventedAuthority",
        "PIN tries left:\t3",
    ] {
        assert!(status.contains(part), "{status}");
    }
    let test = [
        "-a",
        "verify-pin",
        "-P",
        "123456",
        "-a",
        "test-signature",
        "-s",
        "9a",
        "-i",
        "cert.pem",
    ];
    let tested = tools.run("yubico-piv-tool", &piv(&test));
    assert!(tested.contains("Successful ECDSA verification"), "{tested}");
    card.pull();
}

/// The tool of who invented it reads the attestation, and OpenSSL verifies its chain.
#[test]
fn a_key_is_attested() {
    let (tools, card) = ToolFixture::with_attesting_card();
    let generate = [
        "-a", "generate", "-s", "9a", "-A", "ECCP256", "-o", "key.pem",
    ];
    tools.run("yubico-piv-tool", &piv(&generate));
    let attest = ["-a", "attest", "-s", "9a", "-o", "statement.pem"];
    tools.run("yubico-piv-tool", &piv(&attest));
    let read = ["-a", "read-certificate", "-s", "f9", "-o", "f9.pem"];
    tools.run("yubico-piv-tool", &piv(&read));
    let verify = "verify -CAfile maker.pem -untrusted f9.pem statement.pem";
    let verified = tools.run("openssl", &verify.split(' ').collect::<Vec<_>>());
    assert!(verified.contains("statement.pem: OK"), "{verified}");
    let key = "x509 -in statement.pem -noout -pubkey";
    let attested = tools.run("openssl", &key.split(' ').collect::<Vec<_>>());
    let made = tools.run("openssl", &["pkey", "-pubin", "-in", "key.pem", "-pubout"]);
    assert_eq!(attested.trim(), made.trim());
    card.pull();
}

#[test]
fn the_pin_is_blocked_and_unblocked() {
    let (tools, card) = ToolFixture::with_card();
    tools.run("yubico-piv-tool", &verify_pin("123456"));
    let wrong = tools.fail("yubico-piv-tool", &verify_pin("000000"));
    assert!(wrong.contains("2 tries left"), "{wrong}");
    tools.fail("yubico-piv-tool", &verify_pin("000000"));
    let blocked = tools.fail("yubico-piv-tool", &verify_pin("000000"));
    assert!(blocked.contains("blocked"), "{blocked}");
    tools.fail("yubico-piv-tool", &verify_pin("123456"));

    let unblock = ["-a", "unblock-pin", "-P", "12345678", "-N", "24681357"];
    tools.run("yubico-piv-tool", &piv(&unblock));
    tools.run("yubico-piv-tool", &verify_pin("24681357"));
    card.pull();
}

#[test]
fn pin_and_puk_change() {
    let (tools, card) = ToolFixture::with_card();
    let pin = ["-a", "change-pin", "-P", "123456", "-N", "654321"];
    tools.run("yubico-piv-tool", &piv(&pin));
    tools.fail("yubico-piv-tool", &verify_pin("123456"));
    tools.run("yubico-piv-tool", &verify_pin("654321"));

    let puk = ["-a", "change-puk", "-P", "12345678", "-N", "87654321"];
    tools.run("yubico-piv-tool", &piv(&puk));
    tools.fail("yubico-piv-tool", &piv(&puk));
    let unblock = ["-a", "unblock-pin", "-P", "87654321", "-N", "123456"];
    tools.run("yubico-piv-tool", &piv(&unblock));
    tools.run("yubico-piv-tool", &verify_pin("123456"));
    card.pull();
}
