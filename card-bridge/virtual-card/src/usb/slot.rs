//! The slot with the card in it: commands come in, jobs for the card and messages for
//! the host go out (CCID 1.1 sections 6.1 and 6.2). It knows neither time nor threads:
//! whoever has the card says what became of a job, and that it takes long.

use std::collections::VecDeque;

use super::{
    chip::{Job, Outcome as Answer},
    class_descriptor::{CLOCK, DATA_RATE},
    exchange::{self, Exchange, Step},
    message::{Command, Kind, answer, command},
    options::Options,
    parameters::Parameters,
    status::{Icc, Outcome, SlotError},
};

/// How many times the wait a busy card asks for.
const TIMES: u8 = 1;

/// Who waits for the card.
#[derive(Clone, Copy)]
struct Waiting {
    kind: Kind,
    seq: u8,
    /// For the answer to a block, in which the card can ask for time itself.
    is_block: bool,
}

impl Waiting {
    const fn new(kind: Kind, seq: u8) -> Self {
        Self {
            kind,
            seq,
            is_block: false,
        }
    }

    const fn for_block(seq: u8) -> Self {
        Self {
            kind: Kind::DataBlock,
            seq,
            is_block: true,
        }
    }
}

/// How far an abort is, which takes a request and a message (CCID 1.1 section 5.3.1).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Abort {
    Nothing,
    /// The request came, with this bSeq.
    Requested(u8),
    /// The message came first.
    Announced(u8),
}

pub(super) struct Slot {
    options: Options,
    is_present: bool,
    /// The card has power.
    exchange: Option<Exchange>,
    parameters: Parameters,
    waiting: Option<Waiting>,
    jobs: VecDeque<Job>,
    /// Jobs whose outcome nobody wants any more.
    ignored: usize,
    /// Jobs that are not done.
    running: usize,
    abort: Abort,
    answers: VecDeque<Vec<u8>>,
}

impl Slot {
    pub(super) fn new(options: &Options) -> Self {
        Self {
            parameters: Parameters::of(options),
            options: options.clone(),
            is_present: true,
            exchange: None,
            waiting: None,
            jobs: VecDeque::new(),
            ignored: 0,
            running: 0,
            abort: Abort::Nothing,
            answers: VecDeque::new(),
        }
    }

    pub(super) fn take_job(&mut self) -> Option<Job> {
        self.jobs.pop_front()
    }

    pub(super) fn take_answer(&mut self) -> Option<Vec<u8>> {
        self.answers.pop_front()
    }

    /// Whether somebody waits for the card.
    pub(super) const fn is_waiting(&self) -> bool {
        self.waiting.is_some() && self.running > 0
    }

    const fn icc(&self) -> Icc {
        match (self.is_present, &self.exchange) {
            (false, _) => Icc::Absent,
            (true, None) => Icc::Inactive,
            (true, Some(_)) => Icc::Active,
        }
    }

    /// A whole message.
    pub(super) fn command(&mut self, message: Command) {
        let (kind, seq) = (Kind::answering(message.code), message.seq);
        if let Some(error) = self.refusal(&message) {
            let icc = if message.slot == 0 {
                self.icc()
            } else {
                Icc::Absent
            };
            self.push((kind, message.slot, seq), (Outcome::Failed(error), icc));
            return;
        }
        match message.code {
            command::GET_SLOT_STATUS => self.done(kind, seq),
            command::ICC_POWER_ON => self.power_on(&message),
            command::ICC_POWER_OFF => {
                self.exchange = None;
                self.run_anew(Waiting::new(kind, seq), Job::PowerOff);
            }
            command::XFR_BLOCK => self.transfer(message),
            command::GET_PARAMETERS => self.say_parameters(seq, Outcome::Done),
            command::RESET_PARAMETERS => {
                self.parameters = Parameters::of(&self.options);
                self.say_parameters(seq, Outcome::Done);
            }
            command::SET_PARAMETERS => {
                let [protocol, ..] = message.specific;
                let set = self.parameters.set(protocol, &message.data);
                self.say_parameters(seq, set.map_or_else(Outcome::Failed, |()| Outcome::Done));
            }
            command::SET_DATA_RATE => self.data_rate(&message),
            command::ABORT => self.abort_message(seq),
            _ => self.fail(kind, seq, SlotError::NotSupported),
        }
    }

    /// A message whose length is not what it says.
    pub(super) fn wrong_length(&mut self, message: &Command) {
        const LENGTH: u8 = 1;
        let kind = Kind::answering(message.code);
        let outcome = Outcome::Failed(SlotError::At(LENGTH));
        self.push((kind, message.slot, message.seq), (outcome, self.icc()));
    }

    /// Why a command is not even looked at.
    fn refusal(&self, message: &Command) -> Option<SlotError> {
        const SLOT: u8 = 5;
        let needs_card = matches!(
            message.code,
            command::GET_PARAMETERS
                | command::SET_PARAMETERS
                | command::RESET_PARAMETERS
                | command::XFR_BLOCK
        );
        if message.slot != 0 {
            return Some(SlotError::At(SLOT));
        }
        if message.code == command::ABORT {
            return None;
        }
        if matches!(self.abort, Abort::Requested(_)) {
            return Some(SlotError::Aborted);
        }
        if self.waiting.is_some() {
            return Some(SlotError::Busy);
        }
        (needs_card && self.exchange.is_none()).then_some(SlotError::Mute)
    }

    fn power_on(&mut self, message: &Command) {
        const POWER_SELECT: u8 = 7;
        // Automatic, 5 V, 3 V, 1.8 V.
        let [voltage, ..] = message.specific;
        if voltage > 3 {
            return self.fail(Kind::DataBlock, message.seq, SlotError::At(POWER_SELECT));
        }
        if !self.is_present {
            return self.fail(Kind::DataBlock, message.seq, SlotError::Mute);
        }
        let waiting = Waiting::new(Kind::DataBlock, message.seq);
        self.run_anew(waiting, Job::PowerOn);
    }

    fn transfer(&mut self, message: Command) {
        let seq = message.seq;
        let level = message.level_parameter();
        let Some(exchange) = &mut self.exchange else {
            return;
        };
        match exchange.block(level, message.data) {
            Step::Run(apdu) => self.run(Waiting::for_block(seq), Job::Transmit(apdu)),
            Step::Say(block) => self.say_block(seq, &block),
            Step::Wait => self.waiting = Some(Waiting::for_block(seq)),
            Step::Fail(error) => self.fail(Kind::DataBlock, seq, error),
        }
    }

    /// The rate is what it is, and the answer says so (CCID 1.1 section 6.1.14).
    fn data_rate(&mut self, message: &Command) {
        const LENGTH: u8 = 1;
        if message.data.len() != 8 {
            return self.fail(Kind::DataRate, message.seq, SlotError::At(LENGTH));
        }
        let data = [CLOCK.to_le_bytes(), DATA_RATE.to_le_bytes()].concat();
        let way = (Outcome::Done, self.icc());
        self.answers
            .push_back(answer(Kind::DataRate, (0, message.seq), way, 0, &data));
    }

    /// The request of the class on the control pipe.
    pub(super) fn abort_request(&mut self, seq: u8) {
        match self.abort {
            Abort::Announced(announced) if announced == seq => self.aborted(seq),
            _ => self.abort = Abort::Requested(seq),
        }
    }

    fn abort_message(&mut self, seq: u8) {
        const SEQ: u8 = 6;
        match self.abort {
            Abort::Requested(requested) if requested == seq => self.aborted(seq),
            Abort::Requested(_) => self.fail(Kind::SlotStatus, seq, SlotError::At(SEQ)),
            Abort::Nothing | Abort::Announced(_) => self.abort = Abort::Announced(seq),
        }
    }

    /// Both came. The card can't be stopped; what it says is dropped.
    fn aborted(&mut self, seq: u8) {
        self.abort = Abort::Nothing;
        self.waiting = None;
        self.ignored = self.running;
        if let Some(exchange) = &mut self.exchange {
            exchange.abort(&self.options);
        }
        self.done(Kind::SlotStatus, seq);
    }

    /// Whatever the card was busy with, nobody wants to know any more.
    fn run_anew(&mut self, waiting: Waiting, job: Job) {
        self.ignored = self.running;
        self.run(waiting, job);
    }

    fn run(&mut self, waiting: Waiting, job: Job) {
        self.waiting = Some(waiting);
        self.running += 1;
        self.jobs.push_back(job);
    }

    /// What became of the oldest job.
    pub(super) fn finished(&mut self, answer: Answer) {
        self.running = self.running.saturating_sub(1);
        if self.ignored > 0 {
            self.ignored -= 1;
            return;
        }
        let waiting = self.waiting.take();
        match (answer, waiting) {
            (Answer::On(own), Some(Waiting { kind, seq, .. })) => {
                self.exchange = Some(Exchange::new(&self.options));
                self.parameters = Parameters::of(&self.options);
                let atr = exchange::atr(&self.options, own);
                let way = (Outcome::Done, self.icc());
                self.answers.push_back(message(kind, seq, way, &atr));
            }
            (Answer::Off, Some(Waiting { kind, seq, .. })) => self.done(kind, seq),
            (Answer::Said(said), waiting) => self.answered(said, waiting),
            (Answer::Mute, Some(Waiting { kind, seq, .. })) => {
                self.exchange = None;
                self.fail(kind, seq, SlotError::Mute);
            }
            (Answer::On(_) | Answer::Off | Answer::Mute, None) => self.exchange = None,
        }
    }

    fn answered(&mut self, said: Vec<u8>, waiting: Option<Waiting>) {
        let Some(exchange) = &mut self.exchange else {
            return;
        };
        let block = exchange.finished(said);
        let Some(Waiting { kind, seq, .. }) = waiting else {
            // The card asked for time, and the host has not given it yet.
            return;
        };
        let longest = usize::try_from(self.options.longest_message()).unwrap_or(usize::MAX);
        if block.data.len() + super::message::HEADER > longest {
            return self.fail(kind, seq, SlotError::Overrun);
        }
        self.say_block(seq, &block);
    }

    /// The card is not ready, and the host has waited as long as it does.
    pub(super) fn is_slow(&mut self) {
        let Some(Waiting {
            kind,
            seq,
            is_block,
        }) = self.waiting
        else {
            return;
        };
        let own = match &mut self.exchange {
            Some(exchange) if is_block => exchange.is_slow(),
            _ => None,
        };
        if let Some(block) = own {
            self.waiting = None;
            return self.say_block(seq, &block);
        }
        let way = (Outcome::TimeExtension(TIMES), self.icc());
        self.answers.push_back(message(kind, seq, way, &[]));
    }

    /// The card is put in, or taken out; whether that is a change.
    pub(super) fn set_present(&mut self, is_present: bool) -> bool {
        if is_present == self.is_present {
            return false;
        }
        self.is_present = is_present;
        self.exchange = None;
        self.ignored = self.running;
        if let Some(Waiting { kind, seq, .. }) = self.waiting.take() {
            self.fail(kind, seq, SlotError::Mute);
        }
        if !is_present {
            self.running += 1;
            self.ignored += 1;
            self.jobs.push_back(Job::PowerOff);
        }
        true
    }

    fn say_block(&mut self, seq: u8, block: &exchange::Block) {
        let way = (Outcome::Done, self.icc());
        let (kind, to) = (Kind::DataBlock, (0, seq));
        self.answers
            .push_back(answer(kind, to, way, block.chain, &block.data));
    }

    fn say_parameters(&mut self, seq: u8, outcome: Outcome) {
        let Parameters { protocol, data } = &self.parameters;
        let way = (outcome, self.icc());
        self.answers
            .push_back(answer(Kind::Parameters, (0, seq), way, *protocol, data));
    }

    fn done(&mut self, kind: Kind, seq: u8) {
        self.push((kind, 0, seq), (Outcome::Done, self.icc()));
    }

    fn fail(&mut self, kind: Kind, seq: u8, error: SlotError) {
        self.push((kind, 0, seq), (Outcome::Failed(error), self.icc()));
    }

    fn push(&mut self, (kind, slot, seq): (Kind, u8, u8), way: (Outcome, Icc)) {
        /// bClockStatus: the clock runs, or stands (low).
        const RUNNING: u8 = 0;
        const STOPPED: u8 = 1;
        let (_, icc) = way;
        let specific = match (kind, icc) {
            (Kind::SlotStatus, Icc::Active) => RUNNING,
            (Kind::SlotStatus, Icc::Inactive | Icc::Absent) => STOPPED,
            (Kind::Parameters, _) => self.parameters.protocol,
            _ => 0,
        };
        self.answers
            .push_back(answer(kind, (slot, seq), way, specific, &[]));
    }
}

fn message(kind: Kind, seq: u8, way: (Outcome, Icc), data: &[u8]) -> Vec<u8> {
    answer(kind, (0, seq), way, 0, data)
}
