//! A store that was opened to be read: it reads everything and writes nothing,
//! also from a disk that can't be written.

use card_domain::EventAct;
use std::{fs, io::ErrorKind, path::Path};

use server::{
    config::Database as Address,
    storage::{OpenError, StoreError, open_to_read},
};
use tempfile::TempDir;
use test_support::{
    database::{TestDatabase, on_both, on_postgres, on_sqlite, roles},
    service::{
        EnterpriseFixture,
        samples::{at, event},
    },
    small_disk::SmallDisk,
};

use crate::audit::log_fixture::{LogFixture, check, sentences};

on_both!(it_reads_what_is_written_meanwhile_and_writes_nothing);

async fn it_reads_what_is_written_meanwhile_and_writes_nothing(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    let reader = open_to_read(&Address::at(&database.url)).await.unwrap();
    let written = database
        .store
        .record_event(event(Some(enterprise.id), EventAct::Login));
    let written = written.await.unwrap();
    let read = reader.events(enterprise.id, None, None, 1).await.unwrap();
    assert_eq!(read[0].seq, written);
    let leaves = reader.leaves(written, written, 1).await.unwrap();
    assert_eq!(leaves.len(), 1);
    let refused = reader
        .record_event(event(Some(enterprise.id), EventAct::Login))
        .await;
    assert!(matches!(refused, Err(StoreError::ReadOnly)), "{refused:?}");
    reader.probe_read().await.unwrap();
    let refused = reader.probe_write(at(0)).await;
    assert!(matches!(refused, Err(StoreError::ReadOnly)), "{refused:?}");
    reader.close().await;
    // What is not there is not made.
    let elsewhere = if database.is_sqlite() {
        format!("{}.none", database.url)
    } else {
        let mark = if database.url.contains('?') { '&' } else { '?' };
        format!("{}{mark}options=-c%20search_path%3Dnowhere", database.url)
    };
    let error = open_to_read(&Address::at(&elsewhere))
        .await
        .map(drop)
        .unwrap_err();
    if database.is_sqlite() {
        assert!(matches!(error, OpenError::NoFile { .. }), "{error:?}");
    } else {
        assert!(
            matches!(error, OpenError::OtherVersion { found: 0, .. }),
            "{error:?}"
        );
    }
    assert!(!Path::new(elsewhere.trim_start_matches("sqlite:")).exists());
}

/// On PostgreSQL, a role that may `SELECT` and nothing else.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_role_that_may_only_select_verifies() {
    on_postgres(async |database| {
        let fixture = LogFixture::new(&database, 300).await;
        let (_service, server) = database.url.split_once('@').unwrap();
        let url = format!("postgres://{}@{server}", roles().verifier);
        let store = open_to_read(&Address::at(url)).await.unwrap();
        let report = check(&store, &fixture.options()).await;
        assert_eq!(sentences(&report), Vec::<String>::new());
        assert_eq!(report.signatures, 12);
        store.close().await;
    })
    .await;
}

/// The real thing: a file system that is mounted read-only.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_copy_on_a_read_only_disk_verifies() {
    on_sqlite(async |database| {
        let fixture = LogFixture::new(&database, 300).await;
        // Without root the copy lies where it could be written.
        let (disk, elsewhere) = (SmallDisk::mount(64), TempDir::new().unwrap());
        let folder = disk.as_ref().map_or(elsewhere.path(), SmallDisk::path);
        let copy = folder.join("copy?.db");
        // As it lies there while the server runs: a WAL database.
        database
            .raw("PRAGMA wal_checkpoint(TRUNCATE)")
            .await
            .unwrap();
        let source = database.url.trim_start_matches("sqlite:");
        fs::copy(source, &copy).unwrap();
        if let Some(disk) = &disk {
            disk.make_read_only();
            // A disk that can be written would show nothing.
            let refused = fs::write(folder.join("none"), "").unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::ReadOnlyFilesystem);
        }
        let url = format!("sqlite:{}", copy.display());
        let store = open_to_read(&Address::at(&url)).await.unwrap();
        let report = check(&store, &fixture.options()).await;
        assert_eq!(sentences(&report), Vec::<String>::new());
        assert!(report.events >= 300, "{report:?}");
        store.close().await;
        // What a crash left beside a copy belongs to it: without it nothing is said.
        if let Some(disk) = &disk {
            disk.make_writable();
            fs::write(format!("{}-wal", copy.display()), "not a journal").unwrap();
            disk.make_read_only();
            let opened = open_to_read(&Address::at(&url)).await.map(drop);
            assert!(
                matches!(opened, Err(OpenError::JournalBeside)),
                "{opened:?}"
            );
        }
    })
    .await;
}
