//! The bridge's settings: which origins are allowed, with the keys of their
//! servers, where a PIN is typed, and who asks before something is signed. One TOML file
//! that only its user can read; unknown keys are errors. Whoever installs the bridge may
//! allow origins for all users of the machine in a file of their own ([`Settings`]).

mod machine;

use std::{
    fs, io,
    io::Write as _,
    num::NonZeroU32,
    path::{Path, PathBuf},
    time::Duration,
};

use card_operations::{
    key::{ProgramKey, Server},
    lifetime::Limits,
};
use card_protocol::bridge::PinEntry;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub use self::machine::Settings;
use crate::{confirm::ConfirmSetting, origin::Origin, paths::NoFolder};

/// The settings' file within their folder.
pub const FILE: &str = "config.toml";

/// The settings.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where a PIN is typed: `page`, `dialog` or `pin_pad`.
    #[serde(default = "page")]
    pub pin_entry: PinEntry,
    /// The program of the dialogs, for a PIN and before a signature.
    #[serde(default = "pinentry")]
    pub pinentry: PathBuf,
    /// Who asks before something is signed: `auto`, `window` or `page`.
    #[serde(default)]
    pub confirm: ConfirmSetting,
    /// Only readers whose name contains one of these words are offered; none
    /// of them means every reader. For machines with a reader that is no
    /// business of this product's.
    #[serde(default)]
    pub readers: Vec<String>,
    /// So many seconds after its last use a card is verified no more.
    #[serde(default = "verified_idle_seconds")]
    pub verified_idle_seconds: NonZeroU32,
    /// So many seconds after its PIN was typed a card is verified no more,
    /// however much it is used.
    #[serde(default = "verified_seconds")]
    pub verified_seconds: NonZeroU32,
    /// How many wrong PINs the pages of one origin may have tried in an hour, on
    /// all cards together.
    #[serde(default = "wrong_pins_per_hour")]
    pub wrong_pins_per_hour: NonZeroU32,
    /// The allowed origins.
    #[serde(default)]
    pub origin: Vec<Allowed>,
}

/// An allowed origin.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Allowed {
    /// The pages that may use the bridge.
    pub origin: Origin,
    /// Who signs their grants, what their cards may sign, and their programs.
    pub program_key: ProgramKey,
    /// Who signs the programs of 制卡; `None` where no card is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enrol_key: Option<ProgramKey>,
}

impl Allowed {
    /// Whose word counts for those pages.
    #[must_use]
    pub fn server(&self) -> Server<'_> {
        Server {
            origin: self.origin.as_str(),
            key: &self.program_key,
        }
    }
}

/// Why settings could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The user has no folder for them.
    #[error(transparent)]
    NoFolder(#[from] NoFolder),
    /// The file system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Not what belongs there.
    #[error("{}: {source}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Line, column and reason.
        source: Box<toml::de::Error>,
    },
    /// Should never be: all settings have a TOML form.
    #[error("settings can't be written: {0}")]
    Unwritable(#[from] toml::ser::Error),
}

impl Default for Config {
    fn default() -> Self {
        Self {
            pin_entry: page(),
            pinentry: pinentry(),
            confirm: ConfirmSetting::default(),
            readers: Vec::new(),
            verified_idle_seconds: verified_idle_seconds(),
            verified_seconds: verified_seconds(),
            wrong_pins_per_hour: wrong_pins_per_hour(),
            origin: Vec::new(),
        }
    }
}

const fn verified_idle_seconds() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(5 * 60 - 1)
}

const fn verified_seconds() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(30 * 60 - 1)
}

const fn wrong_pins_per_hour() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(10 - 1)
}

const fn page() -> PinEntry {
    PinEntry::Page
}

/// On Windows the one that is installed beside the bridge; a program is looked
/// for there first.
fn pinentry() -> PathBuf {
    PathBuf::from(if cfg!(windows) {
        "card-bridge-pinentry"
    } else {
        "pinentry"
    })
}

impl Config {
    /// Reads the settings in `folder`; none there are the defaults.
    ///
    /// # Errors
    /// [`ConfigError::Io`], [`ConfigError::Malformed`].
    pub fn load(folder: &Path) -> Result<Self, ConfigError> {
        Ok(read(&folder.join(FILE))?.unwrap_or_default())
    }

    /// Writes the settings into `folder`, all or nothing, readable by this
    /// user only.
    ///
    /// # Errors
    /// [`ConfigError::Io`], [`ConfigError::Unwritable`].
    pub fn save(&self, folder: &Path) -> Result<(), ConfigError> {
        let text = toml::to_string(self)?;
        let fresh = folder.join(".config.toml.new");
        let fail = |path: &Path| {
            let path = path.to_owned();
            move |source| ConfigError::Io { path, source }
        };
        fs::create_dir_all(folder).map_err(fail(folder))?;
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&fresh).map_err(fail(&fresh))?;
        file.write_all(text.as_bytes()).map_err(fail(&fresh))?;
        file.sync_all().map_err(fail(&fresh))?;
        let path = folder.join(FILE);
        fs::rename(&fresh, &path).map_err(fail(&path))
    }

    /// The entry of the origin that a browser sent.
    #[must_use]
    pub fn allowed(&self, origin: &str) -> Option<&Allowed> {
        self.origin
            .iter()
            .find(|allowed| allowed.origin.as_str() == origin)
    }

    /// How long a card stays verified.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let seconds = |seconds: NonZeroU32| Duration::from_secs(seconds.get().into());
        Limits {
            idle: seconds(self.verified_idle_seconds),
            absolute: seconds(self.verified_seconds),
        }
    }

    /// Whether an origin that is not allowed may be told that a bridge is here:
    /// while none is allowed yet, and where only scheme or port differ from one
    /// that is. Everybody else's page is none of ours and learns nothing.
    #[must_use]
    pub fn may_be_told(&self, origin: &str) -> bool {
        let mut allowed = self.origin.iter();
        self.origin.is_empty() || allowed.any(|allowed| allowed.origin.has_host_of(origin))
    }

    /// Allows an origin, or gives an allowed one another key.
    pub fn allow(&mut self, allowed: Allowed) {
        self.disallow(&allowed.origin);
        self.origin.push(allowed);
    }

    /// Takes an origin off the list; false if it was not on it.
    pub fn disallow(&mut self, origin: &Origin) -> bool {
        let before = self.origin.len();
        self.origin.retain(|allowed| allowed.origin != *origin);
        self.origin.len() < before
    }
}

/// A TOML file; `None` if there is none.
fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, ConfigError> {
    match fs::read_to_string(path) {
        Ok(text) => toml::from_str(&text)
            .map(Some)
            .map_err(|source| ConfigError::Malformed {
                path: path.to_owned(),
                source: Box::new(source),
            }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ConfigError::Io {
            path: path.to_owned(),
            source,
        }),
    }
}

#[cfg(test)]
mod tests {
    use p256::ecdsa::SigningKey;

    use super::{Allowed, Config, FILE};
    use card_operations::key::ProgramKey;

    fn allowed(origin: &str) -> Allowed {
        let key = SigningKey::from_slice(&[7; 32]).unwrap();
        Allowed {
            origin: origin.parse().unwrap(),
            program_key: ProgramKey::new(*key.verifying_key()),
            enrol_key: None,
        }
    }

    #[test]
    fn is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Config::load(folder.path()).unwrap(), Config::default());
        let mut config = Config::default();
        config.allow(allowed("https://cards.example"));
        config.allow(allowed("https://other.example"));
        config.save(folder.path()).unwrap();
        let read = Config::load(folder.path()).unwrap();
        assert_eq!(read, config);
        assert!(read.allowed("https://cards.example").is_some());
        assert!(read.allowed("https://cards.example/").is_none());
        config.allow(allowed("https://cards.example"));
        assert_eq!(config.origin.len(), 2);
        assert!(config.disallow(&"https://cards.example".parse().unwrap()));
        assert!(!config.disallow(&"https://cards.example".parse().unwrap()));
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        Config::default().save(folder.path()).unwrap();
        let mode = std::fs::metadata(folder.path().join(FILE)).unwrap();
        assert_eq!(mode.permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn unknown_keys_are_errors_that_name_the_key() {
        let folder = tempfile::tempdir().unwrap();
        for text in [
            "colour = 1",
            "[[origin]]\norigin = \"https://a.example\"\ncolour = 1",
        ] {
            std::fs::write(folder.path().join(FILE), text).unwrap();
            let error = Config::load(folder.path()).unwrap_err().to_string();
            assert!(error.contains("colour"), "{error}");
        }
    }
}
