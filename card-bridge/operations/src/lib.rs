//! What is done with a card for a page, and what has to hold before it: the same code in
//! the bridge, whose cards are behind PC/SC and block, and in the browser, where a card on
//! USB answers by promises. There is no reader here, no socket, no clock and no thread.
//!
//! * [`access`] is a card as all this sees it; [`piv_card`] speaks PIV to it. [`ready`]
//!   runs it on a card that blocks.
//! * [`authenticate`], [`sign`](mod@sign), [`change_pin`](mod@change_pin) and
//!   [`identify`](mod@identify) are what pages ask for; [`card_state`] is what is known of
//!   the card meanwhile, and [`lifetime`] for how long.
//! * [`pin_try`] is what has to hold before a card gets a PIN.
//! * [`key`] opens what the server signed: [`grant`] is what it lets a page do,
//!   [`proposal`] what its card may be asked to sign, [`program`] what it does with the
//!   card itself, [`issuers`] whose cards it knows.
#![forbid(unsafe_code)]

pub mod access;
pub mod authenticate;
pub mod card_state;
pub mod change_pin;
mod ecdsa;
pub mod grant;
pub mod identify;
#[cfg(feature = "in-process")]
pub mod in_process;
pub mod issuers;
pub mod key;
pub mod lifetime;
pub mod moment;
pub mod pin_try;
pub mod piv_card;
pub mod program;
pub mod proposal;
pub mod ready;
pub mod sign;
