//! Whether register and card agree after a 制卡, however it went.

use std::fmt::Debug;

use card_domain::{CardId, CardState};
use card_protocol::{Puk, piv::ManagementKey};
use server::storage::{CardRecord, CertificateDigest, Standing};
use sha2::{Digest as _, Sha256};
use test_support::service::{CardReader, Reply, TestServer};

/// What a card has when it leaves the factory.
const FACTORY_PIN: &str = "123456";
const FACTORY_PUK: Puk = Puk::new(*b"12345678");
const FACTORY_KEY: ManagementKey = ManagementKey::TripleDes(ManagementKey::FACTORY);

/// The register's row of a card.
pub(super) async fn record(server: &TestServer, card: CardId) -> CardRecord {
    server.store.card(server.enterprise, card).await.unwrap()
}

/// The card counts, and is the one that the register says.
pub(super) async fn is_made(
    server: &TestServer,
    reader: &mut CardReader,
    pin: &str,
    case: impl Debug,
) {
    let record = record(server, reader.card).await;
    assert_eq!(record.state, CardState::Normal, "{case:?}");
    let good = record.certificate.unwrap().der;
    let digest = CertificateDigest(Sha256::digest(&good).into());
    let hit = server.store.certificate(digest).await.unwrap().unwrap();
    assert_eq!(hit.standing, Standing::Good, "{case:?}");
    assert_eq!(hit.card.id, reader.card, "{case:?}");
    let on_card = reader.certificate();
    let is_there = on_card.as_deref() == Some(good.as_slice());
    assert!(is_there, "{case:?}: register and card differ");

    let chip = record.chip.unwrap();
    let found = reader.identify().unwrap().chip;
    assert_eq!(found, Some(chip.chip_id), "{case:?}");
    let point = chip.card_key.unwrap().point;
    assert!(reader.has_card_key(&point), "{case:?}: another key in 9E");
    let master = &server.keys.master;
    let key = master.management_key(&chip.chip_id).unwrap();
    assert!(reader.has_management_key(&key), "{case:?}: another 9B");
    assert!(record.puk.known, "{case:?}");
    let puk = master.puk(&chip.chip_id, record.puk.generation).unwrap();
    assert!(reader.has_puk(&puk), "{case:?}: another PUK");
    // The key in 9A signs under that certificate, and the PIN is the typed one.
    let reply = log_in(server, reader, pin).await;
    let reply = reply.unwrap_or_else(|| panic!("{case:?}: another PIN"));
    assert_eq!(reply.status, 200, "{case:?}: {}", reply.body);
}

/// The person has no card.
pub(super) async fn is_not_made(server: &TestServer, card: CardId, case: impl Debug) {
    let record = record(server, card).await;
    assert_eq!(record.state, CardState::NotIssued, "{case:?}");
    assert!(record.certificate.is_none(), "{case:?}");
    assert!(record.chip.is_none(), "{case:?}");
}

/// A card that does not count.
pub(super) struct HalfMade {
    /// Its management key is the factory's.
    pub(super) is_blank: bool,
    /// It held a certificate, and signed for a login, which was refused.
    pub(super) was_refused: bool,
}

/// A card that does not count logs in with no PIN that it could have, and what it
/// holds is known.
pub(super) async fn counts_for_nothing(
    server: &TestServer,
    reader: &mut CardReader,
    pin: &str,
    case: impl Debug,
) -> HalfMade {
    let (mut pins, mut was_refused) = (0, false);
    for pin in [FACTORY_PIN, pin] {
        reader.insert_again();
        pins += u32::from(reader.try_pin(pin).is_success());
        reader.insert_again();
        if let Some(reply) = log_in(server, reader, pin).await {
            assert!(
                reply.code().starts_with("login/"),
                "{case:?}: {}",
                reply.body
            );
            was_refused = true;
        }
    }
    assert_eq!(pins, 1, "{case:?}: a PIN that nobody knows");

    reader.insert_again();
    let chip = reader.identify().unwrap().chip;
    let master = &server.keys.master;
    let is_blank = reader.has_management_key(&FACTORY_KEY);
    let is_ours = chip.is_some_and(|chip| {
        let key = master.management_key(&chip).unwrap();
        reader.has_management_key(&key)
    });
    assert!(is_blank != is_ours, "{case:?}: a 9B that nobody knows");
    let is_known = reader.has_puk(&FACTORY_PUK)
        || is_ours && chip.is_some_and(|chip| reader.has_puk(&master.puk(&chip, 0).unwrap()));
    assert!(is_known, "{case:?}: a PUK that nobody knows");
    HalfMade {
        is_blank,
        was_refused,
    }
}

/// What a login is answered; `None` if the card does not sign.
async fn log_in(server: &TestServer, reader: &mut CardReader, pin: &str) -> Option<Reply> {
    let browser = server.browser();
    let nonce = browser.challenge().await;
    let token = reader.authenticate(&nonce, pin).ok()?;
    Some(browser.log_in(token).await)
}
