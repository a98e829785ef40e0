//! Software cards without a server: blank ones, and some that are as a server
//! would have made them.

use std::path::Path;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use card_bridge::{
    operation::{Blocking, cancel::CancelToken},
    reader::{CardAccess, demo::SoftwareCard},
};
use card_operations::{piv_card::Piv, ready::ready};
use card_protocol::{
    CardError, ChipId, Command, hex,
    piv::{
        self, Algorithm, Chuid, DataObject, ManagementKey, PublicKey, Slot,
        build_certificate_object,
    },
};
use jiff::civil::date;
use p256::ecdsa::{Signature, VerifyingKey, signature::Verifier as _};
use virtual_card::{VirtualCard, attestation::Maker};

use super::CERTIFICATE;

/// A blank card in a new file.
pub fn blank_card(file: &Path) -> SoftwareCard {
    SoftwareCard::new(VirtualCard::create(file).unwrap()).unwrap()
}

/// A blank card that attests, under this maker, which keys it made.
pub fn attesting_card(file: &Path, maker: &Maker) -> SoftwareCard {
    let card = VirtualCard::create_attesting(file, maker).unwrap();
    SoftwareCard::new(card).unwrap()
}

/// Puts a card to work as the bridge does, with nobody who could stop it.
///
/// # Errors
/// What `work` ends in.
pub fn with_piv<T>(
    card: &mut dyn CardAccess,
    work: impl AsyncFnOnce(&mut Piv<'_>) -> Result<T, CardError>,
) -> Result<T, CardError> {
    let stop = CancelToken::default();
    stop.begin()?;
    ready(work(&mut Piv::new(&mut Blocking(card), &stop)))
}

/// The public side of a card that was made.
pub struct CardFixture {
    /// Its chip id.
    pub chip: ChipId,
    key: VerifyingKey,
    card_key: VerifyingKey,
}

impl CardFixture {
    /// Makes a card in a new file, with keys in 9A and 9E and a certificate in 9A.
    pub fn make(file: &Path, chip: ChipId) -> Self {
        Self::make_with(file, chip, &build_certificate_object(CERTIFICATE))
    }

    /// The same with this in the place of the certificate's object.
    pub fn make_with(file: &Path, chip: ChipId, certificate: &[u8]) -> Self {
        let public = with_piv(&mut blank_card(file), async |card| {
            card.select().await?;
            let mut send = async |command: Command| {
                let response = card.send(command).await?;
                Ok::<_, CardError>(response.success().unwrap().to_vec())
            };
            let key = ManagementKey::TripleDes(ManagementKey::FACTORY);
            let challenge = send(piv::request_challenge(key.algorithm()).unwrap()).await?;
            let challenge = piv::parse_challenge(key.algorithm(), &challenge).unwrap();
            send(piv::answer_challenge(&key, challenge).unwrap()).await?;
            let generate = |slot| piv::generate_key(slot, Algorithm::P256).unwrap();
            let public = send(generate(Slot::Authentication)).await?;
            let card_public = send(generate(Slot::CardAuthentication)).await?;
            let chuid = Chuid {
                chip_id: chip,
                expires: date(2036, 1, 1),
            };
            send(piv::put_data(DataObject::Chuid, &chuid.to_bytes())).await?;
            send(piv::put_data(
                DataObject::AuthenticationCertificate,
                certificate,
            ))
            .await?;
            Ok((public, card_public))
        });
        let (public, card_public) = public.unwrap();
        Self {
            chip,
            key: verifying_key(&public),
            card_key: verifying_key(&card_public),
        }
    }

    /// Whether this card's key made `signature` (`r ‖ s` in base64) over `message`.
    pub fn has_signed(&self, message: &[u8], signature: &str) -> bool {
        let bytes = BASE64_STANDARD.decode(signature).unwrap();
        let signature = Signature::from_slice(&bytes).unwrap();
        self.key.verify(message, &signature).is_ok()
    }

    /// Whether `answer`, in hex as a program's outcome has it, is the signature of
    /// this card's 9E over `message`.
    pub fn has_proved(&self, message: &[u8], answer: &str) -> bool {
        let answer = hex::decode(answer).unwrap();
        let signature = piv::parse_ecdsa_signature(Algorithm::P256, &answer).unwrap();
        let signature = Signature::from_slice(signature.as_fixed()).unwrap();
        self.card_key.verify(message, &signature).is_ok()
    }
}

/// The public key in the answer to GENERATE.
fn verifying_key(answer: &[u8]) -> VerifyingKey {
    let public = piv::parse_public_key(Algorithm::P256, answer);
    let Ok(PublicKey::P256(point)) = public else {
        panic!("no P-256 key");
    };
    VerifyingKey::from_sec1_bytes(&point).unwrap()
}
