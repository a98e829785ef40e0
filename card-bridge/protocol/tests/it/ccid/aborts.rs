//! Aborting a command (CCID 1.1 §5.3.1), cards that come and go, and how long is waited.

use core::time::Duration;

use card_protocol::ccid::{
    ControlRequest, Endpoint, IccStatus, MessageError, Outcome, Presence, ReaderLimits, Session,
    SessionError, Step, Watch,
};

use super::device::{self, Reader, answer, sequence};

fn activated(reader: &Reader) -> Session {
    let mut session = reader.session(ReaderLimits::default());
    session.power_on().unwrap();
    let outcome = device::drive(&mut session, |message| {
        let sequence = sequence(message);
        vec![match message[0] {
            0x62 => answer(0x80, sequence, [0, 0, 0], &[0x3B, 0x80, 0x80, 0x01, 0x01]),
            0x6C => answer(
                0x82,
                sequence,
                [0, 0, 1],
                &[0x11, 0x10, 0, 0x4D, 0, 0x20, 0],
            ),
            other => panic!("{other:02X}"),
        }]
    });
    assert!(matches!(outcome, Ok(Outcome::Activated(_))));
    session
}

fn sent(session: &mut Session) -> Vec<u8> {
    let Step::Send(message) = session.step() else {
        panic!("{:?}", session.step())
    };
    session.sent();
    message.to_vec()
}

fn wait(session: &Session) -> Duration {
    let Step::Receive { wait, .. } = session.step() else {
        panic!("{:?}", session.step())
    };
    wait
}

#[test]
fn a_session_after_another_one_takes_no_answer_of_that_one_s() {
    let mut before = activated(&Reader::default());
    before.transmit(&[0, 0x20, 0, 0x80]).unwrap();
    let owed = sequence(&sent(&mut before));
    let session = Reader::default().session(ReaderLimits::default());
    let mut session = session.with_sequence(before.next_sequence());
    session.power_on().unwrap();
    let first = sequence(&sent(&mut session));
    assert_eq!(first, owed.wrapping_add(1));
    let late = answer(0x80, owed, [0, 0, 0], &[0x90, 0x00]);
    session.receive(&late).unwrap();
    assert!(matches!(session.step(), Step::Receive { .. }), "dropped");
}

#[test]
fn a_command_is_aborted_on_both_pipes() {
    let mut session = activated(&Reader::default());
    session.transmit(&[0, 0x47, 0, 0x9A]).unwrap();
    let command = sent(&mut session);
    session
        .receive(&answer(0x80, sequence(&command), [0x80, 1, 0], &[]))
        .unwrap();
    session.abort();
    let Step::Control(request) = session.step() else {
        panic!("{:?}", session.step())
    };
    session.abort();
    assert_eq!(session.step(), Step::Control(request), "once");
    session.sent();
    let abort = sent(&mut session);
    assert_eq!(request, ControlRequest::abort(0, 0, sequence(&abort)));
    assert_eq!((abort[0], abort.len()), (0x72, 10));
    assert_ne!(sequence(&abort), sequence(&command));
    // The command's own answers are not the abort's: the result after all, or that it
    // was aborted.
    session
        .receive(&answer(0x80, sequence(&command), [0, 0, 0], &[0x90, 0]))
        .unwrap();
    session
        .receive(&answer(0x80, sequence(&command), [0x40, 0xFF, 0], &[]))
        .unwrap();
    session
        .receive(&answer(0x81, sequence(&abort), [0, 0, 0], &[]))
        .unwrap();
    assert_eq!(session.step(), Step::Done(Outcome::Aborted));
    // The reader keeps the protocol with the card: it goes on.
    session.transmit(&[0, 0xA4, 4, 0]).unwrap();
    let command = sent(&mut session);
    session
        .receive(&answer(0x80, sequence(&command), [0, 0, 0], &[0x90, 0]))
        .unwrap();
    assert_eq!(session.step(), Step::Done(Outcome::Response(vec![0x90, 0])));
}

#[test]
fn an_abort_while_an_answer_is_half_there() {
    let mut session = activated(&Reader::default());
    session.transmit(&[0, 0xA4, 4, 0]).unwrap();
    let command = sent(&mut session);
    let late = answer(0x80, sequence(&command), [0, 0, 0], &[0x90, 0]);
    session.receive(&late[..7]).unwrap();
    session.abort();
    session.sent();
    let abort = sent(&mut session);
    session.receive(&late[7..]).unwrap();
    session
        .receive(&answer(0x81, sequence(&abort), [0x40, 0xFE, 0], &[]))
        .unwrap();
    assert_eq!(
        session.step(),
        Step::Done(Outcome::Aborted),
        "whatever the reader says of it"
    );
}

#[test]
fn blocks_that_were_cut_off_need_a_new_reset() {
    let reader = Reader {
        features: 0x0001_0478,
        ..Reader::default()
    };
    let mut session = activated(&reader);
    session.transmit(&[0, 0xA4, 4, 0]).unwrap();
    sent(&mut session);
    session.abort();
    session.sent();
    let abort = sent(&mut session);
    session
        .receive(&answer(0x81, sequence(&abort), [0, 0, 0], &[]))
        .unwrap();
    assert_eq!(session.step(), Step::Done(Outcome::Aborted));
    assert_eq!(
        session.transmit(&[0, 0xA4, 4, 0]),
        Err(SessionError::NotActivated)
    );
}

#[test]
fn with_nothing_running_there_is_nothing_to_abort() {
    let mut session = Reader::default().session(ReaderLimits::default());
    session.abort();
    assert_eq!(session.step(), Step::Idle);
    session.sent();
    assert_eq!(session.step(), Step::Idle);
    session.get_status().unwrap();
    assert_eq!(session.get_status(), Err(SessionError::Running));
    assert_eq!(session.power_on(), Err(SessionError::Running));
}

#[test]
fn a_reader_with_nothing_but_old_answers_is_out_of_step() {
    let mut session = activated(&Reader::default());
    session.transmit(&[0, 0xA4, 4, 0]).unwrap();
    let command = sent(&mut session);
    let old = answer(
        0x80,
        sequence(&command).wrapping_sub(1),
        [0, 0, 0],
        &[0x90, 0],
    );
    for _ in 0..8 {
        session.receive(&old).unwrap();
    }
    let error = SessionError::Message(MessageError::LateAnswers(9));
    assert_eq!(session.receive(&old), Err(error));
    assert!(error.is_fatal() && session.is_out_of_step());
    let right = answer(0x80, sequence(&command), [0, 0, 0], &[0x90, 0]);
    assert_eq!(session.receive(&right), Err(SessionError::OutOfStep));
    assert_eq!(session.power_on(), Err(SessionError::OutOfStep));
}

#[test]
fn an_answer_that_is_there_before_its_command_is_none() {
    let mut session = activated(&Reader::default());
    session.transmit(&[0, 0xA4, 4, 0]).unwrap();
    let Step::Send(command) = session.step() else {
        panic!()
    };
    session
        .receive(&answer(0x80, sequence(&command), [0, 0, 0], &[0x90, 0]))
        .unwrap();
    assert_eq!(session.step(), Step::Send(command));
}

#[test]
fn more_time_is_given_within_limits() {
    let limits = ReaderLimits::default();
    let mut session = activated(&Reader::default());
    session.transmit(&[0, 0x47, 0, 0x9A]).unwrap();
    let command = sent(&mut session);
    assert_eq!(wait(&session), limits.answer);
    for (multiplier, expected) in [
        (2, 2 * limits.answer),
        (0, limits.answer),
        (255, limits.longest_wait),
    ] {
        session
            .receive(&answer(
                0x80,
                sequence(&command),
                [0x80, multiplier, 0],
                &[],
            ))
            .unwrap();
        assert_eq!(wait(&session), expected);
    }
    for _ in 3..limits.time_extensions {
        session
            .receive(&answer(0x80, sequence(&command), [0x80, 1, 0], &[]))
            .unwrap();
    }
    assert_eq!(
        session.receive(&answer(0x80, sequence(&command), [0x80, 1, 0], &[])),
        Err(SessionError::Message(MessageError::TimeExtensions(
            limits.time_extensions + 1
        )))
    );
}

#[test]
fn a_card_is_waited_for_as_its_answer_to_reset_says() {
    // BWI is 4: 2⁴ × 960 × 372 / 4 MHz, and 11 etu, is 1.43 s; the reader's own second.
    let limits = ReaderLimits {
        answer: Duration::ZERO,
        ..ReaderLimits::default()
    };
    let reader = Reader {
        features: 0x0001_0478,
        ..Reader::default()
    };
    let mut session = reader.session(limits);
    session.power_on().unwrap();
    device::drive(&mut session, |message| {
        let sequence = sequence(message);
        vec![match message[0] {
            0x62 => answer(
                0x80,
                sequence,
                [0, 0, 0],
                &[0x3B, 0x80, 0x81, 0x21, 0x45, 0x65],
            ),
            _ => answer(
                0x82,
                sequence,
                [0, 0, 1],
                &[0x11, 0x10, 0, 0x45, 0, 0x20, 0],
            ),
        }]
    })
    .unwrap();
    session.transmit(&[0, 0xA4, 4, 0]).unwrap();
    let command = sent(&mut session);
    assert_eq!(wait(&session).as_millis(), 2429);
    let request = [0, 0xC3, 1, 3, 0xC1];
    session
        .receive(&answer(0x80, sequence(&command), [0, 0, 0], &request))
        .unwrap();
    let response = sent(&mut session);
    assert_eq!(response[7], 3, "bBWI");
    assert_eq!(wait(&session).as_millis(), 5288);
}

#[test]
fn a_card_that_comes_or_goes_is_told() {
    let mut session = activated(&Reader::default());
    let endpoint = Endpoint {
        number: 3,
        packet: 8,
    };
    assert_eq!(session.watch(), Watch::Interrupt(endpoint));
    assert_eq!(
        session.notified(&[0x50, 0x01]),
        Ok(Presence::Present { is_new: false })
    );
    assert!(session.atr().is_some());
    assert_eq!(session.notified(&[0x50, 0x02]), Ok(Presence::Absent));
    assert_eq!(session.atr(), None);
    assert_eq!(
        session.transmit(&[0, 0xA4, 4, 0]),
        Err(SessionError::NotActivated)
    );
    assert_eq!(
        session.notified(&[0x50, 0x03]),
        Ok(Presence::Present { is_new: true })
    );
    assert_eq!(
        session.notified(&[0x51, 0, 0, 1]),
        Ok(Presence::HardwareError)
    );
    assert_eq!(session.notified(&[0x51, 1, 0, 1]), Ok(Presence::Elsewhere));
    assert_eq!(
        session.notified(&[0x50]),
        Err(MessageError::Notification(1))
    );
    assert!(!session.is_out_of_step());
    // Without an interrupt endpoint, the same by asking.
    let mut interface = Reader::default().interface();
    interface.interrupt = None;
    let mut session = Session::new(interface, 0, ReaderLimits::default()).unwrap();
    assert!(matches!(session.watch(), Watch::Poll(_)));
    session.get_status().unwrap();
    let outcome = device::drive(&mut session, |message| {
        vec![answer(0x81, sequence(message), [2, 0, 0], &[])]
    });
    assert_eq!(outcome, Ok(Outcome::Status(IccStatus::Absent)));
}

#[test]
fn a_card_put_in_again_has_lost_its_power() {
    let mut session = activated(&Reader::default());
    assert_eq!(
        session.notified(&[0x50, 0x03]),
        Ok(Presence::Present { is_new: true })
    );
    assert_eq!(
        session.transmit(&[0, 0xA4, 4, 0]),
        Err(SessionError::NotActivated)
    );
}
