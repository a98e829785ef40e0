//! After an operation the card is judged by tools that nobody here wrote:
//! `pkcs11-tool`, `yubico-piv-tool` and OpenSSL read the certificate off it and
//! use its key under its PIN. The server drives the card behind pcscd through
//! a bridge. Runs with `--features judges`; a missing tool fails the tests.

use std::{process::ExitStatus, time::Duration};

use jiff::SignedDuration;
use server::clock::Clock as _;
use test_support::{
    database::{TestDatabase, on_both},
    pcscd::READER_0,
    service::{CardReader, LegalPersonClient, PIN, Terminal, TestServer, legal_person::tag},
    tools::ToolFolder,
};

use super::good_certificate;

on_both!(
    a_renewed_card_is_good_to_other_programs,
    an_unlocked_card_is_good_to_other_programs,
);

const MODULE: [&str; 2] = ["--module", "opensc-pkcs11.so"];

/// The tools, and a folder for what they read and write.
struct Judge {
    folder: ToolFolder,
    /// The time at which certificates are checked.
    at: String,
}

impl Judge {
    fn new(server: &TestServer) -> Self {
        let folder = ToolFolder::new();
        let authority = server.folder.path().join("keys/ca.cert.pem");
        folder.write("ca.pem", std::fs::read(authority).unwrap());
        folder.write("message", "what the holder agrees to");
        Self {
            folder,
            at: (server.clock.now() + Duration::from_mins(1))
                .as_second()
                .to_string(),
        }
    }

    /// Runs a tool; how it ended and what it said.
    fn attempt(&self, line: &str, more: &[&str]) -> (ExitStatus, String) {
        let (tool, words) = line.split_once(' ').unwrap();
        let words: Vec<&str> = words.split(' ').chain(more.iter().copied()).collect();
        self.folder.attempt(tool, &words)
    }

    fn run(&self, line: &str, more: &[&str]) -> String {
        let (status, said) = self.attempt(line, more);
        assert!(status.success(), "{line} {more:?}: {status}\n{said}");
        said
    }

    /// What `yubico-piv-tool` says and whether it was content.
    fn yubico(&self, line: &str) -> (bool, String) {
        let line = format!("yubico-piv-tool {line}");
        let (status, said) = self.attempt(&line, &["-r", READER_0]);
        (status.success(), said)
    }

    /// The certificate that other programs find on the card, by two tools.
    fn certificate(&self) -> Vec<u8> {
        let read = "--read-object --type cert --id 01 -o read.der";
        self.run(&format!("pkcs11-tool {read}"), &MODULE);
        let (done, said) = self.yubico("-a read-certificate -s 9a -K DER -o yubico.der");
        assert!(done, "{said}");
        let read = self.folder.read("read.der");
        assert_eq!(read, self.folder.read("yubico.der"));
        read
    }

    /// The certificate is one of the authority's, and the card's key, under
    /// this PIN, is the one in it.
    fn uses_the_key(&self, pin: &str) {
        let verify = format!("openssl verify -attime {} -CAfile ca.pem read.der", self.at);
        assert!(self.run(&verify, &[]).contains("read.der: OK"));
        self.run("openssl x509 -in read.der -pubkey -noout -out key.pem", &[]);
        self.run("openssl dgst -sha256 -binary -out digest message", &[]);
        let sign = "--login --sign -m ECDSA --signature-format openssl --id 01 \
                    -i digest -o signature --pin";
        let sign = format!("pkcs11-tool {sign} {pin}");
        self.run(&sign, &MODULE);
        let verify = "openssl dgst -sha256 -verify key.pem -signature signature message";
        assert!(self.run(verify, &[]).contains("Verified OK"));

        self.run("openssl x509 -in read.der -out read.pem", &[]);
        let (done, said) = self.yubico(&format!(
            "-a verify-pin -P {pin} -a test-signature -s 9a -i read.pem"
        ));
        assert!(
            done && said.contains("Successful ECDSA verification"),
            "{said}"
        );
    }

    /// Both tools are told that this PIN is wrong.
    fn refuses(&self, pin: &str) {
        let list = format!("pkcs11-tool --list-objects --login --pin {pin}");
        let (status, said) = self.attempt(&list, &MODULE);
        assert!(
            !status.success() && said.contains("CKR_PIN_INCORRECT"),
            "{said}"
        );
        let (done, said) = self.yubico(&format!("-a verify-pin -P {pin}"));
        assert!(!done && said.contains("tries left"), "{said}");
    }
}

/// And it is good to us: it logs in with this PIN.
async fn logs_in(server: &TestServer, terminal: &mut Terminal, pin: &str) {
    let browser = server.browser();
    let challenge = browser.signed_challenge().await;
    let mut token = terminal.authenticate(&challenge, pin).await;
    if token
        .as_ref()
        .is_err_and(|error| error["code"] == "last_try")
    {
        // The judges had used up the others.
        terminal.reinsert().await;
        token = terminal.authenticate(&challenge, pin).await;
    }
    let token = token.unwrap();
    browser.log_in(token).await.good();
}

async fn judged(work: impl FnOnce() + Send + 'static) {
    tokio::task::spawn_blocking(work).await.unwrap();
}

async fn a_renewed_card_is_good_to_other_programs(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let mut client = LegalPersonClient::new(&server).await;
    let mut reader = CardReader::operator(&server, "0001").await;
    let old = good_certificate(&server, &reader).await;
    // The new certificate begins at another time than the old one.
    server.clock.advance(SignedDuration::from_hours(10));
    client = client.another().await;
    let mut terminal = Terminal::new(&server).await;
    terminal.insert(reader.pull().into_inner()).await;
    let done = terminal.operate(&client, reader.card, "renew", PIN).await;
    assert_eq!(tag(&done["next"]), "finished", "{done}");

    let good = good_certificate(&server, &reader).await;
    assert_ne!(good, old);
    let judge = Judge::new(&server);
    judged(move || {
        assert_eq!(judge.certificate(), good, "register and card differ");
        judge.uses_the_key(PIN);
        judge.refuses("999999");
    })
    .await;
    logs_in(&server, &mut terminal, PIN).await;
    terminal.pull().await;
}

async fn an_unlocked_card_is_good_to_other_programs(database: TestDatabase) {
    const NEW: &str = "271828";
    let server = TestServer::new(&database).await;
    let client = LegalPersonClient::new(&server).await;
    let mut reader = CardReader::operator(&server, "0001").await;
    let chip = reader.identify().unwrap().chip.unwrap();
    let mut terminal = Terminal::new(&server).await;
    // Somebody forgot it.
    terminal.insert(reader.pull().into_inner()).await;
    let judge = Judge::new(&server);
    let puk = |generation| {
        let puk = server.keys.master.puk(&chip, generation).unwrap();
        String::from_utf8(puk.as_bytes().to_vec()).unwrap()
    };
    let (old_puk, new_puk) = (puk(0), puk(1));
    let judge = tokio::task::spawn_blocking(move || {
        let wrong = "-a verify-pin -P 999999";
        let blocked = (0..16).any(|_| !judge.yubico(wrong).1.contains("tries left"));
        assert!(blocked, "the PIN is not blocked");
        assert!(!judge.yubico(&format!("-a verify-pin -P {PIN}")).0);
        judge
    })
    .await
    .unwrap();
    let done = terminal.operate(&client, reader.card, "unlock", NEW).await;
    assert_eq!(tag(&done["next"]), "finished", "{done}");
    assert_eq!(
        done["operations"]["cards"][0]["state"], "confirmed",
        "{done}"
    );

    let good = good_certificate(&server, &reader).await;
    judged(move || {
        assert_eq!(judge.certificate(), good, "register and card differ");
        judge.refuses(PIN);
        judge.uses_the_key(NEW);
        // The PUK was replaced: the one before changes nothing any more.
        let unblock = |puk: &str| judge.yubico(&format!("-a unblock-pin -P {puk} -N {PIN}"));
        assert!(!unblock(&old_puk).0, "the old PUK still works");
        let (done, said) = unblock(&new_puk);
        assert!(done, "the new PUK does not work: {said}");
        judge.uses_the_key(PIN);
    })
    .await;
    logs_in(&server, &mut terminal, PIN).await;
    terminal.pull().await;
}
