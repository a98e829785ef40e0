//! Acts on SQLite. An act is four statements, and a trip to the connection's
//! thread costs as much as they do: so they go in one script, and the acts
//! that wait together go as one script of up to 32 times the four. In each,
//! `changes()` is how many rows the statement before changed.

use std::{fmt::Write as _, sync::LazyLock};

use futures_util::TryStreamExt as _;
use sqlx::{Either, Executor as _, SqliteConnection};

use crate::storage::{
    Act, StoreError,
    connection::{Applied, bound},
    error::corrupt,
    rows::{
        act::{ACT_VALUES, bind, body, change_of_card},
        event::event_columns,
    },
};

/// The script of one act.
const SCRIPT: &str = concat!(
    "DELETE FROM nonces WHERE hash = $21 AND kind = 'act' AND session_hash = $12 \
     AND card_id = $8 AND expires_at >= $13; ",
    change_of_card!(),
    " AND changes() = 1; INSERT INTO events (",
    event_columns!(),
    ") SELECT $1, $2, $3, $4, $5, $6, $7 WHERE changes() = 1; \
     UPDATE cards SET state_event = last_insert_rowid() WHERE id = $8 AND changes() = 1; "
);

/// The same of an act whose nonce is taken already.
const CHANGE: &str = concat!(
    change_of_card!(),
    "; INSERT INTO events (",
    event_columns!(),
    ") SELECT $1, $2, $3, $4, $5, $6, $7 WHERE changes() = 1; \
     UPDATE cards SET state_event = last_insert_rowid() WHERE id = $8 AND changes() = 1; "
);

/// The statements of [`SCRIPT`].
const STATEMENTS: usize = 4;

/// The placeholders of [`SCRIPT`]: those of every act, and the nonce.
const VALUES: usize = ACT_VALUES + 1;

/// The numbers of acts for which there is a script; few, so that each stays
/// prepared.
const SIZES: [usize; 3] = [32, 8, 1];

static SCRIPTS: LazyLock<[String; SIZES.len()]> =
    LazyLock::new(|| SIZES.map(|size| (0..size).map(script).collect()));

/// The script of the act at `place` among those that go together: the same
/// with other placeholders.
fn script(place: usize) -> String {
    let mut parts = SCRIPT.split('$');
    let mut script = String::from(parts.next().unwrap_or_default());
    for part in parts {
        let end = part
            .find(|character: char| !character.is_ascii_digit())
            .unwrap_or(part.len());
        let (number, rest) = part.split_at(end);
        let number: usize = number.parse().unwrap_or_default();
        let _infallible = write!(script, "${}{rest}", number + place * VALUES);
    }
    script
}

/// Applies an act by itself.
pub(in crate::storage) async fn apply_one(
    connection: &mut SqliteConnection,
    act: &Act,
) -> Result<Applied, StoreError> {
    let applied = apply(connection, &[act]).await?;
    applied
        .into_iter()
        .next()
        .ok_or(corrupt("the results of acts"))
}

/// Changes the card of an act whose nonce is taken, and writes the event; gives its
/// number, none where the card is not as it was seen.
pub(in crate::storage) async fn change(
    connection: &mut SqliteConnection,
    act: &Act,
) -> Result<Option<i64>, StoreError> {
    let body = body(act)?;
    let mut all = Vec::with_capacity(ACT_VALUES);
    bind(act, &body, &mut all);
    let mut results = connection.fetch_many(bound(CHANGE, &all));
    let mut event = None;
    let mut finished = 0;
    while let Some(result) = results.try_next().await? {
        let Either::Left(done) = result else {
            return Err(corrupt("the results of acts"));
        };
        if finished == 1 && done.rows_affected() == 1 {
            event = Some(done.last_insert_rowid());
        }
        finished += 1;
    }
    Ok(event)
}

/// Applies acts in their order; gives what became of each.
pub(super) async fn apply(
    connection: &mut SqliteConnection,
    acts: &[&Act],
) -> Result<Vec<Applied>, StoreError> {
    let mut applied = Vec::with_capacity(acts.len());
    let mut waiting = acts;
    for (size, script) in SIZES.into_iter().zip(SCRIPTS.iter()) {
        while let Some((together, rest)) = waiting.split_at_checked(size) {
            run(connection, script, together, &mut applied).await?;
            waiting = rest;
        }
    }
    if applied.len() == acts.len() {
        Ok(applied)
    } else {
        Err(corrupt("the results of acts"))
    }
}

async fn run(
    connection: &mut SqliteConnection,
    script: &'static str,
    acts: &[&Act],
    applied: &mut Vec<Applied>,
) -> Result<(), StoreError> {
    let bodies: Vec<Vec<u8>> = acts.iter().map(|act| body(act)).collect::<Result<_, _>>()?;
    let mut all = Vec::with_capacity(acts.len() * VALUES);
    for (act, body) in acts.iter().zip(&bodies) {
        bind(act, body, &mut all);
        all.push(act.signed.nonce_hash().as_slice().into());
    }
    let mut results = connection.fetch_many(bound(script, &all));
    let mut finished = 0;
    while let Some(result) = results.try_next().await? {
        let Either::Left(done) = result else {
            return Err(corrupt("the results of acts"));
        };
        let changed = done.rows_affected() == 1;
        match finished % STATEMENTS {
            0 => applied.push(Applied {
                nonce_taken: changed,
                event: None,
            }),
            // RETURNING would build a table for its one row.
            2 if changed => {
                let act = applied.last_mut().ok_or(corrupt("the results of acts"))?;
                act.event = Some(done.last_insert_rowid());
            }
            _ => {}
        }
        finished += 1;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{SCRIPT, VALUES, script};

    #[test]
    fn each_act_has_placeholders_of_its_own() {
        assert_eq!(script(0), SCRIPT);
        let second = script(1);
        let nonce = format!("hash = ${} AND", 2 * VALUES);
        assert!(second.contains(&nonce), "{second}");
        for number in 1..=VALUES {
            let placeholder = format!("${}", number + VALUES);
            assert!(second.contains(&placeholder), "{placeholder}");
        }
    }
}
