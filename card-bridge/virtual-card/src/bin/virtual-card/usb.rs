//! `virtual-card usb`: a key, plugged in and pulled by lines on standard input.

use std::{
    io::{self, Write as _},
    net::SocketAddr,
    path::PathBuf,
    sync::mpsc::{self, Sender},
    thread,
    time::Duration,
};

use clap::{Args, ValueEnum};
use virtual_card::{
    VirtualCard,
    usb::{
        self,
        ip::{self, Handle, Way},
    },
};

use super::Error;

/// What can be said about a key.
#[derive(Debug, Args)]
#[command(after_help = "\
On standard input, a line each; each is answered by a line:
  insert      plugs the key in
  pull        pulls it
  hard        pulls it in the middle of an answer
  cut N       pulls it when the card has carried out N more commands, unanswered,
              from when somebody has it
  card out    takes the card out of the key, as out of a reader
  card in     puts it back
  status      where it is: out, in, or attached (somebody has the device)")]
pub(super) struct Options {
    /// The card's file.
    file: PathBuf,
    /// The port on 127.0.0.1; 0 is any that is free.
    #[arg(long, default_value_t = 3240)]
    port: u16,
    /// Goes to this address when it is plugged in, instead of listening.
    #[arg(long, conflicts_with = "port")]
    dial: Option<SocketAddr>,
    /// It is not plugged in at the beginning.
    #[arg(long)]
    pulled: bool,
    /// Its interface's class.
    #[arg(long, value_enum, default_value_t = Class::Ff)]
    class: Class,
    /// idVendor, hexadecimal.
    #[arg(long, default_value = "1209", value_parser = parse_number)]
    vendor: u16,
    /// idProduct, hexadecimal.
    #[arg(long, default_value = "0001", value_parser = parse_number)]
    product: u16,
    /// Its serial number.
    #[arg(long, default_value = "VPIV0001")]
    serial: String,
    /// What is passed in `XfrBlock`.
    #[arg(long, value_enum, default_value_t = Level::Extended)]
    level: Level,
    /// It has no interrupt endpoint.
    #[arg(long)]
    no_interrupt: bool,
    /// dwMaxCCIDMessageLength of a key for extended APDUs.
    #[arg(long, default_value_t = 2058, value_parser = clap::value_parser!(u32).range(271..=65_554))]
    longest_message: u32,
    /// IFSC at the level of T=1.
    #[arg(long, default_value_t = 254, value_parser = clap::value_parser!(u8).range(1..=254))]
    block: u8,
    /// Milliseconds that the card takes for each command, besides.
    #[arg(long, default_value_t = 0)]
    slow: u64,
    /// Milliseconds until whoever waits for the card is told to go on waiting.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..))]
    patience: u64,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Class {
    /// Vendor-specific: a page may open it.
    Ff,
    /// Smart card: browsers keep it from pages.
    #[value(name = "0b")]
    SmartCard,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Level {
    /// Extended APDUs.
    Extended,
    /// Short APDUs.
    Short,
    /// Blocks of T=1.
    T1,
    /// Commands of T=0.
    T0,
}

impl From<&Options> for usb::Options {
    fn from(options: &Options) -> Self {
        Self {
            class: match options.class {
                Class::Ff => usb::InterfaceClass::VendorSpecific,
                Class::SmartCard => usb::InterfaceClass::SmartCard,
            },
            vendor: options.vendor,
            product: options.product,
            serial: options.serial.clone(),
            level: match options.level {
                Level::Extended => usb::Level::ExtendedApdu,
                Level::Short => usb::Level::ShortApdu,
                Level::T1 => usb::Level::TpduT1,
                Level::T0 => usb::Level::TpduT0,
            },
            has_interrupt: !options.no_interrupt,
            longest_message: options.longest_message,
            block: options.block,
            slow: Duration::from_millis(options.slow),
            patience: Duration::from_millis(options.patience),
        }
    }
}

/// Serves the key until it is told to end.
pub(super) fn run(options: &Options) -> Result<(), Error> {
    let card = VirtualCard::open(&options.file)?;
    let way = options.dial.map_or(Way::Listen(options.port), Way::Dial);
    let server = ip::serve(card, options.into(), way, !options.pulled)?;
    let (tell, told) = mpsc::channel();
    let (handle, ended) = (server.handle(), tell.clone());
    thread::Builder::new()
        .name("stdin".to_owned())
        .spawn(move || {
            let lines = io::stdin().lines().map_while(Result::ok);
            for line in lines {
                say(&obey(&handle, &line));
            }
            let _ = ended.send(());
        })?;
    listen_for_signals(tell)?;
    say(&match server.address() {
        Some(address) => format!("listening on {address}"),
        None => "ready to dial".to_owned(),
    });
    // Whoever tells us says all there is to say.
    let _ = told.recv();
    drop(server);
    Ok(())
}

/// Shows keys to this machine's kernel.
pub(super) fn attach(server: Option<String>, listen: Option<u16>) -> Result<(), Error> {
    match (server, listen) {
        (Some(server), _) => ip::attach(server)?,
        (None, Some(port)) => ip::attach_incoming(port)?,
        (None, None) => {}
    }
    Ok(())
}

fn obey(key: &Handle, line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        ["insert"] => key.insert(),
        ["pull"] => key.pull(),
        ["hard"] => key.pull_amid(),
        ["cut", number] => match number.parse() {
            Ok(commands) => key.pull_after(commands),
            Err(error) => return format!("error: {number}: {error}"),
        },
        ["card", "out"] => key.set_card_present(false),
        ["card", "in"] => key.set_card_present(true),
        ["status"] => {
            let state = match key.state() {
                (_, true) => "attached",
                (true, false) => "in",
                (false, false) => "out",
            };
            return state.to_owned();
        }
        _ => return format!("error: {line:?} is not known"),
    }
    "ok".to_owned()
}

fn say(line: &str) {
    // Whoever does not listen is not told.
    let mut stdout = io::stdout();
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}

#[cfg(unix)]
fn listen_for_signals(tell: Sender<()>) -> io::Result<()> {
    use signal_hook::{
        consts::{SIGINT, SIGTERM},
        iterator::Signals,
    };
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            for _ in signals.forever() {
                let _ = tell.send(());
            }
        })?;
    Ok(())
}

#[cfg(not(unix))]
fn listen_for_signals(_: Sender<()>) -> io::Result<()> {
    Ok(())
}

fn parse_number(text: &str) -> Result<u16, String> {
    u16::from_str_radix(text, 16).map_err(|error| error.to_string())
}
