//! `yubico-piv-tool` doing the same jobs on a software card of the same kind,
//! with the register's own certificate. It does one action a run, or several
//! in one run where its options allow it, which saves it the opening of a run
//! (SELECT, VERIFY without data, GET VERSION, GET SERIAL).

use std::process::{Command, Stdio};

use tempfile::TempDir;
use virtual_card::VirtualCard;

use crate::{contact::Tally, ours::Stand, service::operations::terminal::READER};

/// A way to do a job, and what it took.
pub(crate) type Way = (&'static str, Tally);

/// The tool, and the folder with its files.
pub(crate) struct Tool {
    folder: TempDir,
}

impl Tool {
    /// It imports this certificate.
    pub(crate) fn new(certificate: &[u8]) -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("in.der"), certificate).unwrap();
        Self { folder }
    }

    /// Puts the certificate on the card and looks at it.
    pub(crate) async fn renewal(&self, stand: &mut Stand) -> Vec<Way> {
        const IMPORT: &str = "-a import-certificate -s 9a -K DER -i in.der";
        const READ: &str = "-a read-certificate -s 9a -K DER -o out.der";
        self.insert_new(stand, "renewed").await;
        let apart = [self.run(stand, IMPORT), self.run(stand, READ)];
        self.compare();
        let at_once = self.run(stand, &format!("{IMPORT} -a read-certificate -o out.der"));
        self.compare();
        // With the chip id and the PIN's tries, which ours reads too.
        let status = "-a import-certificate -s 9a -K DER -i in.der -a status";
        let with_status = self.run(stand, status);
        stand.pull().await;
        vec![
            ("import; read", sum(&apart)),
            ("import and read in one run", at_once),
            ("import and status (chip, tries, certificate)", with_status),
        ]
    }

    /// Unblocks the PIN, replaces the PUK, and looks at the tries.
    pub(crate) async fn unlocking(&self, stand: &mut Stand) -> Vec<Way> {
        self.insert_new(stand, "unlocked").await;
        for _ in 0..3 {
            self.attempt("-a verify-pin -P 999999");
        }
        stand.contact.take();
        let unblock = self.run(stand, "-a unblock-pin -P 12345678 -N 271828");
        let change = self.run(stand, "-a change-puk -P 12345678 -N 22345678");
        let status = self.run(stand, "-a status -s 9a");
        let change_and_status = self.run(
            stand,
            "-a change-puk -P 22345678 -N 32345678 -a status -s 9a",
        );
        stand.pull().await;
        vec![
            ("unblock; change PUK", sum(&[unblock, change])),
            (
                "unblock; change PUK and status",
                sum(&[unblock, change_and_status]),
            ),
            (
                "unblock; change PUK; status",
                sum(&[unblock, change, status]),
            ),
        ]
    }

    async fn insert_new(&self, stand: &mut Stand, name: &str) {
        let card = VirtualCard::create(self.folder.path().join(name)).unwrap();
        stand.insert(card).await;
    }

    /// What was read back is what was imported.
    fn compare(&self) {
        let read = |name| std::fs::read(self.folder.path().join(name)).unwrap();
        assert_eq!(read("in.der"), read("out.der"));
        std::fs::remove_file(self.folder.path().join("out.der")).unwrap();
    }

    fn run(&self, stand: &Stand, line: &str) -> Tally {
        stand.contact.take();
        assert!(self.attempt(line), "yubico-piv-tool {line}");
        stand.contact.take()
    }

    fn attempt(&self, line: &str) -> bool {
        Command::new("timeout")
            .args(["60", "yubico-piv-tool", "-r", READER])
            .args(line.split(' '))
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap()
            .success()
    }
}

fn sum(runs: &[Tally]) -> Tally {
    runs.iter().fold(Tally::default(), |sum, run| Tally {
        apdus: sum.apdus + run.apdus,
        bytes: sum.bytes + run.bytes,
        card: sum.card + run.card,
    })
}
