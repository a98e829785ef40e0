//! A card in a temporary folder, and the commands that the tests send.

use std::path::Path;

use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use tempfile::TempDir;
use virtual_card::VirtualCard;

pub(crate) const SUCCESS: u16 = 0x9000;
pub(crate) const BLOCKED: u16 = 0x6983;
pub(crate) const NOT_VERIFIED: u16 = 0x6982;
pub(crate) const PIN: &[u8; 8] = b"123456\xFF\xFF";
pub(crate) const PUK: &[u8; 8] = b"12345678";
pub(crate) const WRONG: &[u8; 8] = b"999999\xFF\xFF";
/// The 3DES management key of a new card.
pub(crate) const DEFAULT_KEY: [u8; 24] = [
    1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8,
];
pub(crate) const TDES: u8 = 0x03;
pub(crate) const AES256: u8 = 0x0C;

/// A powered card with PIV selected, and the folder its file is in.
pub(crate) struct Card {
    pub(crate) card: VirtualCard,
    pub(crate) folder: TempDir,
}

impl Card {
    pub(crate) fn new() -> Self {
        Self::of(|file| VirtualCard::create(file).unwrap())
    }

    /// One that is made so, in a file that is not there yet.
    pub(crate) fn of(make: impl FnOnce(&Path) -> VirtualCard) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let card = make(&folder.path().join("card"));
        let card = Self { card, folder };
        card.start();
        card
    }

    /// Puts the card away and takes it out again.
    pub(crate) fn reopen(self) -> Self {
        let Self { card, folder } = self;
        drop(card);
        let card = VirtualCard::open(folder.path().join("card")).unwrap();
        let card = Self { card, folder };
        card.start();
        card
    }

    pub(crate) fn start(&self) {
        self.card.power_on().unwrap();
        assert_eq!(self.select().1, SUCCESS);
    }

    pub(crate) fn select(&self) -> (Vec<u8>, u16) {
        self.send(
            &[0x00, 0xA4, 0x04, 0x00],
            &[0xA0, 0, 0, 3, 8, 0, 0, 0x10, 0, 1, 0],
        )
    }

    /// One raw APDU: data and status word.
    pub(crate) fn raw(&self, apdu: &[u8]) -> (Vec<u8>, u16) {
        let mut answer = self.card.transmit(apdu).unwrap();
        let status = answer.split_off(answer.len() - 2);
        (answer, u16::from_be_bytes([status[0], status[1]]))
    }

    /// Short APDUs as a terminal without extended lengths sends them: chained
    /// where the data is long, the answer gathered with GET RESPONSE.
    pub(crate) fn send(&self, header: &[u8], data: &[u8]) -> (Vec<u8>, u16) {
        let mut parts = data.chunks(255).peekable();
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                break;
            }
            let head = [header[0] | 0x10, header[1], header[2], header[3], 255];
            assert_eq!(self.raw(&[&head, part].concat()), (vec![], SUCCESS));
        }
        let last = data.chunks(255).last().unwrap_or_default();
        let mut apdu = header.to_vec();
        if !last.is_empty() {
            apdu.push(u8::try_from(last.len()).unwrap());
            apdu.extend_from_slice(last);
        }
        apdu.push(0);
        let (mut answer, mut status) = self.raw(&apdu);
        while status >> 8 == 0x61 {
            let (more, next) = self.raw(&[0x00, 0xC0, 0, 0, status.to_be_bytes()[1]]);
            answer.extend_from_slice(&more);
            status = next;
        }
        (answer, status)
    }

    pub(crate) fn verify(&self, pin: &[u8]) -> u16 {
        self.send(&[0x00, 0x20, 0x00, 0x80], pin).1
    }

    /// VERIFY with an empty body: is the PIN verified, how many tries are left.
    pub(crate) fn pin_status(&self) -> u16 {
        self.raw(&[0x00, 0x20, 0x00, 0x80]).1
    }

    pub(crate) fn change(&self, reference: u8, old: &[u8], new: &[u8]) -> u16 {
        self.send(&[0x00, 0x24, 0x00, reference], &[old, new].concat())
            .1
    }

    pub(crate) fn unblock(&self, puk: &[u8], new_pin: &[u8]) -> u16 {
        self.send(&[0x00, 0x2C, 0x00, 0x80], &[puk, new_pin].concat())
            .1
    }

    pub(crate) fn put_data(&self, tag: &[u8], value: &[u8]) -> u16 {
        let data = [&[0x5C, 3][..], tag, &tlv(0x53, value)].concat();
        self.send(&[0x00, 0xDB, 0x3F, 0xFF], &data).1
    }

    pub(crate) fn get_data(&self, tag: &[u8]) -> (Vec<u8>, u16) {
        self.send(&[0x00, 0xCB, 0x3F, 0xFF], &[&[0x5C, 3][..], tag].concat())
    }

    /// GENERATE ASYMMETRIC KEY PAIR, P-256: the public point.
    pub(crate) fn generate(&self, slot: u8) -> Result<Vec<u8>, u16> {
        let (answer, status) = self.send(&[0x00, 0x47, 0x00, slot], &[0xAC, 3, 0x80, 1, 0x11]);
        if status != SUCCESS {
            return Err(status);
        }
        assert_eq!(answer[..5], [0x7F, 0x49, 0x43, 0x86, 0x41]);
        Ok(answer[5..].to_vec())
    }

    /// GENERAL AUTHENTICATE, P-256: a DER signature over a digest.
    pub(crate) fn sign(&self, slot: u8, digest: &[u8; 32]) -> Result<Vec<u8>, u16> {
        let template = tlv(0x7C, &[&[0x82, 0][..], &tlv(0x81, digest)].concat());
        let (answer, status) = self.send(&[0x00, 0x87, 0x11, slot], &template);
        if status != SUCCESS {
            return Err(status);
        }
        assert_eq!((answer[0], answer[2]), (0x7C, 0x82));
        Ok(answer[4..].to_vec())
    }

    /// Mutual authentication with the management key (SP 800-73-4 part 2
    /// appendix A.1). `last` is what follows witness and challenge.
    pub(crate) fn authenticate(&self, algorithm: u8, key: &[u8], last: &[u8]) -> u16 {
        let header = [0x00, 0x87, algorithm, 0x9B];
        let (answer, status) = self.send(&header, &[0x7C, 2, 0x80, 0]);
        if status != SUCCESS {
            return status;
        }
        let witness = decrypt(algorithm, key, &answer[4..]);
        let challenge = vec![0x5A; witness.len()];
        let body = [&tlv(0x80, &witness)[..], &tlv(0x81, &challenge), last].concat();
        let (answer, status) = self.send(&header, &tlv(0x7C, &body));
        if status == SUCCESS {
            assert_eq!(
                decrypt(algorithm, key, &answer[4..]),
                challenge,
                "the card's answer"
            );
        }
        status
    }

    pub(crate) fn administer(&self) {
        assert_eq!(self.authenticate(TDES, &DEFAULT_KEY, &[]), SUCCESS);
    }
}

pub(crate) fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).unwrap().to_be_bytes();
    let mut tlv = vec![tag];
    match length {
        [0, short @ 0..=0x7F] => tlv.push(short),
        [0, one] => tlv.extend([0x81, one]),
        [high, low] => tlv.extend([0x82, high, low]),
    }
    tlv.extend_from_slice(value);
    tlv
}

pub(crate) fn encrypt(algorithm: u8, key: &[u8], block: &[u8]) -> Vec<u8> {
    cipher(algorithm, key, block, true)
}

fn decrypt(algorithm: u8, key: &[u8], block: &[u8]) -> Vec<u8> {
    cipher(algorithm, key, block, false)
}

fn cipher(algorithm: u8, key: &[u8], block: &[u8], encrypting: bool) -> Vec<u8> {
    fn run<C: KeyInit + BlockCipherEncrypt + BlockCipherDecrypt>(
        key: &[u8],
        block: &[u8],
        encrypting: bool,
    ) -> Vec<u8> {
        let cipher = C::new_from_slice(key).unwrap();
        let mut block = aes::cipher::Block::<C>::try_from(block).unwrap();
        if encrypting {
            cipher.encrypt_block(&mut block);
        } else {
            cipher.decrypt_block(&mut block);
        }
        block.to_vec()
    }
    match algorithm {
        TDES => run::<des::TdesEde3>(key, block, encrypting),
        AES256 => run::<aes::Aes256>(key, block, encrypting),
        _ => panic!("no such algorithm"),
    }
}
