//! The card as any PKCS #11 program sees it.

use test_support::signals::Signal;

use crate::fixture::{Inserted, ToolFixture};

const MODULE: [&str; 2] = ["--module", "opensc-pkcs11.so"];
const LOGIN: [&str; 3] = ["--login", "--pin", "123456"];

fn enrolled() -> (ToolFixture, Inserted) {
    let (tools, card) = ToolFixture::with_card();
    tools.enroll();
    (tools, card)
}

fn sign_and_verify(tools: &ToolFixture) {
    tools.write("message", b"what the holder agrees to");
    tools.run(
        "openssl",
        &["dgst", "-sha256", "-binary", "-out", "digest", "message"],
    );
    let sign = "--sign -m ECDSA --signature-format openssl --id 01 -i digest -o signature";
    let sign: Vec<&str> = sign.split(' ').collect();
    tools.run("pkcs11-tool", &[&MODULE[..], &LOGIN, &sign].concat());
    let verify = [
        "dgst",
        "-sha256",
        "-verify",
        "key.pem",
        "-signature",
        "signature",
        "message",
    ];
    assert!(tools.run("openssl", &verify).contains("Verified OK"));
}

#[test]
fn the_key_is_listed_and_signs() {
    let (tools, card) = enrolled();
    let list = ["--list-objects", "--type", "privkey"];
    let keys = tools.run("pkcs11-tool", &[&MODULE[..], &LOGIN, &list].concat());
    assert!(keys.contains("Private Key Object; EC"), "{keys}");
    assert!(keys.contains("PIV AUTH key"), "{keys}");
    sign_and_verify(&tools);
    card.pull();
}

#[test]
fn the_certificate_is_read_back() {
    let (tools, card) = enrolled();
    let read = [
        "--read-object",
        "--type",
        "cert",
        "--id",
        "01",
        "-o",
        "read.der",
    ];
    tools.run("pkcs11-tool", &[&MODULE[..], &read].concat());
    tools.run(
        "openssl",
        &[
            "x509", "-in", "cert.pem", "-outform", "DER", "-out", "cert.der",
        ],
    );
    tools.run("cmp", &["read.der", "cert.der"]);
    tools.run("openssl", &["verify", "-CAfile", "ca.pem", "read.der"]);
    card.pull();
}

#[test]
fn a_wrong_pin_is_told_and_the_right_one_changes_it() {
    let (tools, card) = enrolled();
    let wrong = ["--login", "--pin", "999999", "--list-objects"];
    let refused = tools.fail("pkcs11-tool", &[&MODULE[..], &wrong].concat());
    assert!(refused.contains("CKR_PIN_INCORRECT"), "{refused}");
    let change = ["--change-pin", "--new-pin", "654321"];
    tools.run("pkcs11-tool", &[&MODULE[..], &LOGIN, &change].concat());
    let refused = tools.fail("pkcs11-tool", &[&MODULE[..], &LOGIN, &["-O"]].concat());
    assert!(refused.contains("CKR_PIN_INCORRECT"), "{refused}");
    card.pull();
}

#[test]
fn the_key_survives_a_killed_process() {
    let (tools, card) = enrolled();
    assert_eq!(card.signal(Signal::KILL).code(), None);
    let card = tools.insert("card", 0);
    sign_and_verify(&tools);
    card.pull();
}
