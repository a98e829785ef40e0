//! How a page knows its bridge again (ADR 38). A port of the loopback interface is
//! open to every user of the machine, so whoever listens first there may say that
//! it is the bridge. The bridge has a key of its own, and tells the page of an
//! origin, once that has its server's grant, the key that follows from it for this
//! origin: their acquaintance. From then on the page takes nobody for the bridge
//! who can't prove that key over a challenge of the page's.
//!
//! The proof is HMAC-SHA-256 (RFC 2104) over the challenge, the port that the page
//! reached, and everything else that the bridge says of itself in its welcome: one
//! that was heard elsewhere, or changed, proves nothing.

use core::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _, digest::Key};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::{Map, Value};
use sha2::Sha256;
use zeroize::{Zeroize as _, ZeroizeOnDrop, Zeroizing};

use crate::hex;

/// Length of the bridge's own key, and of an acquaintance, in bytes.
pub const KEY_LENGTH: usize = 32;

/// Length of a challenge in bytes.
pub const CHALLENGE_LENGTH: usize = 32;

/// The field of the welcome in which the proof stands, and which it is not over.
pub const PROOF: &str = "proof";

/// Before the origin, when an acquaintance is made.
const ACQUAINTANCE_DOMAIN: &[u8] = b"ic-card-acquaintance:1\n";

/// Before what a proof is over. Neither is the beginning of the other.
const PROOF_DOMAIN: &[u8] = b"ic-card-bridge-proof:1\n";

/// What a page and its bridge know, and nobody else. It is wiped when dropped and
/// never printed; in JSON it is text, in hex.
#[derive(Clone, PartialEq, Eq, zeroize::Zeroize, ZeroizeOnDrop)]
pub struct Acquaintance([u8; KEY_LENGTH]);

/// What a page wants proved: random bytes, good once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge(pub [u8; CHALLENGE_LENGTH]);

impl Acquaintance {
    /// That of a bridge, by its own key, with the pages of an origin.
    #[must_use]
    pub fn of(bridge: &[u8; KEY_LENGTH], origin: &str) -> Self {
        let mut mac = mac(bridge);
        mac.update(ACQUAINTANCE_DOMAIN);
        mac.update(origin.as_bytes());
        Self(mac.finalize().into_bytes().into())
    }

    /// From the text that [`Self::to_text`] gave; `None` for any other.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(hex::decode_array(text)?);
        Some(Self(*bytes))
    }

    /// As text, for whoever has to keep it.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(&self.0))
    }

    /// The proof that stands in `welcome`, an answer to `hello` in its JSON form, of
    /// the bridge that the page reached at `port`.
    #[must_use]
    pub fn prove(&self, challenge: &Challenge, port: u16, welcome: &Map<String, Value>) -> String {
        let mac = self.mac_over(challenge, port, welcome);
        hex::encode(&mac.finalize().into_bytes())
    }

    /// Whether who sent `welcome` knows this acquaintance, got this challenge, and
    /// was reached at this port. Compares in constant time.
    #[must_use]
    pub fn is_proved(&self, challenge: &Challenge, port: u16, welcome: &Value) -> bool {
        let Some(welcome) = welcome.as_object() else {
            return false;
        };
        let proof = welcome.get(PROOF).and_then(Value::as_str);
        let Some(proof) = proof.and_then(hex::decode) else {
            return false;
        };
        let mac = self.mac_over(challenge, port, welcome);
        mac.verify_slice(&proof).is_ok()
    }

    fn mac_over(
        &self,
        challenge: &Challenge,
        port: u16,
        welcome: &Map<String, Value>,
    ) -> Hmac<Sha256> {
        let mut mac = mac(&self.0);
        mac.update(PROOF_DOMAIN);
        mac.update(&challenge.0);
        mac.update(&port.to_be_bytes());
        // Whatever order a map has; a newer bridge may say more than this page reads.
        let mut said: Vec<_> = welcome.iter().filter(|(name, _)| *name != PROOF).collect();
        said.sort_unstable_by_key(|(name, _)| *name);
        for (name, value) in said {
            part(&mut mac, name.as_bytes());
            match value {
                Value::String(text) => {
                    mac.update(b"s");
                    part(&mut mac, text.as_bytes());
                }
                other => {
                    mac.update(b"j");
                    part(&mut mac, other.to_string().as_bytes());
                }
            }
        }
        mac
    }
}

/// A piece of which nothing can move into the next one: its length stands before it.
fn part(mac: &mut Hmac<Sha256>, bytes: &[u8]) {
    mac.update(&(bytes.len() as u64).to_be_bytes());
    mac.update(bytes);
}

/// HMAC with a key that is shorter than a block: RFC 2104 fills it up with zeros.
fn mac(key: &[u8; KEY_LENGTH]) -> Hmac<Sha256> {
    let mut block = Key::<Hmac<Sha256>>::default();
    for (place, byte) in block.iter_mut().zip(key) {
        *place = *byte;
    }
    let mac = Hmac::new(&block);
    block.as_mut_slice().zeroize();
    mac
}

impl fmt::Debug for Acquaintance {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Acquaintance(…)")
    }
}

impl Serialize for Acquaintance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

impl<'de> Deserialize<'de> for Acquaintance {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // serde's own error would repeat what stood there.
        let text = String::deserialize(deserializer)
            .map(Zeroizing::new)
            .map_err(|_repeats_it| D::Error::custom("an acquaintance is a string"))?;
        Self::from_text(&text).ok_or_else(|| D::Error::custom("an acquaintance is 32 bytes in hex"))
    }
}

impl Serialize for Challenge {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Challenge {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        hex::decode_array(&text)
            .map(Self)
            .ok_or_else(|| D::Error::custom("a challenge is 32 bytes in hex"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ORIGIN: &str = "https://cards.example";
    const CHALLENGE: Challenge = Challenge([7; CHALLENGE_LENGTH]);
    const PORT: u16 = 43118;

    fn known() -> Acquaintance {
        Acquaintance::of(&[1; KEY_LENGTH], ORIGIN)
    }

    fn welcome() -> Value {
        json!({ "product": "card-bridge", "version": "0.2.0", "protocol": 4, "held": [43117] })
    }

    fn proved(by: &Acquaintance, mut welcome: Value) -> Value {
        let proof = by.prove(&CHALLENGE, PORT, welcome.as_object().unwrap());
        welcome["proof"] = json!(proof);
        welcome
    }

    /// RFC 4231's cases have other lengths of key; this one was made with OpenSSL:
    /// `printf 'ic-card-acquaintance:1\nhttps://cards.example' | openssl dgst -sha256
    /// -mac HMAC -macopt hexkey:01…01`.
    #[test]
    fn it_is_hmac_sha_256() {
        assert_eq!(
            *known().to_text(),
            "764f0ad55721bbaadfdb9d9825115fee96127f23746f1f2308ba2ae9a53f4c03"
        );
    }

    #[test]
    fn only_who_knows_the_key_of_this_origin_proves_it() {
        let good = proved(&known(), welcome());
        assert!(known().is_proved(&CHALLENGE, PORT, &good));
        for other in [
            Acquaintance::of(&[2; KEY_LENGTH], ORIGIN),
            Acquaintance::of(&[1; KEY_LENGTH], "https://other.example"),
        ] {
            let forged = proved(&other, welcome());
            assert!(!known().is_proved(&CHALLENGE, PORT, &forged));
        }
    }

    #[test]
    fn a_proof_is_for_one_challenge_and_one_port() {
        let good = proved(&known(), welcome());
        let later = Challenge([8; CHALLENGE_LENGTH]);
        assert!(!known().is_proved(&later, PORT, &good), "replayed");
        for port in [43117, 43119, 0] {
            assert!(!known().is_proved(&CHALLENGE, port, &good), "{port}");
        }
    }

    #[test]
    fn nothing_of_the_welcome_can_be_changed() {
        let good = proved(&known(), welcome());
        let lies: [fn(&mut Value); 7] = [
            |said| said["version"] = json!("0.2.1"),
            |said| said["protocol"] = json!(3),
            |said| said["protocol"] = json!("4"),
            |said| said["held"] = json!([]),
            |said| said["more"] = json!(true),
            |said| drop(said.as_object_mut().unwrap().remove("version")),
            // What stands at a border does not move over it.
            |said| {
                let said = said.as_object_mut().unwrap();
                said.remove("version");
                said.insert("versio".to_owned(), json!("n0.2.0"));
            },
        ];
        for (number, lie) in lies.into_iter().enumerate() {
            let mut said = good.clone();
            lie(&mut said);
            assert!(!known().is_proved(&CHALLENGE, PORT, &said), "{number}");
        }
    }

    #[test]
    fn what_is_no_proof_is_none() {
        for proof in [
            json!(null),
            json!(""),
            json!("00"),
            json!(1),
            json!("g".repeat(64)),
        ] {
            let mut said = welcome();
            said["proof"] = proof;
            assert!(!known().is_proved(&CHALLENGE, PORT, &said), "{said}");
        }
        // A proof that is cut short is not the beginning of one.
        let mut said = proved(&known(), welcome());
        let cut = said["proof"].as_str().unwrap()[..62].to_owned();
        said["proof"] = json!(cut);
        assert!(!known().is_proved(&CHALLENGE, PORT, &said));
        assert!(!known().is_proved(&CHALLENGE, PORT, &welcome()));
        assert!(!known().is_proved(&CHALLENGE, PORT, &json!([])));
    }

    #[test]
    fn it_is_kept_as_text_and_never_printed() {
        let text = known().to_text();
        assert!(Acquaintance::from_text(&text) == Some(known()));
        assert!(Acquaintance::from_text(&text[1..]).is_none());
        assert_eq!(format!("{:?}", known()), "Acquaintance(…)");
        let error = serde_json::from_value::<Acquaintance>(json!(12_345_678)).unwrap_err();
        assert!(!error.to_string().contains("12345678"), "{error}");
    }
}
