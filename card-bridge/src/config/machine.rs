//! Origins that are allowed for all users of a machine, by whoever installed the
//! bridge, beside those that a user allowed.

use std::path::PathBuf;

use serde::Deserialize;

use super::{Allowed, Config, ConfigError, read};

/// Where the settings come from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Settings {
    /// The user's folder.
    pub user: PathBuf,
    /// The machine's file of origins, which need not be there; `None` when only
    /// the user's folder counts.
    pub machine: Option<PathBuf>,
}

/// The machine's file: origins with their keys, and nothing else.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Machine {
    #[serde(default)]
    origin: Vec<Allowed>,
}

impl From<PathBuf> for Settings {
    /// A user's folder alone.
    fn from(user: PathBuf) -> Self {
        Self {
            user,
            machine: None,
        }
    }
}

impl Settings {
    /// The user's settings, and after them the machine's origins. An origin that
    /// the user allowed has the key that the user pinned: the machine's file may be
    /// older than the server's key.
    ///
    /// # Errors
    /// [`ConfigError::Io`], [`ConfigError::Malformed`].
    pub fn read(&self) -> Result<Config, ConfigError> {
        let mut config = Config::load(&self.user)?;
        let machine: Option<Machine> = match &self.machine {
            Some(file) => read(file)?,
            None => None,
        };
        for allowed in machine.into_iter().flat_map(|machine| machine.origin) {
            if config.allowed(allowed.origin.as_str()).is_none() {
                config.origin.push(allowed);
            }
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use p256::ecdsa::SigningKey;

    use super::*;
    use card_operations::key::ProgramKey;

    fn key(seed: u8) -> ProgramKey {
        ProgramKey::new(*SigningKey::from_slice(&[seed; 32]).unwrap().verifying_key())
    }

    fn entry(origin: &str, key: &ProgramKey) -> String {
        format!("[[origin]]\norigin = {origin:?}\nprogram_key = \"{key}\"\n")
    }

    #[test]
    fn the_machine_s_origins_are_allowed_beside_the_user_s() {
        let folder = tempfile::tempdir().unwrap();
        let machine = folder.path().join("origins.toml");
        let settings = Settings {
            user: folder.path().join("user"),
            machine: Some(machine.clone()),
        };
        assert_eq!(settings.read().unwrap(), Config::default());
        let both = entry("https://a.example", &key(1)) + &entry("https://b.example", &key(1));
        fs::write(&machine, both).unwrap();
        let mut of_user = Config::default();
        of_user.allow(Allowed {
            origin: "https://b.example".parse().unwrap(),
            program_key: key(2),
            enrol_key: None,
        });
        of_user.save(&settings.user).unwrap();
        let read = settings.read().unwrap();
        let key_of = |origin| &read.allowed(origin).unwrap().program_key;
        assert_eq!(*key_of("https://a.example"), key(1));
        assert_eq!(
            *key_of("https://b.example"),
            key(2),
            "the user's goes first"
        );
        assert_eq!(read.origin.len(), 2);
        // Who names a folder means that one.
        let alone = Settings::from(settings.user.clone()).read().unwrap();
        assert!(alone.allowed("https://a.example").is_none());
    }

    #[test]
    fn a_machine_s_file_that_says_more_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let machine = folder.path().join("origins.toml");
        fs::write(&machine, "pin_entry = \"page\"").unwrap();
        let settings = Settings {
            user: folder.path().to_owned(),
            machine: Some(machine.clone()),
        };
        let error = settings.read().unwrap_err().to_string();
        assert!(
            error.contains("origins.toml") && error.contains("pin_entry"),
            "{error}"
        );
    }
}
