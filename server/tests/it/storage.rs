//! The store, by one suite that runs on both databases. `cargo xtask test it`
//! brings the PostgreSQL.

mod acts;
mod batch;
pub(crate) mod database;
mod enrolments;
mod events;
mod firm;
mod lists;
mod nonces;
mod races;
mod sessions;
mod upkeep;
mod wall;

/// Runs each test on both databases.
macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                $crate::storage::database::on_sqlite(super::$test).await;
            })*
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                $crate::storage::database::on_postgres(super::$test).await;
            })*
        }
    };
}
use on_both;
