//! The way between the terminal of 制卡 and the server, with what gets lost on it.

use std::cell::{Cell, RefCell};

use card_bridge::{
    enroll::{HttpIssuer, Issuer},
    http::HttpError,
};
use card_operations::key::ProgramKey;
use card_protocol::enroll::{EnrollContinue, EnrollReply, EnrollStart};

use super::case::Loss;

/// A request that arrives once more.
type Copy = Box<dyn Fn(&HttpIssuer) + Send>;

/// The server as a terminal reaches it.
pub(super) struct LossyIssuer {
    server: HttpIssuer,
    /// Another server over the same database, if it will be needed.
    next: Option<HttpIssuer>,
    /// Where nobody listens.
    nowhere: HttpIssuer,
    trouble: Option<(u32, Loss)>,
    /// What another terminal does meanwhile.
    meanwhile: RefCell<Option<Box<dyn FnOnce() + Send>>>,
    /// What arrives late.
    late: RefCell<Option<Copy>>,
    /// How many requests were made, without those that were made once more.
    requests: Cell<u32>,
    has_failed: Cell<bool>,
}

impl LossyIssuer {
    pub(super) fn new(server: HttpIssuer, nowhere: HttpIssuer) -> Self {
        Self {
            server,
            next: None,
            nowhere,
            trouble: None,
            meanwhile: RefCell::default(),
            late: RefCell::default(),
            requests: Cell::new(0),
            has_failed: Cell::new(false),
        }
    }

    pub(super) fn losing(mut self, at: u32, loss: Loss) -> Self {
        self.trouble = Some((at, loss));
        self
    }

    pub(super) fn then_at(mut self, next: HttpIssuer) -> Self {
        self.next = Some(next);
        self
    }

    pub(super) fn meanwhile(self, work: impl FnOnce() + Send + 'static) -> Self {
        self.meanwhile.replace(Some(Box::new(work)));
        self
    }

    pub(super) fn requests(&self) -> u32 {
        self.requests.get()
    }

    /// Sends request `number` as it goes today.
    fn send(
        &self,
        number: u32,
        send: impl Fn(&HttpIssuer) -> Result<EnrollReply, HttpError>,
    ) -> Result<EnrollReply, HttpError> {
        self.requests.set(self.requests.get().max(number + 1));
        let is_again = self.has_failed.replace(true);
        let here = self.trouble.filter(|(at, _)| *at == number);
        let Some((_, loss)) = here else {
            self.has_failed.set(false);
            let has_moved = matches!(self.trouble, Some((at, Loss::Server)) if at < number);
            let next = self.next.as_ref().filter(|_| has_moved);
            let answer = send(next.unwrap_or(&self.server));
            if let Some(copy) = self.late.take() {
                copy(&self.server);
            }
            return answer;
        };
        match loss {
            Loss::Request | Loss::Answer if is_again => send(&self.server),
            Loss::Server if is_again => send(self.next.as_ref().unwrap()),
            Loss::Request | Loss::Requests => send(&self.nowhere),
            Loss::Answer | Loss::Answers | Loss::Server => {
                // It arrived, and whatever was answered is lost.
                let _lost = send(&self.server);
                send(&self.nowhere)
            }
            Loss::Repeat => {
                let first = send(&self.server);
                let again = send(&self.server);
                if number > 0 {
                    // A report that comes twice is answered as it was.
                    assert_eq!(first.is_ok(), again.is_ok(), "{first:?} {again:?}");
                }
                again
            }
            Loss::Late => send(&self.server),
            Loss::Overtaken => {
                if let Some(work) = self.meanwhile.take() {
                    work();
                }
                send(&self.server)
            }
        }
    }
}

impl LossyIssuer {
    /// Keeps a request that is to arrive late once more.
    fn keep(&self, number: u32, copy: impl Fn(&HttpIssuer) + Send + 'static) {
        if self.trouble == Some((number, Loss::Late)) {
            self.late.replace(Some(Box::new(copy)));
        }
    }
}

impl Issuer for LossyIssuer {
    fn origin(&self) -> &str {
        self.server.origin()
    }

    fn enrol_key(&self) -> &ProgramKey {
        self.server.enrol_key()
    }

    fn start(&self, start: &EnrollStart) -> Result<EnrollReply, HttpError> {
        let answer = self.send(0, |issuer| issuer.start(start));
        let start = start.clone();
        self.keep(0, move |issuer| drop(issuer.start(&start)));
        answer
    }

    fn proceed(&self, report: &EnrollContinue) -> Result<EnrollReply, HttpError> {
        let number = report.outcome.sequence + 1;
        let answer = self.send(number, |issuer| issuer.proceed(report));
        let report = report.clone();
        self.keep(number, move |issuer| drop(issuer.proceed(&report)));
        answer
    }

    fn pause(&self, _attempts: u32) {}
}
