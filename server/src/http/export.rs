//! Downloads of what is filtered: a table and a proof. Both are streamed, a
//! part at a time as fast as the client takes them, so that their size costs
//! no memory. The download is an event, written before its first byte. A terminal gets
//! none.

use app::{
    api::{
        ErrorCode,
        history::{Export, HistoryQuery},
    },
    text::{
        Language,
        history::{CSV_NAME, PROOF_NAME},
    },
};
use axum::{
    Extension,
    body::Body,
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use card_domain::{CardId, EventAct, EventOutcome, TimelineOf};
use futures_util::stream;
use jiff::Timestamp;
use serde::Deserialize;

use super::{AppState, errors};
use crate::{
    context::{RequestContext, RequestInfo},
    history::Exporter,
    service::ServiceError,
};

/// How many events follow: for whoever shows how far a download is.
const TOTAL_ROWS: HeaderName = HeaderName::from_static("x-total-rows");

/// What stands in the address.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ExportAddress {
    of: Option<String>,
    card: Option<CardId>,
    act: Option<String>,
    outcome: Option<String>,
    from: Option<i64>,
    to: Option<i64>,
}

impl ExportAddress {
    fn query(self) -> Result<HistoryQuery, ErrorCode> {
        let bad = ErrorCode::BadRequest;
        let time = |micros: Option<i64>| {
            let time = micros.map(Timestamp::from_microsecond);
            time.transpose().map_err(|_range| bad)
        };
        let of = match (self.of.as_deref(), self.card) {
            (None, None) => TimelineOf::Everything,
            (None, Some(card)) => TimelineOf::Card(card),
            (Some("legal_person"), None) => TimelineOf::LegalPerson,
            _ => return Err(bad),
        };
        let act = self.act.as_deref();
        let outcome = self.outcome.as_deref();
        Ok(HistoryQuery {
            of,
            act: act
                .map(|act| EventAct::from_name(act).ok_or(bad))
                .transpose()?,
            outcome: outcome
                .map(|outcome| EventOutcome::from_name(outcome).ok_or(bad))
                .transpose()?,
            from: time(self.from)?,
            to: time(self.to)?,
            cursor: None,
        })
    }
}

/// `GET` of the table: the events of a timeline as CSV, part by part.
pub(super) async fn csv(
    State(state): State<AppState>,
    Extension(info): Extension<RequestInfo>,
    address: Result<Query<ExportAddress>, QueryRejection>,
) -> Response {
    download(state, info, address, Export::Csv).await
}

/// `GET` of the proof file: the same events with what verifies them.
pub(super) async fn proof(
    State(state): State<AppState>,
    Extension(info): Extension<RequestInfo>,
    address: Result<Query<ExportAddress>, QueryRejection>,
) -> Response {
    download(state, info, address, Export::Proof).await
}

async fn download(
    state: AppState,
    info: RequestInfo,
    address: Result<Query<ExportAddress>, QueryRejection>,
    export: Export,
) -> Response {
    let id = info.client.request_id.clone();
    // A file would stay at the terminal for whoever comes next.
    if info.is_terminal {
        return errors::response(ErrorCode::NotAllowed, &id);
    }
    let Ok(Ok(query)) = address.map(|Query(address)| address.query()) else {
        return errors::response(ErrorCode::BadRequest, &id);
    };
    let ctx = RequestContext::new(state.service, info);
    let begun = Exporter::begin(ctx, &query, export).await;
    let exporter = match begun {
        Ok(exporter) => exporter,
        Err(error) => return errors::response(error.code(), &id),
    };
    let total = exporter.total();
    // The rows are made as they are sent, when the request is over.
    let language = Language::current();
    let parts = stream::try_unfold(exporter, move |mut exporter| async move {
        match language.scope(exporter.next()).await {
            Ok(Some(part)) => Ok(Some((part, exporter))),
            Ok(None) => Ok(None),
            Err(error) => Err(cut_off(&error)),
        }
    });
    let mut response = Body::from_stream(parts).into_response();
    let headers = response.headers_mut();
    let (kind, name) = match export {
        Export::Csv => ("text/csv; charset=utf-8", CSV_NAME),
        Export::Proof => ("application/jsonl", PROOF_NAME),
    };
    name_file(headers, kind, export.file(), &name);
    total_rows(headers, total);
    response
}

/// What a download says when it can't go on. The client sees one that was cut off,
/// which is no file.
pub(super) fn cut_off(error: &ServiceError) -> std::io::Error {
    let code = error.code();
    if code.wants_login() || code == ErrorCode::SessionLocked {
        tracing::info!(%error, "an export was cut off: its session ended or waits for its card");
    } else {
        tracing::error!(%error, "an export was cut off");
    }
    std::io::Error::other("the export was cut off")
}

/// Says what a download is and how the file is called (RFC 6266: a name for old
/// clients, and the real one).
pub(super) fn name_file(headers: &mut HeaderMap, kind: &'static str, plain: &str, name: &str) {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let disposition = format!(
        "attachment; filename=\"{plain}\"; filename*=UTF-8''{}",
        percent_encoded(name)
    );
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
}

/// Says how many rows follow, where that is known.
pub(super) fn total_rows(headers: &mut HeaderMap, total: Option<u64>) {
    if let Some(total) = total {
        headers.insert(TOTAL_ROWS, HeaderValue::from(total));
    }
}

/// A name as RFC 8187 has it.
fn percent_encoded(name: &str) -> String {
    let mut encoded = String::new();
    super::forms::push_encoded(&mut encoded, name);
    encoded
}
