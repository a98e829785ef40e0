//! 制卡: one open enrolment for each card, and a card that is made whole or
//! not at all.

use card_domain::{Action, CardState, EventAct, OperatorNo};
use server::storage::{
    ConfirmOutcome, Confirmation, Constraint, EnrolmentStart, EnrolmentUpdate, Holder,
    NewEnrolment, Standing, StoreError, TokenHash,
};
use test_support::{
    database::{TestDatabase, on_both},
    service::{
        EnterpriseFixture,
        samples::{at, event, unique},
    },
};
use uuid::Uuid;

on_both!(
    a_card_is_made,
    a_later_enrolment_takes_over,
    steps_are_conditional,
    abandoning_revokes_what_was_held,
    a_taken_chip_id_changes_nothing,
    persons_are_unique,
);

fn operator(number: &str) -> Holder {
    Holder::Operator(OperatorNo(String::from(number)))
}

async fn a_card_is_made(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    let card = enterprise.register(operator("001"), "张三").await;
    assert_eq!(enterprise.state(card).await, CardState::NotIssued);
    let (enrolment, token) = enterprise.begin(card).await;
    let open = database.store.enrolment(token).await.unwrap().unwrap();
    assert_eq!(
        (open.id, open.card, open.enterprise),
        (enrolment, card, enterprise.id)
    );
    assert_eq!(open.expires_at, at(600));

    let certificate = enterprise.hold(enrolment, "issued").await;
    let hit = database.store.certificate(certificate).await.unwrap();
    let hit = hit.unwrap();
    assert_eq!(hit.standing, Standing::Held);
    assert_eq!(hit.card.certificate, None);

    let ConfirmOutcome::Confirmed { card_no, .. } =
        enterprise.confirm(enrolment, certificate).await
    else {
        panic!("not confirmed");
    };
    assert_eq!(card_no.0.len(), 13);
    let made = enterprise.card(card).await;
    assert_eq!(made.state, CardState::Normal);
    assert_eq!(made.version, 1);
    let chip = made.chip.unwrap();
    assert_eq!(chip.card_no, card_no);
    assert_eq!(chip.issued_at, at(2));
    assert_eq!(made.pin.unwrap().tries_left, 8);
    assert!(made.certificate.is_some());
    // It stays for whoever did not hear of it, and does nothing any more.
    let over = database.store.enrolment(token).await.unwrap().unwrap();
    assert_eq!(over.step, "made");
    assert_eq!(
        enterprise.confirm(enrolment, certificate).await,
        ConfirmOutcome::NotHeld
    );
    let failed = event(Some(enterprise.id), EventAct::Issue);
    let abandoned = database.store.abandon_enrolment(enrolment, failed);
    assert!(!abandoned.await.unwrap());

    let again = database.store.begin_enrolment(
        enrolment_of(&enterprise, card),
        event(Some(enterprise.id), EventAct::Enrol),
    );
    let state = CardState::Normal;
    assert_eq!(again.await.unwrap(), EnrolmentStart::CardIs(state));
}

fn enrolment_of(enterprise: &EnterpriseFixture, card: card_domain::CardId) -> NewEnrolment {
    NewEnrolment {
        id: Uuid::now_v7(),
        enterprise: enterprise.id,
        card,
        token: TokenHash(unique()),
        step: String::from("begun"),
        payload: String::from("{}"),
        created_at: at(0),
        expires_at: at(600),
    }
}

async fn a_later_enrolment_takes_over(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    let card = enterprise.register(operator("001"), "张三").await;
    let (first, first_token) = enterprise.begin(card).await;
    let held = enterprise.hold(first, "issued").await;
    let (second, _) = enterprise.begin(card).await;
    assert_eq!(database.store.enrolment(first_token).await.unwrap(), None);
    let hit = database.store.certificate(held).await.unwrap().unwrap();
    assert_eq!(hit.standing, Standing::Revoked);
    assert_eq!(enterprise.confirm(first, held).await, ConfirmOutcome::Gone);
    assert_eq!(
        enterprise.confirm(second, held).await,
        ConfirmOutcome::NotHeld
    );
    let certificate = enterprise.hold(second, "issued").await;
    let confirmed = enterprise.confirm(second, certificate).await;
    assert!(matches!(confirmed, ConfirmOutcome::Confirmed { .. }));
}

async fn steps_are_conditional(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    let card = enterprise.register(operator("001"), "张三").await;
    let (id, token) = enterprise.begin(card).await;
    let step = EnrolmentUpdate {
        id,
        before: String::from("begun"),
        step: String::from("keyed"),
        payload: String::from("{\"n\":1}"),
    };
    assert!(database.store.save_enrolment(step.clone()).await.unwrap());
    assert!(!database.store.save_enrolment(step).await.unwrap());
    let open = database.store.enrolment(token).await.unwrap().unwrap();
    assert_eq!(
        (open.step.as_str(), open.payload.as_str()),
        ("keyed", "{\"n\":1}")
    );
}

async fn abandoning_revokes_what_was_held(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    let card = enterprise.register(operator("001"), "张三").await;
    let (id, _) = enterprise.begin(card).await;
    let held = enterprise.hold(id, "issued").await;
    let abandon = || {
        let event = event(Some(enterprise.id), EventAct::Archive);
        database.store.abandon_enrolment(id, event)
    };
    assert!(abandon().await.unwrap());
    assert!(!abandon().await.unwrap());
    assert_eq!(enterprise.count_events(EventAct::Archive).await, 1);
    let hit = database.store.certificate(held).await.unwrap().unwrap();
    assert_eq!(hit.standing, Standing::Revoked);
    assert_eq!(enterprise.state(card).await, CardState::NotIssued);
}

async fn a_taken_chip_id_changes_nothing(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    let (made, _) = enterprise.operator("001").await;
    let chip_id = enterprise.card(made).await.chip.unwrap().chip_id;
    let card = enterprise.register(operator("002"), "李四").await;
    let (enrolment, token) = enterprise.begin(card).await;
    let certificate = enterprise.hold(enrolment, "issued").await;
    let confirmation = Confirmation {
        card_key: test_support::service::enrolment::nobodys_card_key(),
        attestation: None,
        enrolment,
        certificate,
        card_no: database.store.reserve_card_no().await.unwrap(),
        chip_id,
        pin_tries: None,
        payload: String::from("{}"),
        at: at(2),
        event: event(Some(enterprise.id), EventAct::Issue),
    };
    let refused = database.store.confirm_enrolment(confirmation).await;
    assert!(
        matches!(refused, Err(StoreError::Conflict(Constraint::ChipId))),
        "{refused:?}"
    );
    assert_eq!(enterprise.state(card).await, CardState::NotIssued);
    let hit = database.store.certificate(certificate).await.unwrap();
    assert_eq!(hit.unwrap().standing, Standing::Held);
    assert!(database.store.enrolment(token).await.unwrap().is_some());
}

async fn persons_are_unique(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    enterprise.register(operator("001"), "张三").await;
    for (holder, constraint) in [
        (operator("001"), Constraint::OperatorNo),
        (Holder::LegalPerson, Constraint::LegalPerson),
    ] {
        let person = enterprise.person(holder, "李四");
        let added = database
            .store
            .add_card(person, event(Some(enterprise.id), EventAct::Archive));
        let refused = added.await.unwrap_err();
        assert!(
            matches!(refused, StoreError::Conflict(found) if found == constraint),
            "{refused:?}"
        );
    }
    assert_eq!(enterprise.count_events(EventAct::Archive).await, 0);

    // A cancelled legal person's card makes room for the next one.
    enterprise
        .act(enterprise.legal, Action::Cancel, at(9))
        .await;
    let next = enterprise
        .register(Holder::LegalPerson, "新法定代表人")
        .await;
    let found = database
        .store
        .card_of_holder(enterprise.id, &Holder::LegalPerson);
    assert_eq!(found.await.unwrap().unwrap().id, next);
}
