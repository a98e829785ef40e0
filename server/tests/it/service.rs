//! The whole service over HTTP, with a server on a port of its own and each
//! of the two databases behind it.

mod acts;
mod browser;
mod calls;
mod enroll;
mod freeze;
mod input;
mod kill;
mod login;
mod person;
mod wall;
mod world;

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
