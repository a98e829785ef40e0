//! The program: what it says and how it ends, for each kind of file.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

use tempfile::TempDir;

use crate::sample;

struct ProofFixture {
    folder: TempDir,
    key: String,
}

impl ProofFixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ca.pem"), sample::CA).unwrap();
        Self {
            folder,
            key: sample::keys().log().key().to_string(),
        }
    }

    fn file(&self, text: &str) -> PathBuf {
        let path = self.folder.path().join("proof.jsonl");
        fs::write(&path, text).unwrap();
        path
    }

    fn run(&self, file: &PathBuf, arguments: &[&str]) -> (i32, String, String) {
        let Output {
            status,
            stdout,
            stderr,
        } = Command::new(env!("CARGO_BIN_EXE_event-log-verify"))
            .arg(file)
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (status.code().unwrap(), text(stdout), text(stderr))
    }
}

#[test]
fn a_good_file_is_good_and_shows_what_was_signed() {
    let fixture = ProofFixture::new();
    let file = fixture.file(&sample::proof_file(7));
    let arguments = ["--key", &fixture.key, "--ca", "ca.pem", "--show"];
    let (status, out, _) = fixture.run(&file, &arguments);
    assert_eq!(status, 0, "{out}");
    assert!(out.contains("event 3 at position 3: freeze done"), "{out}");
    assert!(out.contains("\n    IC卡号：8600000000001\n"), "{out}");
    let signer = "\n    signed by the legal person with the card 8600000000001\n";
    assert!(out.contains(signer), "{out}");
    assert!(
        out.contains("7 events of the file, each proven to be in the log"),
        "{out}"
    );
    assert!(
        out.ends_with(
            "3 signatures of the legal person, 0 from before they could be verified\ngood\n"
        ),
        "{out}"
    );
    let (status, out, _) = fixture.run(&file, &["--key", &fixture.key]);
    assert_eq!(status, 0);
    assert!(out.contains("who issued the certificates was not checked (--ca)"));
}

#[test]
fn what_was_changed_is_found() {
    let fixture = ProofFixture::new();
    let good = sample::proof_file(7);
    let lines: Vec<&str> = good.lines().collect();
    let without_the_last = format!("{}\n", lines[..lines.len() - 1].join("\n"));
    let mut swapped = lines.clone();
    swapped.swap(4, 5);
    let moved = good.replace(r#"{"position":4,"#, r#"{"position":5,"#);
    for (changed, sentence) in [
        (
            without_the_last.as_str(),
            "the file ends before its last line",
        ),
        (
            &moved,
            "the event is not in the log at its position: it was changed",
        ),
        (
            &good.replace("ic-card-proof/1", "ic-card-proof/9"),
            "it is of a form that this version does not know",
        ),
        (
            &good.replace(r#"{"events":7}"#, r#"{"events":6}"#),
            "events were taken out of the file",
        ),
        ("", "the file ends before its last line"),
        ("{}", "it is no line of a proof"),
    ] {
        assert_ne!(changed, good);
        let file = fixture.file(changed);
        let (status, out, _) = fixture.run(&file, &["--key", &fixture.key, "--ca", "ca.pem"]);
        assert_eq!(status, 1, "{out}");
        assert!(out.contains(sentence), "{sentence}: {out}");
        assert!(
            out.ends_with("NOT good: docs/audit.md says what to do\n"),
            "{out}"
        );
    }
    // Each event has its own proof: their order is nothing that it proves.
    let file = fixture.file(&format!("{}\n", swapped.join("\n")));
    assert_eq!(fixture.run(&file, &["--key", &fixture.key]).0, 0);
}

#[test]
fn another_key_or_ca_is_found_and_what_can_t_be_read_is_said() {
    let fixture = ProofFixture::new();
    let file = fixture.file(&sample::proof_file(4));
    let other = event_log::note::Signer::log(&[9; 32]).unwrap();
    let (status, out, _) = fixture.run(&file, &["--key", &other.key().to_string()]);
    assert_eq!(status, 1);
    assert!(
        out.contains("the checkpoint has no good signature"),
        "{out}"
    );
    let witness = sample::keys().witness().key().to_string();
    for arguments in [
        &["--key", "nonsense"][..],
        &["--key", &witness],
        &["--key", &fixture.key, "--ca", "not-there.pem"],
        &[],
    ] {
        let (status, _, complaint) = fixture.run(&file, arguments);
        assert_eq!(status, 2, "{arguments:?}");
        assert!(complaint.contains("error: "), "{complaint}");
    }
    let (status, _, complaint) = fixture.run(
        &fixture.folder.path().join("none"),
        &["--key", &fixture.key],
    );
    assert_eq!(status, 2);
    assert!(complaint.contains("none: No such file"), "{complaint}");
}
