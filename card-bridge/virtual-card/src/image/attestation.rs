//! What a card that attests keeps in the header of its file: its attestation key,
//! and the points of the keys that it made.

use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};

use super::Image;
use crate::attestation::{AttestationKey, SLOTS};

/// Where the attestation key is: scalar, length of its certificate, certificate.
const KEY: u64 = 64;
/// Where the points are: for each slot whether there is one, and 65 bytes.
const POINTS: u64 = 2048;
const POINT_LEN: usize = 66;
/// The certificate ends before the points begin.
const MAX_CERTIFICATE: usize = 1536;

impl Image {
    /// Gives a new card its attestation key.
    pub(crate) fn equip(&self, key: &AttestationKey) -> io::Result<()> {
        let length = u16::try_from(key.certificate.len())
            .ok()
            .filter(|length| usize::from(*length) <= MAX_CERTIFICATE)
            .ok_or(io::ErrorKind::InvalidInput)?;
        let bytes = [&key.scalar[..], &length.to_be_bytes(), &key.certificate];
        self.write_at(KEY, &bytes.concat())
    }

    /// The card's attestation key, if it has one.
    pub(crate) fn attestation_key(&self) -> io::Result<Option<AttestationKey>> {
        let mut scalar = [0; 32];
        self.read_at(KEY, &mut scalar)?;
        let mut length = [0; 2];
        self.read_at(KEY + 32, &mut length)?;
        let length = usize::from(u16::from_be_bytes(length));
        if !(1..=MAX_CERTIFICATE).contains(&length) {
            return Ok(None);
        }
        let mut certificate = vec![0; length];
        self.read_at(KEY + 34, &mut certificate)?;
        Ok(Some(AttestationKey {
            scalar,
            certificate,
        }))
    }

    /// The key that the card made in a slot, if it did.
    pub(crate) fn point(&self, slot: u8) -> io::Result<Option<[u8; 65]>> {
        let Some(place) = place(slot) else {
            return Ok(None);
        };
        let mut record = [0; POINT_LEN];
        self.read_at(place, &mut record)?;
        Ok(match record.split_first_chunk() {
            Some(([1], point)) => point.try_into().ok(),
            _ => None,
        })
    }

    /// Notes the key that the card made in a slot; `None` is that it has another.
    pub(crate) fn note_point(&self, slot: u8, point: Option<&[u8; 65]>) -> io::Result<()> {
        let Some(place) = place(slot) else {
            return Ok(());
        };
        let mut record = [0; POINT_LEN];
        if let (Some(point), [is_there, room @ ..]) = (point, &mut record) {
            *is_there = 1;
            room.copy_from_slice(point);
        }
        self.write_at(place, &record)
    }

    fn read_at(&self, place: u64, bytes: &mut [u8]) -> io::Result<()> {
        let mut file = &*self.file;
        file.seek(SeekFrom::Start(place))?;
        file.read_exact(bytes)
    }

    fn write_at(&self, place: u64, bytes: &[u8]) -> io::Result<()> {
        let mut file = &*self.file;
        file.seek(SeekFrom::Start(place))?;
        file.write_all(bytes)
    }
}

fn place(slot: u8) -> Option<u64> {
    let number = SLOTS.iter().position(|known| *known == slot)?;
    u64::try_from(number * POINT_LEN)
        .ok()
        .map(|offset| POINTS + offset)
}
