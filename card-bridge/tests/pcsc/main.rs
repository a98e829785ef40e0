//! The bridge on the real PC/SC stack.
fn main() {}
