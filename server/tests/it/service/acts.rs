//! Acts: done once, with the legal-person card's signature over exactly what was
//! proposed. What is less than that is in `proposals`.

use card_domain::EventOutcome;
use card_protocol::statement::{Statement, StatementSignature};
use event_log::certificate::CardCertificate;
use p256::ecdsa::{Signature, VerifyingKey, signature::Verifier as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use test_support::{
    database::{TestDatabase, all_at_once, on_both, on_pooler},
    service::{Browser, CODE, Person, Reply, TestServer, statement},
};

on_both!(
    the_four_acts_go_round_and_leave_their_proof,
    the_record_verifies_with_the_card_s_key,
    a_signed_statement_is_good_once,
    what_changed_meanwhile_is_a_conflict,
    of_two_that_act_at_once_one_wins,
    the_rules_say_no,
);
on_pooler!(
    the_four_acts_go_round_and_leave_their_proof,
    the_record_verifies_with_the_card_s_key,
    a_signed_statement_is_good_once,
    what_changed_meanwhile_is_a_conflict,
    of_two_that_act_at_once_one_wins,
    the_rules_say_no,
);

async fn propose(browser: &Browser, person: &Person, action: &str) -> Statement {
    let body = json!({ "card": person.card, "action": action });
    statement(&browser.call("/api/acts/propose", body).await.good())
}

async fn commit(browser: &Browser, statement: &Statement, proof: &StatementSignature) -> Reply {
    let body = json!({ "statement": statement, "signature": proof });
    browser.call("/api/acts/commit", body).await
}

async fn state(browser: &Browser, person: &Person) -> Value {
    let body = json!({ "card": person.card });
    browser.call("/api/cards/detail", body).await.good()["row"]["state"]["name"].clone()
}

async fn the_four_acts_go_round_and_leave_their_proof(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let client = legal.log_in(server.origin()).await;
    let operator = server.operator("0001").await;
    for (action, name, after) in [
        ("freeze", "冻结", "frozen"),
        ("report_loss", "挂失", "lost"),
        ("cancel_loss", "解挂", "frozen"),
        ("unfreeze", "解冻", "normal"),
        ("report_loss", "挂失", "lost"),
        ("cancel_loss", "解挂", "normal"),
    ] {
        let done = legal.act(&client, operator.card, action).await.good();
        assert_eq!(done["state"], after);
        assert_eq!(state(&client, &operator).await, after);
        let event = server.last_event().await;
        assert_eq!(done["event"], json!(event.seq));
        assert_eq!(
            (event.act.as_str(), event.outcome),
            (action, EventOutcome::Done)
        );
        assert_eq!(event.actor, Some(legal.card));
        assert_eq!(event.target, Some(operator.card));
        // The event alone proves who agreed to what.
        let proof = event.statement.unwrap();
        assert!(
            proof.text.contains(&format!("操作：{name}")),
            "{}",
            proof.text
        );
        let structured: Value = serde_json::from_str(&proof.structured).unwrap();
        assert_eq!(structured["version"], 2);
        assert_eq!(structured["act"], action);
        assert_eq!(structured["cards"][0]["card"], json!(operator.card));
        assert_eq!(
            structured["enterprise"],
            json!({ "id": server.enterprise, "code": CODE })
        );
        let card_no = CardCertificate::from_der(&legal.certificate).unwrap();
        let digest = Sha256::digest(&legal.certificate);
        assert_eq!(
            structured["signer"],
            json!({
                "card": legal.card,
                "card_no": card_no.card_no,
                "role": "legal_person",
                "certificate_sha256": card_protocol::hex::encode(&digest),
            })
        );
        let instance = server.keys.authority.instance().unwrap();
        assert_eq!(structured["instance"], instance.to_string());
        assert_eq!(structured["nonce"], json!(proof.nonce));
        assert_eq!(structured["origin"], server.origin());
        assert_eq!(structured["algorithm"], "ES256");
        let signer = server.store.signer(proof.certificate).await.unwrap();
        let signer = signer.unwrap();
        assert_eq!(
            (signer.card, signer.der),
            (legal.card, legal.certificate.clone())
        );
        assert_eq!(proof.signature.len(), 64);
    }
}

async fn the_record_verifies_with_the_card_s_key(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let client = legal.log_in(server.origin()).await;
    let operator = server.operator("0001").await;
    let proposed = propose(&client, &operator, "freeze").await;
    let proof = legal.signature(server.origin(), &proposed);
    commit(&client, &proposed, &proof).await.good();
    let recorded = server.last_event().await.statement.unwrap();
    assert_eq!(recorded.nonce.as_ref(), Some(&proposed.nonce));
    assert_eq!(recorded.origin.as_deref(), Some(server.origin()));
    let key = legal.key.verifying_key();
    let key = VerifyingKey::from_sec1_bytes(key.to_sec1_point(false).as_bytes()).unwrap();
    let signature = Signature::from_slice(&recorded.signature).unwrap();
    let message = proposed.message(server.origin());
    key.verify(&message, &signature).unwrap();
}

async fn a_signed_statement_is_good_once(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let client = legal.log_in(server.origin()).await;
    let operator = server.operator("0001").await;
    let first = propose(&client, &operator, "freeze").await;
    let proof = legal.signature(server.origin(), &first);
    let done = commit(&client, &first, &proof).await.good();
    // Its answer may have been lost: it is given again, and nothing is done.
    let before = server.last_event().await;
    let again = commit(&client, &first, &proof).await.good();
    assert_eq!((again, server.last_event().await), (done, before));
    // Not when the card is again as it was when the statement was proposed.
    legal.act(&client, operator.card, "unfreeze").await.good();
    let replayed = commit(&client, &first, &proof).await;
    assert_eq!(
        (replayed.status, replayed.code().as_str()),
        (409, "proposal_void")
    );
    // A copy of an old signature proves nothing: counted, and in nobody's record.
    let event = server.last_event().await;
    assert_eq!(
        (event.act.as_str(), event.outcome),
        ("unfreeze", EventOutcome::Done)
    );
    let counted = database.unproven().await;
    let key = ("act", "proposal_void");
    assert_eq!(counted[&(key.0.to_owned(), key.1.to_owned())], 1);
    assert_eq!(state(&client, &operator).await, "normal");
}

async fn what_changed_meanwhile_is_a_conflict(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let client = legal.log_in(server.origin()).await;
    let operator = server.operator("0001").await;
    let stale = propose(&client, &operator, "freeze").await;
    let proof = legal.signature(server.origin(), &stale);
    legal
        .act(&client, operator.card, "report_loss")
        .await
        .good();
    let reply = commit(&client, &stale, &proof).await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (409, "conflict/lost")
    );
    let event = server.last_event().await;
    assert_eq!(
        (event.act.as_str(), event.outcome, event.target),
        ("freeze", EventOutcome::Refused, Some(operator.card))
    );
    // Decided is decided: the signature does not wait for a better moment.
    let reply = commit(&client, &stale, &proof).await;
    assert_eq!(reply.code(), "proposal_void");
    assert_eq!(state(&client, &operator).await, "lost");
}

async fn of_two_that_act_at_once_one_wins(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let client = legal.log_in(server.origin()).await;
    let operator = server.operator("0001").await;
    let origin = server.origin().to_owned();
    let mut commits = Vec::new();
    for action in ["freeze", "report_loss", "freeze", "report_loss", "freeze"] {
        let statement = propose(&client, &operator, action).await;
        let proof = legal.signature(&origin, &statement);
        let client = client.clone();
        commits.push(async move { commit(&client, &statement, &proof).await });
    }
    let replies = all_at_once(commits).await;
    let won: Vec<_> = replies.iter().filter(|reply| reply.status == 200).collect();
    assert_eq!(won.len(), 1, "{replies:?}");
    let now = won[0].json()["state"].clone();
    assert_eq!(state(&client, &operator).await, now);
    for lost in replies.iter().filter(|reply| reply.status != 200) {
        assert_eq!(lost.status, 409, "{}", lost.body);
        assert_eq!(lost.code(), format!("conflict/{}", now.as_str().unwrap()));
    }
}

async fn the_rules_say_no(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let client = legal.log_in(server.origin()).await;
    let operator = server.operator("0001").await;
    for (action, status, code) in [
        ("unfreeze", 409, "refused"),
        ("cancel_loss", 409, "refused"),
        ("cancel", 403, "not_allowed"),
        ("issue", 403, "not_allowed"),
        ("renew", 403, "not_allowed"),
        ("unlock", 403, "not_allowed"),
    ] {
        let reply = legal.act(&client, operator.card, action).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (status, code),
            "{action}"
        );
    }
    // The legal person's own card is none that could be acted on.
    let reply = legal.act(&client, legal.card, "freeze").await;
    assert_eq!(reply.code(), "not_found");
    // An operator acts on nothing, own card included.
    let own = operator.log_in(server.origin()).await;
    let reply = operator.act(&own, operator.card, "freeze").await;
    assert_eq!((reply.status, reply.code().as_str()), (403, "not_allowed"));
}
