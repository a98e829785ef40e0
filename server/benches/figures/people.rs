//! People who log in: some of the register's cards get a key and a certificate
//! of the server's own CA, and each login a challenge that waits in the store.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_protocol::{
    statement::{Statement, StatementSignature},
    token::{AuthToken, login_message},
};
use p256::ecdsa::Signature;
use server::{
    keys::files::KeyRing,
    pki::{Registered, Subject},
};
use sha2::{Digest as _, Sha256};
use sqlx::{Connection as _, Executor as _};
use test_support::service::{Person, new_key, point, samples::unique};

use crate::data::{Register, card_id, certificate_id, now};

/// The server's own name.
pub(crate) const ORIGIN: &str = "http://localhost";

/// The host of it, as each request names it.
pub(crate) const HOST: &str = "localhost";

/// The code of the register's enterprise, as certificates have it.
pub(crate) const CODE: &str = "91110000MA0000001X";

/// All who log in.
pub(crate) struct People(Vec<Person>);

/// What a browser sends for one login, and what a check of it needs.
pub(crate) struct Login {
    pub(crate) nonce: String,
    pub(crate) token: AuthToken,
    pub(crate) message: [u8; 64],
    pub(crate) certificate: Vec<u8>,
    pub(crate) signature: Signature,
}

impl People {
    /// Gives so many operator cards, spread over the register, a certificate.
    pub(crate) async fn equip(register: &Register, keys: &KeyRing, count: u32) -> Self {
        let numbers = (0..count).map(|place| 1 + place * (register.cards / count));
        Self::issue(register, keys, numbers).await
    }

    /// Gives the legal-person card a certificate.
    pub(crate) async fn legal_person(register: &Register, keys: &KeyRing) -> Self {
        Self::issue(register, keys, 0..1).await
    }

    /// Gives every card a certificate, the legal person's first.
    pub(crate) async fn everybody(register: &Register, keys: &KeyRing) -> Self {
        Self::issue(register, keys, 0..=register.cards).await
    }

    /// The first of them.
    pub(crate) fn legal(&self) -> &Person {
        &self.0[0]
    }

    async fn issue(
        register: &Register,
        keys: &KeyRing,
        numbers: impl Iterator<Item = u32>,
    ) -> Self {
        let mut connection = register.connection().await;
        connection.execute("BEGIN IMMEDIATE").await.unwrap();
        let free = "DROP TRIGGER IF EXISTS events_are_never_deleted";
        connection.execute(free).await.unwrap();
        let mut people = Vec::new();
        for number in numbers {
            let key = new_key();
            let (card_no, operator_no) = (format!("893{number:010}"), format!("{number:08}"));
            let subject = Subject {
                card_no: &card_no,
                holder_name: "某人",
                enterprise_name: "示例企业",
                operator_no: (number > 0).then_some(&operator_no),
                registered: Some(Registered {
                    card: card_id(number),
                    enterprise: register.enterprise,
                    enterprise_code: CODE,
                }),
            };
            let validity = keys.authority.ten_years_from(now()).unwrap();
            let issued = keys.authority.issue(&subject, &point(&key), validity);
            let issued = issued.unwrap();
            let update = sqlx::query(
                "UPDATE certificates SET der = $1, sha256 = $2, serial = $3 \
                 WHERE id = $4 AND card_id = $5",
            )
            .bind(issued.der.clone())
            .bind(Sha256::digest(&issued.der).to_vec())
            .bind(issued.serial)
            .bind(certificate_id(number))
            .bind(card_id(number).0);
            let done = connection.execute(update).await.unwrap();
            assert_eq!(done.rows_affected(), 1);
            // What the log vouched for was a certificate that is none.
            for forget in [
                "UPDATE cards SET state_event = NULL WHERE id = $1",
                "DELETE FROM events WHERE act = 'register_baseline' AND target_card = $1",
            ] {
                let forget = sqlx::query(forget).bind(card_id(number).0);
                connection.execute(forget).await.unwrap();
            }
            people.push(Person {
                card: card_id(number),
                key,
                certificate: issued.der,
            });
        }
        let again = "UPDATE register_baseline SET ended_at = NULL; COMMIT";
        connection.execute(again).await.unwrap();
        connection.close().await.unwrap();
        register.explain().await;
        Self(people)
    }

    /// The signature of the first of them under a statement.
    pub(crate) fn sign(&self, statement: &Statement) -> StatementSignature {
        self.0[0].signature(ORIGIN, statement)
    }

    /// So many logins, each with a challenge of its own in the store.
    pub(crate) async fn logins(&self, register: &Register, count: usize) -> Vec<Login> {
        let mut connection = register.connection().await;
        connection.execute("BEGIN IMMEDIATE").await.unwrap();
        let mut logins = Vec::with_capacity(count);
        for person in self.0.iter().cycle().take(count) {
            let nonce = STANDARD.encode(unique());
            let expires = now().as_microsecond() + 60_000_000;
            let insert =
                sqlx::query("INSERT INTO nonces VALUES ($1, 'login', NULL, NULL, NULL, $2)")
                    .bind(Sha256::digest(nonce.as_bytes()).to_vec())
                    .bind(expires);
            connection.execute(insert).await.unwrap();
            logins.push(login(person, nonce));
        }
        connection.execute("COMMIT").await.unwrap();
        connection.close().await.unwrap();
        logins
    }
}

fn login(person: &Person, nonce: String) -> Login {
    let token = person.token(ORIGIN, &nonce);
    let signature = STANDARD.decode(&token.signature).unwrap();
    Login {
        message: login_message(ORIGIN, &nonce),
        signature: Signature::from_slice(&signature).unwrap(),
        certificate: person.certificate.clone(),
        nonce,
        token,
    }
}
