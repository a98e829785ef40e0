//! What the model of the protocol (`app/domain/tests/protocol`) found: faults
//! that take two copies of a program, or an operation that was given up and
//! another one after it.

use serde_json::{Value, json};

use super::{
    desk::{Desk, heal, step, tag},
    good_certificate,
    reader::{PIN, Reader},
};
use crate::{
    database::{TestDatabase, on_both},
    service::world::World,
};

on_both!(
    a_refused_second_copy_says_nothing_of_the_first,
    another_act_does_not_put_a_card_right,
    an_open_operation_does_not_hide_one_that_was_given_up,
);

/// Drives a renewal until the card has written; gives the ticket's answer, the
/// last report but one, and the last one. Nobody hears of the last one.
async fn written(desk: &Desk, reader: &mut Reader) -> (Value, Value, Value) {
    let ticket = desk.begin(&[reader.card], "renew").await;
    let secret = ticket["ticket"].as_str().unwrap();
    let look = desk.next(secret, json!("inserted")).await.good();
    let looked = step(&look["next"], reader, PIN).unwrap();
    let write = desk.next(secret, looked.clone()).await.good();
    let ran = step(&write["next"], reader, PIN).unwrap();
    (ticket, looked, ran)
}

/// An administrator gives up the ticket's only operation.
async fn give_up(world: &World, ticket: &Value) {
    use server::clock::Clock as _;
    let id = ticket["operations"]["cards"][0]["id"].as_str().unwrap();
    let (store, now) = (world.store.as_ref(), world.clock.now());
    server::operations::house::abandon(store, id.parse().unwrap(), true, now)
        .await
        .unwrap();
}

async fn agree(world: &World, reader: &mut Reader) {
    let good = good_certificate(world, reader).await;
    assert_eq!(reader.certificate().unwrap(), good);
}

async fn a_refused_second_copy_says_nothing_of_the_first(database: TestDatabase) {
    let world = World::new(&database).await;
    let desk = Desk::new(&world).await;
    let mut reader = Reader::operator(&world, "0001").await;
    let old = good_certificate(&world, &reader).await;
    let (ticket, looked, _unheard) = written(&desk, &mut reader).await;
    let ticket = ticket["ticket"].as_str().unwrap();
    assert_ne!(reader.certificate().unwrap(), old, "the card has written");
    // The bridge is killed; the page sends its report once more, and another
    // bridge runs the second copy, which the card refuses.
    reader.restart_bridge();
    reader.insert_again();
    let second = desk.next(ticket, looked).await.good();
    let refused = step(&second["next"], &mut reader, PIN).unwrap();
    assert_eq!(
        refused["ran"]["outcome"]["steps"].as_array().unwrap().len(),
        1,
        "{refused}"
    );
    desk.next(ticket, refused).await.good();
    // Cancelled or not: what may be on the card waits for the card.
    let body = json!({ "ticket": ticket });
    let left = desk.browser.call("/api/operations/cancel", body).await;
    let left = left.good();
    assert_ne!(left["cards"][0]["state"], "abandoned", "{left}");
    reader.insert_again();
    let healed = heal(&world.browser(), &mut reader).await;
    assert_eq!(tag(&healed["healed"]["what"]), "completed", "{healed}");
    assert_ne!(good_certificate(&world, &reader).await, old);
    agree(&world, &mut reader).await;
}

async fn another_act_does_not_put_a_card_right(database: TestDatabase) {
    let world = World::new(&database).await;
    let desk = Desk::new(&world).await;
    let mut reader = Reader::operator(&world, "0001").await;
    let (ticket, ..) = written(&desk, &mut reader).await;
    give_up(&world, &ticket).await;
    reader.block_pin();
    reader.insert_again();
    let done = desk.operate(&mut reader, "unlock", "271828").await;
    assert_eq!(done["operations"]["cards"][0]["state"], "confirmed");
    // The certificate is still the one that was given up.
    reader.insert_again();
    let healed = heal(&world.browser(), &mut reader).await;
    assert_eq!(tag(&healed["healed"]["what"]), "rolled_back", "{healed}");
    agree(&world, &mut reader).await;
}

async fn an_open_operation_does_not_hide_one_that_was_given_up(database: TestDatabase) {
    let world = World::new(&database).await;
    let desk = Desk::new(&world).await;
    let mut reader = Reader::operator(&world, "0001").await;
    let (ticket, ..) = written(&desk, &mut reader).await;
    give_up(&world, &ticket).await;
    // Another one is begun, and has not come to the card yet.
    let ticket = desk.begin(&[reader.card], "renew").await;
    reader.insert_again();
    let healed = heal(&world.browser(), &mut reader).await;
    assert_eq!(tag(&healed["healed"]["what"]), "rolled_back", "{healed}");
    agree(&world, &mut reader).await;
    // And it goes on as if nothing had been.
    reader.insert_again();
    let ticket = ticket["ticket"].as_str().unwrap();
    let done = desk.drive(ticket, &mut reader, PIN).await;
    assert_eq!(tag(&done["next"]), "finished", "{done}");
    agree(&world, &mut reader).await;
}
