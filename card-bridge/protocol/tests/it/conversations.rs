//! Runs every conversation in `tests/conversations`: each step's operation has
//! to send exactly the bytes that are written there, and to make of the answers
//! what is written there. One test for each file, and one that counts them.

use std::{fs, path::Path};

use crate::{
    operations,
    script::{Conversation, ScriptedCard},
};

fn directory() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conversations")
}

fn hold(name: &str) {
    let text = fs::read_to_string(directory().join(name).with_extension("toml")).unwrap();
    let conversation: Conversation = toml::from_str(&text).unwrap();
    let failures: Vec<String> = conversation
        .step
        .iter()
        .filter_map(|step| {
            let mut card = ScriptedCard::new(&step.apdus);
            let outcome = operations::outcome(&step.run, &mut card);
            let problem = match outcome {
                Err(reason) => reason,
                Ok(outcome) if outcome != step.outcome => {
                    format!("{outcome}\n instead of {}", step.outcome)
                }
                Ok(_) if !card.expects_no_more() => "not everything was sent".to_owned(),
                Ok(_) => return None,
            };
            Some(format!("{}: {problem}", step.name))
        })
        .collect();
    assert!(failures.is_empty(), "{name}:\n{}", failures.join("\n"));
}

files_held!(exchange keys management pin read select write);
