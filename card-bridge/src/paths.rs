//! Where the bridge keeps what it keeps, on every system: the one place that
//! knows. A folder comes from the variables that the system sets for each of its
//! users; a relative one is none.
//!
//! | | settings | which programs ran | the machine's origins |
//! |---|---|---|---|
//! | Linux | `$XDG_CONFIG_HOME` or `~/.config` | `$XDG_STATE_HOME` or `~/.local/state` | `/etc/card-bridge/` |
//! | Windows | `%APPDATA%` | `%LOCALAPPDATA%` | beside the program |
//! | macOS | `~/Library/Application Support` | the same | `/Library/Application Support/card-bridge/` |
//!
//! On Linux and macOS a folder here is made for its user alone. On Windows those
//! two have the access list of the user's profile, which names the user, the
//! administrators and the system; what is made in them inherits it. The machine's
//! origins are not below `%PROGRAMDATA%`, where every user may make a folder before
//! the installer does: beside the program nobody writes who could not replace the
//! program itself.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

/// Our folder in each of those.
const OURS: &str = "card-bridge";

/// The file of the origins that whoever installed the bridge allowed.
pub const MACHINE_FILE: &str = "origins.toml";

/// The user's folder is not known.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{what} has no folder: set {variables}, or use {option}")]
pub struct NoFolder {
    what: &'static str,
    variables: &'static str,
    option: &'static str,
}

/// Where the settings are, unless said otherwise.
///
/// # Errors
/// [`NoFolder`]
pub fn settings_folder() -> Result<PathBuf, NoFolder> {
    SETTINGS.of_user(|variable| env::var_os(variable))
}

/// Where it is noted which programs ran, unless said otherwise.
///
/// # Errors
/// [`NoFolder`]
pub fn state_folder() -> Result<PathBuf, NoFolder> {
    STATE.of_user(|variable| env::var_os(variable))
}

/// The file of the origins that whoever installed the bridge allowed on this
/// machine, for all its users. It need not be there. `None` where the system does
/// not tell where the program lies.
#[must_use]
pub fn machine_file() -> Option<PathBuf> {
    let folder = if cfg!(windows) {
        env::current_exe().ok()?.parent()?.to_owned()
    } else if cfg!(target_os = "macos") {
        Path::new("/Library/Application Support").join(OURS)
    } else {
        Path::new("/etc").join(OURS)
    };
    Some(folder.join(MACHINE_FILE))
}

/// A kind of folder that each user has.
struct Place {
    what: &'static str,
    /// Each names a folder, or one above it: then the rest is in the second part.
    candidates: &'static [(&'static str, &'static str)],
    variables: &'static str,
    option: &'static str,
}

#[cfg(windows)]
const SETTINGS: Place = Place {
    what: "the settings",
    candidates: &[("APPDATA", "")],
    variables: "APPDATA",
    option: "--allow-config",
};
#[cfg(windows)]
const STATE: Place = Place {
    what: "the list of programs that ran",
    candidates: &[("LOCALAPPDATA", "")],
    variables: "LOCALAPPDATA",
    option: "--state",
};

#[cfg(target_os = "macos")]
const SETTINGS: Place = Place {
    what: "the settings",
    candidates: &[("HOME", "Library/Application Support")],
    variables: "HOME",
    option: "--allow-config",
};
#[cfg(target_os = "macos")]
const STATE: Place = Place {
    what: "the list of programs that ran",
    candidates: &[("HOME", "Library/Application Support")],
    variables: "HOME",
    option: "--state",
};

#[cfg(not(any(windows, target_os = "macos")))]
const SETTINGS: Place = Place {
    what: "the settings",
    candidates: &[("XDG_CONFIG_HOME", ""), ("HOME", ".config")],
    variables: "XDG_CONFIG_HOME or HOME",
    option: "--allow-config",
};
#[cfg(not(any(windows, target_os = "macos")))]
const STATE: Place = Place {
    what: "the list of programs that ran",
    candidates: &[("XDG_STATE_HOME", ""), ("HOME", ".local/state")],
    variables: "XDG_STATE_HOME or HOME",
    option: "--state",
};

impl Place {
    /// Our folder in the first one that a variable names.
    fn of_user(&self, variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf, NoFolder> {
        let found = self.candidates.iter().find_map(|(name, below)| {
            let folder = PathBuf::from(variable(name)?);
            folder.is_absolute().then(|| folder.join(below).join(OURS))
        });
        found.ok_or(NoFolder {
            what: self.what,
            variables: self.variables,
            option: self.option,
        })
    }
}

#[cfg(test)]
#[cfg(not(any(windows, target_os = "macos")))]
mod tests {
    use std::{ffi::OsString, path::Path};

    use super::{Place, SETTINGS, STATE, machine_file};

    fn folder(place: &Place, variables: &[(&str, &str)]) -> Result<String, String> {
        let look = |wanted: &str| {
            let found = variables.iter().find(|(name, _)| *name == wanted);
            found.map(|(_, value)| OsString::from(value))
        };
        place
            .of_user(look)
            .map(|path| path.display().to_string())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn what_the_user_set_goes_before_the_home_folder() {
        let (config, home) = (("XDG_CONFIG_HOME", "/c"), ("HOME", "/home/a"));
        assert_eq!(
            folder(&SETTINGS, &[config, home]).unwrap(),
            "/c/card-bridge"
        );
        assert_eq!(
            folder(&SETTINGS, &[home]).unwrap(),
            "/home/a/.config/card-bridge"
        );
        assert_eq!(
            folder(&STATE, &[config, home]).unwrap(),
            "/home/a/.local/state/card-bridge"
        );
    }

    #[test]
    fn a_relative_folder_is_none_and_the_error_says_what_to_do() {
        let relative = [("XDG_CONFIG_HOME", "c"), ("HOME", "/h")];
        assert_eq!(
            folder(&SETTINGS, &relative).unwrap(),
            "/h/.config/card-bridge"
        );
        let error = folder(&STATE, &[("HOME", "h")]).unwrap_err();
        assert!(error.contains("XDG_STATE_HOME or HOME"), "{error}");
        assert!(error.contains("--state"), "{error}");
    }

    #[test]
    fn no_user_writes_the_machine_s_file() {
        let file = machine_file().unwrap();
        assert_eq!(file, Path::new("/etc/card-bridge/origins.toml"));
    }
}
