//! The commands and parsers against a PIV applet that nobody here wrote: the
//! one of a security key, in process. Scripts show that we send what we mean;
//! this shows that a card understands it.

use card_protocol::{
    CardError, ChipId, Command, Exchange, Limits, Pin, PinTries, Puk, Response, Transport,
    piv::{
        self, Algorithm, Chuid, DataObject, ManagementKey, PinStatus, PivError, PublicKey, Slot,
        Touch,
    },
    run,
};
use p256::ecdsa::{Signature, VerifyingKey, signature::hazmat::PrehashVerifier};
use virtual_card::VirtualCard;

/// A new card in a folder of its own, powered on, with PIV selected.
struct Applet {
    card: VirtualCard,
    _folder: tempfile::TempDir,
}

impl Transport for &Applet {
    type Error = virtual_card::CardError;

    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, Self::Error> {
        self.card.transmit(apdu)
    }
}

impl Applet {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let card = VirtualCard::create(folder.path().join("card")).unwrap();
        card.power_on().unwrap();
        let applet = Self {
            card,
            _folder: folder,
        };
        let response = applet.send(piv::select());
        piv::parse_application(response.success().unwrap()).unwrap();
        applet
    }

    fn send(&self, command: Command) -> Response {
        run(Exchange::new(command, Limits::default()), self).unwrap()
    }

    fn pin_status(&self, command: Command) -> PinStatus {
        PinStatus::from_status(self.send(command).status()).unwrap()
    }

    fn authenticate(&self, key: &ManagementKey) -> Result<(), PivError> {
        let challenge = &[0x3C; 16][..key.block_length()];
        let response = self.send(piv::request_witness(key.algorithm())?);
        let witness = piv::parse_witness(key.algorithm(), response.success()?)?;
        let response = self.send(piv::answer_witness(key, witness, challenge)?);
        piv::check_answer(key, challenge, response.success()?)
    }

    fn write(&self, object: DataObject, contents: &[u8]) {
        self.send(piv::put_data(object, contents))
            .success()
            .unwrap();
    }

    fn read(&self, object: DataObject) -> Vec<u8> {
        let response = self.send(piv::get_data(object));
        piv::parse_data(object, response.success().unwrap())
            .unwrap()
            .to_vec()
    }
}

fn pin(digits: &str) -> Pin {
    Pin::new(digits).unwrap()
}

fn factory_key() -> ManagementKey {
    ManagementKey::TripleDes(ManagementKey::FACTORY)
}

#[test]
fn a_card_is_made_and_signs() {
    let applet = Applet::new();
    applet.authenticate(&factory_key()).unwrap();
    let key = ManagementKey::Aes256([0x5E; 32]);
    applet
        .send(piv::set_management_key(&key, Touch::Never))
        .success()
        .unwrap();
    applet.authenticate(&key).unwrap();

    let command = piv::generate_key(Slot::Authentication, Algorithm::P256).unwrap();
    let response = applet.send(command);
    let PublicKey::P256(point) =
        piv::parse_public_key(Algorithm::P256, response.success().unwrap()).unwrap()
    else {
        panic!("asked for P-256");
    };
    let public_key = VerifyingKey::from_sec1_bytes(&point).unwrap();

    let chip_id = ChipId(*b"sixteen bytes id");
    let chuid = Chuid {
        chip_id,
        expires: jiff::civil::date(2036, 11, 22),
    };
    applet.write(DataObject::Chuid, &chuid.to_bytes());
    assert_eq!(Chuid::parse(&applet.read(DataObject::Chuid)), Ok(chuid));

    let der = vec![0x30; 1500];
    let object = Slot::Authentication.certificate();
    applet.write(object, &piv::build_certificate_object(&der));
    assert_eq!(
        piv::parse_certificate_object(&applet.read(object)),
        Ok(der.as_slice())
    );

    let digest = [0xD1; 32];
    let sign = piv::sign(Slot::Authentication, Algorithm::P256, &digest).unwrap();
    let refused = applet
        .send(sign.clone())
        .success()
        .map(<[u8]>::to_vec)
        .unwrap_err();
    assert_eq!(CardError::from(refused), CardError::PinRequired);
    assert_eq!(
        applet.pin_status(piv::verify_pin(&pin("123456"))),
        PinStatus::Verified
    );
    let response = applet.send(sign);
    let data = response.success().unwrap();
    let signature = piv::parse_ecdsa_signature(Algorithm::P256, data).unwrap();
    let signature = Signature::from_slice(signature.as_fixed()).unwrap();
    public_key.verify_prehash(&digest, &signature).unwrap();
}

#[test]
fn the_wrong_management_key_is_noticed_on_both_sides() {
    let applet = Applet::new();
    let wrong = ManagementKey::TripleDes([0x11; 24]);
    assert!(matches!(
        applet.authenticate(&wrong),
        Err(PivError::Status(_))
    ));
    let response = applet.send(piv::put_data(DataObject::Chuid, &[]));
    assert_eq!(
        response.success().map_err(CardError::from),
        Err(CardError::PinRequired)
    );

    // A card that lets everybody in, but can't answer our challenge.
    let challenge = [0x3C; 8];
    let response = applet.send(piv::request_witness(Algorithm::TripleDes).unwrap());
    let witness = piv::parse_witness(Algorithm::TripleDes, response.success().unwrap()).unwrap();
    let response = applet.send(piv::answer_witness(&factory_key(), witness, &challenge).unwrap());
    let answer = response.success().unwrap();
    assert_eq!(
        piv::check_answer(&factory_key(), &challenge, answer),
        Ok(())
    );
    assert_eq!(
        piv::check_answer(&wrong, &challenge, answer),
        Err(PivError::NotAuthentic)
    );
}

#[test]
fn the_server_alone_authenticates() {
    let applet = Applet::new();
    let response = applet.send(piv::request_challenge(Algorithm::TripleDes).unwrap());
    let challenge =
        piv::parse_challenge(Algorithm::TripleDes, response.success().unwrap()).unwrap();
    let response = applet.send(piv::answer_challenge(&factory_key(), challenge).unwrap());
    response.success().unwrap();
    applet.write(DataObject::PrintedInformation, b"\x01\x04Test");
}

#[test]
fn a_pin_is_blocked_and_unblocked() {
    let applet = Applet::new();
    let left = |tries| PinStatus::TriesLeft(PinTries(tries));
    assert_eq!(applet.pin_status(piv::verify_status()), left(3));
    assert_eq!(applet.pin_status(piv::verify_pin(&pin("654321"))), left(2));
    assert_eq!(
        applet.pin_status(piv::verify_pin(&pin("123456"))),
        PinStatus::Verified
    );
    assert_eq!(applet.pin_status(piv::verify_status()), PinStatus::Verified);
    let change = piv::change_pin(&pin("123456"), &pin("48291377"));
    assert_eq!(applet.pin_status(change), PinStatus::Verified);
    for expected in [left(2), left(1), PinStatus::Blocked, PinStatus::Blocked] {
        assert_eq!(applet.pin_status(piv::verify_pin(&pin("123456"))), expected);
    }
    assert_eq!(applet.pin_status(piv::verify_status()), PinStatus::Blocked);

    let (puk, new_puk) = (Puk::new(*b"12345678"), Puk::new(*b"87654321"));
    let change = piv::change_puk(&puk, &new_puk);
    assert_eq!(applet.pin_status(change), PinStatus::Verified);
    let unblock = |puk| applet.pin_status(piv::reset_retry_counter(puk, &pin("999999")));
    assert_eq!(unblock(&puk), left(2));
    assert_eq!(unblock(&new_puk), PinStatus::Verified);
    assert_eq!(
        applet.pin_status(piv::verify_pin(&pin("999999"))),
        PinStatus::Verified
    );
}
