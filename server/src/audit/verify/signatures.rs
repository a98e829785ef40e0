//! The last pass: the legal person's signature under every act, and that none
//! stands under two.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::{Finding, Options, Progress, Report, VerifyError};
use crate::{
    audit::{
        leaf::{Certificate, Leaf},
        statement::{SignatureFault, StatementCheck, once},
        tree::Hash,
    },
    digest::sha256,
    storage::{CertificateDigest, Store},
};

/// Events that are read at once.
const PART: u32 = 20_000;

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
        der: Option<&[u8]>,
        options: &Options,
        report: &mut Report,
    ) {
        let seq = leaf.seq;
        if leaf.statement.is_none() {
            if leaf.outcome == "done" && SIGNED.contains(&leaf.act) {
                report.find(Finding::Unsigned { seq });
            }
            return;
        }
        let checked =
            self.statements
                .check(leaf, der.unwrap_or_default(), options.anchors.as_ref());
        match checked {
            Ok(()) => {
                report.signatures += 1;
                if let Some(once) = once(leaf)
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
pub(super) async fn verify(
    store: &dyn Store,
    options: &Options,
    report: &mut Report,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<(), VerifyError> {
    let mut signatures = Signatures::default();
    let mut owners: HashSet<(Hash, Option<Uuid>)> = HashSet::new();
    let (mut next, mut looked_at) = (i64::MIN, 0);
    loop {
        let mut count = 0;
        let mut new = Vec::new();
        store
            .visit_events(next, i64::MAX, PART, &mut |leaf| {
                count += 1;
                next = leaf.seq.saturating_add(1);
                let der = match leaf.certificate {
                    Some(Certificate::Der(der)) => Some(der),
                    _ => None,
                };
                signatures.check(&leaf, der, options, report);
                if let Some(der) = der {
                    let owner = (sha256(der), leaf.actor);
                    if owners.insert(owner) {
                        new.push((owner, leaf.seq));
                    }
                }
            })
            .await?;
        for ((digest, actor), seq) in new {
            let hit = store.certificate(CertificateDigest(digest)).await?;
            if hit.map(|hit| hit.card.id.0) != actor {
                let fault = SignatureFault::OtherCard;
                report.find(Finding::Signature { seq, fault });
            }
        }
        looked_at += u64::from(count);
        progress(Progress::Signatures(looked_at));
        if count < PART {
            return Ok(());
        }
    }
}
