//! Every call of the contract, with a body of the right form.

/// Path and body. `CARD` stands for a card's id.
pub(crate) const CALLS: &[(&str, &str)] = &[
    ("/api/challenge", "{}"),
    (
        "/api/bridge/grant",
        r#"{"nonce":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}"#,
    ),
    (
        "/api/login",
        r#"{"token":{"unverifiedCertificate":"AA==","algorithm":"ES256","signature":"AA==","format":"web-eid:1.0","appVersion":"x","origin":"http://127.0.0.1"}}"#,
    ),
    ("/api/logout", "{}"),
    ("/api/session", "{}"),
    (
        "/api/cards/list",
        r#"{"query":{"menu":"freeze","card_no":null,"holder_name":null,"id_token":null,"state":null,"sort":null,"cursor":null}}"#,
    ),
    ("/api/cards/detail", r#"{"card":"CARD"}"#),
    ("/api/cards/own", "{}"),
    (
        "/api/cards/id-token",
        r#"{"id_number":"11010119900307001X"}"#,
    ),
    (
        "/api/acts/propose",
        r#"{"card":"CARD","action":"freeze","cause":null,"until":null}"#,
    ),
    (
        "/api/acts/commit",
        r#"{"statement":{"nonce":"x","text":"x","structured":"x"},"signature":{"certificate":"AA==","signature":"AA=="}}"#,
    ),
    (
        "/api/acts/propose-many",
        r#"{"cards":["CARD"],"action":"freeze","cause":null,"until":null}"#,
    ),
    (
        "/api/acts/commit-many",
        r#"{"statement":{"nonce":"x","text":"x","structured":"x"},"signature":{"certificate":"AA==","signature":"AA=="}}"#,
    ),
    (
        "/api/operations/propose",
        r#"{"cards":["CARD"],"action":"renew"}"#,
    ),
    (
        "/api/operations/commit",
        r#"{"statement":{"nonce":"x","text":"x","structured":"x"},"signature":{"certificate":"AA==","signature":"AA=="},"second_reader":true}"#,
    ),
    (
        "/api/operations/next",
        r#"{"ticket":"x","report":"inserted"}"#,
    ),
    ("/api/operations/cancel", r#"{"ticket":"x"}"#),
    ("/api/operations/open", "{}"),
    (
        "/api/operations/resume",
        r#"{"batch":"0190a5c8-0000-7000-8000-000000000001","second_reader":true}"#,
    ),
    (
        "/api/session/unlock",
        r#"{"token":{"unverifiedCertificate":"AA==","algorithm":"ES256","signature":"AA==","format":"web-eid:1.0","appVersion":"x","origin":"http://127.0.0.1"}}"#,
    ),
    (
        "/api/insertions/seen",
        r#"{"identity":{"chip":"00112233445566778899aabbccddeeff"}}"#,
    ),
    (
        "/api/insertions/heal",
        r#"{"token":"x","report":"inserted"}"#,
    ),
    (
        "/api/history/list",
        r#"{"query":{"of":"everything","act":null,"outcome":null,"from":null,"to":null,"cursor":null}}"#,
    ),
    ("/api/history/event", r#"{"seq":1}"#),
    ("/api/history/receipt", r#"{"seq":1}"#),
    ("/api/cards/reveal", r#"{"card":"CARD"}"#),
    ("/api/cards/needs", "{}"),
    ("/api/session/time", "{}"),
    ("/api/session/keep", "{}"),
    // Of what needs a session, nothing works after this.
    ("/api/session/lock", r#"{"at_terminal":true}"#),
];

/// The bodies are those of the contract: a call that is new has to be here, and
/// so in every test that tries them all.
#[test]
fn every_endpoint_has_a_body() {
    use std::collections::BTreeSet;

    let ours: BTreeSet<(&str, Vec<String>)> = CALLS
        .iter()
        .map(|(path, body)| {
            let body: serde_json::Map<String, serde_json::Value> =
                serde_json::from_str(body).unwrap();
            let mut keys: Vec<String> = body.keys().cloned().collect();
            keys.sort();
            (*path, keys)
        })
        .collect();
    let contract: BTreeSet<(&str, Vec<String>)> = app::api::ENDPOINTS
        .iter()
        .map(|endpoint| {
            let mut keys: Vec<String> = endpoint.keys.iter().map(|key| (*key).into()).collect();
            keys.sort();
            (endpoint.path, keys)
        })
        .collect();
    assert_eq!(ours, contract);
}
