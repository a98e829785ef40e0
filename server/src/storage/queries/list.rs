//! A page of operator cards, in one statement: the rows by keyset, the count
//! up to its limit, and whether anything lies on the other side.

mod statement;

use card_domain::EnterpriseId;

use self::statement::{PageCursor, Statement};
use crate::storage::{
    CardList, CardRecord, Direction, ListCursor, ListQuery, Order, Position, SqlStore, StoreError,
    connection::Connection, rows::card::card, value::arguments,
};

impl SqlStore {
    /// A page of the enterprise's operator cards.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn list_cards(
        &self,
        enterprise: EnterpriseId,
        query: &ListQuery,
    ) -> Result<CardList, StoreError> {
        let mut reader = self.reader().await?;
        let connection = &mut reader.connection();
        let place = PageCursor::from(query.cursor.as_ref());
        if let Some(list) = at(connection, enterprise, query, place).await? {
            return Ok(list);
        }
        if let Some(direction) = place.position.map(|_position| place.direction) {
            let nearest = PageCursor {
                direction: match direction {
                    Direction::After => Direction::Before,
                    Direction::Before => Direction::After,
                },
                position: None,
            };
            if let Some(list) = at(connection, enterprise, query, nearest).await? {
                return Ok(list);
            }
        }
        let any = connection
            .fetch(
                "SELECT 1 FROM cards WHERE enterprise_id = $1 AND role = 'operator' LIMIT 1",
                arguments![enterprise],
            )
            .await?;
        Ok(CardList {
            rows: Vec::new(),
            previous: None,
            next: None,
            total: 0,
            total_is_lower_bound: false,
            any_operator: any.is_some(),
        })
    }
}

/// The page at a place; nothing when no row is there.
async fn at(
    connection: &mut Connection<'_>,
    enterprise: EnterpriseId,
    query: &ListQuery,
    place: PageCursor<'_>,
) -> Result<Option<CardList>, StoreError> {
    let statement = Statement::new(enterprise, query, place, connection.dialect());
    let (sql, values) = statement.finish();
    let rows = connection.fetch_all(sql, &values).await?;
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let counted: u32 = first.get("matches")?;
    let beyond: bool = first.get("beyond")?;

    let size = usize::try_from(query.page_size).unwrap_or(usize::MAX);
    let more = rows.len() > size;
    let mut found = rows
        .iter()
        .take(size)
        .map(|row| Ok((card(row)?, row.optional("order_key")?)))
        .collect::<Result<Vec<_>, StoreError>>()?;
    let (before, after) = match place.direction {
        Direction::After => (beyond, more),
        Direction::Before => {
            found.reverse();
            (more, beyond)
        }
    };
    let cursor = |direction, row: Option<&(CardRecord, Option<i64>)>| {
        row.and_then(|(card, key)| position(query.order, card, *key))
            .map(|position| ListCursor {
                direction,
                position,
            })
    };
    let previous = cursor(Direction::Before, found.first()).filter(|_cursor| before);
    let next = cursor(Direction::After, found.last()).filter(|_cursor| after);
    Ok(Some(CardList {
        previous,
        next,
        rows: found.into_iter().map(|(card, _key)| card).collect(),
        total: counted.min(query.count_limit),
        total_is_lower_bound: counted > query.count_limit,
        any_operator: true,
    }))
}

/// Where a row stands.
fn position(order: Order, card: &CardRecord, key: Option<i64>) -> Option<Position> {
    Some(Position {
        key: key.filter(|_key| !order.is_by_number()),
        operator_no: card.holder.operator_no()?.0.clone(),
    })
}

#[cfg(test)]
mod tests;
