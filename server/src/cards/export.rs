//! A download of a list: every card that the query finds, in its order, a part at a
//! time. Before each part the session is looked at again, as in the export of events:
//! what it may not see any more it does not get.

use app::{
    api::{
        ErrorCode,
        model::{CardQuery, CardRow},
    },
    text::{dates, list as text, names},
};
use card_domain::{EventAct, EventOutcome};
use event_log::EventFacts;

use super::{list, view};
use crate::{
    context::{Actor, RequestContext},
    service::ServiceError,
    storage::{ListQuery, NewEvent, TokenHash},
    turns::Turn,
};

/// Cards of one part.
const PART: u32 = 500;

/// The cells of a row: those of the headings.
pub(crate) type Cells = [String; text::COLUMNS.len()];

/// A download under way.
pub(crate) struct CardExporter {
    ctx: RequestContext,
    actor: Actor,
    query: ListQuery,
    total: Option<u32>,
    is_over: bool,
    /// Each session has one download at a time, at each instance.
    _turn: Turn<TokenHash>,
}

impl CardExporter {
    /// Counts, and records the export, whose address says what was asked. More cards than
    /// `most`, where it is said, are not begun with.
    pub(crate) async fn begin(
        ctx: RequestContext,
        query: CardQuery,
        address: String,
        most: Option<u32>,
    ) -> Result<Self, ServiceError> {
        let actor = ctx.require_legal_person().await?;
        let turn = ctx.service.exports.take(actor.token);
        let turn = turn.ok_or(ErrorCode::ExportRuns)?;
        let (_sort, query) = list::translate(
            CardQuery {
                rows: None,
                cursor: None,
                ..query
            },
            ctx.request.now,
        )?;
        let store = &ctx.service.store;
        let first = ListQuery {
            page_size: 1,
            count_limit: most.unwrap_or(query.count_limit),
            ..query.clone()
        };
        let counted = store.list_cards(actor.enterprise, &first).await?;
        if most.is_some() && counted.total_is_lower_bound {
            return Err(ErrorCode::ExportTooLong.into());
        }
        let facts = EventFacts {
            export: Some(address),
            ..EventFacts::default()
        };
        let event = NewEvent {
            enterprise: Some(actor.enterprise),
            actor: Some(actor.card),
            facts: Some(facts.to_json()?),
            ..ctx.event(EventAct::Export, EventOutcome::Done)
        };
        store.record_event(event).await?;
        Ok(Self {
            total: (!counted.total_is_lower_bound).then_some(counted.total),
            query: ListQuery {
                page_size: PART,
                ..query
            },
            actor,
            is_over: false,
            _turn: turn,
            ctx,
        })
    }

    /// How many cards will follow, unless they are too many to be counted.
    pub(crate) const fn total(&self) -> Option<u32> {
        self.total
    }

    /// The next rows; `None` at the end.
    ///
    /// # Errors
    ///
    /// [`ServiceError`], also that the session is over by now: nothing more is given.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Cells>>, ServiceError> {
        if self.is_over {
            return Ok(None);
        }
        self.ctx.request.now = self.ctx.service.clock.now();
        self.ctx.is_still_legal_person().await?;
        let store = &self.ctx.service.store;
        let page = store.list_cards(self.actor.enterprise, &self.query).await?;
        self.is_over = page.next.is_none();
        self.query.cursor = page.next;
        let rows = page.rows.into_iter();
        let cells = rows.map(|record| Ok(cells(view::row(&self.ctx, record, None)?)));
        Ok(Some(cells.collect::<Result<_, ServiceError>>()?))
    }
}

/// A row as the list shows it: 证件编号 masked, times in Beijing's.
fn cells(row: CardRow) -> Cells {
    let end = row.certificate.as_ref();
    [
        row.operator_no.0,
        row.holder_name,
        row.id_number_masked,
        row.card_no.map_or_else(String::new, |number| number.0),
        String::from(names::state(row.state.name())),
        end.map_or_else(String::new, |view| dates::day(view.validity.not_after)),
        row.last_login_at.map_or_else(String::new, dates::minute),
    ]
}
