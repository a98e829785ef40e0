//! PostgreSQL's own programs: what they are told, and a dump that is put into a scratch
//! database to be verified.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use server::{
    backup::{BackupError, PostgresTools, Taking},
    config::{self, Config},
};
use test_support::{
    database::{TestDatabase, on_postgres},
    service::begin,
};

use super::installation::{Elsewhere, Installation, run, run_with};

const PASSWORD: &str = "p@ss w/rd&+%";
const ENCODED: &str = "p%40ss%20w%2Frd%26%2B%25";

/// Programs that note what they were called with, and then are the real ones.
fn noting(folder: &Path) -> String {
    let programs = folder.join("programs");
    fs::create_dir(&programs).unwrap();
    let log = folder.join("called");
    for name in ["pg_dump", "pg_restore"] {
        let script = format!(
            "#!/bin/sh\nprintf '%s [%s]\\n' \"$*\" \"$PGPASSWORD\" >> {log}\n\
             real=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)\n\
             exec \"$real/{name}\" \"$@\"\n",
            log = log.display()
        );
        let path = programs.join(name);
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    }
    programs.to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_password_stands_in_no_list_of_processes() {
    on_postgres(async |database: TestDatabase| {
        let here = Installation::new(&database).await;
        here.settle().await;
        let programs = noting(here.folder());
        let url = here
            .url()
            .replace("it_migrator@", &format!("it_migrator:{ENCODED}@"));
        assert_ne!(url, here.url());
        let folder = here.path("backup");
        let arguments = ["backup", &folder, "--with-keys", "--pg-bin", &programs];
        let (status, said) = run(here.folder(), &url, &arguments).await;
        assert_eq!(status, Some(0), "{said}");
        let there = Elsewhere::new(&database, "config.toml").await;
        let to = there
            .url
            .replace("it_migrator@", &format!("it_migrator:{ENCODED}@"));
        let arguments = ["restore", &folder, "--pg-bin", &programs];
        let (status, back) = run(there.folder(), &to, &arguments).await;
        assert_eq!(status, Some(0), "{back}");
        let called = fs::read_to_string(here.path("called")).unwrap();
        let (mut dumped, mut restored) = (0, 0);
        for line in called.lines() {
            let (arguments, password) = line.rsplit_once(" [").unwrap();
            assert!(
                !arguments.contains("p@ss") && !arguments.contains("p%40ss"),
                "{line}"
            );
            if arguments.contains("--snapshot") {
                dumped += 1;
                assert_eq!(password, format!("{PASSWORD}]"));
            } else if arguments.contains("--single-transaction") {
                restored += 1;
                assert_eq!(password, format!("{PASSWORD}]"));
            }
        }
        assert_eq!((dumped, restored), (1, 1), "{called}");
        for said in [said, back] {
            assert!(!said.contains("p@ss") && !said.contains("p%40ss"), "{said}");
        }
        there.end().await;
    })
    .await;
}

/// `libpq` understands more of the environment than the server, and it would lead the
/// password elsewhere.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_programs_go_where_the_server_goes() {
    on_postgres(async |database: TestDatabase| {
        let here = Installation::new(&database).await;
        here.settle().await;
        let elsewhere = [
            ("PGHOSTADDR", "127.0.0.9"),
            ("PGSERVICE", "elsewhere"),
            ("PGSERVICEFILE", "/nowhere"),
            ("PGTARGETSESSIONATTRS", "standby"),
        ];
        let folder = here.path("backup");
        let backup = ["backup", &folder, "--with-keys"];
        let (status, said) = run_with(here.folder(), &here.url(), &backup, &elsewhere).await;
        assert_eq!(status, Some(0), "{said}");
        let there = Elsewhere::new(&database, "config.toml").await;
        let restore = ["restore", &folder];
        let (status, said) = run_with(there.folder(), &there.url, &restore, &elsewhere).await;
        assert_eq!(status, Some(0), "{said}");
        there.end().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_dump_is_verified_in_a_scratch_database() {
    on_postgres(async |database: TestDatabase| {
        let here = Installation::new(&database).await;
        here.settle().await;
        let scratch = Elsewhere::new(&database, "config.toml").await;
        for number in 0..2 {
            let folder = here.path(&format!("backup-{number}"));
            let arguments = ["backup", &folder, "--verify-with", &scratch.url];
            let (status, said) = here.run(&arguments).await;
            assert_eq!(status, Some(0), "{said}");
            assert!(scratch.is_empty().await, "{number}");
        }
        // A program that says that it dumped and did not, or only some of it.
        let programs = noting(here.folder());
        for lie in [
            "exit 0",
            "exec pg_dump --schema-only \"$@\"",
            "echo no >&2; exit 1",
        ] {
            fs::write(format!("{programs}/pg_dump"), format!("#!/bin/sh\n{lie}\n")).unwrap();
            let folder = here.path("lied");
            let arguments = ["backup", &folder, "--pg-bin", &programs];
            let (status, said) = here.run(&arguments).await;
            assert_eq!(status, Some(2), "{lie}: {said}");
            assert!(!fs::exists(&folder).unwrap(), "{lie}");
        }
        // What has something in it is no scratch database: it would be emptied.
        let folder = here.path("wrong");
        let arguments = ["backup", &folder, "--verify-with", &here.url()];
        let (status, said) = here.run(&arguments).await;
        assert_eq!(status, Some(2), "{said}");
        assert!(said.contains("the scratch database is not empty"), "{said}");
        assert!(here.legal.try_log_in(&here.server.browser()).await.status == 200);
        // Nor is one in which somebody keeps a function and nothing else.
        scratch
            .forge("CREATE FUNCTION kept() RETURNS int LANGUAGE sql AS 'SELECT 1'")
            .await;
        let arguments = ["backup", &folder, "--verify-with", &scratch.url];
        let (status, said) = here.run(&arguments).await;
        assert_eq!(status, Some(2), "{said}");
        scratch.forge("SELECT kept()").await;
        scratch.end().await;
    })
    .await;
}

/// A program in `pg_dump`'s place.
fn instead(folder: &Path, script: &str) -> PathBuf {
    let programs = folder.join("instead");
    fs::create_dir_all(&programs).unwrap();
    let path = programs.join("pg_dump");
    fs::write(&path, format!("#!/bin/sh\n{script}")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    programs
}

/// The way falls silent where neither side notices: what writes nothing any more is
/// ended; what writes slowly is not.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_dump_that_goes_no_further_is_ended() {
    on_postgres(async |database: TestDatabase| {
        let here = Installation::new(&database).await;
        here.settle().await;
        let place = PathBuf::from(here.path("backup"));
        let config = Config {
            database: config::Database::at(here.url()),
            keys: PathBuf::from(here.path("keys")),
            ..Config::default()
        };
        let take = async |script: &str| {
            let tools = PostgresTools {
                folder: Some(instead(here.folder(), script)),
                patience: Duration::from_secs(2),
            };
            let taking = Taking {
                config: &config,
                config_file: &here.folder().join("config.toml"),
                place: &place,
                with_keys: false,
                scratch: None,
                tools: &tools,
            };
            let taken = taking.take(begin(), &mut |_| {}).await;
            assert!(!place.exists());
            taken.err()
        };
        let noted = here.path("id");
        let started = Instant::now();
        let error = take(&format!("echo $$ > {noted}\nexec sleep 300\n")).await;
        assert!(
            matches!(error, Some(BackupError::Silent { .. })),
            "{error:?}"
        );
        assert!(started.elapsed() < Duration::from_secs(30));
        let id = fs::read_to_string(&noted).unwrap();
        let status = format!("/proc/{}/status", id.trim());
        let runs =
            || fs::read_to_string(&status).is_ok_and(|status| !status.contains("Z (zombie)"));
        while runs() {
            assert!(
                started.elapsed() < Duration::from_secs(40),
                "it was not ended"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let slow = "for word; do [ \"$before\" = --file ] && file=$word; before=$word; done\n\
                    for time in 1 2 3 4 5 6 7 8; do sleep 0.5; echo more >> \"$file\"; done\n\
                    echo it grew >&2; exit 1\n";
        let error = take(slow).await;
        let Some(BackupError::Tool { said, .. }) = error else {
            panic!("{error:?}");
        };
        assert_eq!(said, "it grew");
    })
    .await;
}
