//! What somebody with a hand on a backup, or on what is there, has a restore take for
//! good: what was verified has to be what is put back.

use std::fs;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sqlx::{Connection as _, Executor as _, SqliteConnection};
use test_support::database::{TestDatabase, on_both, on_sqlite};

use super::installation::{Elsewhere, Installation};

on_both!(a_register_that_was_forged_in_its_place_is_not_called_good);

const FORGE: &str = "UPDATE cards SET holder_name = 'forged'";

async fn sql(file: &str, statements: &[&'static str]) -> SqliteConnection {
    let mut connection = SqliteConnection::connect(&format!("sqlite:{file}"))
        .await
        .unwrap();
    for statement in statements {
        connection.execute(*statement).await.unwrap();
    }
    connection
}

/// A journal beside the copy makes it read as it was, while the copy alone is forged.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_journal_beside_a_forged_copy_hides_nothing() {
    on_sqlite(the_copy_alone_is_put_back).await;
}

async fn the_copy_alone_is_put_back(database: TestDatabase) {
    let here = Installation::new(&database).await;
    here.settle().await;
    let folder = here.path("backup");
    let (status, said) = here.run(&["backup", &folder, "--with-keys"]).await;
    assert_eq!(status, Some(0), "{said}");
    let copy = format!("{folder}/database.sqlite");
    let draft = here.path("draft.sqlite");
    fs::copy(&copy, &draft).unwrap();
    let names = "CREATE TEMP TABLE names AS SELECT id, holder_name FROM cards";
    let back = "UPDATE cards SET holder_name = \
                (SELECT holder_name FROM names WHERE names.id = cards.id)";
    let statements = [
        names,
        FORGE,
        "PRAGMA journal_mode = WAL",
        "PRAGMA wal_autocheckpoint = 0",
        back,
    ];
    let open = sql(&draft, &statements).await;
    fs::copy(&draft, &copy).unwrap();
    fs::copy(format!("{draft}-wal"), format!("{copy}-wal")).unwrap();
    open.close().await.unwrap();
    let forged = fs::read(&copy).unwrap();
    let path = format!("{folder}/manifest.json");
    let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    for file in manifest["files"].as_array_mut().unwrap() {
        if file["path"] == "database.sqlite" {
            file["bytes"] = json!(forged.len());
            let digest: [u8; 32] = Sha256::digest(&forged).into();
            file["sha256"] = json!(card_protocol::hex::encode(&digest));
        }
    }
    fs::write(path, manifest.to_string()).unwrap();
    let there = Elsewhere::new(&database, "config.toml").await;
    let (status, said) = there.run(&["restore", &folder]).await;
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("nothing was put back"), "{said}");
    let left: Vec<_> = fs::read_dir(there.folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "config.toml")
        .collect();
    assert!(left.is_empty(), "{left:?}");
    there.end().await;
}

/// A restore that was cut off before its witness file is finished over what is there, and
/// says of that whether it is good.
async fn a_register_that_was_forged_in_its_place_is_not_called_good(database: TestDatabase) {
    let here = Installation::new(&database).await;
    here.settle().await;
    let folder = here.path("backup");
    let (status, said) = here.run(&["backup", &folder, "--with-keys"]).await;
    assert_eq!(status, Some(0), "{said}");
    let there = Elsewhere::new(&database, "config.toml").await;
    let (status, said) = there.run(&["restore", &folder]).await;
    assert_eq!(status, Some(0), "{said}");
    there.forge(FORGE).await;
    fs::remove_file(there.path("witness.jsonl")).unwrap();
    let (status, said) = there.run(&["restore", &folder]).await;
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("FOUND"), "{said}");
    there.end().await;
}
