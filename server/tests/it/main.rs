//! The integration tests, one binary: linking once is what keeps them quick.
//! `cfg(test)` on each part tells clippy that helpers are test code too.

#[cfg(test)]
mod audit;
#[cfg(test)]
mod backup;
#[cfg(test)]
mod config;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod http;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod ownership;
#[cfg(test)]
mod process;
#[cfg(test)]
mod service;
#[cfg(test)]
mod storage;
