//! The rules of the watch, each with the clock that breaks it.

use super::*;
use crate::clock::FixedClock;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

fn begin() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn watched() -> (Arc<FixedClock>, ClockWatch) {
    let clock = Arc::new(FixedClock::new(begin()));
    let watch = ClockWatch::new(clock.clone());
    watch.start(Beginning::at(begin()));
    (clock, watch)
}

#[test]
fn a_doubt_reads_as_people_say_it() {
    let by = 4000 * DAY + 3 * HOUR + SignedDuration::from_millis(61_700);
    let said = Doubt::Ahead(by).to_string();
    assert!(said.contains("is 4000 d 3 h 1 min 1 s ahead"), "{said}");
    let said = Doubt::Behind(MINUTE).to_string();
    assert!(said.contains("is 0 h 1 min 0 s behind"), "{said}");
}

#[test]
fn time_that_passes_is_no_jump() {
    let (clock, watch) = watched();
    clock.advance(DAY);
    assert_eq!((watch.now(), watch.doubt()), (begin() + DAY, None));
}

#[test]
fn small_corrections_are_followed_and_never_go_back() {
    let (clock, watch) = watched();
    for _ in 0..100 {
        clock.advance(MINUTE);
        // A clock that loses a second in a minute, and is always right.
        clock.jump(SignedDuration::from_secs(-1));
        watch.now();
        assert_eq!(watch.doubt(), None);
    }
    let now = watch.now();
    clock.jump(SignedDuration::from_secs(-30));
    assert_eq!((watch.now(), watch.doubt()), (now, None));
    clock.advance(MINUTE);
    assert_eq!(watch.now(), now + SignedDuration::from_secs(30));
}

#[test]
fn steps_back_of_less_than_a_minute_add_up() {
    let (clock, watch) = watched();
    clock.jump(SignedDuration::from_secs(-50));
    watch.now();
    clock.jump(SignedDuration::from_secs(-50));
    assert_eq!(watch.now(), begin());
    assert!(matches!(watch.doubt(), Some(Doubt::Behind(_))));
}

#[test]
fn a_clock_that_was_put_back_stops_nothing() {
    let (clock, watch) = watched();
    clock.jump(-DAY);
    clock.advance(HOUR);
    assert_eq!(watch.now(), begin() + HOUR);
    assert_eq!(watch.doubt(), Some(Doubt::Behind(DAY)));
    clock.jump(DAY);
    assert_eq!((watch.now(), watch.doubt()), (begin() + HOUR, None));
}

#[test]
fn it_never_goes_back_when_a_doubt_ends() {
    let (clock, watch) = watched();
    clock.jump(-DAY);
    clock.advance(HOUR);
    let given = watch.now();
    clock.jump(DAY - SignedDuration::from_secs(40));
    assert_eq!((watch.now(), watch.doubt()), (given, None));
}

#[test]
fn a_clock_that_ran_ahead_and_came_back_left_nothing_ahead() {
    let (clock, watch) = watched();
    clock.jump(4000 * DAY);
    assert_eq!(watch.now(), begin() + 4000 * DAY);
    assert_eq!(watch.doubt(), Some(Doubt::Ahead(4000 * DAY)));
    clock.advance(MINUTE);
    clock.jump(-4000 * DAY);
    assert_eq!((watch.now(), watch.doubt()), (begin() + MINUTE, None));
}

#[test]
fn a_doubt_lasts_until_a_person_says_that_the_clock_is_right() {
    for by in [-DAY, DAY] {
        let (clock, watch) = watched();
        clock.jump(by);
        clock.advance(40 * DAY);
        assert!(watch.doubt().is_some());
        // Said at another machine, or long ago.
        assert!(!watch.confirm(clock.now() + HOUR));
        assert!(!watch.confirm(clock.now() - HOUR));
        assert!(watch.doubt().is_some());
        let said = clock.now() - MINUTE;
        assert!(watch.confirm(said));
        assert_eq!((watch.now(), watch.doubt()), (clock.now(), None));
        // What was said of the last jump says nothing of the next.
        clock.jump(2 * MINUTE);
        assert!(!watch.confirm(said));
        assert!(watch.doubt().is_some());
    }
}

#[test]
fn at_the_start_the_newest_time_that_is_known_is_the_floor() {
    let at_start = |after: SignedDuration| {
        let clock = Arc::new(FixedClock::new(begin() + after));
        let watch = ClockWatch::new(clock);
        watch.start(Beginning::at(begin()));
        (watch.now().duration_since(begin()), watch.doubt())
    };
    let some = SignedDuration::from_secs(30);
    assert_eq!(at_start(30 * DAY), (30 * DAY, None));
    assert_eq!(at_start(-some), (SignedDuration::ZERO, None));
    assert_eq!(
        at_start(-HOUR),
        (SignedDuration::ZERO, Some(Doubt::Behind(HOUR)))
    );
    assert_eq!(at_start(40 * DAY), (40 * DAY, Some(Doubt::Ahead(40 * DAY))));
}

#[test]
fn what_was_signed_under_a_clock_in_doubt_ends_no_doubt() {
    let start = |wall: SignedDuration, newest: SignedDuration, was_in_doubt: bool| {
        let watch = ClockWatch::new(Arc::new(FixedClock::new(begin() + wall)));
        watch.start(Beginning {
            newest: begin() + newest,
            was_in_doubt,
            ..Beginning::at(begin())
        });
        (watch.now().duration_since(begin()), watch.doubt())
    };
    let ahead = 4000 * DAY;
    // Eleven years ahead, with a checkpoint of then.
    assert_eq!(
        start(ahead, ahead, false),
        (ahead, Some(Doubt::Ahead(ahead)))
    );
    // Put right: the checkpoint is the floor, until a person says otherwise.
    assert_eq!(
        start(HOUR, ahead, false),
        (ahead, Some(Doubt::Behind(ahead - HOUR)))
    );
    // A day ahead when it was stopped, and so it is when it starts.
    assert_eq!(start(DAY, DAY, true), (DAY, Some(Doubt::Ahead(DAY))));
    assert_eq!(start(DAY, DAY, false), (DAY, None));
    let little = SignedDuration::from_secs(30);
    assert_eq!(start(little, little, true), (little, None));
}

/// What a person said before the start was of another doubt.
#[test]
fn what_was_said_before_the_start_ends_no_doubt() {
    let wall = begin() + 40 * DAY;
    let watch = ClockWatch::new(Arc::new(FixedClock::new(wall)));
    let said = wall - MINUTE;
    watch.start(Beginning {
        confirmed: Some(said),
        ..Beginning::at(begin())
    });
    assert!(!watch.confirm(said));
    assert_eq!(watch.doubt(), Some(Doubt::Ahead(40 * DAY)));
    assert!(watch.confirm(wall));
    assert_eq!(watch.doubt(), None);
}

/// The lines of a subscriber, as they come.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Said {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_doubt_is_said_once_and_again_when_it_is_another() {
    let said = Said::default();
    let writer = said.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .finish();
    let times = || {
        let said = String::from_utf8(said.0.lock().unwrap().clone()).unwrap();
        (
            said.matches("ahead of").count(),
            said.matches("behind the").count(),
        )
    };
    tracing::subscriber::with_default(subscriber, || {
        let (clock, watch) = watched();
        for (by, expected) in [
            (DAY, (1, 0)),
            (SignedDuration::ZERO, (1, 0)),
            // A clock that runs a little fast besides is the same doubt.
            (SignedDuration::from_secs(30), (1, 0)),
            (HOUR, (2, 0)),
            (-3 * DAY, (2, 1)),
        ] {
            clock.jump(by);
            for _ in 0..5 {
                watch.now();
            }
            assert_eq!(times(), expected, "{by}");
        }
    });
}
