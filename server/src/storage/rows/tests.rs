//! A row finds its columns by name: of two columns with one name it would read
//! the last, and the first would never be missed.

use std::collections::HashSet;

use sqlx::Statement as _;
use sqlx::{Column, Connection as _, Executor as _, SqlSafeStr as _, SqliteConnection};

use super::{
    card::select_card,
    enrolment::select_enrolment,
    event::select_event,
    nonce::nonce_columns,
    operation::{select_batch, select_operation},
    session::select_session,
};
use crate::storage::migrations;

const SELECTS: [&str; 7] = [
    select_card!(""),
    select_enrolment!(""),
    select_event!(""),
    concat!("SELECT ", nonce_columns!(), " FROM nonces"),
    select_operation!(""),
    select_batch!(""),
    select_session!(""),
];

#[tokio::test]
async fn no_two_columns_of_a_row_have_one_name() {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    migrations::sqlite().run(&mut connection).await.unwrap();
    for sql in SELECTS {
        let statement = connection.prepare(sql.into_sql_str()).await.unwrap();
        let names: Vec<_> = statement.columns().iter().map(Column::name).collect();
        let different: HashSet<_> = names.iter().collect();
        assert!(names.len() > 5, "{sql}: {names:?}");
        assert_eq!(names.len(), different.len(), "{sql}: {names:?}");
    }
}
