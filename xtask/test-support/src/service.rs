//! The service: an enterprise in its register, a server over a test's database,
//! a browser, people with cards, and the readers that the cards are in.

mod browser;
pub mod card_making;
mod card_reader;
pub mod enrolment;
mod enterprise;
mod faulty_link;
mod instance;
pub mod legal_person;
mod person;
pub mod samples;
mod terminal;
mod test_server;

pub use self::{
    browser::{Browser, Reply, nonce_of},
    card_making::PIN,
    card_reader::CardReader,
    enterprise::EnterpriseFixture,
    faulty_link::{Cut, Fault, FaultyLink, When},
    instance::Instance,
    legal_person::LegalPersonClient,
    person::{Person, new_key, point, statement},
    terminal::{Terminal, grant_body},
    test_server::{CODE, TestServer, all_have_places, begin},
};
