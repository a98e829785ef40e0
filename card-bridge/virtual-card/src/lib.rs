//! Software PIV cards for the tests and the demo, never for production.
//!
//! A [`VirtualCard`] is the PIV applet of a real security key
//! (`piv-authenticator`, on its own runtime `trussed`) kept in one file. It is
//! used in process through [`VirtualCard::transmit`], or put into a reader of
//! `pcscd` through vpcd with [`vpcd::insert`], so that programs which nobody
//! here wrote take it for a real card; or it is in a USB key ([`usb`]).
//!
//! A new card has PIN `123456` (3 tries), PUK `12345678` (3 tries), the 3DES
//! management key `0102…08` ×3, a random GUID in its CHUID, a random serial
//! number, a P-256 key in 9E and no key in 9A. It makes P-256, P-384 and RSA
//! keys (RSA 2048 takes 13 s in a debug build). The management key becomes
//! AES-256 by SET MANAGEMENT KEY (`FF`). With the PIN blocked, the command `FB`
//! makes the card new again.
//!
//! # What this crate adds to the applet
//!
//! - Transport: command chaining, GET RESPONSE, `61XX`, short and extended
//!   lengths, SELECT without Le (ISO/IEC 7816-4 sections 5.3.3 and 5.3.4).
//! - SELECT by a partial AID of 5 bytes or more. A SELECT of another
//!   application answers `6A82` and leaves PIV selected and its PIN verified
//!   (SP 800-73-4 part 2 section 3.1.1), as does selecting PIV again.
//! - Before PIV is selected every other command answers `6D00`; and again once the
//!   card's manager (`A000000151000000`) was selected, until PIV is.
//! - Power off and reset forget the verified PIN and the management key's
//!   authentication: a new applet starts over the same file.
//! - CHANGE REFERENCE DATA with a wrong PIN or PUK answers `63CX` with the
//!   tries left, or `6983`, and withdraws the verified PIN (the applet:
//!   `6300`, PIN stays verified). RESET RETRY COUNTER with a blocked PUK
//!   answers `6983` (the applet: `63C0`) and refuses a malformed new PIN with
//!   `6A80` before the PUK is tried (the applet would store it).
//! - Mutual authentication may carry the empty `82` that SP 800-73-4 part 2
//!   appendix A.1 shows (the applet refuses it).
//! - ATTEST (`F9`) and object `5FFF01`, in the form of Yubico's, of a card that was
//!   made by [`VirtualCard::create_attesting`]: of P-256 keys that it made itself by
//!   GENERATE. Its maker is invented ([`attestation::Maker`]).
//! - GET SERIAL (`F8`) answers this card's serial number, not one constant.
//!
//! # Where the applet still differs from a card of the field
//!
//! - SET PIN RETRIES (`FA`) and, of other cards, ATTEST (`F9`) answer `6A81`; GET METADATA
//!   (`F7`) answers an empty `9000` for every key but 9E.
//! - The last wrong PIN answers `6983` at once, as does every later one. VERIFY
//!   with an empty body answers `63C0` while the PIN is blocked (others: `6983`).
//! - A wrong management key answers `6A80` (`6982` elsewhere), a wrong
//!   algorithm for it `6A86`; there is no limit of tries.
//! - GENERAL AUTHENTICATE with an empty slot answers `6400` for 9A and `6985`
//!   for the others.
//! - Of a 3DES management key the lowest bit of each byte counts for nothing,
//!   and weak keys are taken.
//! - It names itself "Nitrokey PIV", version 6.6.6 (`FD`).
//! - PUT DATA does not check what is inside `53`; a container is deleted by
//!   nothing, an empty `53 00` is kept as an empty container.

mod applet;
mod atr;
pub mod attestation;
mod card;
mod error;
mod image;
mod memory;
mod response;
mod transport;
pub mod usb;
pub mod vpcd;

pub use atr::ATR;
pub use card::VirtualCard;
pub use error::CardError;
