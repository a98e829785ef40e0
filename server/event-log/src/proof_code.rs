//! The proof of one event in so few letters that a QR code holds it, for whoever has no
//! file to take along: what a proof file says of it ([`proof_file`](crate::proof_file)), as bytes, deflated
//! (RFC 1950), in base45 (RFC 9285), whose letters a QR code packs best.
//!
//! The bytes: the checkpoint's note, the signer's certificate (empty where there is none)
//! and the event, each behind its length; its place; then the hashes of its proof. Lengths
//! and place are big-endian, of four and of eight bytes.

use std::io::{self, Read as _, Write as _};

use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};

use crate::{LogPosition, proof_file::ProofWriter};

/// What every code begins with, and its form.
pub const PREFIX: &str = "ICCARD1:";

/// Far more than a QR code holds, inflated.
const MAX_BYTES: u64 = 64 * 1024;

/// Why a code is none.
#[derive(Debug, thiserror::Error)]
pub enum ProofCodeError {
    /// It does not begin with [`PREFIX`].
    #[error("it begins with no {PREFIX}")]
    Prefix,
    /// Letters that base45 does not have, or an end amid a byte.
    #[error("it is no base45")]
    Letters,
    /// What is inside can't be read.
    #[error("it holds no proof: {0}")]
    Content(#[from] io::Error),
}

/// The code of an event that is proven under `checkpoint`'s note, with the signer's
/// certificate (DER) where it has one.
///
/// # Errors
///
/// None in practice: nothing is written but memory.
pub fn encode(
    checkpoint: &str,
    position: &LogPosition,
    certificate: Option<&[u8]>,
) -> io::Result<String> {
    let mut deflated = ZlibEncoder::new(Vec::new(), Compression::best());
    let certificate = certificate.unwrap_or_default();
    for part in [checkpoint.as_bytes(), certificate, &position.event] {
        let length = u32::try_from(part.len()).map_err(io::Error::other)?;
        deflated.write_all(&length.to_be_bytes())?;
        deflated.write_all(part)?;
    }
    deflated.write_all(&position.index.to_be_bytes())?;
    deflated.write_all(&position.proof)?;
    let mut code = String::from(PREFIX);
    code.push_str(&base45::encode(&deflated.finish()?));
    Ok(code)
}

/// The lines of a proof file that say what a code says. Nothing of it is verified.
///
/// # Errors
///
/// [`ProofCodeError`] for whatever is no code.
pub fn decode(code: &str) -> Result<String, ProofCodeError> {
    let letters = code.trim().strip_prefix(PREFIX);
    let letters = letters.ok_or(ProofCodeError::Prefix)?;
    let deflated = base45::decode(letters).map_err(|_letters| ProofCodeError::Letters)?;
    let mut rest = ZlibDecoder::new(deflated.as_slice()).take(MAX_BYTES);
    let checkpoint = String::from_utf8(part(&mut rest)?).map_err(io::Error::other)?;
    let certificate = part(&mut rest)?;
    let event = part(&mut rest)?;
    let mut index = [0; 8];
    rest.read_exact(&mut index)?;
    let mut proof = Vec::new();
    rest.read_to_end(&mut proof)?;
    let position = LogPosition {
        index: u64::from_be_bytes(index),
        event,
        leaf: Default::default(),
        proof,
    };
    let mut writer = ProofWriter::default();
    let certificate = (!certificate.is_empty()).then_some(certificate.as_slice());
    let lines = [
        ProofWriter::begin(checkpoint),
        writer.event(&position, certificate),
        writer.end(),
    ];
    let lines = lines.into_iter().collect::<Result<String, _>>();
    Ok(lines.map_err(io::Error::from)?)
}

fn part(from: &mut impl io::Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u64::from(u32::from_be_bytes(length));
    let mut bytes = Vec::new();
    let read = from.take(length).read_to_end(&mut bytes)?;
    if u64::try_from(read).ok() == Some(length) {
        Ok(bytes)
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position() -> LogPosition {
        LogPosition {
            index: 7,
            event: b"what happened".to_vec(),
            leaf: [0; 32],
            proof: vec![9; 64],
        }
    }

    #[test]
    fn it_says_what_a_proof_file_says() {
        for certificate in [None, Some(b"DER".as_slice())] {
            let code = encode("a note\n", &position(), certificate).unwrap();
            let mut writer = ProofWriter::default();
            let file = [
                ProofWriter::begin(String::from("a note\n")).unwrap(),
                writer.event(&position(), certificate).unwrap(),
                writer.end().unwrap(),
            ];
            assert_eq!(decode(&code).unwrap(), file.concat());
            assert_eq!(decode(&format!(" {code}\n")).unwrap(), file.concat());
        }
    }

    /// A QR code packs these letters two to eleven bits (ISO/IEC 18004, alphanumeric mode).
    #[test]
    fn its_letters_are_those_that_a_qr_code_packs_best() {
        let code = encode("a note\n", &position(), Some(&[0, 255, 128])).unwrap();
        let packed = |letter: char| {
            letter.is_ascii_digit() || letter.is_ascii_uppercase() || " $%*+-./:".contains(letter)
        };
        assert!(code.chars().all(packed), "{code}");
    }

    #[test]
    fn what_is_no_code_is_refused() {
        let whole = encode("a note\n", &position(), None).unwrap();
        let refused = |code: &str| decode(code).unwrap_err().to_string();
        assert!(refused("HC1:6BF").starts_with("it begins"));
        assert!(refused("ICCARD1:é").starts_with("it is no base45"));
        assert!(refused("ICCARD1:").starts_with("it holds no proof"));
        for end in PREFIX.len()..whole.len() {
            if let Ok(lines) = decode(&whole[..end]) {
                panic!("{end}: {lines}");
            }
        }
    }

    /// What is inflated has an end: nobody's memory is filled by a picture.
    #[test]
    fn a_bomb_is_refused() {
        let mut bomb = ZlibEncoder::new(Vec::new(), Compression::best());
        bomb.write_all(&u32::MAX.to_be_bytes()).unwrap();
        bomb.write_all(&vec![0; 16 * 1024 * 1024]).unwrap();
        let bomb = format!("{PREFIX}{}", base45::encode(bomb.finish().unwrap()));
        assert!(matches!(decode(&bomb), Err(ProofCodeError::Content(_))));
    }
}
