//! The host's side of CCID through its public interface: descriptors, conversations
//! with readers, the scenarios of T=1, and readers that lie.

mod aborts;
mod cards;
mod conversations;
mod descriptors;
mod device;
mod fuzz;
mod hostile;
mod scenarios;
mod splits;
