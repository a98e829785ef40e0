//! What every test here begins with: the tools, the readers to itself, a folder
//! for its files, cards in readers.

use std::{
    io::{BufRead as _, BufReader},
    ops::Deref,
    path::PathBuf,
    process::{Child, ExitStatus, Stdio},
};

use test_support::{
    pcscd::{PcscFixture, READER_0},
    signals::{self, Signal},
    tools::ToolFolder,
};

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

/// The tools with their folder, and the readers for as long as it is there.
pub(crate) struct ToolFixture {
    folder: ToolFolder,
    readers: PcscFixture,
}

impl Deref for ToolFixture {
    type Target = ToolFolder;

    fn deref(&self) -> &ToolFolder {
        &self.folder
    }
}

impl ToolFixture {
    pub(crate) fn new() -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
        for tool in TOOLS {
            let there = folders.iter().any(|folder| folder.join(tool).is_file());
            assert!(there, "{tool} is not installed: {PACKAGES}");
        }
        let readers = PcscFixture::with_service();
        Self {
            folder: ToolFolder::new(),
            readers,
        }
    }

    /// A new card in reader 0.
    pub(crate) fn with_card() -> (Self, Inserted) {
        let tools = Self::new();
        let card = tools.insert_new("card", 0);
        (tools, card)
    }

    pub(crate) fn insert_new(&self, file: &str, reader: u8) -> Inserted {
        self.make(&["new", file]);
        self.insert(file, reader)
    }

    /// A new card in reader 0 that attests; its maker is in `maker.pem`.
    pub(crate) fn with_attesting_card() -> (Self, Inserted) {
        let tools = Self::new();
        tools.make(&["new", "card", "--attested-by", "maker.pem"]);
        let card = tools.insert("card", 0);
        (tools, card)
    }

    fn make(&self, args: &[&str]) {
        let made = self
            .command(env!("CARGO_BIN_EXE_virtual-card"))
            .args(args)
            .status();
        assert!(made.unwrap().success());
    }

    pub(crate) fn insert(&self, file: &str, reader: u8) -> Inserted {
        let mut child = self
            .command(env!("CARGO_BIN_EXE_virtual-card"))
            .args(["insert", file, "--reader", &reader.to_string()])
            .args(["--port", &self.readers.port(0).to_string()])
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
    pub(crate) fn signal(mut self, signal: Signal) -> ExitStatus {
        signals::send(self.0.id(), signal);
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
