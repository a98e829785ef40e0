//! The last pass: the legal person's signature under every act, that none stands
//! under two, and that no form comes back that was given up.

use std::collections::{BTreeSet, HashMap, hash_map::Entry};

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    Finding, Options, Progress, Report,
    known_roots::WITNESS_LAG,
    numbers::Numbers,
    times::{TimeOf, Times},
};
use crate::{
    LogSource,
    body::Body,
    facts::EventFacts,
    leaf::Leaf,
    operation,
    register::{fold::RegisterFold, rules},
    signer::{SignatureFault, SignerProof},
    statement::{StatementCheck, beginning, left_out, once},
    tree::Hash,
};

/// Events that are read at once.
const LEAVES_BATCH: u32 = 20_000;

/// What is remembered from event to event.
#[derive(Default)]
pub(super) struct Signatures {
    statements: StatementCheck,
    used: HashMap<Hash, i64>,
    /// The first event whose statement names its signer.
    first_named: Option<i64>,
    /// The first event that was signed over a nonce that was kept.
    first_kept: Option<i64>,
    /// Further ones of the former kind, and of the latter: their signers are judged
    /// together.
    named: Vec<i64>,
    kept: Vec<i64>,
    /// Operations that were begun, by what is signed once, with the number that each
    /// has in the journal.
    begun: HashMap<Hash, Option<Uuid>>,
    /// Operations that were given up, by those numbers, each with its event.
    given_up: HashMap<Uuid, i64>,
    /// Ends under a signature whose beginning was not seen by then.
    unbegun: Vec<(i64, Hash)>,
    /// Events of a form that was given up; judged when all before them are known.
    old: Vec<OldForm>,
    /// Whose card is whose number, by what was signed.
    numbers: Numbers,
    /// In which enterprise each card was registered.
    registered: HashMap<Uuid, Uuid>,
}

/// An event whose statement is of a form that was given up.
struct OldForm {
    seq: i64,
    /// Whether not even its nonce was kept.
    is_unkept: bool,
    /// Whether it goes on with an operation, which may have begun long before.
    goes_on: bool,
    /// What the beginning of that operation is known by.
    beginning: Option<Hash>,
}

impl Signatures {
    /// Checks one event; what a signature can be checked by alone. Gives how far it
    /// is proven who signed, where the signature is good.
    pub(super) fn check(
        &mut self,
        leaf: &Leaf<'_>,
        body: &Body<'_>,
        der: Option<&[u8]>,
        options: &Options,
        report: &mut Report,
    ) -> Option<SignerProof> {
        let seq = leaf.seq;
        if matches!(leaf.act, "add_card" | "issue")
            && let (Some(card), Some(enterprise)) = (leaf.target, leaf.enterprise)
        {
            self.registered.entry(card).or_insert(enterprise);
        }
        self.note_given_up(leaf, body);
        if let Some(left_out) = left_out(leaf, body) {
            self.used.entry(left_out).or_insert(seq);
        }
        if body.statement.is_none() {
            if rules::needs_signature(operation::signed_act(leaf.act), leaf.outcome) {
                report.find(Finding::Unsigned { seq });
            }
            return None;
        }
        let checked = self
            .statements
            .check(leaf, body, der, options.anchors.as_ref())
            .and_then(|checked| self.is_registered_here(leaf).map(|()| checked));
        match checked {
            Ok(checked) => {
                report.signatures += 1;
                self.numbers.note(seq, leaf.actor, &checked.signer);
                match &checked.signer {
                    SignerProof::Signed { .. } => {}
                    SignerProof::Certificate { .. } => report.signers_by_certificate += 1,
                    SignerProof::Unnamed => report.signers_unnamed += 1,
                }
                self.kept.push(seq);
                if checked.is_old_form {
                    self.old.push(OldForm {
                        seq,
                        is_unkept: false,
                        goes_on: operation::is_end(leaf.act),
                        beginning: beginning(leaf, body),
                    });
                } else {
                    self.named.push(seq);
                    self.check_operation(leaf, body, report);
                }
                if let Some(once) = once(leaf, body)
                    && let Some(first) = self.used.insert(once, seq)
                    && first != seq
                {
                    report.find(Finding::Replayed { seq, first });
                }
                Some(checked.signer)
            }
            Err(SignatureFault::NotKept) => {
                report.signatures_before += 1;
                self.old.push(OldForm {
                    seq,
                    is_unkept: true,
                    goes_on: operation::is_end(leaf.act),
                    beginning: None,
                });
                None
            }
            Err(fault) => {
                report.find(Finding::Signature { seq, fault });
                None
            }
        }
    }

    /// An operation that was given up is over.
    fn note_given_up(&mut self, leaf: &Leaf<'_>, body: &Body<'_>) {
        if operation::is_end(leaf.act)
            && leaf.outcome == "failed"
            && let Some(number) = EventFacts::read(body.facts).operation
        {
            self.given_up.entry(number).or_insert(leaf.seq);
        }
    }

    /// What a signed operation does was begun under that signature, and was not given
    /// up meanwhile.
    fn check_operation(&mut self, leaf: &Leaf<'_>, body: &Body<'_>, report: &mut Report) {
        if leaf.outcome != "done" {
            return;
        }
        if operation::is_beginning(leaf.act) {
            if let Some(once) = once(leaf, body) {
                let number = EventFacts::read(body.facts).operation;
                self.begun.entry(once).or_insert(number);
            }
            return;
        }
        let Some(beginning) = beginning(leaf, body) else {
            return;
        };
        match self.begun.get(&beginning) {
            None => self.unbegun.push((leaf.seq, beginning)),
            Some(number) => {
                let given_up = number.and_then(|number| self.given_up.get(&number));
                if let Some(first) = given_up {
                    let (seq, first) = (leaf.seq, *first);
                    report.find(Finding::TakenUpAgain { seq, first });
                }
            }
        }
    }

    /// Whether the card that is acted on is one of the event's enterprise, as far as
    /// its registration was read.
    fn is_registered_here(&self, leaf: &Leaf<'_>) -> Result<(), SignatureFault> {
        let registered = leaf.target.and_then(|card| self.registered.get(&card));
        if registered.is_some_and(|enterprise| leaf.enterprise != Some(*enterprise)) {
            return Err(SignatureFault::ForeignTarget);
        }
        Ok(())
    }

    /// Judges what one event alone can't tell, by those that were seen by now: whose
    /// number is whose; and that nobody writes an old form once there is a newer one,
    /// but to go on with what was begun in it. `strangers` are events whose signer the
    /// register contradicts. With `may_lack`, that beginning may be an event that was
    /// not read.
    pub(super) fn settle(&mut self, strangers: &[i64], may_lack: bool, report: &mut Report) {
        for (seq, beginning) in self.unbegun.drain(..) {
            if !may_lack && !self.begun.contains_key(&beginning) {
                report.find(Finding::NotBegun { seq });
            }
        }
        let mut disowned = BTreeSet::from_iter(self.numbers.contradictions());
        disowned.extend(strangers);
        for seq in &disowned {
            report.disown(*seq, SignatureFault::OtherCard);
        }
        let first = |known: Option<i64>, more: &mut Vec<i64>| {
            let more = more.drain(..).filter(|seq| !disowned.contains(seq));
            known.into_iter().chain(more).min()
        };
        self.first_named = first(self.first_named, &mut self.named);
        self.first_kept = first(self.first_kept, &mut self.kept);
        for old in self.old.drain(..) {
            if disowned.contains(&old.seq) {
                continue;
            }
            let newer = if old.is_unkept {
                self.first_kept
            } else {
                self.first_named
            };
            let Some(since) = newer.filter(|since| *since < old.seq) else {
                continue;
            };
            // Without a nonce nothing tells which beginning it goes on with.
            if old.is_unkept && old.goes_on {
                continue;
            }
            let begun = old
                .beginning
                .and_then(|beginning| self.used.get(&beginning));
            match begun {
                Some(begun) if *begun < since => {}
                None if old.goes_on && may_lack => {
                    report.signers_by_certificate = report.signers_by_certificate.saturating_sub(1);
                    report.signers_unnamed += 1;
                }
                _ => report.find(Finding::Downgraded {
                    seq: old.seq,
                    since,
                }),
            }
        }
    }
}

/// Verifies the signatures of all events in the table, after those of the
/// archives that were given.
pub(super) async fn verify<S: LogSource + ?Sized>(
    source: &S,
    mut signatures: Signatures,
    options: &Options,
    fold: &mut RegisterFold,
    report: &mut Report,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<(), S::Error> {
    let mut certificates: HashMap<Hash, Option<Vec<u8>>> = HashMap::new();
    let mut register = Register::default();
    let mut strangers = Vec::new();
    let mut times = Times::default();
    let may_lack = report.archived > 0;
    let (mut next, mut looked_at) = (i64::MIN, 0);
    loop {
        let leaves = source.leaves(next, i64::MAX, LEAVES_BATCH).await?;
        for leaf in leaves.iter() {
            let Ok(body) = leaf.body() else {
                report.find(Finding::Unreadable { seq: leaf.seq });
                continue;
            };
            if let Ok(at) = Timestamp::from_microsecond(leaf.at) {
                if leaf.act == "clock_confirmed" {
                    times.confirmed(at);
                }
                times.next(TimeOf::Event(leaf.seq), at, report);
                let is_recent = |now: Timestamp| now.duration_since(at).abs() < WITNESS_LAG;
                report.recent_events += u64::from(options.now.is_some_and(is_recent));
            }
            fold.event(&leaf, &body, report);
            let der = match body.certificate {
                None => None,
                Some(digest) => match certificates.entry(digest) {
                    Entry::Occupied(known) => known.into_mut().as_deref(),
                    Entry::Vacant(unknown) => {
                        let der = source.certificate(digest).await?;
                        unknown.insert(der).as_deref()
                    }
                },
            };
            let signer = signatures.check(&leaf, &body, der, options, report);
            // The register proves nothing, and must not contradict what is proven.
            if let Some(SignerProof::Certificate { card_no }) = signer
                && !register.agrees(source, &leaf, &card_no).await?
            {
                strangers.push(leaf.seq);
            }
        }
        signatures.settle(&strangers, may_lack, report);
        strangers.clear();
        looked_at += leaves.len() as u64;
        progress(Progress::Signatures(looked_at));
        match leaves.last_seq() {
            Some(last) if leaves.len() == LEAVES_BATCH as usize => next = last.saturating_add(1),
            _ => break,
        }
    }
    times.judge(report);
    Ok(())
}

/// The numbers of the cards of actors, each read once.
#[derive(Default)]
struct Register(HashMap<(Uuid, Uuid), Option<String>>);

impl Register {
    /// Whether the actor of an event has the card with this number, in the event's
    /// enterprise.
    async fn agrees<S: LogSource + ?Sized>(
        &mut self,
        source: &S,
        leaf: &Leaf<'_>,
        card_no: &str,
    ) -> Result<bool, S::Error> {
        let (Some(enterprise), Some(actor)) = (leaf.enterprise, leaf.actor) else {
            return Ok(false);
        };
        let known = match self.0.entry((enterprise, actor)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(source.card_no(enterprise, actor).await?),
        };
        Ok(known.as_deref() == Some(card_no))
    }
}
