//! `server backup` and `server restore` as people run them, on both databases, while
//! acts are done and after.

mod cut_off;
mod dump;
pub(crate) mod installation;
mod lied_to;
mod refused;

use std::{fs, path::Path, sync::atomic::Ordering};

use event_log::witness::{Witnessed, visit};
use serde_json::{Value, json};
use server::backup::Manifest;
use test_support::{
    database::{TestDatabase, on_both},
    service::Browser,
};

use self::installation::{Elsewhere, Installation, Load};

on_both!(
    a_backup_amid_acts_comes_back_whole,
    what_was_done_since_is_not_lost_in_silence,
);

/// How many backups are taken amid the acts.
const BACKUPS: u32 = 4;

async fn a_backup_amid_acts_comes_back_whole(database: TestDatabase) {
    let here = Installation::new(&database).await;
    let load = Load::begin(&here).await;
    for number in 0..BACKUPS {
        let before = load.done.load(Ordering::Relaxed);
        let folder = here.path(&format!("backup-{number}"));
        let (status, said) = here.run(&["backup", &folder, "--with-keys"]).await;
        assert_eq!(status, Some(0), "{said}");
        assert!(said.contains("the keys are in it"), "{said}");
        assert!(
            load.done.load(Ordering::Relaxed) > before,
            "nothing was done meanwhile"
        );
        let manifest = Manifest::read(folder.as_ref()).unwrap();
        let log = manifest.log.clone().unwrap();

        // The witness file is neither behind its log nor ahead of it.
        let mut witnessed = 0;
        let file = Path::new(&folder).join("witness.jsonl");
        visit(&file, &here.server.keys.audit.public(), |_number, line| {
            let Witnessed::Good(checkpoint, _) = line else {
                panic!("{line:?}");
            };
            witnessed = witnessed.max(checkpoint.size);
        })
        .unwrap();
        assert_eq!(witnessed, log.size);

        // Where nothing is yet. Nobody starts a server before it is verified.
        let there = Elsewhere::new(&database, "config.toml").await;
        let (status, said) = there.run(&["restore", &folder]).await;
        assert_eq!(status, Some(0), "{said}");
        assert!(
            said.contains(&format!("the log of {} events", log.size)),
            "{said}"
        );
        let (status, said) = there.verify(&[]).await;
        assert_eq!(status, Some(0), "{said}");
        assert!(!said.contains("FOUND"), "{said}");
        assert!(said.contains(&log.size.to_string()), "{said}");
        // It is not put back over itself.
        let (status, said) = there.run(&["restore", &folder]).await;
        assert_eq!(status, Some(2), "{said}");
        assert!(said.contains("is not empty"), "{said}");
        if number + 1 == BACKUPS {
            // And it goes on.
            let instance = there.start(&here).await;
            // Whoever was logged in is not: the session may have been ended since.
            let page = load.page.at(&instance.origin);
            let reply = page.call("/api/session", json!({})).await;
            assert_eq!(reply.good(), Value::Null);
            let browser = here.legal.log_in(&instance.origin).await;
            let act = here.legal.act(&browser, here.spare, "freeze").await;
            act.good();
            instance.stop().await;
            let (status, said) = there.verify(&[]).await;
            assert_eq!(status, Some(0), "{said}");
        }
        there.end().await;
    }
    let acts = load.end().await;
    assert!(acts > BACKUPS.into(), "{acts}");
    let left = fs::read_dir(here.folder()).unwrap();
    for entry in left {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(!name.contains("unfinished"), "{name}");
    }
}

/// The database was lost, the witness file was not: it knows what the backup does not.
async fn what_was_done_since_is_not_lost_in_silence(database: TestDatabase) {
    let here = Installation::new(&database).await;
    let folder = here.path("backup");
    let browser = Browser::new(here.server.origin());
    here.legal.try_log_in(&browser).await.good();
    here.settle().await;
    let (status, said) = here.run(&["backup", &folder]).await;
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("the keys are not in it"), "{said}");
    let size = Manifest::read(folder.as_ref()).unwrap().log.unwrap().size;
    for act in ["freeze", "unfreeze", "freeze"] {
        here.legal.act(&browser, here.spare, act).await.good();
    }
    here.settle().await;
    let witness = here.path("witness.jsonl");
    let known = fs::read(&witness).unwrap();

    let there = Elsewhere::new(&database, "config.toml").await;
    // Without keys there is nothing to go on with.
    let (status, said) = there.run(&["restore", &folder]).await;
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("bring the keys' own backup"), "{said}");
    there.take_keys(&here);
    fs::copy(&witness, there.path("witness.jsonl")).unwrap();
    let (status, said) = there.run(&["restore", &folder]).await;
    assert_eq!(status, Some(1), "{said}");
    assert!(
        said.contains(&format!("ends at {size} events")) && said.contains("3 events, done from"),
        "{said}"
    );
    assert!(there.is_empty().await, "something was put back");
    let (status, said) = there
        .run(&["restore", &folder, "--lose-newer-events"])
        .await;
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("3 events are lost"), "{said}");
    let (status, said) = there.verify(&[]).await;
    assert_eq!(status, Some(0), "{said}");
    // What proves the loss is kept, and says so.
    let kept = fs::read_dir(there.folder()).unwrap();
    let kept = kept
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_string_lossy().contains("witness.jsonl.lost-"))
        .unwrap();
    assert_eq!(fs::read(&kept).unwrap(), known);
    let kept = kept.to_str().unwrap();
    let (status, said) = there.verify(&["--witness", kept]).await;
    assert_eq!(status, Some(1), "{said}");
    // The log goes on from the backup, and its new witness file with it.
    let instance = there.start(&here).await;
    let browser = here.legal.log_in(&instance.origin).await;
    here.legal.act(&browser, here.spare, "freeze").await.good();
    instance.stop().await;
    let (status, said) = there.verify(&[]).await;
    assert_eq!(status, Some(0), "{said}");
    there.end().await;
}
