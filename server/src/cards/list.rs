//! What a list is asked for, checked and put into the store's terms.

use app::api::{
    ErrorCode,
    model::{COUNT_LIMIT, CardQuery, Cursor, PAGE_SIZE, PAGE_SIZES, Sort, StateFilter},
    needs::Need,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use card_domain::{Menu, StateName, beijing::end_of_day_in, written};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    input::validate_text,
    keys::BlindIndex,
    service::ServiceError,
    storage::{CardNeed, IdNumberIndex, ListCursor, ListQuery, Order},
};

const MAX_CARD_NO: usize = 32;
const MAX_NAME: usize = 64;
const MAX_WRITTEN: usize = 256;
const MAX_CURSOR: usize = 512;

/// What stands in a cursor: the place, and the order in which it is one.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PageCursor {
    sort: Sort,
    at: ListCursor,
}

/// A field in the form that counts; one of which nothing is left asks for nothing.
fn field(
    text: Option<String>,
    most: usize,
    form: fn(&str) -> String,
) -> Result<Option<String>, ErrorCode> {
    let Some(text) = text else { return Ok(None) };
    // What is asked for may be written wider than it is, and is kept in the record of an
    // export as it was written.
    if text.chars().count() > MAX_WRITTEN {
        return Err(ErrorCode::BadRequest);
    }
    let text = form(&text);
    validate_text(&text, most)?;
    Ok((!text.is_empty()).then_some(text))
}

pub(super) fn encode_cursor(sort: Sort, at: ListCursor) -> Result<Cursor, ServiceError> {
    let json = serde_json::to_vec(&PageCursor { sort, at })?;
    Ok(Cursor(URL_SAFE_NO_PAD.encode(json)))
}

fn decode_cursor(sort: Sort, cursor: &Cursor) -> Option<ListCursor> {
    if cursor.0.len() > MAX_CURSOR {
        return None;
    }
    let json = URL_SAFE_NO_PAD.decode(&cursor.0).ok()?;
    let place: PageCursor = serde_json::from_slice(&json).ok()?;
    let by_number = matches!(sort, Sort::OperatorNoAsc | Sort::OperatorNoDesc);
    let fits = place.sort == sort
        && place.at.position.key.is_none() == by_number
        && validate_text(&place.at.position.operator_no, MAX_NAME).is_ok();
    fits.then_some(place.at)
}

/// A need in terms of what is stored.
fn needs(need: Need, now: Timestamp) -> CardNeed {
    match need {
        Need::Expired => CardNeed::EndedBefore(now),
        Need::Blocked => CardNeed::Blocked,
        Need::ExpiresIn7 | Need::ExpiresIn30 | Need::ExpiresIn90 => CardNeed::EndsWithin {
            from: now,
            until: end_of_day_in(need.days().unwrap_or_default(), now),
        },
    }
}

/// Checks a query and gives its order and its form for the store.
pub(super) fn translate(query: CardQuery, now: Timestamp) -> Result<(Sort, ListQuery), ErrorCode> {
    let bad = ErrorCode::BadRequest;
    let card_no = field(query.card_no, MAX_CARD_NO, written::number)?;
    let name = field(query.holder_name, MAX_NAME, written::key)?;
    let id_number = field(query.id_token, MAX_NAME, |token| token.trim().to_owned())?
        .map(|token| BlindIndex::from_token(&token).ok_or(bad))
        .transpose()?;
    // 卡状态 is a field of 综合查询 only.
    if query.state.is_some() && query.menu != Menu::History {
        return Err(bad);
    }
    let asked = card_no.is_some() || name.is_some() || id_number.is_some() || query.needs.is_some();
    let states = match query.state {
        Some(StateFilter::Only(state)) => vec![state],
        Some(StateFilter::All) => StateName::ALL.to_vec(),
        None if asked => query.menu.queried_states().to_vec(),
        None => vec![query.menu.default_state()],
    };
    let sort = query.sort.unwrap_or_else(|| match query.needs {
        // What ends first needs somebody first.
        Some(need) if need != Need::Blocked => Sort::ValidUntilAsc,
        _ => Sort::default_of(query.menu),
    });
    let cursor = query
        .cursor
        .map(|cursor| decode_cursor(sort, &cursor).ok_or(bad))
        .transpose()?;
    let page_size = query.rows.unwrap_or(PAGE_SIZE);
    if !PAGE_SIZES.contains(&page_size) {
        return Err(bad);
    }
    let query = ListQuery {
        states,
        card_no_prefix: card_no,
        name_contains: name,
        id_number: id_number.map(|index| IdNumberIndex(index.0)),
        needs: query.needs.map(|need| needs(need, now)),
        order: match sort {
            Sort::OperatorNoAsc => Order::OperatorNoAsc,
            Sort::OperatorNoDesc => Order::OperatorNoDesc,
            Sort::LastLoginDesc => Order::LastLoginDesc,
            Sort::LastLoginAsc => Order::LastLoginAsc,
            Sort::ValidUntilAsc => Order::ValidUntilAsc,
            Sort::ValidUntilDesc => Order::ValidUntilDesc,
        },
        cursor,
        page_size,
        count_limit: COUNT_LIMIT,
    };
    Ok((sort, query))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::{Direction, Position};

    fn at(query: CardQuery) -> Result<(Sort, ListQuery), ErrorCode> {
        translate(query, Timestamp::UNIX_EPOCH)
    }

    fn query(menu: Menu) -> CardQuery {
        CardQuery {
            menu,
            card_no: None,
            holder_name: None,
            id_token: None,
            state: None,
            needs: None,
            sort: None,
            rows: None,
            cursor: None,
        }
    }

    #[test]
    fn lists_begin_as_the_manual_has_it_and_queries_look_where_the_act_is_possible() {
        let states = |query| at(query).unwrap().1.states;
        assert_eq!(states(query(Menu::ReportLoss)), [StateName::Normal]);
        assert_eq!(states(query(Menu::CancelLoss)), [StateName::Lost]);
        let mut asked = query(Menu::ReportLoss);
        asked.holder_name = Some("张".into());
        assert_eq!(
            states(asked.clone()),
            [StateName::Normal, StateName::Frozen]
        );
        asked.holder_name = Some("  ".into());
        assert_eq!(states(asked), [StateName::Normal]);
        let (sort, history) = at(query(Menu::History)).unwrap();
        assert_eq!(
            (sort, history.order),
            (Sort::LastLoginDesc, Order::LastLoginDesc)
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let place = |key| ListCursor {
            direction: Direction::After,
            position: Position {
                key,
                operator_no: "0007".into(),
            },
        };
        let cursor = encode_cursor(Sort::OperatorNoAsc, place(None)).unwrap();
        let mut good = query(Menu::Freeze);
        good.cursor = Some(cursor.clone());
        assert_eq!(at(good).unwrap().1.cursor, Some(place(None)));
        let bad: [fn(&mut CardQuery); 10] = [
            |query| query.rows = Some(0),
            |query| query.rows = Some(1000),
            |query| query.card_no = Some("1".repeat(33)),
            |query| query.holder_name = Some("张\u{0}三".into()),
            |query| query.holder_name = Some("张".repeat(65)),
            |query| query.id_token = Some("11010119900307001X".into()),
            |query| query.state = Some(StateFilter::All),
            |query| query.cursor = Some(Cursor("%%".into())),
            |query| query.cursor = Some(Cursor("A".repeat(513))),
            |query| query.cursor = Some(Cursor(URL_SAFE_NO_PAD.encode("{}"))),
        ];
        for (position, change) in bad.into_iter().enumerate() {
            let mut query = query(Menu::Freeze);
            change(&mut query);
            assert_eq!(at(query).unwrap_err(), ErrorCode::BadRequest, "{position}");
        }
        let mut other_order = query(Menu::Freeze);
        other_order.cursor = Some(cursor);
        other_order.sort = Some(Sort::OperatorNoDesc);
        assert!(at(other_order).is_err());
        let mut wrong_kind = query(Menu::Freeze);
        wrong_kind.cursor = Some(encode_cursor(Sort::OperatorNoAsc, place(Some(3))).unwrap());
        assert!(at(wrong_kind).is_err());
    }
}
