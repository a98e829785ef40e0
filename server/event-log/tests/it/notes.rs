//! Signed notes and checkpoints against keys, signatures and malformed texts
//! that were written elsewhere.

use event_log::{
    Checkpoint, NoteError, VerifyKey,
    note::{Note, Signer},
};
use jiff::Timestamp;
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    good: Vec<Good>,
    malformed_notes: Vec<String>,
    malformed_keys: Vec<String>,
    checkpoints_without_key: Vec<String>,
}

#[derive(Deserialize)]
struct Good {
    key: String,
    note: String,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("vectors/signed_notes.json")).unwrap()
}

#[test]
fn what_others_signed_verifies_and_nothing_else() {
    for Good { key: text, note } in vectors().good {
        let key = VerifyKey::parse(&text).unwrap();
        assert_eq!(key.to_string(), text);
        assert_eq!(key.check(&Note::parse(&note).unwrap()), Ok(None), "{text}");
        // Each byte of the text that is signed counts.
        let end = note.rfind("\n\n").unwrap();
        for place in 0..end {
            let mut changed = note.clone().into_bytes();
            changed[place] ^= 1;
            let Ok(changed) = String::from_utf8(changed) else {
                continue;
            };
            let found = Note::parse(&changed).map(|note| key.check(&note));
            assert!(!matches!(found, Ok(Ok(_))), "{place} of {note}");
        }
    }
}

#[test]
fn what_others_refuse_is_refused() {
    let vectors = vectors();
    for note in vectors.malformed_notes {
        assert!(matches!(Note::parse(&note), Err(NoteError::Form)), "{note}");
    }
    for key in vectors.malformed_keys {
        assert_eq!(VerifyKey::parse(&key), Err(NoteError::Key), "{key}");
    }
    let Good { key, note } = vectors.good.into_iter().next().unwrap();
    // `TestNewVerifier`: no part of a key is one, nor one with a letter more.
    for begin in 0..key.len() {
        for end in begin + 1..=key.len() {
            if (begin, end) != (0, key.len()) {
                assert!(VerifyKey::parse(&key[begin..end]).is_err());
            }
        }
        let mut other = key.clone().into_bytes();
        other[begin] += 1;
        assert!(VerifyKey::parse(str::from_utf8(&other).unwrap()).is_err());
    }
    // `TestOpen`: too many signatures.
    let (text, lines) = note.split_once("\n\n").unwrap();
    let line = lines.lines().next().unwrap();
    let many = format!("{text}\n\n{}", format!("{line}\n").repeat(101));
    assert!(matches!(Note::parse(&many), Err(NoteError::Form)));
}

/// The specification's examples are notes; they are checkpoints of another log,
/// and have not our line with the time.
#[test]
fn a_checkpoint_of_another_log_is_none_of_ours() {
    let ours = Signer::log(&[1; 32]).unwrap();
    for note in vectors().checkpoints_without_key {
        let parsed = Note::parse(&note).unwrap();
        assert!(
            parsed
                .text
                .starts_with("example.com/behind-the-sofa\n20852163\n")
        );
        assert!(matches!(
            Checkpoint::open(&note, ours.key()),
            Err(NoteError::NotSigned(_))
        ));
    }
}

/// The first lines of ours are those of tlog-checkpoint, in its order and form.
#[test]
fn our_checkpoint_has_the_lines_of_the_specification() {
    let log = Signer::log(&[1; 32]).unwrap();
    let checkpoint = Checkpoint {
        size: 20_852_163,
        root: [7; 32],
        at: Timestamp::from_second(1_800_000_000).unwrap(),
    };
    let note = checkpoint.sign(&log);
    let mut lines = note.lines();
    assert_eq!(lines.next(), Some(log.key().name()));
    assert_eq!(lines.next(), Some("20852163"));
    assert_eq!(
        lines.next(),
        Some("BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=")
    );
    assert_eq!(lines.next(), Some("time 1800000000"));
    assert_eq!(lines.next(), Some(""));
    assert!(lines.next().unwrap().starts_with("— ic-card-log/"));
    assert_eq!(lines.next(), None);
}
