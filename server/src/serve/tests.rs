//! Who gets a slot, and who loses it.

mod sockets;

use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

use proptest::prelude::*;

use super::{
    connection::Overdue,
    connections::{Admission, Connections, Slot},
    limits::Limits,
};
use crate::config::Http;

const SECOND: Duration = Duration::from_secs(1);

fn limits(all: usize, of_a_client: usize) -> Limits {
    Limits {
        all,
        of_a_client,
        ..Limits::of(&Http::default())
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn slot(
    connections: &std::sync::Arc<Connections>,
    peer: &str,
    now: Instant,
) -> Option<(Slot, bool)> {
    match connections.admit(ip(peer), now) {
        Admission::Admitted(slot, made_room) => Some((slot, made_room)),
        Admission::Full => None,
    }
}

/// As a connection that was cut is seen by its task.
fn is_cut(slot: &Slot) -> bool {
    let mut cut = std::pin::pin!(slot.connection.is_cut());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    cut.as_mut().poll(&mut context).is_ready()
}

#[test]
fn a_client_s_half_sent_requests_keep_out_nobody_and_not_itself() {
    let connections = Connections::new(limits(512, 100));
    let begin = Instant::now();
    let mut half = Vec::new();
    for number in 0..250_u32 {
        let now = begin + SECOND / 1000 * number;
        let (slot, made_room) = slot(&connections, "192.0.2.1", now).expect("a slot");
        slot.connection.came(now);
        assert_eq!(made_room, number >= 100, "{number}");
        half.push(slot);
    }
    // The oldest made room, one for each that was too many.
    let cut: Vec<bool> = half.iter().map(is_cut).collect();
    assert!(cut[..150].iter().all(|cut| *cut));
    assert!(cut[150..].iter().all(|cut| !*cut));
    let now = begin + SECOND;
    for peer in ["192.0.2.2", "192.0.2.1", "2001:db8::1"] {
        assert!(slot(&connections, peer, now).is_some(), "{peer}");
    }
}

#[test]
fn of_ipv6_a_64_is_one_client_and_who_stands_for_many_is_none() {
    let connections = Connections::new(limits(512, 2));
    let now = Instant::now();
    let take = |peer: &str| slot(&connections, peer, now).unwrap();
    let slots: Vec<_> = ["2001:db8::1", "2001:db8::2:3", "2001:db8:0:1::1"]
        .map(take)
        .into();
    assert!(slots.iter().all(|(_, made_room)| !made_room));
    assert!(take("2001:db8::ffff").1);
    let own: Vec<_> = (0..100).map(|_| take("127.0.0.1")).collect();
    assert!(own.iter().all(|(_, made_room)| !made_room));
}

#[test]
fn who_is_at_work_is_never_cut() {
    let connections = Connections::new(limits(4, 2));
    let begin = Instant::now();
    let later = begin + SECOND * 5;
    let work = |peer: &str| {
        let (slot, _) = slot(&connections, peer, begin).unwrap();
        slot.connection.came(begin);
        slot.connection.asked(begin);
        slot.connection.received(begin);
        slot
    };
    let mut at_work = vec![work("192.0.2.1"), work("192.0.2.1")];
    // Its own are all at work: it waits, others do not.
    assert!(slot(&connections, "192.0.2.1", later).is_none());
    at_work.push(work("192.0.2.2"));
    at_work.push(work("192.0.2.3"));
    assert!(slot(&connections, "192.0.2.4", later).is_none());
    assert!(!at_work.iter().any(is_cut));
    // One ends, and there is room.
    at_work.pop();
    assert!(slot(&connections, "192.0.2.4", later).is_some());
}

/// A large form on a narrow way is at work; some bytes now and then are not.
#[test]
fn a_body_that_comes_keeps_its_slot_and_one_that_trickles_does_not() {
    let connections = Connections::new(limits(3, 3));
    let begin = Instant::now();
    let ask = |peer: &str, now: Instant| {
        let (slot, made_room) = slot(&connections, peer, now)?;
        slot.connection.came(now);
        slot.connection.asked(now);
        Some((slot, made_room))
    };
    let (comes, _) = ask("192.0.2.1", begin).unwrap();
    let (trickles, _) = ask("192.0.2.2", begin).unwrap();
    let (burst, _) = ask("192.0.2.5", begin).unwrap();
    for second in 1..=20 {
        let now = begin + SECOND * second;
        comes.connection.received_some(2048, now);
        trickles.connection.received_some(100, now);
    }
    // Much at once, and nothing since, earns no time.
    burst.connection.received_some(63_000, begin + SECOND * 17);
    let now = begin + SECOND * 20;
    let (third, made_room) = ask("192.0.2.3", now).unwrap();
    assert!(made_room && is_cut(&trickles) && !is_cut(&comes) && !is_cut(&burst));
    let (fourth, made_room) = ask("192.0.2.4", now).unwrap();
    assert!(made_room && is_cut(&burst) && !is_cut(&comes));
    // A body has two seconds in any case, and then it is stuck.
    assert!(ask("192.0.2.6", now + SECOND).is_none());
    comes.connection.received_some(2048, now + SECOND * 2);
    assert!(ask("192.0.2.6", now + SECOND * 2).is_some());
    assert!(is_cut(&third) != is_cut(&fourth) && !is_cut(&comes));
}

#[test]
fn the_least_useful_goes_first() {
    let connections = Connections::new(limits(5, 5));
    let begin = Instant::now();
    let take = |peer: &str| slot(&connections, peer, begin).unwrap().0;
    let working = take("192.0.2.1");
    let stuck = take("192.0.2.2");
    let idle = take("192.0.2.3");
    let greedy = take("192.0.2.4");
    let greedy_too = take("192.0.2.4");
    for slot in [&working, &stuck, &idle] {
        slot.connection.asked(begin);
        slot.connection.received(begin);
    }
    stuck.connection.blocked(begin);
    idle.connection.answered(begin);
    let now = begin + SECOND * 3;
    let mut order = Vec::new();
    let mut new = Vec::new();
    loop {
        let Some((one_more, _)) = slot(&connections, "192.0.2.5", now) else {
            break;
        };
        one_more.connection.asked(now);
        one_more.connection.received(now);
        new.push(one_more);
        for (name, slot) in [
            ("greedy", &greedy),
            ("greedy too", &greedy_too),
            ("idle", &idle),
            ("stuck", &stuck),
            ("working", &working),
        ] {
            if is_cut(slot) {
                order.push(name);
            }
        }
    }
    assert_eq!(order, ["greedy", "greedy too", "idle", "stuck"]);
}

#[test]
fn each_wait_has_its_end() {
    let limits = limits(100, 100);
    let connections = Connections::new(limits.clone());
    let begin = Instant::now();
    let take = || slot(&connections, "192.0.2.1", begin).unwrap().0;
    let after = |seconds: u32| begin + SECOND * seconds;
    let overdue = |slot: &Slot, seconds| slot.connection.overdue(after(seconds), &limits);

    let silent = take();
    assert_eq!(overdue(&silent, 9), None);
    assert_eq!(overdue(&silent, 10), Some(Overdue::Head));
    let half = take();
    half.connection.came(after(5));
    half.connection.came(after(9));
    assert_eq!(overdue(&half, 14), None);
    assert_eq!(overdue(&half, 15), Some(Overdue::Head));
    // A second request that does not come whole is no better, and an idle connection
    // is hyper's.
    half.connection.asked(after(5));
    half.connection.received(after(5));
    half.connection.answered(after(6));
    assert_eq!(overdue(&half, 50), None);
    half.connection.came(after(50));
    assert_eq!(overdue(&half, 60), Some(Overdue::Head));

    let deaf = take();
    deaf.connection.asked(begin);
    deaf.connection.received(begin);
    assert_eq!(overdue(&deaf, 1000), None);
    deaf.connection.blocked(after(1000));
    deaf.connection.blocked(after(1020));
    assert_eq!(overdue(&deaf, 1029), None);
    assert_eq!(overdue(&deaf, 1030), Some(Overdue::Write));
    deaf.connection.took(1, after(1029));
    assert_eq!(overdue(&deaf, 1030), None);

    // A byte now and then is not enough.
    let drip = take();
    drip.connection.asked(begin);
    drip.connection.received(begin);
    let mut ended = None;
    for second in (0..300).step_by(20) {
        drip.connection.blocked(after(second));
        ended = ended.or(overdue(&drip, second + 19).map(|_| second));
        drip.connection.took(100, after(second + 19));
    }
    assert_eq!(ended, Some(60));
    // Slowly, but steadily, is.
    let slow = take();
    slow.connection.asked(begin);
    slow.connection.received(begin);
    for second in (0..3000).step_by(20) {
        slow.connection.blocked(after(second));
        assert_eq!(overdue(&slow, second + 19), None, "{second}");
        slow.connection.took(20 * 1024, after(second + 19));
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Comes(u8),
    Leaves(usize),
    Asks(usize),
    Answered(usize),
    Passes(u8),
    Look,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0_u8..6).prop_map(Step::Comes),
        1 => any::<usize>().prop_map(Step::Leaves),
        2 => any::<usize>().prop_map(Step::Asks),
        1 => any::<usize>().prop_map(Step::Answered),
        1 => any::<u8>().prop_map(Step::Passes),
        1 => Just(Step::Look),
    ]
}

proptest! {
    /// Whatever comes and goes: never more than allowed, and nobody at work is cut.
    #[test]
    fn there_are_never_too_many(steps in prop::collection::vec(step(), 1..200)) {
        let connections = Connections::new(limits(8, 3));
        let mut now = Instant::now();
        let mut slots: Vec<(u8, Slot, bool)> = Vec::new();
        for step in steps {
            match step {
                Step::Comes(client) => {
                    if let Some((slot, _)) = slot(&connections, &format!("192.0.2.{client}"), now) {
                        slots.push((client, slot, false));
                    }
                }
                Step::Leaves(which) if !slots.is_empty() => {
                    slots.swap_remove(which % slots.len());
                }
                Step::Asks(which) if !slots.is_empty() => {
                    let which = which % slots.len();
                    let (_, slot, at_work) = &mut slots[which];
                    slot.connection.asked(now);
                    slot.connection.received(now);
                    *at_work = true;
                }
                Step::Answered(which) if !slots.is_empty() => {
                    let which = which % slots.len();
                    let (_, slot, at_work) = &mut slots[which];
                    slot.connection.answered(now);
                    *at_work = false;
                }
                Step::Passes(seconds) => now += SECOND * u32::from(seconds),
                Step::Look => {
                    connections.cut_overdue(now, connections.limits());
                }
                _ => {}
            }
            let cut = |(_, slot, at_work): &(u8, Slot, bool)| {
                let cut = is_cut(slot);
                assert!(!(cut && *at_work), "somebody at work was cut");
                cut
            };
            slots.retain(|slot| !cut(slot));
            prop_assert!(slots.len() <= 8);
            for client in 0..6 {
                prop_assert!(slots.iter().filter(|(of, ..)| *of == client).count() <= 3);
            }
        }
    }
}
