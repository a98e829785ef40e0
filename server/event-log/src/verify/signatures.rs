//! The last pass: the legal person's signature under every act, and that none
//! stands under two.

use std::collections::{HashMap, hash_map::Entry};

use super::{Finding, Options, Progress, Report};
use crate::{
    LogSource,
    body::Body,
    leaf::Leaf,
    source::SignerCertificate,
    statement::{SignatureFault, StatementCheck, once},
    tree::Hash,
};

/// Events that are read at once.
const LEAVES_BATCH: u32 = 20_000;

/// Acts that are nothing without a signature once they are done.
const SIGNED: [&str; 8] = [
    "report_loss",
    "cancel_loss",
    "freeze",
    "unfreeze",
    "renew_begin",
    "unlock_begin",
    "renew",
    "unlock",
];

/// What is remembered from event to event.
#[derive(Default)]
pub(super) struct Signatures {
    statements: StatementCheck,
    used: HashMap<Hash, i64>,
}

impl Signatures {
    /// Checks one event; what a signature can be checked by alone.
    pub(super) fn check(
        &mut self,
        leaf: &Leaf<'_>,
        body: &Body<'_>,
        der: Option<&[u8]>,
        options: &Options,
        report: &mut Report,
    ) {
        let seq = leaf.seq;
        if body.statement.is_none() {
            if leaf.outcome == "done" && SIGNED.contains(&leaf.act) {
                report.find(Finding::Unsigned { seq });
            }
            return;
        }
        let checked = self
            .statements
            .check(leaf, body, der, options.anchors.as_ref());
        match checked {
            Ok(()) => {
                report.signatures += 1;
                if let Some(once) = once(leaf, body)
                    && let Some(first) = self.used.insert(once, seq)
                {
                    report.find(Finding::Replayed { seq, first });
                }
            }
            Err(SignatureFault::NotKept) => report.signatures_before += 1,
            Err(fault) => report.find(Finding::Signature { seq, fault }),
        }
    }
}

/// Verifies the signatures of all events in the table.
pub(super) async fn verify<S: LogSource + ?Sized>(
    source: &S,
    options: &Options,
    report: &mut Report,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<(), S::Error> {
    let mut signatures = Signatures::default();
    let mut signers: HashMap<Hash, Option<SignerCertificate>> = HashMap::new();
    let (mut next, mut looked_at) = (i64::MIN, 0);
    loop {
        let leaves = source.leaves(next, i64::MAX, LEAVES_BATCH).await?;
        for leaf in leaves.iter() {
            let Ok(body) = leaf.body() else {
                report.find(Finding::Unreadable { seq: leaf.seq });
                continue;
            };
            let signer = match body.certificate {
                None => None,
                Some(digest) => match signers.entry(digest) {
                    Entry::Occupied(known) => known.into_mut().as_ref(),
                    Entry::Vacant(unknown) => {
                        let signer = source.certificate(digest).await?;
                        unknown.insert(signer).as_ref()
                    }
                },
            };
            let der = signer.map(|signer| signer.der.as_slice());
            signatures.check(&leaf, &body, der, options, report);
            if let Some(signer) = signer
                && leaf.actor != Some(signer.card)
            {
                report.find(Finding::Signature {
                    seq: leaf.seq,
                    fault: SignatureFault::OtherCard,
                });
            }
        }
        looked_at += leaves.len() as u64;
        progress(Progress::Signatures(looked_at));
        match leaves.last_seq() {
            Some(last) if leaves.len() == LEAVES_BATCH as usize => next = last.saturating_add(1),
            _ => return Ok(()),
        }
    }
}
