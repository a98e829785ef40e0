//! Who gets a seat, and who loses it.

mod sockets;

use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

use proptest::prelude::*;

use super::{
    connection::Overdue,
    connections::{Admission, Connections, Seat},
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

fn seat(
    connections: &std::sync::Arc<Connections>,
    peer: &str,
    now: Instant,
) -> Option<(Seat, bool)> {
    match connections.admit(ip(peer), now) {
        Admission::Seated(seat, made_room) => Some((seat, made_room)),
        Admission::Full => None,
    }
}

/// As a connection that was cut is seen by its task.
fn is_cut(seat: &Seat) -> bool {
    let mut cut = std::pin::pin!(seat.connection.is_cut());
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
        let (seat, made_room) = seat(&connections, "192.0.2.1", now).expect("a seat");
        seat.connection.came(now);
        assert_eq!(made_room, number >= 100, "{number}");
        half.push(seat);
    }
    // The oldest made room, one for each that was too many.
    let cut: Vec<bool> = half.iter().map(is_cut).collect();
    assert!(cut[..150].iter().all(|cut| *cut));
    assert!(cut[150..].iter().all(|cut| !*cut));
    let now = begin + SECOND;
    for peer in ["192.0.2.2", "192.0.2.1", "2001:db8::1"] {
        assert!(seat(&connections, peer, now).is_some(), "{peer}");
    }
}

#[test]
fn of_ipv6_a_64_is_one_client_and_who_stands_for_many_is_none() {
    let connections = Connections::new(limits(512, 2));
    let now = Instant::now();
    let take = |peer: &str| seat(&connections, peer, now).unwrap();
    let seats: Vec<_> = ["2001:db8::1", "2001:db8::2:3", "2001:db8:0:1::1"]
        .map(take)
        .into();
    assert!(seats.iter().all(|(_, made_room)| !made_room));
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
        let (seat, _) = seat(&connections, peer, begin).unwrap();
        seat.connection.came(begin);
        seat.connection.asked(begin);
        seat.connection.received(begin);
        seat
    };
    let mut at_work = vec![work("192.0.2.1"), work("192.0.2.1")];
    // Its own are all at work: it waits, others do not.
    assert!(seat(&connections, "192.0.2.1", later).is_none());
    at_work.push(work("192.0.2.2"));
    at_work.push(work("192.0.2.3"));
    assert!(seat(&connections, "192.0.2.4", later).is_none());
    assert!(!at_work.iter().any(is_cut));
    // One ends, and there is room.
    at_work.pop();
    assert!(seat(&connections, "192.0.2.4", later).is_some());
}

/// A large form on a narrow way is at work; some bytes now and then are not.
#[test]
fn a_body_that_comes_keeps_its_seat_and_one_that_trickles_does_not() {
    let connections = Connections::new(limits(2, 2));
    let begin = Instant::now();
    let ask = |peer: &str, now: Instant| {
        let (seat, made_room) = seat(&connections, peer, now)?;
        seat.connection.came(now);
        seat.connection.asked(now);
        Some((seat, made_room))
    };
    let (comes, _) = ask("192.0.2.1", begin).unwrap();
    let (trickles, _) = ask("192.0.2.2", begin).unwrap();
    for _second in 0..20 {
        comes.connection.received_some(2048);
        trickles.connection.received_some(100);
    }
    let now = begin + SECOND * 20;
    let (third, made_room) = ask("192.0.2.3", now).unwrap();
    assert!(made_room && is_cut(&trickles) && !is_cut(&comes));
    // A body has two seconds in any case, and then it is stuck.
    assert!(ask("192.0.2.4", now + SECOND).is_none());
    assert!(ask("192.0.2.4", now + SECOND * 2).is_some());
    assert!(is_cut(&third) && !is_cut(&comes));
}

#[test]
fn the_least_useful_goes_first() {
    let connections = Connections::new(limits(5, 5));
    let begin = Instant::now();
    let take = |peer: &str| seat(&connections, peer, begin).unwrap().0;
    let working = take("192.0.2.1");
    let stuck = take("192.0.2.2");
    let idle = take("192.0.2.3");
    let greedy = take("192.0.2.4");
    let greedy_too = take("192.0.2.4");
    for seat in [&working, &stuck, &idle] {
        seat.connection.asked(begin);
        seat.connection.received(begin);
    }
    stuck.connection.blocked(begin);
    idle.connection.answered(begin);
    let now = begin + SECOND * 3;
    let mut order = Vec::new();
    let mut new = Vec::new();
    loop {
        let Some((one_more, _)) = seat(&connections, "192.0.2.5", now) else {
            break;
        };
        one_more.connection.asked(now);
        one_more.connection.received(now);
        new.push(one_more);
        for (name, seat) in [
            ("greedy", &greedy),
            ("greedy too", &greedy_too),
            ("idle", &idle),
            ("stuck", &stuck),
            ("working", &working),
        ] {
            if is_cut(seat) {
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
    let take = || seat(&connections, "192.0.2.1", begin).unwrap().0;
    let after = |seconds: u32| begin + SECOND * seconds;
    let overdue = |seat: &Seat, seconds| seat.connection.overdue(after(seconds), &limits);

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
        let mut seats: Vec<(u8, Seat, bool)> = Vec::new();
        for step in steps {
            match step {
                Step::Comes(client) => {
                    if let Some((seat, _)) = seat(&connections, &format!("192.0.2.{client}"), now) {
                        seats.push((client, seat, false));
                    }
                }
                Step::Leaves(which) if !seats.is_empty() => {
                    seats.swap_remove(which % seats.len());
                }
                Step::Asks(which) if !seats.is_empty() => {
                    let which = which % seats.len();
                    let (_, seat, at_work) = &mut seats[which];
                    seat.connection.asked(now);
                    seat.connection.received(now);
                    *at_work = true;
                }
                Step::Answered(which) if !seats.is_empty() => {
                    let which = which % seats.len();
                    let (_, seat, at_work) = &mut seats[which];
                    seat.connection.answered(now);
                    *at_work = false;
                }
                Step::Passes(seconds) => now += SECOND * u32::from(seconds),
                Step::Look => {
                    connections.cut_overdue(now, connections.limits());
                }
                _ => {}
            }
            let cut = |(_, seat, at_work): &(u8, Seat, bool)| {
                let cut = is_cut(seat);
                assert!(!(cut && *at_work), "somebody at work was cut");
                cut
            };
            seats.retain(|seat| !cut(seat));
            prop_assert!(seats.len() <= 8);
            for client in 0..6 {
                prop_assert!(seats.iter().filter(|(of, ..)| *of == client).count() <= 3);
            }
        }
    }
}
