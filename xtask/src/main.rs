//! The tool chain.
fn main() {}
