//! A proxy between the page and its bridge, and one between the page and the
//! server, that record everything: they find no PUK, none of our answers to a
//! card's witness, and no PIN but the new one that the page itself hands to its
//! bridge (`docs/threat-model.md`). What is secret is learned from the card, behind
//! pcscd.

use std::sync::{Arc, Mutex};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_protocol::hex;
use test_support::{
    database::{TestDatabase, on_both},
    service::{CardReader, LegalPersonClient, Terminal, TestServer, legal_person::tag},
};

on_both!(what_passes_the_page_holds_no_secret);

/// The PIN that the operator chooses.
const NEW_PIN: &str = "271828";

/// The secrets in a command to the card.
fn secrets(command: &[u8]) -> Vec<Vec<u8>> {
    let data = command.get(5..).unwrap_or_default();
    match command {
        // RESET RETRY COUNTER: the PUK, then the PIN.
        [_, 0x2C, ..] => vec![data[..8].to_vec()],
        // CHANGE REFERENCE DATA of the PUK: the old one and the new one.
        [_, 0x24, _, 0x81, ..] => vec![data[..8].to_vec(), data[8..16].to_vec()],
        // GENERAL AUTHENTICATE 9B: the decrypted witness, and our challenge.
        [_, 0x87, _, 0x9B, ..] if data.len() >= 38 => {
            vec![data[4..20].to_vec(), data[22..38].to_vec()]
        }
        _ => Vec::new(),
    }
}

async fn what_passes_the_page_holds_no_secret(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let client = LegalPersonClient::new(&server).await;
    let mut reader = CardReader::operator(&server, "0001").await;
    reader.block_pin();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let mut terminal = Terminal::new(&server).await;
    let watch = Arc::clone(&seen);
    terminal
        .insert_watched(
            reader.pull().into_inner(),
            move |command, _answer, _took| {
                watch.lock().unwrap().extend(secrets(command));
            },
        )
        .await;
    let done = terminal
        .operate(&client, reader.card, "unlock", NEW_PIN)
        .await;
    assert_eq!(tag(&done["next"]), "finished", "{done}");
    terminal.pull().await;

    let secrets = seen.lock().unwrap().clone();
    // One PUK sent to set the PIN, two to replace it, and the halves of one answer.
    assert_eq!(secrets.len(), 5);
    let (to_bridge, of_server) = (terminal.to_bridge.join("\n"), terminal.of_server.join("\n"));
    assert!(of_server.contains("sealed") && to_bridge.contains("sealed"));
    for secret in &secrets {
        let written = hex::encode(secret);
        let mut forms = vec![written.to_uppercase(), written, STANDARD.encode(secret)];
        forms.extend(String::from_utf8(secret.clone()));
        for form in forms {
            assert!(
                !to_bridge.contains(&form),
                "on its way to the bridge: {form}"
            );
            assert!(!of_server.contains(&form), "with the server: {form}");
        }
    }
    // The operator types the PIN at the page: it goes to the bridge and nowhere else.
    assert!(to_bridge.contains(NEW_PIN));
    let padded = hex::encode(NEW_PIN.as_bytes());
    assert!(!of_server.contains(NEW_PIN) && !of_server.contains(&padded));
}
