//! The bridge as a page sees it, over a real WebSocket, with software cards in
//! this process.

#[cfg(test)]
mod cli;
#[cfg(test)]
mod dialog;
#[cfg(test)]
mod enroll;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod gated_bridge;
#[cfg(test)]
mod interruption;
#[cfg(test)]
mod lengths;
#[cfg(test)]
mod login;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod pins;
#[cfg(test)]
mod program;
#[cfg(test)]
mod sealed;
#[cfg(test)]
mod server;
#[cfg(test)]
mod statement;
#[cfg(test)]
#[cfg(unix)]
mod stopped;
