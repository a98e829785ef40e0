//! The bridge as a page sees it, over a real WebSocket, with software cards in
//! this process.

#[cfg(test)]
mod acquaintance;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod confirm;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod descriptors;
#[cfg(test)]
mod dialog;
#[cfg(test)]
mod enroll;
#[cfg(test)]
mod foreign_select;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod gate;
#[cfg(test)]
mod gated_bridge;
#[cfg(test)]
mod grant;
#[cfg(test)]
mod held;
#[cfg(test)]
mod interruption;
#[cfg(test)]
mod lengths;
#[cfg(test)]
mod lifetime;
#[cfg(test)]
mod login;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod mute;
#[cfg(test)]
#[cfg(all(unix, feature = "pcsc"))]
mod no_service;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod peers;
#[cfg(test)]
mod pins;
#[cfg(test)]
mod places;
#[cfg(test)]
mod program;
#[cfg(test)]
mod proposal;
#[cfg(test)]
mod readers;
#[cfg(test)]
mod sealed;
#[cfg(test)]
mod server;
#[cfg(test)]
mod statement;
#[cfg(test)]
#[cfg(unix)]
mod stopped;
#[cfg(test)]
mod unfit;
