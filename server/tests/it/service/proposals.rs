//! Propose, sign, commit: what is refused, for an act and for an operation
//! alike. A refusal changes nothing but the record, and uses the proposal up.

mod badly_signed;
mod fixture;
mod repeated;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_domain::EventOutcome;
use card_protocol::statement::Statement;
use jiff::SignedDuration;
use serde_json::{Value, json};
use test_support::database::{TestDatabase, all_at_once, on_both, on_pooler};

use self::{
    badly_signed::{SIGNED, badly_signed},
    fixture::{Kind, LATE, NOT_SIGNED, SIGNED_ANOTHER, SigningFixture, UNKNOWN, commit},
};

on_both!(
    every_refusal_changes_nothing_but_the_record,
    a_refused_signature_uses_the_proposal_up,
    what_is_not_this_session_s_is_not_used_up,
    a_failure_leaves_the_proposal_open,
    of_one_statement_sent_many_times_one_is_done,
    a_lost_answer_is_given_again,
    a_lost_answer_is_given_to_a_locked_session,
    what_is_signed_is_the_same_for_every_reader,
);
on_pooler!(of_one_statement_sent_many_times_one_is_done,);

/// Whoever reads English signs what everybody else signs.
async fn what_is_signed_is_the_same_for_every_reader(database: TestDatabase) {
    let fixture = SigningFixture::new(database).await;
    for kind in Kind::BOTH {
        let chinese = fixture.propose(kind).await;
        fixture.browser.set_cookie("language", "en");
        let english = fixture.propose(kind).await;
        fixture.browser.set_cookie("language", "zh-CN");
        assert_eq!(english.text, chinese.text);
        let but_its_nonce = english.structured.replace(&english.nonce, &chinese.nonce);
        assert_eq!(but_its_nonce, chinese.structured);
    }
}

async fn every_refusal_changes_nothing_but_the_record(database: TestDatabase) {
    let fixture = SigningFixture::new(database).await;
    for kind in Kind::BOTH {
        let mut unknown = fixture.propose(kind).await;
        unknown.nonce = STANDARD.encode([7; 32]);
        let proof = fixture.sign(&unknown);
        fixture
            .refused("unknown", kind, &(unknown, proof), &UNKNOWN)
            .await;

        // A login's challenge is no proposal.
        let mut login = fixture.propose(kind).await;
        login.nonce = fixture.browser.challenge().await;
        let proof = fixture.sign(&login);
        fixture
            .refused("a login's", kind, &(login, proof), &UNKNOWN)
            .await;

        let swapped = fixture.propose(kind.other()).await;
        let proof = fixture.sign(&swapped);
        fixture
            .refused("the other kind's", kind, &(swapped, proof), &UNKNOWN)
            .await;

        for (what, request) in badly_signed(&fixture, kind).await {
            let expected = if SIGNED.contains(&what) {
                &SIGNED_ANOTHER
            } else {
                &NOT_SIGNED
            };
            fixture.refused(what, kind, &request, expected).await;
        }

        let late = fixture.propose(kind).await;
        fixture.server.clock.advance(SignedDuration::from_secs(301));
        let proof = fixture.sign(&late);
        fixture.refused("late", kind, &(late, proof), &LATE).await;
    }
}

async fn a_refused_signature_uses_the_proposal_up(database: TestDatabase) {
    let fixture = SigningFixture::new(database).await;
    for kind in Kind::BOTH {
        let mut unsigned = Vec::new();
        for (what, (statement, proof)) in badly_signed(&fixture, kind).await {
            let reply = commit(&fixture.browser, kind, &statement, &proof).await;
            assert_eq!(reply.code(), "statement_signature", "{kind:?}, {what}");
            unsigned.push((what, statement.nonce));
        }
        // The right signature comes too late.
        let right = fixture.propose(kind).await;
        for (what, nonce) in unsigned {
            let statement = Statement {
                nonce,
                ..right.clone()
            };
            let proof = fixture.sign(&statement);
            fixture
                .refused(what, kind, &(statement, proof), &UNKNOWN)
                .await;
        }
    }
    // The same statement, to the byte: a lost answer is repeated in vain, and
    // another proposal is as good.
    let statement = fixture.propose(Kind::Act).await;
    let bad = fixture
        .operator
        .signature(fixture.server.origin(), &statement);
    let request = (statement, bad);
    fixture
        .refused("first", Kind::Act, &request, &NOT_SIGNED)
        .await;
    fixture
        .refused("again", Kind::Act, &request, &UNKNOWN)
        .await;
    let right = (request.0.clone(), fixture.sign(&request.0));
    fixture
        .refused("signed right", Kind::Act, &right, &UNKNOWN)
        .await;
    let another = fixture.propose(Kind::Act).await;
    commit(
        &fixture.browser,
        Kind::Act,
        &another,
        &fixture.sign(&another),
    )
    .await
    .good();
}

async fn what_is_not_this_session_s_is_not_used_up(database: TestDatabase) {
    let fixture = SigningFixture::new(database).await;
    let kiosk = fixture.legal.log_in(fixture.server.origin()).await;
    for kind in [Kind::Operation, Kind::Act] {
        let statement = fixture.propose(kind).await;
        let proof = fixture.sign(&statement);
        // The same person in another session, and the other kind's call.
        for (browser, kind) in [(&kiosk, kind), (&fixture.browser, kind.other())] {
            let before = fixture.everything().await;
            let reply = commit(browser, kind, &statement, &proof).await;
            assert_eq!(
                (reply.status, reply.code().as_str()),
                (409, "proposal_void")
            );
            assert_eq!(fixture.everything().await, before);
        }
        commit(&fixture.browser, kind, &statement, &proof)
            .await
            .good();
    }
}

async fn a_failure_leaves_the_proposal_open(database: TestDatabase) {
    let fixture = SigningFixture::new(database).await;
    for kind in [Kind::Operation, Kind::Act] {
        let statement = fixture.propose(kind).await;
        let proof = fixture.sign(&statement);
        // The register can't be asked for the certificate.
        let away = "ALTER TABLE certificates RENAME TO certificates_away";
        fixture.database.raw(away).await.unwrap();
        let reply = commit(&fixture.browser, kind, &statement, &proof).await;
        assert!(reply.status >= 500, "{kind:?}: {}", reply.body);
        let back = "ALTER TABLE certificates_away RENAME TO certificates";
        fixture.database.raw(back).await.unwrap();
        let event = fixture.server.last_event().await;
        assert_eq!(
            (event.act.as_str(), event.outcome),
            (kind.act(), EventOutcome::Failed)
        );
        // The same request again.
        let reply = commit(&fixture.browser, kind, &statement, &proof).await;
        reply.good();
    }
}

/// The answer was lost, and the page sends the same request once more.
/// The card was pulled before the answer came, and the session locked: what was done is told
/// all the same, and nothing else is done.
async fn a_lost_answer_is_given_to_a_locked_session(database: TestDatabase) {
    let fixture = SigningFixture::new(database).await;
    let done = fixture.propose(Kind::Act).await;
    let proof = fixture.sign(&done);
    let first = commit(&fixture.browser, Kind::Act, &done, &proof)
        .await
        .good();
    let lock = json!({ "at_terminal": false });
    fixture.browser.call("/api/session/lock", lock).await.good();
    let before = fixture.everything().await;
    let second = commit(&fixture.browser, Kind::Act, &done, &proof)
        .await
        .good();
    assert_eq!(first, second);
    let other = Statement {
        text: done.text.replace('1', "2"),
        ..done
    };
    let reply = commit(&fixture.browser, Kind::Act, &other, &proof).await;
    assert_eq!(reply.code(), "session_locked");
    assert_eq!(fixture.everything().await, before);
}

async fn a_lost_answer_is_given_again(database: TestDatabase) {
    let fixture = SigningFixture::new(database).await;
    for kind in [Kind::Act, Kind::Operation] {
        let statement = fixture.propose(kind).await;
        let proof = fixture.sign(&statement);
        let send = async || commit(&fixture.browser, kind, &statement, &proof).await;
        let first = send().await.good();
        if kind == Kind::Act {
            // What nobody signed is no act that came after it.
            let body = json!({ "card": fixture.operator.card });
            let revealed = fixture.browser.call("/api/cards/reveal", body).await;
            revealed.good();
        }
        let before = fixture.everything().await;
        let second = send().await.good();
        assert_eq!(
            fixture.everything().await,
            before,
            "{kind:?}: once is enough"
        );
        match kind {
            Kind::Act => assert_eq!(first, second),
            Kind::Operation => {
                // Another ticket for the same, and the first one is void.
                assert_ne!(first["ticket"], second["ticket"]);
                assert_eq!(
                    first["operations"][0]["id"], second["operations"][0]["id"],
                    "{second}"
                );
                let cancel = async |ticket: &Value| {
                    let body = json!({ "ticket": ticket });
                    let path = "/api/operations/cancel";
                    fixture.browser.call(path, body).await.code()
                };
                assert_eq!(cancel(&first["ticket"]).await, "ticket_void");
                assert_eq!(cancel(&second["ticket"]).await, "");
                // It was given up: nothing begins it again.
                assert_eq!(send().await.code(), "ticket_void");
            }
        }
        // What differs in a byte is another request.
        let swapped = |first: char| if first == 'A' { 'B' } else { 'A' };
        let (first_letter, rest) = statement.nonce.split_at(1);
        let other_nonce: String = first_letter
            .chars()
            .map(swapped)
            .chain(rest.chars())
            .collect();
        for change in [
            Statement {
                nonce: other_nonce,
                ..statement.clone()
            },
            Statement {
                text: statement.text.clone() + " ",
                ..statement.clone()
            },
            Statement {
                structured: statement.structured.clone() + " ",
                ..statement.clone()
            },
        ] {
            let reply = commit(&fixture.browser, kind, &change, &proof).await;
            assert_eq!(reply.code(), "proposal_void", "{kind:?}");
        }
        let other = fixture
            .operator
            .signature(fixture.server.origin(), &statement);
        let reply = commit(&fixture.browser, kind, &statement, &other).await;
        assert_eq!(reply.code(), "proposal_void", "{kind:?}");
        if kind == Kind::Act {
            let back = fixture
                .legal
                .act(&fixture.browser, fixture.operator.card, "unfreeze");
            back.await.good();
            // It was undone since, under another signature: nobody is told that it stands.
            assert_eq!(send().await.code(), "proposal_void");
        }
    }
}

async fn of_one_statement_sent_many_times_one_is_done(database: TestDatabase) {
    let fixture = SigningFixture::new(database).await;
    for kind in [Kind::Operation, Kind::Act] {
        let statement = fixture.propose(kind).await;
        let proof = fixture.sign(&statement);
        let before = fixture
            .server
            .events(1)
            .await
            .first()
            .map(|event| event.seq);
        let commits = (0..8).map(|_| {
            let (browser, statement, proof) =
                (fixture.browser.clone(), statement.clone(), proof.clone());
            async move { commit(&browser, kind, &statement, &proof).await }
        });
        let replies = all_at_once(commits).await;
        // Each is told what was done, whoever came first.
        assert!(
            replies.iter().all(|reply| reply.status == 200),
            "{kind:?}: {replies:?}"
        );
        // It was done once, and none of the others is an event.
        let events = fixture.server.events(9).await;
        let done = events
            .iter()
            .filter(|event| Some(event.seq) > before && event.outcome == EventOutcome::Done);
        assert_eq!(done.filter(|event| event.statement.is_some()).count(), 1);
    }
}
