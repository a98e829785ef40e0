//! Downloads of a list, as the query in the address finds it: CSV, which is streamed
//! a part at a time, and a workbook, which is made as a whole and bounded. The
//! download is an event, written before its first byte.

use app::{
    api::{
        ErrorCode,
        model::{CardQuery, Sort, StateFilter},
        needs::Need,
    },
    text::{Language, Text, list as text},
};
use axum::{
    Extension,
    body::Body,
    extract::{OriginalUri, Query, State, rejection::QueryRejection},
    response::{IntoResponse as _, Response},
};
use card_domain::Menu;
use futures_util::stream;
use serde::Deserialize;

use super::{
    AppState, errors,
    export::{cut_off, name_file, total_rows},
};
use crate::{
    audit::export::{CsvWriter, workbook},
    cards::{CardExporter, Cells},
    context::{RequestContext, RequestInfo},
};

/// The most cards of a workbook, which is in memory until it is sent. CSV has no end.
const MOST_IN_A_WORKBOOK: u32 = 20_000;

/// What stands in the address: what a list's own address has, and the list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CardsAddress {
    menu: String,
    card_no: Option<String>,
    name: Option<String>,
    id: Option<String>,
    state: Option<StateFilter>,
    needs: Option<Need>,
    sort: Option<Sort>,
}

impl CardsAddress {
    fn query(self) -> Result<CardQuery, ErrorCode> {
        Ok(CardQuery {
            menu: Menu::from_slug(&self.menu).ok_or(ErrorCode::BadRequest)?,
            card_no: self.card_no,
            holder_name: self.name,
            id_token: self.id,
            state: self.state,
            needs: self.needs,
            sort: self.sort,
            rows: None,
            cursor: None,
        })
    }
}

type Address = Result<Query<CardsAddress>, QueryRejection>;

async fn begin(
    state: AppState,
    info: RequestInfo,
    uri: &OriginalUri,
    address: Address,
    most: Option<u32>,
) -> Result<CardExporter, ErrorCode> {
    // A file would stay at the terminal for whoever comes next.
    if info.is_terminal {
        return Err(ErrorCode::NotAllowed);
    }
    let Ok(Query(address)) = address else {
        return Err(ErrorCode::BadRequest);
    };
    let query = address.query()?;
    let ctx = RequestContext::new(state.service, info);
    let begun = CardExporter::begin(ctx, query, uri.to_string(), most).await;
    begun.map_err(|error| error.code())
}

/// `GET` of the list as CSV.
pub(super) async fn csv(
    State(state): State<AppState>,
    Extension(info): Extension<RequestInfo>,
    uri: OriginalUri,
    address: Address,
) -> Response {
    let id = info.client.request_id.clone();
    let exporter = match begin(state, info, &uri, address, None).await {
        Ok(exporter) => exporter,
        Err(code) => return errors::response(code, &id),
    };
    let total = exporter.total().map(u64::from);
    let head = format!("{}{}", CsvWriter::MARK, CsvWriter::row(headings()));
    // The rows are made as they are sent, when the request is over.
    let language = Language::current();
    let parts = stream::try_unfold(
        (exporter, Some(head)),
        move |(mut exporter, head)| async move {
            match language.scope(exporter.next()).await {
                Ok(Some(rows)) => {
                    let mut part = head.unwrap_or_default();
                    for row in &rows {
                        part.push_str(&CsvWriter::row(row.iter().map(String::as_str)));
                    }
                    Ok(Some((part, (exporter, None))))
                }
                Ok(None) => Ok(None),
                Err(error) => Err(cut_off(&error)),
            }
        },
    );
    let mut response = Body::from_stream(parts).into_response();
    let headers = response.headers_mut();
    name_file(
        headers,
        "text/csv; charset=utf-8",
        "cards.csv",
        &text::CSV_NAME,
    );
    total_rows(headers, total);
    response
}

/// `GET` of the list as a workbook.
pub(super) async fn xlsx(
    State(state): State<AppState>,
    Extension(info): Extension<RequestInfo>,
    uri: OriginalUri,
    address: Address,
) -> Response {
    let id = info.client.request_id.clone();
    let most = Some(MOST_IN_A_WORKBOOK);
    let mut exporter = match begin(state, info, &uri, address, most).await {
        Ok(exporter) => exporter,
        Err(code) => return errors::response(code, &id),
    };
    let mut rows: Vec<Cells> = Vec::new();
    loop {
        match exporter.next().await {
            Ok(Some(more)) => rows.extend(more),
            Ok(None) => break,
            Err(error) => return errors::response(error.code(), &id),
        }
        // Cards may have been added since they were counted.
        if rows.len() > MOST_IN_A_WORKBOOK as usize {
            return errors::response(ErrorCode::ExportTooLong, &id);
        }
    }
    let (sheet, headings) = (text::SHEET.here(), headings());
    let made = tokio::task::spawn_blocking(move || {
        let rows = rows.iter().map(|row| row.iter().map(String::as_str));
        workbook(sheet, &headings, rows)
    });
    let file = match made.await {
        Ok(Ok(file)) => file,
        Ok(Err(error)) => return not_made(&error, &id),
        Err(error) => return not_made(&error, &id),
    };
    let mut response = Body::from(file).into_response();
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    name_file(response.headers_mut(), kind, "cards.xlsx", &text::XLSX_NAME);
    response
}

/// The headings of both.
fn headings() -> [&'static str; text::COLUMNS.len()] {
    text::COLUMNS.map(Text::here)
}

fn not_made(error: &(dyn std::error::Error + 'static), id: &str) -> Response {
    tracing::error!(error, "a workbook was not made");
    errors::response(ErrorCode::Internal, id)
}
