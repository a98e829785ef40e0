//! A witness file that grows while a backup is taken.

use std::{fs, time::Duration};

use event_log::{Checkpoint, keys::AuditKeys, witness::Line};
use tempfile::TempDir;
use zeroize::Zeroizing;

use super::*;

struct Fixture {
    folder: TempDir,
    keys: AuditKeys,
}

impl Fixture {
    fn new() -> Self {
        let seed = |byte| Zeroizing::new(vec![byte; 32]);
        Self {
            folder: TempDir::new().unwrap(),
            keys: AuditKeys::from_seeds(&seed(1), &seed(2)).unwrap(),
        }
    }

    /// A line about the log of so many events, at that second.
    fn line(&self, size: u64) -> String {
        let at = Timestamp::from_second(1_800_000_000 + size.cast_signed()).unwrap();
        let root = [7; 32];
        let note = Checkpoint { size, root, at }.sign(self.keys.log());
        let note = Checkpoint::cosign(&note, self.keys.witness(), at).unwrap();
        serde_json::to_string(&Line { note }).unwrap() + "\n"
    }

    fn lines(&self, sizes: &[u64]) -> String {
        sizes.iter().map(|size| self.line(*size)).collect()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What the copy is, if the file was `before`, is `after`, and the moment is `size`.
    async fn copied(&self, before: &str, after: &str, size: u64) -> String {
        let (live, to) = (self.path("live"), self.path("copy"));
        fs::write(&live, before).unwrap();
        let length = copy(&live, &to).unwrap().unwrap();
        let public = self.keys.public();
        let grows = async {
            tokio::time::sleep(Duration::from_millis(150)).await;
            fs::write(&live, format!("{before}{after}")).unwrap();
        };
        let (copied, ()) = tokio::join!(copy_on(&live, (&to, length), size, &public), grows);
        copied.unwrap();
        let copied = fs::read_to_string(&to).unwrap();
        fs::remove_file(&to).unwrap();
        copied
    }
}

#[tokio::test]
async fn the_copy_ends_with_the_moment_of_the_backup() {
    let fixture = Fixture::new();
    let lines = |sizes: &[u64]| fixture.lines(sizes);
    // What comes of the moment is waited for; what is beyond it is left out.
    let copied = fixture.copied(&lines(&[3, 5]), &lines(&[7, 9]), 7).await;
    assert_eq!(copied, lines(&[3, 5, 7]));
    // A line that was being written comes whole.
    let line = fixture.line(7);
    let (half, rest) = line.split_at(40);
    let copied = fixture
        .copied(&(lines(&[5]) + half), &(rest.to_owned() + &lines(&[8])), 7)
        .await;
    assert_eq!(copied, lines(&[5, 7]));
    // Another instance may have signed the moment, and this one witnessed none of it.
    let copied = fixture.copied(&lines(&[5]), &lines(&[9]), 7).await;
    assert_eq!(copied, lines(&[5]));
    // One that knew more before the database was looked at says so for ever.
    let copied = fixture.copied(&lines(&[5, 9]), &lines(&[11]), 7).await;
    assert_eq!(copied, lines(&[5, 9]));
}

#[test]
fn what_is_beyond_a_backup_has_its_times() {
    let fixture = Fixture::new();
    let path = fixture.path("live");
    fs::write(&path, fixture.lines(&[5, 8, 12]) + "{\"cut\n").unwrap();
    let public = fixture.keys.public();
    assert!(beyond(&path, 12, &public).unwrap().is_none());
    let beyond = beyond(&path, 5, &public).unwrap().unwrap();
    let second = |at: Timestamp| at.as_second() - 1_800_000_000;
    assert_eq!(
        (beyond.size, second(beyond.from), second(beyond.until)),
        (12, 8, 12)
    );
    assert!(
        copy(&fixture.path("none"), &fixture.path("copy"))
            .unwrap()
            .is_none()
    );
}

#[test]
fn a_file_is_the_beginning_of_one_that_goes_on_from_it() {
    let fixture = Fixture::new();
    let (one, other) = (fixture.path("one"), fixture.path("other"));
    for (short, long, is) in [
        ("", "", true),
        ("", "ab", true),
        ("ab", "abc", true),
        ("abc", "abc", true),
        ("abx", "abc", false),
        ("abcd", "abc", false),
    ] {
        fs::write(&one, short).unwrap();
        fs::write(&other, long).unwrap();
        assert_eq!(
            is_beginning(&one, &other).unwrap(),
            is,
            "{short:?} {long:?}"
        );
    }
    let long = "x".repeat(200_000);
    fs::write(&one, &long).unwrap();
    fs::write(&other, long + "y").unwrap();
    assert!(is_beginning(&one, &other).unwrap());
}
