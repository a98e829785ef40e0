//! The card's memory that goes with the power, as the flash memory that
//! littlefs expects.

use littlefs2::{
    consts::{U8, U512},
    driver::Storage,
    io::{Error, Result},
};

const BLOCK_SIZE: usize = 512;
/// 256 kB. trussed writes an object of more than 1 kB here first and leaves it
/// until the power goes: room for all objects of a card in one session.
const BLOCK_COUNT: usize = 512;

/// Erased memory of a card that was just powered.
#[derive(Debug)]
pub(crate) struct Memory(Vec<u8>);

impl Memory {
    pub(crate) fn new() -> Self {
        Self(vec![0xFF; BLOCK_SIZE * BLOCK_COUNT])
    }

    fn at(&mut self, offset: usize, len: usize) -> Result<&mut [u8]> {
        let end = offset.checked_add(len).ok_or(Error::INVALID)?;
        self.0.get_mut(offset..end).ok_or(Error::INVALID)
    }
}

impl Storage for Memory {
    const READ_SIZE: usize = 16;
    const WRITE_SIZE: usize = 16;
    const BLOCK_SIZE: usize = BLOCK_SIZE;
    const BLOCK_COUNT: usize = BLOCK_COUNT;
    type CACHE_SIZE = U512;
    type LOOKAHEAD_SIZE = U8;

    fn read(&mut self, offset: usize, buffer: &mut [u8]) -> Result<usize> {
        buffer.copy_from_slice(self.at(offset, buffer.len())?);
        Ok(buffer.len())
    }

    fn write(&mut self, offset: usize, data: &[u8]) -> Result<usize> {
        self.at(offset, data.len())?.copy_from_slice(data);
        Ok(data.len())
    }

    fn erase(&mut self, offset: usize, len: usize) -> Result<usize> {
        self.at(offset, len)?.fill(0xFF);
        Ok(len)
    }
}
