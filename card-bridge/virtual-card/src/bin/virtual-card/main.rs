//! `virtual-card`: software PIV cards for the tests and the demo.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
    time::Duration,
};

use clap::{Parser, Subcommand};
use virtual_card::{
    CardError, VirtualCard,
    attestation::{Maker, MakerError},
    usb::ip::LineError,
    vpcd,
};

mod usb;

/// Software PIV cards for tests and demos. Never for production: whoever can
/// read a card's file can copy the card.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes a new card (PIN 123456, PUK 12345678, default management key).
    New {
        /// The card's file; it must not exist.
        file: PathBuf,
        /// It attests which keys it made: key and certificate of its maker, PEM. Made
        /// where there is no such file.
        #[arg(long)]
        attested_by: Option<PathBuf>,
    },
    /// Inserts a card into a reader of pcscd until standard input closes, or
    /// SIGINT or SIGTERM arrives.
    Insert {
        /// The card's file.
        file: PathBuf,
        /// The reader: 0 is "Virtual PCD 00 00", 1 is "Virtual PCD 00 01".
        #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=1))]
        reader: u8,
        /// The port of reader 0, where pcscd is not configured as on Debian; reader 1
        /// has the next.
        #[arg(long, default_value_t = vpcd::PORTS[0],
            value_parser = clap::value_parser!(u16).range(1..=65534))]
        port: u16,
    },
    /// Is a USB key with a card in it, behind USB/IP, until standard input closes, or SIGINT
    /// or SIGTERM arrives.
    Usb(usb::Options),
    /// Shows this machine's kernel the key of a `usb` elsewhere (as root, with vhci-hcd),
    /// again whenever it is plugged in.
    UsbAttach {
        /// Where it listens: host and port.
        #[arg(required_unless_present = "listen")]
        server: Option<String>,
        /// A port of this machine to which keys come that were told to dial it.
        #[arg(long, conflicts_with = "server")]
        listen: Option<u16>,
    },
    /// Powers a card, sends it APDUs and prints its answers, all in
    /// hexadecimal.
    Apdu {
        /// The card's file.
        file: PathBuf,
        /// Command APDUs, for instance 00A4040005A000000308.
        #[arg(required = true, value_parser = parse_hex)]
        apdus: Vec<Apdu>,
    },
}

/// A raw command APDU.
#[derive(Debug, Clone)]
struct Apdu(Vec<u8>);

#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(transparent)]
    Card(#[from] CardError),
    #[error(transparent)]
    Maker(#[from] MakerError),
    #[error(transparent)]
    Reader(#[from] vpcd::VpcdError),
    #[error(transparent)]
    Line(#[from] LineError),
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// The reader looks for cards a few times a second.
const READER_TIMEOUT: Duration = Duration::from_secs(20);

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::New {
            file,
            attested_by: None,
        } => VirtualCard::create(&file).map(drop).map_err(Error::from),
        Command::New {
            file,
            attested_by: Some(maker),
        } => new_attesting(&file, &maker),
        Command::Insert { file, reader, port } => insert(&file, reader, port),
        Command::Usb(options) => usb::run(&options),
        Command::UsbAttach { server, listen } => usb::attach(server, listen),
        Command::Apdu { file, apdus } => apdu(&file, &apdus),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Without a standard error stream there is nobody to tell.
            let _ = writeln!(io::stderr(), "virtual-card: {error}");
            ExitCode::FAILURE
        }
    }
}

fn new_attesting(file: &Path, maker: &Path) -> Result<(), Error> {
    let maker = match fs::read_to_string(maker) {
        Ok(pem) => Maker::from_pem(&pem)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let new = Maker::new("Virtual PIV Root CA")?;
            fs::write(maker, new.to_pem()?)?;
            new
        }
        Err(error) => return Err(error.into()),
    };
    VirtualCard::create_attesting(file, &maker)?;
    Ok(())
}

fn insert(file: &Path, reader: u8, first: u16) -> Result<(), Error> {
    let port = first + u16::from(reader);
    let inserted = vpcd::insert(VirtualCard::open(file)?, ("127.0.0.1", port))?;

    let puller = inserted.puller();
    thread::Builder::new()
        .name("stdin".to_owned())
        .spawn(move || {
            // Whatever is typed is of no interest, and an error is an end too.
            let _ = io::copy(&mut io::stdin(), &mut io::sink());
            puller.pull();
        })?;
    #[cfg(unix)]
    {
        use signal_hook::{
            consts::{SIGINT, SIGTERM},
            iterator::Signals,
        };
        let puller = inserted.puller();
        let mut signals = Signals::new([SIGINT, SIGTERM])?;
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                for _ in signals.forever() {
                    puller.pull();
                }
            })?;
    }

    inserted.wait_until_powered(READER_TIMEOUT)?;
    let mut stdout = io::stdout();
    writeln!(stdout, "inserted {} in reader {reader}", file.display())?;
    stdout.flush()?;
    inserted.wait()?;
    Ok(())
}

fn apdu(file: &Path, apdus: &[Apdu]) -> Result<(), Error> {
    let card = VirtualCard::open(file)?;
    card.power_on()?;
    for Apdu(apdu) in apdus {
        writeln!(io::stdout(), "{}", hex(&card.transmit(apdu)?))?;
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a string can't fail.
            let _ = write!(text, "{byte:02X}");
            text
        })
}

fn parse_hex(text: &str) -> Result<Apdu, String> {
    let digits: Vec<char> = text.chars().filter(|c| !matches!(c, ' ' | ':')).collect();
    digits
        .chunks(2)
        .map(|pair| match *pair {
            [high, low] => high.to_digit(16).zip(low.to_digit(16)),
            _ => None,
        })
        .map(|pair| pair.and_then(|(high, low)| u8::try_from(high * 16 + low).ok()))
        .collect::<Option<_>>()
        .map(Apdu)
        .ok_or_else(|| "not pairs of hexadecimal digits".to_owned())
}
