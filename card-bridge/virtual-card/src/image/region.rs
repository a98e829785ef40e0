//! A part of the card's file as the flash memory that littlefs expects. Every
//! write goes to the operating system at once, so a card outlives the process
//! that used it, however that ended.

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    sync::Arc,
};

use littlefs2::{
    consts::{U8, U512},
    driver::Storage,
    io::{Error, Result},
};

/// Holds the applet's state, certificates and keys.
pub(crate) type External = Region<1024>;
/// Holds the PINs and the random generator's state.
pub(crate) type Internal = Region<128>;

const BLOCK_SIZE: usize = 512;

/// `BLOCKS` blocks of 512 bytes from `start` of the file.
#[derive(Debug)]
pub(crate) struct Region<const BLOCKS: usize> {
    file: Arc<File>,
    start: u64,
}

impl<const BLOCKS: usize> Region<BLOCKS> {
    /// Its size in bytes.
    pub(crate) const LEN: u64 = (BLOCKS * BLOCK_SIZE) as u64;

    /// The part of `file` from `start`.
    pub(crate) fn new(file: Arc<File>, start: u64) -> Self {
        Self { file, start }
    }

    /// Moves the file's cursor to `offset`, after checking that `len` bytes
    /// from there are in the region.
    fn seek(&self, offset: usize, len: usize) -> Result<&File> {
        let end = offset.checked_add(len).ok_or(Error::INVALID)?;
        if end > BLOCKS * BLOCK_SIZE {
            return Err(Error::INVALID);
        }
        let offset = u64::try_from(offset).map_err(|_| Error::INVALID)?;
        let mut file = &*self.file;
        file.seek(SeekFrom::Start(self.start + offset))
            .map_err(|_| Error::IO)?;
        Ok(file)
    }
}

impl<const BLOCKS: usize> Storage for Region<BLOCKS> {
    const READ_SIZE: usize = 16;
    const WRITE_SIZE: usize = 16;
    const BLOCK_SIZE: usize = BLOCK_SIZE;
    const BLOCK_COUNT: usize = BLOCKS;
    type CACHE_SIZE = U512;
    type LOOKAHEAD_SIZE = U8;

    fn read(&mut self, offset: usize, buffer: &mut [u8]) -> Result<usize> {
        let mut file = self.seek(offset, buffer.len())?;
        file.read_exact(buffer).map_err(|_| Error::IO)?;
        Ok(buffer.len())
    }

    fn write(&mut self, offset: usize, data: &[u8]) -> Result<usize> {
        let mut file = self.seek(offset, data.len())?;
        file.write_all(data).map_err(|_| Error::IO)?;
        Ok(data.len())
    }

    fn erase(&mut self, offset: usize, len: usize) -> Result<usize> {
        let mut file = self.seek(offset, len)?;
        for _ in 0..len / BLOCK_SIZE {
            file.write_all(&[0xFF; BLOCK_SIZE]).map_err(|_| Error::IO)?;
        }
        Ok(len)
    }
}
