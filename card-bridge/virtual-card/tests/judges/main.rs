//! The virtual card through a real `pcscd`, checked by tools that nobody here
//! wrote: opensc, piv-tool, pkcs11-tool, pkcs15-tool, yubico-piv-tool, openssl.
//! Runs with `--features judges`, as root, because it starts `pcscd` if none
//! runs. A missing tool fails the tests.

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod opensc;
#[cfg(test)]
mod pkcs11;
#[cfg(test)]
mod reader;
#[cfg(test)]
mod yubico;
