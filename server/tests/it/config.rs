//! The configuration as the real program reads it: what is wrong with it is named, and
//! nothing is served.

use std::{fs, path::Path, process::Command};

use tempfile::TempDir;

/// Runs the real program.
fn server(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_server"))
        .arg("--data")
        .arg(folder)
        .args(arguments)
        .env_remove("IC_CARD_CONFIG")
        .env_remove("IC_CARD_DATABASE_URL")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), text)
}

#[test]
fn an_unknown_key_refuses_to_start_and_is_named() {
    let folder = TempDir::new().unwrap();
    let config = folder.path().join("config.toml");
    let origins = "origins = [\"http://127.0.0.1:8080\"]\n";
    for (text, named) in [
        ("[session]\nidle_minuts = 5\n", "idle_minuts"),
        ("databse = 1\n", "databse"),
        ("[session]\nidle_minutes = 0\n", "session.idle_minutes"),
    ] {
        fs::write(&config, format!("{origins}{text}")).unwrap();
        for command in [&["serve", "--listen", "127.0.0.1:0"][..], &["check-config"]] {
            let (good, text) = server(folder.path(), command);
            assert!(!good && text.contains(named), "{command:?}: {text}");
        }
    }
    fs::write(&config, origins).unwrap();
    let (good, text) = server(folder.path(), &["check-config"]);
    assert!(good, "{text}");
    let (good, text) = server(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    assert!(
        !good && text.contains("server init-keys"),
        "without keys: {text}"
    );
}
