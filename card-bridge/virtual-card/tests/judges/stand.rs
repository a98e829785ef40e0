//! What every test stands on: the tools, the readers to itself, a folder for
//! its files, cards in readers.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
};

use tempfile::TempDir;

use crate::pcscd::Pcscd;

const PACKAGES: &str = "apt-get install -y --no-install-recommends \
    pcscd vsmartcard-vpcd opensc yubico-piv-tool openssl";
const TOOLS: [&str; 7] = [
    "pcscd",
    "opensc-tool",
    "piv-tool",
    "pkcs11-tool",
    "pkcs15-tool",
    "yubico-piv-tool",
    "openssl",
];
/// Whoever uses the readers on this machine holds this lock.
const LOCK: &str = "/tmp/ic-card-pcscd.lock";

pub(crate) const READER_0: &str = "Virtual PCD 00 00";
pub(crate) const READER_1: &str = "Virtual PCD 00 01";

/// Fields drop in this order: the lock is given back last.
pub(crate) struct Stand {
    _pcscd: Pcscd,
    folder: TempDir,
    _lock: File,
}

impl Stand {
    pub(crate) fn new() -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
        for tool in TOOLS {
            let there = folders.iter().any(|folder| folder.join(tool).is_file());
            assert!(there, "{tool} is not installed: {PACKAGES}");
        }
        let lock = File::create(LOCK).unwrap();
        lock.lock().unwrap();
        Self {
            _pcscd: Pcscd::ensure(),
            folder: tempfile::tempdir().unwrap(),
            _lock: lock,
        }
    }

    /// A new card in reader 0.
    pub(crate) fn with_card() -> (Self, Inserted) {
        let stand = Self::new();
        let card = stand.insert_new("card", 0);
        (stand, card)
    }

    pub(crate) fn insert_new(&self, file: &str, reader: u8) -> Inserted {
        let made = self
            .command(env!("CARGO_BIN_EXE_virtual-card"))
            .args(["new", file])
            .status();
        assert!(made.unwrap().success());
        self.insert(file, reader)
    }

    pub(crate) fn insert(&self, file: &str, reader: u8) -> Inserted {
        let mut child = self
            .command(env!("CARGO_BIN_EXE_virtual-card"))
            .args(["insert", file, "--reader", &reader.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let inserted = Inserted(child);
        assert_eq!(line, format!("inserted {file} in reader {reader}\n"));
        inserted
    }

    /// Runs a tool that must succeed; what it wrote.
    pub(crate) fn run(&self, tool: &str, args: &[&str]) -> String {
        let (status, text) = self.attempt(tool, args);
        assert!(status.success(), "{tool} {args:?}: {status}\n{text}");
        text
    }

    /// Runs a tool that must fail; what it wrote.
    pub(crate) fn fail(&self, tool: &str, args: &[&str]) -> String {
        let (status, text) = self.attempt(tool, args);
        // 124 is "did not end in time".
        assert!(
            !status.success() && status.code() != Some(124),
            "{tool} {args:?}\n{text}"
        );
        text
    }

    /// Runs a tool; how it ended and what it wrote.
    pub(crate) fn attempt(&self, tool: &str, args: &[&str]) -> (ExitStatus, String) {
        let output = self
            .command("timeout")
            .args(["60", tool])
            .args(args)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status, String::from_utf8_lossy(&text).into_owned())
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        // Nothing of an earlier card may come out of a tool's cache.
        command
            .current_dir(&self.folder)
            .env("HOME", self.folder.path());
        command.env_remove("XDG_CACHE_HOME");
        command
    }

    pub(crate) fn write(&self, file: &str, contents: &[u8]) {
        std::fs::write(self.folder.path().join(file), contents).unwrap();
    }

    /// Gives the card in reader 0 a key in 9A (`key.pem`) and a certificate for
    /// it (`cert.pem`), all by tools.
    pub(crate) fn enroll(&self) {
        let slot = ["-r", READER_0, "-s", "9a"];
        let generate = ["-a", "generate", "-A", "ECCP256", "-o", "key.pem"];
        self.run("yubico-piv-tool", &[&slot[..], &generate].concat());
        self.certify();
        let import = ["-a", "import-certificate", "-i", "cert.pem"];
        self.run("yubico-piv-tool", &[&slot[..], &import].concat());
    }

    /// An invented authority certifies `key.pem`.
    pub(crate) fn certify(&self) {
        const CA: &str = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
            -keyout ca.key -out ca.pem -days 1 -subj /CN=InventedAuthority";
        const CERTIFICATE: &str = "x509 -new -force_pubkey key.pem -subj /CN=InventedHolder \
            -CA ca.pem -CAkey ca.key -days 1 -out cert.pem";
        for line in [CA, CERTIFICATE] {
            self.run("openssl", &line.split_whitespace().collect::<Vec<_>>());
        }
    }
}

/// A card in a reader, held there by a `virtual-card insert`.
pub(crate) struct Inserted(Child);

impl Inserted {
    /// Pulls the card by closing the command's standard input.
    pub(crate) fn pull(mut self) {
        drop(self.0.stdin.take());
        assert!(self.0.wait().unwrap().success());
    }

    /// Pulls the card with a signal; how the command ended.
    pub(crate) fn signal(mut self, signal: &str) -> ExitStatus {
        let pid = self.0.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", signal, &pid])
                .status()
                .unwrap()
                .success()
        );
        self.0.wait().unwrap()
    }
}

impl Drop for Inserted {
    fn drop(&mut self) {
        // Only after a failed assertion is it still running.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
