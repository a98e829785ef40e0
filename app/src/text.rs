//! Every sentence that a person reads, in simplified Chinese.

pub mod errors;
