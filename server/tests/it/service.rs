//! The whole service over HTTP, with a server on a port of its own and each
//! of the two databases behind it.

mod acts;
mod browser;
mod calls;
mod enroll;
mod freeze;
mod input;
mod kill;
mod login;
pub(crate) mod operations;
mod person;
mod wall;
mod world;

use crate::database::on_both;
