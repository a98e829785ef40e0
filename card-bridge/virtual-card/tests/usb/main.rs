//! The key in process, transfer by transfer: what it says it is, what each message of
//! CCID 1.1 does, each error, and each level of exchange. What programs of others think of
//! it is in `end2end/usb/judge.spec.ts`.

#[cfg(test)]
mod apdu;
#[cfg(test)]
mod descriptors;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod line;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod support;
#[cfg(test)]
mod t0;
#[cfg(test)]
mod t1;
