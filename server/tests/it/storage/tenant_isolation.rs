//! The wall between enterprises: every method that takes one finds nothing
//! of another's, and changes nothing there.

use card_domain::{Action, EventAct, OperatorNo};
use server::storage::{
    ActOutcome, CardRecord, Holder, ListQuery, NewEnrolment, Order, PinRecord, StoreError,
    TokenHash,
};
use test_support::{
    database::{TestDatabase, on_both},
    service::{
        EnterpriseFixture,
        samples::{at, event, everything, signed, unique},
    },
};
use uuid::Uuid;

on_both!(
    reads_stay_in_their_enterprise,
    writes_stay_in_their_enterprise,
    an_operator_card_is_no_legal_persons,
);

async fn reads_stay_in_their_enterprise(database: TestDatabase) {
    let ours = EnterpriseFixture::new(&database.store).await;
    let theirs = EnterpriseFixture::new(&database.store).await;
    let (card, _) = theirs.operator("001").await;
    let number = Holder::Operator(OperatorNo(String::from("001")));
    let store = &database.store;

    for card in [card, theirs.legal] {
        let found = store.card(ours.id, card).await;
        assert!(matches!(found, Err(StoreError::NotFound)), "{found:?}");
        let found = store.operator_card(ours.id, card).await;
        assert!(matches!(found, Err(StoreError::NotFound)), "{found:?}");
        let events = store.events(ours.id, Some(card), None, 100).await;
        assert_eq!(events.unwrap(), Vec::new());
    }
    let found = store.card_of_holder(ours.id, &number).await.unwrap();
    assert_eq!(found, None);
    let found = store.card_of_holder(ours.id, &Holder::LegalPerson).await;
    assert_eq!(found.unwrap().unwrap().id, ours.legal);
    let events = store.events(ours.id, None, None, 1000).await.unwrap();
    assert!(events.iter().all(|event| event.enterprise == Some(ours.id)));

    let chip = theirs.card(card).await.chip.unwrap();
    let by_card_no = ListQuery {
        card_no_prefix: Some(chip.card_no.0),
        ..everything(Order::LastLoginDesc)
    };
    for query in [everything(Order::OperatorNoAsc), by_card_no] {
        let list = store.list_cards(ours.id, &query).await.unwrap();
        assert_eq!(list.rows, Vec::<CardRecord>::new());
        assert_eq!((list.total, list.any_operator), (0, false));
        let list = store.list_cards(theirs.id, &query).await.unwrap();
        assert_eq!(list.rows.len(), 1);
    }
}

async fn writes_stay_in_their_enterprise(database: TestDatabase) {
    let ours = EnterpriseFixture::new(&database.store).await;
    let theirs = EnterpriseFixture::new(&database.store).await;
    let (card, _) = theirs.operator("001").await;
    let before = theirs.card(card).await;
    let store = &database.store;

    // Our session with their card, our enterprise or theirs.
    let mut act = ours.act_on(&before, Action::Freeze, at(10)).await;
    let outcome = store.apply_act(act.clone()).await.unwrap();
    assert_eq!(outcome, ActOutcome::NotFound);
    act.enterprise = theirs.id;
    act.signed = signed(ours.nonce(card).await);
    let outcome = store.apply_act(act).await.unwrap();
    assert_eq!(outcome, ActOutcome::SessionEnded);

    let pin = PinRecord {
        tries_left: 0,
        at: at(30),
    };
    store.pin_seen(ours.id, card, pin).await.unwrap();
    let number = Holder::Operator(OperatorNo(String::from("002")));
    let blank = theirs.register(number, "李四").await;
    let enrolment = NewEnrolment {
        id: Uuid::now_v7(),
        enterprise: ours.id,
        card: blank,
        token: TokenHash(unique()),
        step: String::new(),
        payload: String::new(),
        created_at: at(0),
        expires_at: at(1),
    };
    let begun = store.begin_enrolment(enrolment, event(Some(ours.id), EventAct::Enrol));
    let refused = begun.await.unwrap_err();
    assert!(matches!(refused, StoreError::NotFound), "{refused:?}");

    assert_eq!(theirs.card(card).await, before);
    assert_eq!(theirs.count_events(EventAct::Freeze).await, 0);
    assert_eq!(ours.count_events(EventAct::Freeze).await, 0);
}

async fn an_operator_card_is_no_legal_persons(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    let (card, _) = enterprise.operator("001").await;
    let found = database
        .store
        .operator_card(enterprise.id, card)
        .await
        .unwrap();
    assert_eq!(found.id, card);
    let found = database
        .store
        .operator_card(enterprise.id, enterprise.legal)
        .await;
    assert!(matches!(found, Err(StoreError::NotFound)), "{found:?}");
    // And an operator's session does no act.
    let mut by_operator = enterprise.clone();
    let (_, certificate) = enterprise.operator("002").await;
    let hit = database.store.certificate(certificate).await.unwrap();
    let operator = hit.unwrap().card.id;
    by_operator.session = enterprise.log_in(operator, certificate, at(3)).await;
    let act = by_operator.prepare(card, Action::Freeze, at(10)).await;
    let outcome = database.store.apply_act(act).await.unwrap();
    assert_eq!(outcome, ActOutcome::SessionEnded);
}
