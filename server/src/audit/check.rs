//! The verified mark: events of a page are checked against the newest signed
//! checkpoint, and their signatures once more, in the request that shows them.
//! Tiles and certificates that they share are read once.

use std::collections::{HashMap, hash_map::Entry};

use app::api::history::{Unverified, Verified};
use card_domain::{CardId, Cause, EnterpriseId};
use jiff::{SignedDuration, Timestamp};

use event_log::{
    Checkpoint, LogPosition, VerifyKey,
    body::Body,
    certificate::TrustAnchors,
    leaf::{Leaf, LeafHasher},
    proof::{self, TileCache, Tiles},
    signer::{SignatureFault, SignerProof},
    statement::StatementCheck,
    structured::Structured,
    tree::{self, TILE_WIDTH},
};

use crate::storage::{CertificateDigest, EventRecord, LeafTile, Signer, SqlStore, StoreError};

/// After so long an event has its place, or something is wrong.
const SEQUENCING_TIMEOUT: SignedDuration = SignedDuration::from_mins(5);

/// What was found out about an event.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Whether the event was verified, for the mark beside it.
    pub verified: Verified,
    /// Where it is in the log, if it is.
    pub position: Option<LogPosition>,
    /// How far it is proven who signed, where a good signature is under it.
    pub signer: Option<SignerProof>,
}

impl Checked {
    /// Why, by the statement under the event, if its signature is good: what nobody
    /// signed, nobody said.
    #[must_use]
    pub fn cause(&self, event: &EventRecord) -> Option<Cause> {
        self.signer.as_ref()?;
        let signed = event.statement.as_ref()?;
        Structured::read(&signed.structured).ok()?.cause().cloned()
    }
}

/// Checks the events of one request.
pub struct Checker<'a> {
    store: &'a SqlStore,
    anchors: &'a TrustAnchors,
    now: Timestamp,
    settled: i64,
    checkpoint: Option<(Checkpoint, String)>,
    tiles: Tiles,
    leaves: Vec<LeafTile>,
    signers: HashMap<CertificateDigest, Option<Signer>>,
    numbers: HashMap<(EnterpriseId, CardId), Option<String>>,
    statements: StatementCheck,
    hasher: LeafHasher,
    cache: Option<&'a TileCache>,
}

impl<'a> Checker<'a> {
    /// Against the newest checkpoint that `log` signed.
    ///
    /// # Errors
    ///
    /// [`StoreError`]
    pub async fn new(
        store: &'a SqlStore,
        log: &VerifyKey,
        anchors: &'a TrustAnchors,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let note = store.newest_checkpoint().await?;
        Self::against(store, log, anchors, now, note).await
    }

    /// Against this checkpoint, which may be an older one: what spans several
    /// reads stays with the one that it began with.
    ///
    /// # Errors
    ///
    /// [`StoreError`]
    pub async fn against(
        store: &'a SqlStore,
        log: &VerifyKey,
        anchors: &'a TrustAnchors,
        now: Timestamp,
        note: Option<String>,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            settled: store.log_head().await?.settled,
            checkpoint: note.and_then(|note| Some((Checkpoint::open(&note, log).ok()?, note))),
            store,
            anchors,
            now,
            tiles: Tiles::default(),
            leaves: Vec::new(),
            signers: HashMap::new(),
            numbers: HashMap::new(),
            statements: StatementCheck::default(),
            hasher: LeafHasher::default(),
            cache: None,
        })
    }

    /// With tiles that are kept from request to request.
    #[must_use]
    pub const fn with(mut self, cache: &'a TileCache) -> Self {
        self.cache = Some(cache);
        self
    }

    /// The checkpoint, if there is one with a good signature.
    #[must_use]
    pub fn checkpoint(&self) -> Option<&Checkpoint> {
        self.checkpoint.as_ref().map(|(checkpoint, _)| checkpoint)
    }

    /// The checkpoint as it was signed.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.checkpoint.as_ref().map(|(_, note)| note.as_str())
    }

    /// Checks an event: its place, then its signature.
    ///
    /// # Errors
    ///
    /// [`StoreError`]
    pub async fn check(&mut self, event: &EventRecord) -> Result<Checked, StoreError> {
        let body = event.body();
        let (position, fault) = match self.position_of(event, &body).await? {
            Ok(position) => (Some(position), None),
            Err(fault) => (None, Some(fault)),
        };
        let (fault, signer) = match fault {
            // What waits for its place can be told from what is wrong already.
            None | Some(Unverified::NotYetSequenced) => match self.signature(event, &body).await? {
                Ok(signer) => (fault, signer),
                Err(wrong) => (Some(wrong), None),
            },
            fault => (fault, None),
        };
        let fault = match signer {
            Some(SignerProof::Unnamed) => fault.or(Some(Unverified::SignerNotSigned)),
            _ => fault,
        };
        Ok(Checked {
            verified: fault.map_or(Verified::Yes, Verified::No),
            position,
            signer,
        })
    }

    /// The place of an event, with a proof that was verified.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; why it has no good place is the inner error.
    pub async fn position(
        &mut self,
        event: &EventRecord,
    ) -> Result<Result<LogPosition, Unverified>, StoreError> {
        self.position_of(event, &event.body()).await
    }

    async fn position_of(
        &mut self,
        event: &EventRecord,
        body: &[u8],
    ) -> Result<Result<LogPosition, Unverified>, StoreError> {
        let Some(index) = self.index(event.seq).await? else {
            let waits = event.seq > self.settled && event.at > self.now - SEQUENCING_TIMEOUT;
            return Ok(Err(if waits {
                Unverified::NotYetSequenced
            } else {
                Unverified::NotIncluded
            }));
        };
        let Some(&Checkpoint { size, root, .. }) = self.checkpoint() else {
            return Ok(Err(Unverified::CheckpointBad));
        };
        if index >= size {
            return Ok(Err(Unverified::NotYetSequenced));
        }
        let needed = proof::inclusion_places(index, size);
        if let Some(cache) = self.cache {
            self.tiles.share(&needed, cache);
        }
        let missing = self.tiles.missing(needed.iter().copied());
        if !missing.is_empty() {
            let read = self.store.log_tiles(&missing).await?;
            self.tiles.extend(read);
            if let Some(cache) = self.cache {
                self.tiles.share(&needed, cache);
            }
        }
        let Some(proof) = proof::inclusion(index, size, &self.tiles) else {
            return Ok(Err(Unverified::LogDiffers));
        };
        let bytes = self.hasher.encode(&leaf(event, body)).to_vec();
        let hash = tree::leaf(&bytes);
        if self.tiles.leaf(index) != Some(hash) {
            return Ok(Err(Unverified::LeafDiffers));
        }
        if !proof::verify_inclusion(&bytes, index, size, root, proof.clone()) {
            return Ok(Err(Unverified::LogDiffers));
        }
        Ok(Ok(LogPosition {
            index,
            event: bytes,
            leaf: hash,
            proof,
        }))
    }

    /// The place that the log says an event has.
    async fn index(&mut self, seq: i64) -> Result<Option<u64>, StoreError> {
        let place = |leaves: &LeafTile| {
            let mut seqs = leaves.seqs.iter();
            let offset = seqs.position(|there| *there == seq)?;
            Some(leaves.tile * TILE_WIDTH as u64 + offset as u64)
        };
        if let Some(index) = self.leaves.iter().find_map(place) {
            return Ok(Some(index));
        }
        let Some(leaves) = self.store.leaf_tile_of(seq).await? else {
            return Ok(None);
        };
        let index = place(&leaves);
        self.leaves.push(leaves);
        Ok(index)
    }

    /// The certificate under an event; `None` where there is none, or the register
    /// does not know it.
    ///
    /// # Errors
    ///
    /// [`StoreError`]
    pub async fn signer(&mut self, event: &EventRecord) -> Result<Option<&Signer>, StoreError> {
        let Some(statement) = &event.statement else {
            return Ok(None);
        };
        let known = match self.signers.entry(statement.certificate) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                unknown.insert(self.store.signer(statement.certificate).await?)
            }
        };
        Ok(known.as_ref())
    }

    /// How far it is proven who signed, where somebody did; or what is wrong.
    async fn signature(
        &mut self,
        event: &EventRecord,
        bytes: &[u8],
    ) -> Result<Result<Option<SignerProof>, Unverified>, StoreError> {
        if event.statement.is_none() {
            return Ok(Ok(None));
        }
        let der = self.signer(event).await?.map(|signer| signer.der.clone());
        let Ok(body) = Body::decode(bytes) else {
            return Ok(Err(Unverified::LeafDiffers));
        };
        let checked = self.statements.check(
            &leaf(event, bytes),
            &body,
            der.as_deref(),
            Some(self.anchors),
        );
        let signer = match checked {
            Ok(checked) => checked.signer,
            Err(fault) => return Ok(Err(unverified(fault))),
        };
        // The register proves nothing, and must not contradict what is proven.
        if let SignerProof::Certificate { card_no } = &signer
            && self.card_no(event).await?.as_ref() != Some(card_no)
        {
            return Ok(Err(Unverified::CertificateForeign));
        }
        Ok(Ok(Some(signer)))
    }

    /// The number of the actor's card, as far as the register knows that card in
    /// the event's enterprise.
    async fn card_no(&mut self, event: &EventRecord) -> Result<Option<String>, StoreError> {
        let (Some(enterprise), Some(actor)) = (event.enterprise, event.actor) else {
            return Ok(None);
        };
        let known = match self.numbers.entry((enterprise, actor)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                unknown.insert(match self.store.card(enterprise, actor).await {
                    Ok(card) => card.chip.map(|chip| chip.card_no.0),
                    Err(StoreError::NotFound) => None,
                    Err(error) => return Err(error),
                })
            }
        };
        Ok(known.clone())
    }
}

/// What the mark says of a fault.
const fn unverified(fault: SignatureFault) -> Unverified {
    use SignatureFault::{
        Bad, Certificate, ForeignTarget, LeftOut, NotKept, NotLegalPerson, OldForm, OtherAct,
        OtherCard, OtherEnterprise, OtherInstance, OtherPlace, OtherTime, UnknownForm,
    };
    match fault {
        NotKept => Unverified::SignedBeforeProof,
        Certificate | OtherCard | NotLegalPerson | OtherEnterprise => {
            Unverified::CertificateForeign
        }
        Bad | ForeignTarget | LeftOut | OldForm | OtherAct | OtherInstance | OtherPlace
        | OtherTime | UnknownForm => Unverified::SignatureBad,
    }
}

/// The leaf that an event with this body has to be.
fn leaf<'a>(event: &'a EventRecord, body: &'a [u8]) -> Leaf<'a> {
    Leaf {
        seq: event.seq,
        at: event.at.as_microsecond(),
        enterprise: event.enterprise.map(|id| id.0),
        actor: event.actor.map(|id| id.0),
        act: &event.act,
        target: event.target.map(|id| id.0),
        outcome: event.outcome.name(),
        body,
    }
}
