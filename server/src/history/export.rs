//! An export: the filtered events before the export's own event, newest first,
//! a part at a time, each verified as it passes. Before each part the session is looked
//! at again: what it may not see any more it does not get. A download that runs is no use
//! of the session, which ends for want of it as if nothing ran.

use app::{
    api::{
        ErrorCode,
        history::{Export, HistoryQuery, HistoryRow, Verified},
    },
    text::{Text, dates, history as text, names, timeline},
};
use card_domain::{EventAct, EventOutcome};
use event_log::EventFacts;

use super::{people::People, reason, row, timeline_query};
use crate::{
    audit::{
        check::Checker,
        export::{CsvWriter, ProofWriter},
    },
    context::{Actor, RequestContext},
    service::ServiceError,
    storage::{EventRecord, NewEvent, TimelineCursor, TimelineQuery, TokenHash},
    turns::Turn,
};

/// Events of one part.
const PART_BATCH: u32 = 200;

/// How far events are counted before the download begins.
const MAX_COUNTED: u32 = 1_000_000;

/// A download under way.
pub(crate) struct Exporter {
    ctx: RequestContext,
    actor: Actor,
    query: TimelineQuery,
    export: Export,
    total: Option<u64>,
    /// The checkpoint that all proofs lead to.
    note: Option<String>,
    people: People,
    proof: ProofWriter,
    next: NextPart,
    /// A download reads, verifies and holds a connection for as long as it takes: each
    /// session has one at a time, at each instance.
    _turn: Turn<TokenHash>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum NextPart {
    Begin,
    Events,
    End,
    Over,
}

impl Exporter {
    /// Records the export, and gives everything before it its place in the log.
    pub(crate) async fn begin(
        ctx: RequestContext,
        query: &HistoryQuery,
        export: Export,
    ) -> Result<Self, ServiceError> {
        let actor = ctx.require_legal_person().await?;
        let turn = ctx.service.exports.take(actor.token);
        let turn = turn.ok_or(ErrorCode::ExportRuns)?;
        let mut query_of_part = timeline_query(&ctx, &actor, query, PART_BATCH).await?;
        let store = &ctx.service.store;
        let facts = EventFacts {
            export: Some(query.export_address(export)),
            ..EventFacts::default()
        };
        let event = NewEvent {
            enterprise: Some(actor.enterprise),
            actor: Some(actor.card),
            facts: Some(facts.to_json()?),
            ..ctx.event(EventAct::Export, EventOutcome::Done)
        };
        let own = store.record_event(event).await?;
        query_of_part.cursor = Some(TimelineCursor::Older(own));
        // What can't have its place is in the table as not verified, and the
        // proof leaves it out.
        if let Err(error) = ctx.service.sequence().await {
            tracing::error!(%error, "the log does not go on");
        }
        let total = store
            .count_timeline(actor.enterprise, &query_of_part, MAX_COUNTED)
            .await?;
        let note = store.newest_checkpoint().await?;
        Ok(Self {
            actor,
            query: query_of_part,
            export,
            total: (total < u64::from(MAX_COUNTED)).then_some(total),
            note,
            people: People::default(),
            proof: ProofWriter::default(),
            next: NextPart::Begin,
            _turn: turn,
            ctx,
        })
    }

    /// How many events will follow, unless they are too many to be counted.
    pub(crate) const fn total(&self) -> Option<u64> {
        self.total
    }

    /// The next part; `None` at the end.
    ///
    /// # Errors
    ///
    /// [`ServiceError`], also that the session is over by now: nothing more is given.
    pub(crate) async fn next(&mut self) -> Result<Option<String>, ServiceError> {
        if self.next != NextPart::Over {
            self.ctx.request.now = self.ctx.service.clock.now();
            self.ctx.is_still_legal_person().await?;
        }
        match self.next {
            NextPart::Begin => {
                self.next = NextPart::Events;
                Ok(Some(match self.export {
                    Export::Csv => {
                        let headings = CsvWriter::row(text::CSV_HEADINGS.map(Text::here));
                        format!("{}{headings}", CsvWriter::MARK)
                    }
                    Export::Proof => {
                        let note = self.note.clone();
                        let note = note.ok_or(ServiceError::Inconsistent("no checkpoint"))?;
                        ProofWriter::begin(note)?
                    }
                }))
            }
            NextPart::Events => self.events().await.map(Some),
            NextPart::End => {
                self.next = NextPart::Over;
                Ok(match self.export {
                    Export::Csv => None,
                    Export::Proof => Some(self.proof.end()?),
                })
            }
            NextPart::Over => Ok(None),
        }
    }

    async fn events(&mut self) -> Result<String, ServiceError> {
        let service = &self.ctx.service;
        let store = service.store.as_ref();
        let page = store.timeline(self.actor.enterprise, &self.query).await?;
        match page.older {
            Some(older) => self.query.cursor = Some(older),
            None => self.next = NextPart::End,
        }
        let (public, now) = (service.keys.audit.public(), self.ctx.request.now);
        let anchors = &service.keys.anchors;
        let checker = Checker::against(store, &public.log, anchors, now, self.note.clone()).await?;
        let mut checker = checker.with(&service.tiles);
        let mut part = String::new();
        for event in &page.rows {
            match self.export {
                Export::Csv => {
                    let found = checker.check(event).await?;
                    let row = row(&self.ctx, &self.actor, event, &found, &mut self.people).await?;
                    part.push_str(&table_row(&row, event));
                }
                Export::Proof => {
                    if let Ok(position) = checker.position(event).await? {
                        let signer = checker.signer(event).await?;
                        let der = signer.map(|signer| signer.der.as_slice());
                        part.push_str(&self.proof.event(&position, der)?);
                    }
                }
            }
        }
        Ok(part)
    }
}

/// A row of the table: its cells are those of the headings.
fn table_row(row: &HistoryRow, event: &EventRecord) -> String {
    let (actor, target) = (row.actor.as_ref(), row.target.as_ref());
    let serials = row.serials.as_ref();
    let verified = match row.verified {
        Verified::Yes => String::from(text::verified(row.verified)),
        Verified::No(why) => text::not_verified(row.verified, why),
    };
    let cause = row.cause.as_ref().map(names::cause_in_words);
    let number = row.seq.to_string();
    let at = dates::second(row.at);
    let cells: [&str; text::CSV_HEADINGS.len()] = [
        &number,
        &at,
        text::act_of(row.act).here(),
        text::outcome_of(row.act, row.outcome).here(),
        actor.map_or("", |person| &person.holder_name),
        actor.map_or("", |person| names::role(person.role).here()),
        actor
            .and_then(|person| person.card_no.as_ref())
            .map_or("", |number| &number.0),
        target.map_or("", |person| &person.holder_name),
        target
            .and_then(|person| person.operator_no.as_ref())
            .map_or("", |number| &number.0),
        target
            .and_then(|person| person.card_no.as_ref())
            .map_or("", |number| &number.0),
        text::yes_or_no(row.signed).here(),
        serials
            .and_then(|both| both.before.as_deref())
            .unwrap_or(""),
        serials.and_then(|both| both.after.as_deref()).unwrap_or(""),
        &verified,
        cause
            .as_deref()
            .or_else(|| reason(event).map(|why| text::reason(why).here()))
            .unwrap_or(""),
        timeline::remark(row).map_or("", Text::here),
        &event.client.address,
        event.client.terminal.as_deref().unwrap_or(""),
        &event.client.request_id,
    ];
    CsvWriter::row(cells)
}
