//! Writes that share a transaction do not share their failures.

use card_domain::EventAct;
use card_protocol::piv::ChipId;
use server::storage::{
    ConfirmOutcome, Confirmation, Constraint, Holder, NewEnterprise, Standing, StoreError,
};
use test_support::{
    database::{TestDatabase, all_at_once, on_both},
    service::{
        EnterpriseFixture,
        samples::{at, event},
    },
};
use uuid::Uuid;

on_both!(
    a_failing_write_hurts_no_other,
    a_half_done_write_leaves_nothing
);

async fn a_failing_write_hurts_no_other(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    let writes = (0..300).map(|number| {
        let enterprise = enterprise.clone();
        async move {
            if number % 7 == 3 {
                let twin = NewEnterprise {
                    id: card_domain::EnterpriseId(Uuid::now_v7()),
                    code: enterprise.code.clone(),
                    name: String::from("同号企业"),
                };
                let event = event(Some(enterprise.id), EventAct::Export);
                enterprise.store.add_enterprise(twin, event).await
            } else {
                let event = event(Some(enterprise.id), EventAct::Reveal);
                enterprise.store.record_event(event).await.map(drop)
            }
        }
    });
    let outcomes = all_at_once(writes).await;
    for (number, outcome) in outcomes.iter().enumerate() {
        match outcome {
            Ok(()) => assert_ne!(number % 7, 3),
            Err(StoreError::Conflict(Constraint::EnterpriseCode)) => assert_eq!(number % 7, 3),
            Err(other) => panic!("{other:?}"),
        }
    }
    let done = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(enterprise.count_events(EventAct::Reveal).await, done);
    assert_eq!(enterprise.count_events(EventAct::Export).await, 0);
}

/// A confirmation changes certificates before it meets the chip id that is
/// taken: of two with the same chip id one is whole and the other is not
/// there at all, whatever else is in the batch.
async fn a_half_done_write_leaves_nothing(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    let mut confirmations = Vec::new();
    for number in 0..40 {
        let holder = Holder::Operator(card_domain::OperatorNo(format!("{number:03}")));
        let card = enterprise.register(holder, "操作员").await;
        let (enrolment, _) = enterprise.begin(card).await;
        let certificate = enterprise.hold(enrolment, "issued").await;
        let mut chip = [9; 16];
        chip[0] = number / 2;
        let confirmation = Confirmation {
            card_key: test_support::service::enrolment::nobodys_card_key(),
            attestation: None,
            enrolment,
            certificate,
            card_no: database.store.reserve_card_no().await.unwrap(),
            chip_id: ChipId(chip),
            pin_tries: None,
            payload: String::from("{}"),
            at: at(2),
            event: event(Some(enterprise.id), EventAct::Issue),
        };
        confirmations.push((card, confirmation));
    }
    let before = enterprise.count_events(EventAct::Issue).await;
    let subjects: Vec<_> = confirmations
        .iter()
        .map(|(card, confirmation)| (*card, confirmation.certificate))
        .collect();
    let outcomes = all_at_once(confirmations.into_iter().map(|(_, confirmation)| {
        let store = database.store.clone();
        async move { store.confirm_enrolment(confirmation).await }
    }))
    .await;
    let mut made = 0;
    for ((card, certificate), outcome) in subjects.into_iter().zip(&outcomes) {
        let card = enterprise.card(card).await;
        let hit = database.store.certificate(certificate).await.unwrap();
        let standing = hit.unwrap().standing;
        match outcome {
            Ok(ConfirmOutcome::Confirmed { .. }) => {
                made += 1;
                assert!(card.chip.is_some() && card.certificate.is_some());
                assert_eq!(standing, Standing::Good);
            }
            Err(StoreError::Conflict(Constraint::ChipId)) => {
                assert!(card.chip.is_none() && card.certificate.is_none());
                assert_eq!((card.version, standing), (0, Standing::Held));
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(made, 20);
    assert_eq!(enterprise.count_events(EventAct::Issue).await - before, 20);
}
