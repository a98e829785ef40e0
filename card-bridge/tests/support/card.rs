//! Software cards as a server would have made them, without a server.

use std::path::Path;

use card_bridge::{
    operation::{Piv, stop::Stop},
    reader::demo::SoftwareCard,
};
use card_protocol::{
    ChipId, Command,
    piv::{
        self, Algorithm, Chuid, DataObject, ManagementKey, PublicKey, Slot,
        build_certificate_object,
    },
};
use jiff::civil::date;
use p256::ecdsa::{Signature, VerifyingKey, signature::Verifier as _};
use virtual_card::VirtualCard;

/// What stands in for a certificate: nobody here reads it.
pub(crate) const CERTIFICATE: &[u8] = b"\x30\x0Ban X.509 certificate, or so";

/// The public side of a card that was made.
pub(crate) struct Card {
    pub(crate) chip: ChipId,
    key: VerifyingKey,
}

impl Card {
    /// Makes a card in a new file, with a key and a certificate in 9A.
    pub(crate) fn make(file: &Path, chip: ChipId) -> Self {
        let mut card = SoftwareCard::new(VirtualCard::create(file).unwrap()).unwrap();
        let stop = Stop::default();
        stop.begin().unwrap();
        let mut card = Piv::new(&mut card, &stop);
        card.select().unwrap();
        let mut send = |command: Command| {
            let response = card.send(command).unwrap();
            response.success().unwrap().to_vec()
        };
        let key = ManagementKey::TripleDes(ManagementKey::FACTORY);
        let challenge = send(piv::request_challenge(key.algorithm()).unwrap());
        let challenge = piv::parse_challenge(key.algorithm(), &challenge).unwrap();
        send(piv::answer_challenge(&key, challenge).unwrap());
        let public = send(piv::generate_key(Slot::Authentication, Algorithm::P256).unwrap());
        let chuid = Chuid {
            chip_id: chip,
            expires: date(2036, 1, 1),
        };
        send(piv::put_data(DataObject::Chuid, &chuid.to_bytes()));
        send(piv::put_data(
            DataObject::AuthenticationCertificate,
            &build_certificate_object(CERTIFICATE),
        ));
        let Ok(PublicKey::P256(point)) = piv::parse_public_key(Algorithm::P256, &public) else {
            panic!("no P-256 key");
        };
        Self {
            chip,
            key: VerifyingKey::from_sec1_bytes(&point).unwrap(),
        }
    }

    /// Whether this card's key made `signature` (`r ‖ s` in base64) over `message`.
    pub(crate) fn has_signed(&self, message: &[u8], signature: &str) -> bool {
        use base64::{Engine as _, prelude::BASE64_STANDARD};
        let bytes = BASE64_STANDARD.decode(signature).unwrap();
        let signature = Signature::from_slice(&bytes).unwrap();
        self.key.verify(message, &signature).is_ok()
    }
}
