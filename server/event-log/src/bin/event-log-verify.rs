//! Verifies a proof file (操作记录证明), the letters of a QR code (凭证二维码) or an archive with the log's public key,
//! and does nothing else: no database, no network, no configuration.
//!
//! Exit status: 0 all is good, 1 something was found, 2 it could not be checked.

use std::{
    error::Error,
    fs,
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use clap::Parser;
use event_log::{
    VerifyKey,
    certificate::TrustAnchors,
    keys::PublicKeys,
    verify::{Options, Progress, text, verify_file},
};

/// Verifies proof files (操作记录证明), codes (凭证二维码, as text) and archives of the log of all
/// events.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The proof files and archives to be verified
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The log's public key, `name+hash+base64`, as `server audit keys` prints
    /// it. Take it from the server's operator by another way than the file.
    #[arg(long)]
    key: String,
    /// The CA's certificates (PEM); without them it is not checked who issued
    /// the signers' certificates.
    #[arg(long)]
    ca: Option<PathBuf>,
    /// Prints every event that is proven, with the statement that was signed.
    #[arg(long)]
    show: bool,
    /// Leaves the legal person's signatures out.
    #[arg(long)]
    no_signatures: bool,
}

/// Exit status: something was found.
const FOUND: u8 = 1;
/// Exit status: it could not be checked.
const NOT_CHECKED: u8 = 2;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(FOUND),
        Err(error) => {
            // Whoever closed it does not want to know.
            let _closed = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(NOT_CHECKED)
        }
    }
}

/// Whether all of them are good.
fn run(arguments: &Arguments) -> Result<bool, Box<dyn Error>> {
    let log = VerifyKey::parse(&arguments.key)?;
    if log.is_witness() {
        return Err("that is a witness's key: give the log's".into());
    }
    let pem = arguments
        .ca
        .as_ref()
        .map(|path| named(path, fs::read(path)));
    let options = Options {
        anchors: match pem {
            Some(pem) => Some(TrustAnchors::from_pem(&pem?)?),
            None => None,
        },
        signatures: !arguments.no_signatures,
        ..Options::of(PublicKeys { log, witness: None })
    };
    let mut are_good = true;
    for file in &arguments.files {
        let mut shown = Ok(());
        let report = verify_file(file, &options, &mut show, &mut |proven| {
            if arguments.show && shown.is_ok() {
                shown = print(&text::event(proven));
            }
        })?;
        shown?;
        if arguments.files.len() > 1 {
            print(&format!("{}:", file.display()))?;
        }
        print(&text::report(&report, &options, true))?;
        are_good &= report.is_good();
    }
    Ok(are_good)
}

/// The result with the file's name in the error.
fn named<T>(path: &std::path::Path, result: io::Result<T>) -> Result<T, Box<dyn Error>> {
    result.map_err(|error| format!("{}: {error}", path.display()).into())
}

fn print(text: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{text}")
}

/// Says how far it is, on stderr.
fn show(progress: Progress) {
    let mut stderr = io::stderr();
    // Whoever closed it does not want to know.
    let _closed = write!(stderr, "\r{}\x1b[K", text::progress(progress));
    let _closed = stderr.flush();
}
