//! T=1: the scenarios of ISO/IEC 7816-3, annex A, and the rules beyond them, as a table
//! in the standard's own notation (`tests/ccid/scenarios.toml`).

use std::{fs, path::Path};

use card_protocol::{
    Limits,
    atr::BlockParameters,
    ccid::t1::{Checksum, Invalid, Link, LinkStep, T1Error},
    hex,
};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    scenario: Vec<Scenario>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    name: String,
    /// IFSC of the answer to reset.
    #[serde(default = "longest")]
    ifsc: u8,
    /// What is begun, one after the other.
    turn: Vec<Turn>,
}

const fn longest() -> u8 {
    254
}

/// A command (or a new IFSD), and the blocks it takes: ours, and the card's. `-` is no
/// block in time, `~` before a block that it arrives with an error.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Turn {
    #[serde(default)]
    command: String,
    #[serde(default)]
    ifsd: Option<u8>,
    blocks: Vec<(String, String)>,
    outcome: String,
}

/// A block of ours in the standard's notation; of an I-block, the data too.
fn tell(block: &[u8], checksum: Checksum) -> String {
    let (body, epilogue) = block.split_at(block.len() - checksum.length());
    assert_eq!(checksum.of(body), epilogue);
    let (nad, pcb, length, data) = (body[0], body[1], body[2], &body[3..]);
    assert_eq!((nad, usize::from(length)), (0, data.len()));
    let text = match pcb {
        0x00..=0x7F => format!("I({},{})", pcb >> 6 & 1, pcb >> 5 & 1),
        0x80 | 0x90 => format!("R({})", pcb >> 4 & 1),
        0x80..=0xBF => format!("R({})/{}", pcb >> 4 & 1, pcb & 0x0F),
        _ => {
            let what = ["RESYNCH", "IFS", "ABORT", "WTX"][usize::from(pcb & 3)];
            let way = ["request", "response"][usize::from(pcb >> 5 & 1)];
            format!("S({what} {way})")
        }
    };
    format!("{text} {}", hex::encode(data))
        .trim_end()
        .to_owned()
}

/// A block of the card, from the same notation.
fn make(text: &str, checksum: Checksum) -> Vec<u8> {
    let (head, data) = text
        .rsplit_once(") ")
        .map_or((text, ""), |(head, data)| (head, data));
    let data = hex::decode(&data.split_whitespace().collect::<String>()).unwrap();
    let head = format!("{head})");
    let head = head.replace("))", ")");
    let digit = |at: usize| head.as_bytes()[at] - b'0';
    let pcb = match head.as_bytes()[0] {
        b'I' => digit(2) << 6 | digit(4) << 5,
        b'R' => {
            0x80 | digit(2) << 4
                | head
                    .split_once('/')
                    .map_or(0, |(_, code)| code.as_bytes()[0] - b'0')
        }
        _ => {
            let at = |names: &[&str]| {
                let at = names.iter().position(|name| head.contains(name)).unwrap();
                u8::try_from(at).unwrap()
            };
            0xC0 | at(&["request", "response"]) << 5 | at(&["RESYNCH", "IFS", "ABORT", "WTX"])
        }
    };
    let body = [
        &[0, pcb, u8::try_from(data.len()).unwrap()],
        data.as_slice(),
    ]
    .concat();
    [body.clone(), checksum.of(&body)].concat()
}

fn answer(link: &mut Link, card: &str, checksum: Checksum) -> Result<(), T1Error> {
    if card == "-" {
        return link.receive(Err(Invalid::Other));
    }
    let Some(garbled) = card.strip_prefix('~') else {
        return link.receive(Ok(&make(card, checksum)));
    };
    let mut block = make(garbled, checksum);
    *block.last_mut().unwrap() ^= 0xFF;
    link.receive(Ok(&block))
}

fn play(scenario: &Scenario, uses_crc: bool) {
    let checksum = if uses_crc {
        Checksum::Crc
    } else {
        Checksum::Lrc
    };
    let parameters = BlockParameters {
        ifsc: scenario.ifsc,
        waiting_integers: 0x4D,
        uses_crc,
    };
    let limits = Limits {
        response_bytes: 1024,
        rounds: 8,
    };
    let mut link = Link::new(parameters, limits).with_ifsd(254);
    for turn in &scenario.turn {
        let name = &scenario.name;
        let begun = match turn.ifsd {
            Some(ifsd) => link.negotiate_ifsd(ifsd),
            None => link.transmit(&hex::decode(&turn.command).unwrap()),
        };
        let mut result = begun;
        for (ours, cards) in &turn.blocks {
            assert_eq!(result, Ok(()), "{name}: before {ours}");
            let LinkStep::Send { block, waiting } = link.step() else {
                panic!("{name}: {:?} instead of {ours}", link.step());
            };
            let sent = tell(&block, checksum);
            let sent = if waiting > 0 {
                format!("{sent} ×{waiting}")
            } else {
                sent
            };
            assert_eq!(&sent, ours, "{name}");
            result = answer(&mut link, cards, checksum);
        }
        let outcome = match (result, link.step()) {
            (Err(error), _) => format!("error {error}"),
            (Ok(()), LinkStep::Done(response)) => hex::encode(&response),
            (Ok(()), step) => format!("{step:?}"),
        };
        assert_eq!(outcome, turn.outcome, "{name}");
    }
}

#[test]
fn every_scenario_is_played_as_it_is_written() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ccid/scenarios.toml");
    let file: File = toml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    for scenario in &file.scenario {
        for uses_crc in [false, true] {
            play(scenario, uses_crc);
        }
    }
}
