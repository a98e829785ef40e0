//! Every parser that untrusted bytes reach: whatever they are, it gives an
//! answer, the answer is the one that its own writer agrees with, and nothing
//! that nobody signed verifies.

use std::{io::Write as _, path::Path};

use event_log::{
    ArchiveNote, Checkpoint, EventFacts, LogPosition, VerifyKey,
    body::Body,
    certificate::{self, CardCertificate, TrustAnchors},
    keys::PublicKeys,
    leaf::{self, LeafHasher},
    note::Note,
    proof::{verify_consistency, verify_inclusion},
    proof_code,
    proof_file::Line,
    structured::Structured,
    verify::{Options, Report, verify_lines},
    witness::{self, Witnessed},
};
use flate2::{Compression, write::ZlibEncoder};
use jiff::Timestamp;
use test_support::fuzz;

use crate::sample;

fn public() -> PublicKeys {
    sample::keys().public()
}

fn checkpoint() -> Checkpoint {
    Checkpoint {
        size: 7,
        root: [3; 32],
        at: sample::time(),
    }
}

fn texts(texts: &[String]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.clone().into_bytes()).collect()
}

/// What has to hold, or what did not.
fn ensure(holds: bool, what: &'static str) -> Result<(), &'static str> {
    if holds { Ok(()) } else { Err(what) }
}

#[test]
fn body_and_leaf() {
    let seeds = [sample::event(0), sample::event(1), sample::event(3)];
    fuzz::run(&seeds, |bytes| {
        if let Ok(body) = Body::decode(bytes) {
            ensure(body.encode() == bytes, "a body with two encodings")?;
        }
        let Ok((decoded, body)) = leaf::decode(bytes) else {
            return Ok(());
        };
        let mut hasher = LeafHasher::default();
        ensure(
            hasher.encode(&decoded) == bytes,
            "a leaf with two encodings",
        )?;
        ensure(body.encode() == decoded.body, "a body with two encodings")?;
        ensure(
            hasher.hash(&decoded) == event_log::tree::leaf(bytes),
            "the hash is not that of the bytes",
        )
    });
}

/// The letters of a QR code, and what they hold.
#[test]
fn codes() {
    let position = LogPosition {
        index: 7,
        event: sample::event(1),
        leaf: [0; 32],
        proof: vec![9; 64],
    };
    let code = proof_code::encode("a note\n", &position, Some(b"DER")).unwrap_or_default();
    let inflated = [
        b"\0\0\0\x01n".as_slice(),
        &[0; 4],
        &[0; 4],
        &[0; 8],
        &[9; 32],
    ]
    .concat();
    fuzz::run(&[code.into_bytes(), inflated], |bytes| {
        if let Ok(text) = str::from_utf8(bytes) {
            let _whatever = proof_code::decode(text);
        }
        let mut deflated = ZlibEncoder::new(Vec::new(), Compression::fast());
        deflated.write_all(bytes).map_err(|_memory| "memory")?;
        let deflated = deflated.finish().map_err(|_memory| "memory")?;
        let code = format!("{}{}", proof_code::PREFIX, base45::encode(deflated));
        let Ok(lines) = proof_code::decode(&code) else {
            return Ok(());
        };
        ensure(lines.lines().count() >= 3, "a code of less than an event")?;
        ensure(
            lines
                .lines()
                .all(|line| serde_json::from_str::<Line>(line).is_ok()),
            "a line that is none of a proof",
        )
    });
}

#[test]
fn statements() {
    let old = r#"{"version":1,"act":"freeze","card":"00000000-0000-0000-0000-000000000007"}"#;
    let seeds = texts(&[sample::structured("AAAA"), String::from(old)]);
    fuzz::run(&seeds, |bytes| {
        let Ok(text) = str::from_utf8(bytes) else {
            return Ok(());
        };
        let Ok(Structured::V2(signed)) = Structured::read(text) else {
            return Ok(());
        };
        let json = serde_json::to_string(&signed).map_err(|_json| "a statement without a form")?;
        ensure(
            Structured::read(&json) == Ok(Structured::V2(signed)),
            "a statement that changes when written",
        )
    });
}

#[test]
fn facts() {
    let seeds = texts(&[
        String::from(r#"{"before":{"name":"normal"},"after":{"name":"frozen"}}"#),
        String::from(r#"{"operation":"018f0000-0000-7000-8000-000000000000","healed":true}"#),
        String::from(
            r#"{"card":{"enterprise":"00000000-0000-0000-0000-000000000001","role":"operator","operator_no":"1","state":{"name":"lost","from":{"frozen":{"since":1}},"since":2},"certificate":{"sha256":"aa","standing":"good"},"puk_generation":0,"puk_known":true}}"#,
        ),
    ]);
    fuzz::run(&seeds, |bytes| {
        let facts = EventFacts::read(str::from_utf8(bytes).ok());
        let json = facts.to_json().map_err(|_json| "facts without a form")?;
        ensure(
            EventFacts::read(Some(&json)) == facts,
            "facts that change when written",
        )
    });
}

#[test]
fn notes_and_keys() {
    let keys = sample::keys();
    let note = checkpoint().sign(keys.log());
    let cosigned = Checkpoint::cosign(&note, keys.witness(), sample::time()).unwrap();
    let key = keys.log().key().to_string();
    fuzz::run(&texts(&[note, cosigned.clone(), key]), |bytes| {
        let Ok(text) = str::from_utf8(bytes) else {
            return Ok(());
        };
        if let Ok(key) = VerifyKey::parse(text) {
            ensure(
                VerifyKey::parse(&key.to_string()).as_ref() == Ok(&key),
                "a key that changes when written",
            )?;
        }
        let Ok(note) = Note::parse(text) else {
            return Ok(());
        };
        let original = Note::parse(&cosigned).map_err(|_form| "the seed")?;
        for key in [keys.log().key(), keys.witness().key()] {
            if key.check(&note).is_ok() {
                ensure(note.text == original.text, "a text that nobody signed")?;
            }
        }
        Ok(())
    });
}

#[test]
fn checkpoints_and_the_witness_file() {
    let keys = sample::keys();
    let note = checkpoint().sign(keys.log());
    let cosigned = Checkpoint::cosign(&note, keys.witness(), sample::time()).unwrap();
    let line = serde_json::to_string(&witness::Line {
        note: cosigned.clone(),
    })
    .unwrap();
    let public = public();
    fuzz::run(&texts(&[note, cosigned, line]), |bytes| {
        if let Ok(text) = str::from_utf8(bytes)
            && let Ok(opened) = Checkpoint::open(text, &public.log)
        {
            ensure(opened == checkpoint(), "a checkpoint that nobody signed")?;
        }
        match witness::open(bytes, &public) {
            Witnessed::Good(opened, at) => ensure(
                (opened, at) == (checkpoint(), sample::time()),
                "a line that nobody signed",
            ),
            Witnessed::Broken | Witnessed::Bad(_) => Ok(()),
        }
    });
}

#[test]
fn archive_notes() {
    let note = ArchiveNote {
        first: 1,
        last: 9,
        events: 9,
        sha256: String::from("00"),
        file: String::from("2026-01-1-9.jsonl"),
    };
    let keys = sample::keys();
    let signed = note.sign(&keys, Timestamp::UNIX_EPOCH);
    let other = keys
        .log()
        .sign("ic-card-archive/1\n1 9 9\n00\n", Timestamp::UNIX_EPOCH);
    let seeds = texts(&[signed, format!("ic-card-archive/1\n1 9 9\n00\n\n{other}")]);
    fuzz::run(&seeds, |bytes| {
        let Ok(text) = str::from_utf8(bytes) else {
            return Ok(());
        };
        match ArchiveNote::open(text, keys.log().key()) {
            Ok(opened) => ensure(opened == note, "an archive that nobody signed"),
            Err(_) => Ok(()),
        }
    });
}

#[test]
fn proofs() {
    let file = sample::proof_file(7);
    let event = sample::event(4);
    let root = event_log::tree::leaf(&event);
    let seeds: Vec<Vec<u8>> = file
        .lines()
        .map(|line| line.as_bytes().to_vec())
        .chain([vec![0; 32], vec![0; 96]])
        .collect();
    fuzz::run(&seeds, |bytes| {
        let number = |place: usize| {
            let bytes = bytes.get(place..place + 8).unwrap_or(&[0; 8]);
            u64::from_be_bytes(bytes.try_into().unwrap_or_default())
        };
        for shift in [0, 40, 60] {
            let (index, size) = (number(0) >> shift, number(8) >> shift);
            ensure(
                !verify_inclusion(&event, index, size, root, bytes.to_vec())
                    || (bytes.is_empty() && (index, size) == (0, 1)),
                "a leaf that is in no tree",
            )?;
            ensure(
                !verify_consistency(index, root, size, [9; 32], bytes.to_vec()),
                "a tree that goes on from another",
            )?;
        }
        Ok(())
    });
}

#[test]
fn proof_files_and_archives() {
    let options = Options {
        anchors: Some(TrustAnchors::from_pem(sample::CA.as_bytes()).unwrap()),
        ..Options::of(public())
    };
    let verify = |bytes: &[u8]| -> (Report, Vec<Vec<u8>>) {
        let mut proven = Vec::new();
        let mut lines = bytes;
        let report = verify_lines(
            Path::new("a file"),
            &mut lines,
            &options,
            &mut |_progress| {},
            &mut |event| {
                let mut hasher = LeafHasher::default();
                proven.push(hasher.encode(&event.leaf).to_vec());
            },
        );
        (report.unwrap(), proven)
    };
    let file = sample::proof_file(7);
    let (report, all) = verify(file.as_bytes());
    assert!(report.is_good() && report.signatures == 3, "{report:?}");
    assert_eq!(all.len(), 7);
    let short = sample::proof_file(1);
    let (_, more) = verify(short.as_bytes());
    fuzz::run(&texts(&[file.clone(), short]), |bytes| {
        let (report, proven) = verify(bytes);
        ensure(
            proven
                .iter()
                .all(|event| all.contains(event) || more.contains(event)),
            "an event that is in no log",
        )?;
        ensure(
            report.events == proven.len() as u64,
            "a count that is not true",
        )
    });
}

#[test]
fn certificates() {
    let seeds = [sample::certificate(), sample::CA.as_bytes().to_vec()];
    let anchors = TrustAnchors::from_pem(sample::CA.as_bytes()).unwrap();
    fuzz::run(&seeds, |bytes| {
        let _form = TrustAnchors::from_pem(bytes);
        let _form = certificate::summary(bytes);
        if let Ok(read) = CardCertificate::from_der(bytes)
            && anchors.check(&read, sample::time()).is_ok()
        {
            ensure(bytes == seeds[0], "a certificate that no CA signed")?;
        }
        Ok(())
    });
}
