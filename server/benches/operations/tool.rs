//! `yubico-piv-tool` doing the same jobs on a software card of the same kind,
//! with the register's own certificate. It does one action a run, or several
//! in one run where its options allow it, which saves it the opening of a run
//! (SELECT, VERIFY without data, GET VERSION, GET SERIAL).

use test_support::{pcscd::READER_0, tools::ToolFolder};
use virtual_card::VirtualCard;

use crate::{contact::Tally, ours::OurJobs};

/// A way to do a job, and what it took.
pub(crate) type Way = (&'static str, Tally);

/// The tool, and the folder with its files.
pub(crate) struct Tool {
    folder: ToolFolder,
}

impl Tool {
    /// It imports this certificate.
    pub(crate) fn new(certificate: &[u8]) -> Self {
        let folder = ToolFolder::new();
        folder.write("in.der", certificate);
        Self { folder }
    }

    /// Puts the certificate on the card and looks at it.
    pub(crate) async fn renewal(&self, ours: &mut OurJobs) -> Vec<Way> {
        const IMPORT: &str = "-a import-certificate -s 9a -K DER -i in.der";
        const READ: &str = "-a read-certificate -s 9a -K DER -o out.der";
        self.insert_new(ours, "renewed").await;
        let apart = [self.run(ours, IMPORT), self.run(ours, READ)];
        self.compare();
        let at_once = self.run(ours, &format!("{IMPORT} -a read-certificate -o out.der"));
        self.compare();
        // With the chip id and the PIN's tries, which ours reads too.
        let status = "-a import-certificate -s 9a -K DER -i in.der -a status";
        let with_status = self.run(ours, status);
        ours.pull().await;
        vec![
            ("import; read", sum(&apart)),
            ("import and read in one run", at_once),
            ("import and status (chip, tries, certificate)", with_status),
        ]
    }

    /// Unblocks the PIN, replaces the PUK, and looks at the tries.
    pub(crate) async fn unlocking(&self, ours: &mut OurJobs) -> Vec<Way> {
        self.insert_new(ours, "unlocked").await;
        for _ in 0..3 {
            self.attempt("-a verify-pin -P 999999");
        }
        ours.contact.take();
        let unblock = self.run(ours, "-a unblock-pin -P 12345678 -N 271828");
        let change = self.run(ours, "-a change-puk -P 12345678 -N 22345678");
        let status = self.run(ours, "-a status -s 9a");
        let change_and_status = self.run(
            ours,
            "-a change-puk -P 22345678 -N 32345678 -a status -s 9a",
        );
        ours.pull().await;
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

    async fn insert_new(&self, ours: &mut OurJobs, name: &str) {
        let card = VirtualCard::create(self.folder.path().join(name)).unwrap();
        ours.insert(card).await;
    }

    /// What was read back is what was imported.
    fn compare(&self) {
        assert_eq!(self.folder.read("in.der"), self.folder.read("out.der"));
        std::fs::remove_file(self.folder.path().join("out.der")).unwrap();
    }

    fn run(&self, ours: &OurJobs, line: &str) -> Tally {
        ours.contact.take();
        assert!(self.attempt(line), "yubico-piv-tool {line}");
        ours.contact.take()
    }

    fn attempt(&self, line: &str) -> bool {
        let words: Vec<&str> = ["-r", READER_0]
            .into_iter()
            .chain(line.split(' '))
            .collect();
        self.folder.attempt("yubico-piv-tool", &words).0.success()
    }
}

fn sum(runs: &[Tally]) -> Tally {
    runs.iter().fold(Tally::default(), |sum, run| Tally {
        apdus: sum.apdus + run.apdus,
        bytes: sum.bytes + run.bytes,
        card: sum.card + run.card,
    })
}
