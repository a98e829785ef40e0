//! Who is taken for the bridge: never a program that only says so, where there is a
//! better one, or where this browser knows its own.

use serde_json::{Value, json};

use super::{
    machine::{Machine, ORIGIN, OTHER, OWN, Program, bridge, overheard},
    *,
};

fn welcome_of(change: impl FnOnce(&mut Value)) -> Value {
    let mut welcome = serde_json::from_str(WELCOME).unwrap();
    change(&mut welcome);
    welcome
}

fn own() -> Acquaintance {
    Acquaintance::of(&OWN, ORIGIN)
}

/// Programs that say that they are the bridge, in front of it.
fn impostors() -> Vec<Program> {
    vec![
        // Another installation, or another user's program that is one.
        bridge(OTHER),
        // One that proves nothing, as a bridge of version 3 would not.
        Program::Liar(welcome_of(|_| ())),
        Program::Bridge {
            key: OTHER,
            protocol: 3,
        },
        // What was heard before, at this port and at the bridge's own.
        Program::Liar(overheard(OWN, PORTS[0])),
        Program::Liar(overheard(OWN, PORTS[1])),
        // What the bridge proves at its own port, if it answered a stranger.
        Program::Relay {
            key: OWN,
            port: PORTS[1],
        },
        Program::Liar(welcome_of(|said| said["proof"] = json!(""))),
        Program::Liar(welcome_of(|said| said["proof"] = json!("00".repeat(32)))),
        Program::Liar(welcome_of(|said| said["protocol"] = json!(99))),
    ]
}

#[test]
fn a_page_that_knows_its_bridge_takes_no_other_wherever_it_is() {
    for (number, impostor) in impostors().into_iter().enumerate() {
        for [false_port, own_port] in [[0, 1], [0, 3], [1, 0], [2, 1], [3, 0]] {
            let is_relay = matches!(impostor, Program::Relay { .. }) || number == 4;
            if is_relay && false_port == 1 {
                continue;
            }
            let [false_port, own_port] = [PORTS[false_port], PORTS[own_port]];
            let mut machine =
                Machine::with([(false_port, impostor.clone()), (own_port, bridge(OWN))]);
            machine.kept = Some(own());
            assert_eq!(machine.visit(), DeviceStatus::Ready, "{number}");
            assert_eq!(machine.trusted, [own_port], "{number}");
            assert_eq!(machine.kept, Some(own()));
        }
    }
}

#[test]
fn where_the_own_one_is_not_there_nobody_is_taken() {
    for (number, impostor) in impostors().into_iter().enumerate() {
        let mut machine = Machine::with([(PORTS[0], impostor)]);
        machine.kept = Some(own());
        assert_eq!(machine.visit(), DeviceStatus::UnknownBridge, "{number}");
        assert!(machine.trusted.is_empty(), "{number}");
        assert_eq!(machine.kept, Some(own()));
    }
}

/// The page's next round.
fn again(link: &mut Link, machine: &mut Machine) {
    let timer = link.timer;
    let begin = link.on(Event::Woken { timer });
    machine.settle(link, begin);
}

/// While nothing comes of it a page asks the first port only, most of the time. As soon
/// as there is somebody it asks all of them, in that very round.
#[test]
fn all_ports_are_asked_before_somebody_is_taken_or_refused() {
    let waits = |kept: Option<Acquaintance>| {
        let mut machine = Machine::default();
        machine.kept = kept;
        let mut link = Link::new(None);
        let begin = link.on(Event::Start);
        machine.settle(&mut link, begin);
        for _ in 0..3 {
            again(&mut link, &mut machine);
        }
        assert_eq!(ports(None, link.failures).len(), 1);
        machine.programs.insert(PORTS[0], bridge(OTHER));
        machine.programs.insert(PORTS[2], bridge(OWN));
        again(&mut link, &mut machine);
        (link.shown.status, machine.trusted)
    };
    let found = waits(Some(own()));
    assert_eq!(found, (DeviceStatus::Ready, vec![PORTS[2]]));
    assert_eq!(waits(None), (DeviceStatus::SeveralBridges, vec![]));
}

#[test]
fn who_knows_its_bridge_asks_no_more_ports_than_it_has_to() {
    let mut machine = Machine::with([(PORTS[0], bridge(OWN)), (PORTS[1], bridge(OTHER))]);
    machine.kept = Some(own());
    assert_eq!(machine.visit(), DeviceStatus::Ready);
    assert_eq!(machine.shown_ticket, [PORTS[0]]);
}

#[test]
fn the_only_one_is_taken_where_none_is_known_and_known_from_then_on() {
    for port in PORTS {
        let mut machine = Machine::with([(port, bridge(OWN))]);
        assert_eq!(machine.visit(), DeviceStatus::Ready);
        assert_eq!(machine.trusted, [port]);
        // The ticket of the page before goes to the one that was taken.
        assert_eq!(machine.shown_ticket, [port]);
        assert_eq!(machine.kept, Some(own()));
        machine.programs.insert(port, bridge(OTHER));
        assert_eq!(machine.visit(), DeviceStatus::UnknownBridge);
        assert!(machine.trusted.is_empty());
    }
}

#[test]
fn of_several_none_is_taken_where_none_is_known() {
    let mut others = impostors();
    others.push(Program::Closing(CLOSED_FULL));
    for (number, impostor) in others.into_iter().enumerate() {
        for [one, other] in [[0, 1], [3, 0], [1, 2]] {
            let programs = [(PORTS[one], impostor.clone()), (PORTS[other], bridge(OWN))];
            let mut machine = Machine::with(programs);
            assert_eq!(machine.visit(), DeviceStatus::SeveralBridges, "{number}");
            assert!(machine.trusted.is_empty(), "{number}");
            assert!(machine.shown_ticket.is_empty(), "{number}");
            assert!(machine.kept.is_none(), "{number}");
            // It goes on by itself once there is one.
            machine.programs.remove(&PORTS[one]);
            assert_eq!(machine.visit(), DeviceStatus::Ready);
        }
    }
}

/// A bridge that has no time for a moment is not passed over for one that has.
#[test]
fn who_is_silent_for_a_moment_is_waited_for_before_another_is_taken() {
    let mut machine = Machine::with([(PORTS[0], Program::Silent), (PORTS[1], bridge(OWN))]);
    assert_eq!(machine.visit(), DeviceStatus::Ready);
    assert_eq!(machine.waited, FIRST_ANSWER_MS + ANSWER_MS);
    // Once it is known, another user's bridge in front of it costs a moment only.
    assert_eq!(machine.visit(), DeviceStatus::Ready);
    assert_eq!(machine.waited, FIRST_ANSWER_MS);
    // Nor is somebody else said to be there in a hurry.
    machine.programs.insert(PORTS[1], bridge(OTHER));
    assert_eq!(machine.visit(), DeviceStatus::UnknownBridge);
    assert_eq!(machine.waited, FIRST_ANSWER_MS + ANSWER_MS);
}

#[test]
fn one_that_opens_and_says_nothing_is_no_bridge() {
    let mut machine = Machine::with([(PORTS[0], Program::Mute), (PORTS[1], bridge(OWN))]);
    assert_eq!(machine.visit(), DeviceStatus::Ready);
    assert_eq!(machine.trusted, [PORTS[1]]);
}

/// What the own bridge has to say counts more than that another one is there.
#[test]
fn the_own_ones_word_is_shown_and_not_the_others() {
    let mut machine = Machine::with([(PORTS[0], bridge(OTHER)), (PORTS[1], bridge(OWN))]);
    machine.kept = Some(own());
    let mut link = Link::new(None);
    let begin = link.on(Event::Start);
    machine.settle(&mut link, begin);
    for finding in [Finding::NoGrant, Finding::GrantRefused] {
        assert!(finding > Finding::Unknown && finding > Finding::Several);
    }
    assert_eq!(link.shown.status, DeviceStatus::Ready);
}

#[test]
fn a_person_may_say_that_it_is_a_new_one() {
    let mut machine = Machine::with([(PORTS[0], bridge(OTHER))]);
    machine.kept = Some(own());
    let mut link = Link::new(None);
    let begin = link.on(Event::Start);
    machine.settle(&mut link, begin);
    assert_eq!(link.shown.status, DeviceStatus::UnknownBridge);
    let begin = link.on(Event::Forget);
    machine.settle(&mut link, begin);
    assert_eq!(link.shown.status, DeviceStatus::Ready);
    assert_eq!(machine.kept, Some(Acquaintance::of(&OTHER, ORIGIN)));
}

/// Also while all is well: who was met first, and is not the bridge, is got rid of.
#[test]
fn who_is_known_wrongly_can_be_forgotten() {
    let mut machine = Machine::with([(PORTS[0], bridge(OTHER)), (PORTS[1], bridge(OWN))]);
    machine.kept = Some(Acquaintance::of(&OTHER, ORIGIN));
    let mut link = Link::new(None);
    let begin = link.on(Event::Start);
    machine.settle(&mut link, begin);
    assert_eq!(link.shown.status, DeviceStatus::Ready);
    let begin = link.on(Event::Forget);
    machine.settle(&mut link, begin);
    assert_eq!(link.shown.status, DeviceStatus::SeveralBridges);
    assert!(machine.kept.is_none());
}

/// Also then nobody is taken out of two.
#[test]
fn who_forgets_takes_none_of_several() {
    let mut machine = Machine::with([(PORTS[0], bridge(OTHER)), (PORTS[2], bridge([3; 32]))]);
    machine.kept = Some(own());
    let mut link = Link::new(None);
    let begin = link.on(Event::Start);
    machine.settle(&mut link, begin);
    let begin = link.on(Event::Forget);
    machine.settle(&mut link, begin);
    assert_eq!(link.shown.status, DeviceStatus::SeveralBridges);
    assert!(machine.trusted.is_empty() && machine.kept.is_none());
}

/// A browser that keeps nothing knows its bridge as long as the page is there.
#[test]
fn a_page_remembers_by_itself() {
    let mut machine = Machine::with([(PORTS[0], bridge(OWN))]);
    let mut link = Link::new(None);
    let begin = link.on(Event::Start);
    machine.settle(&mut link, begin);
    machine.kept = None;
    machine.programs.insert(PORTS[0], bridge(OTHER));
    let begin = closed(&mut link, 1006);
    machine.settle(&mut link, begin);
    assert_eq!(link.shown.status, DeviceStatus::UnknownBridge);
}

/// Which ports another user holds is told by a bridge that proved itself, and believed
/// of no other.
#[test]
fn who_else_holds_ports_is_the_known_ones_word() {
    let mut link = started();
    granted(&mut link);
    let mut welcome = welcome_of(|said| said["held"] = json!([43117]));
    let liar = Program::Liar(welcome.clone());
    let proof = known().prove(&CHALLENGE, link.port, welcome.as_object().unwrap());
    welcome["proof"] = proof.into();
    let hello = only(&opened(&mut link), "hello");
    let commands = result(&mut link, hello, &welcome.to_string());
    let commands = get_granted(&mut link, &commands);
    let watch = only(&commands, "watch");
    result(&mut link, watch, ONE_CARD);
    assert_eq!(link.shown.bridge.held, [43117]);

    let mut machine = Machine::with([(PORTS[0], liar)]);
    let mut link = Link::new(None);
    let begin = link.on(Event::Start);
    machine.settle(&mut link, begin);
    assert_eq!(link.shown.status, DeviceStatus::Ready);
    assert!(link.shown.bridge.held.is_empty());
}

/// What another tab knows from now on this one knows, too, and asks for anew.
#[test]
fn all_tabs_of_a_browser_know_the_same_bridge() {
    let mut machine = Machine::with([(PORTS[0], bridge(OTHER)), (PORTS[1], bridge(OWN))]);
    machine.kept = Some(Acquaintance::of(&OTHER, ORIGIN));
    let mut link = Link::new(None);
    let begin = link.on(Event::Start);
    machine.settle(&mut link, begin);
    assert_eq!(machine.trusted, [PORTS[0]]);
    // The same is no news.
    let same = machine.kept.clone();
    assert!(link.on(Event::KnownElsewhere(same)).is_empty());
    // The other tab's person found out, and forgot it.
    machine.kept = None;
    let changed = link.on(Event::KnownElsewhere(None));
    machine.settle(&mut link, changed);
    assert_eq!(link.shown.status, DeviceStatus::SeveralBridges);
    assert!(machine.trusted.is_empty());
    // And met the right one.
    machine.kept = Some(own());
    let changed = link.on(Event::KnownElsewhere(Some(own())));
    machine.settle(&mut link, changed);
    assert_eq!(machine.trusted, [PORTS[1]]);
}

/// What was read before somebody forgot it does not come back after that.
#[test]
fn an_answer_of_an_older_round_is_not_heard() {
    let mut link = Link::new(None);
    link.on(Event::Start);
    let late = Event::Permission {
        round: link.round,
        permission: Permission::Granted,
        acquaintance: Some(own()),
        home: Some(PORTS[2]),
    };
    link.on(Event::Forget);
    assert!(link.on(late).is_empty());
    assert_eq!(link.acquaintance, None);
    assert_eq!(link.home, None);
}
