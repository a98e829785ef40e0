//! Who asks the card's holder before something is signed: the page, or this
//! bridge in a window of its own, which no page can imitate, fill or click.

mod pages;
pub mod window;

use std::{io, path::Path, process::Stdio, time::Duration};

use card_protocol::{CardError, bridge::Confirm};
use serde::{Deserialize, Serialize};
use tokio::{process::Command, time::timeout};

use self::window::Window;
use crate::{config::Config, origin::Origin};

/// How long a window waits for an answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(90);
/// How long a program may take to say what it is.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);
/// Set where the machine is a terminal in full screen, whose page nobody leaves.
const KIOSK: &str = "CARD_BRIDGE_KIOSK";

/// The setting `confirm`.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfirmSetting {
    /// The window where there is a desktop with a program for it; the page at a
    /// terminal and for the software cards of the demo.
    #[default]
    Auto,
    /// The window, and nothing is signed where there is none.
    Window,
    /// The page.
    Page,
}

/// What `auto` depends on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Surroundings {
    /// Windows can be shown.
    pub has_desktop: bool,
    /// It is a terminal.
    pub is_kiosk: bool,
    /// The readers take software cards.
    pub is_demo: bool,
}

impl Surroundings {
    /// Those of this process.
    #[must_use]
    pub fn of_process(is_demo: bool) -> Self {
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        Self {
            has_desktop: cfg!(windows) || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY"),
            is_kiosk: is_set(KIOSK),
            is_demo,
        }
    }
}

/// How it is done for one page.
#[derive(Clone, Debug)]
pub struct Confirmation(Option<Window>);

impl Confirmation {
    /// What the settings mean here and now.
    pub async fn resolve(config: &Config, around: Surroundings) -> Self {
        let may_show = around.has_desktop && !around.is_kiosk && !around.is_demo;
        match config.confirm {
            ConfirmSetting::Page => Self(None),
            ConfirmSetting::Auto if !may_show => Self(None),
            ConfirmSetting::Auto => Self(find(&config.pinentry).await),
            ConfirmSetting::Window => {
                let found = find(&config.pinentry).await;
                // What is no window fails, and then nothing is signed.
                Self(found.or_else(|| Some(Window::Pinentry(config.pinentry.clone()))))
            }
        }
    }

    /// Who asks.
    #[must_use]
    pub const fn mode(&self) -> Confirm {
        match self.0 {
            Some(_) => Confirm::Window,
            None => Confirm::Page,
        }
    }

    /// Shows `text`, for the page of `origin`, and waits for 确认. Where the page
    /// asks, it has asked already. Dropping the future closes the window.
    ///
    /// # Errors
    /// [`CardError::Cancelled`] if the person says no or nothing;
    /// [`CardError::ReaderError`] if there is no window.
    pub async fn ask(&self, text: &str, origin: &Origin) -> Result<(), CardError> {
        let Some(window) = &self.0 else {
            return Ok(());
        };
        match timeout(ANSWER_TIMEOUT, window.ask(text, origin, ANSWER_TIMEOUT)).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) | Err(_) => Err(CardError::Cancelled),
            Ok(Err(error)) => {
                tracing::error!(%error, ?window, "the window that confirms");
                Err(CardError::ReaderError)
            }
        }
    }
}

/// A program of this machine that can show a window.
async fn find(pinentry: &Path) -> Option<Window> {
    let zenity = Path::new("zenity");
    let of_zenity = probe(zenity).await;
    let has_pinentry = match probe(pinentry).await {
        Probe::Says(version) => is_graphical(&version),
        Probe::Absent => false,
        Probe::Silent => true,
    };
    if has_pinentry {
        let scrolls = matches!(of_zenity, Probe::Says(_)).then(|| zenity.to_owned());
        return Some(match scrolls {
            Some(scrolling) => Window::PinentryOr {
                pinentry: pinentry.to_owned(),
                scrolling,
            },
            None => Window::Pinentry(pinentry.to_owned()),
        });
    }
    let may_be_there = !matches!(of_zenity, Probe::Absent);
    may_be_there.then(|| Window::Zenity(zenity.to_owned()))
}

/// What is known of a program that may show windows.
enum Probe {
    /// What it says that it is.
    Says(String),
    /// It is not there, or is none.
    Absent,
    /// It is there, or may be, and does not say in time: a page that keeps the machine
    /// busy is not to be asked in the window's stead.
    Silent,
}

/// Asks a program what it is.
async fn probe(program: &Path) -> Probe {
    let run = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output();
    match timeout(PROBE_TIMEOUT, run).await {
        Ok(Ok(output)) if output.status.success() => {
            Probe::Says(String::from_utf8_lossy(&output.stdout).into_owned())
        }
        Ok(Ok(_failed)) => Probe::Absent,
        Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => Probe::Absent,
        Ok(Err(error)) => {
            tracing::warn!(%error, ?program, "a program for windows can't be asked");
            Probe::Silent
        }
        Err(_elapsed) => Probe::Silent,
    }
}

/// Whether a pinentry has a window: those for a terminal have none that a
/// service could show.
fn is_graphical(version: &str) -> bool {
    let name = version.split_whitespace().next().unwrap_or_default();
    !matches!(
        name,
        "pinentry-curses" | "pinentry-tty" | "pinentry-emacs" | ""
    )
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use super::*;

    const DESKTOP: Surroundings = Surroundings {
        has_desktop: true,
        is_kiosk: false,
        is_demo: false,
    };

    /// Settings with a pinentry that says that it is this.
    fn config(folder: &Path, confirm: ConfirmSetting, name: &str) -> Config {
        let says = format!("#!/bin/sh\necho '{name} (pinentry) 1.2'");
        config_with(folder, confirm, &says)
    }

    /// Settings with this program as pinentry.
    fn config_with(folder: &Path, confirm: ConfirmSetting, program: &str) -> Config {
        let pinentry = folder.join("pinentry");
        fs::write(&pinentry, program).unwrap();
        fs::set_permissions(&pinentry, fs::Permissions::from_mode(0o700)).unwrap();
        Config {
            pinentry,
            confirm,
            ..Config::default()
        }
    }

    async fn mode(confirm: ConfirmSetting, name: &str, around: Surroundings) -> Confirm {
        let folder = tempfile::tempdir().unwrap();
        let config = config(folder.path(), confirm, name);
        Confirmation::resolve(&config, around).await.mode()
    }

    #[tokio::test]
    async fn by_itself_it_is_the_window_on_a_desktop_alone() {
        let auto = ConfirmSetting::Auto;
        let gnome = "pinentry-gnome3";
        assert_eq!(mode(auto, gnome, DESKTOP).await, Confirm::Window);
        let changes: [fn(&mut Surroundings); 3] = [
            |around| around.has_desktop = false,
            |around| around.is_kiosk = true,
            |around| around.is_demo = true,
        ];
        for change in changes {
            let mut around = DESKTOP;
            change(&mut around);
            assert_eq!(mode(auto, gnome, around).await, Confirm::Page, "{around:?}");
            let window = ConfirmSetting::Window;
            assert_eq!(mode(window, gnome, around).await, Confirm::Window);
        }
        let page = ConfirmSetting::Page;
        assert_eq!(mode(page, gnome, DESKTOP).await, Confirm::Page);
    }

    /// A page can keep the machine busy for as long as it likes: it is not asked for that.
    #[tokio::test]
    async fn a_pinentry_that_does_not_answer_in_time_is_still_the_window() {
        let folder = tempfile::tempdir().unwrap();
        let busy = "#!/bin/sh\nexec sleep 5";
        let config = config_with(folder.path(), ConfirmSetting::Auto, busy);
        let mode = Confirmation::resolve(&config, DESKTOP).await.mode();
        assert_eq!(mode, Confirm::Window);
    }

    /// A machine with zenity has a window without a pinentry.
    #[tokio::test]
    async fn a_pinentry_of_a_terminal_is_no_window() {
        let has_zenity = matches!(probe(Path::new("zenity")).await, Probe::Says(_));
        let other = if has_zenity {
            Confirm::Window
        } else {
            Confirm::Page
        };
        for name in ["pinentry-curses", "pinentry-tty", "pinentry-emacs"] {
            assert!(!is_graphical(name));
            assert_eq!(mode(ConfirmSetting::Auto, name, DESKTOP).await, other);
            // Asked for, it fails when something is to be signed, and is no page.
            let asked = mode(ConfirmSetting::Window, name, DESKTOP).await;
            assert_eq!(asked, Confirm::Window);
        }
        for name in [
            "pinentry-gtk-2",
            "pinentry-qt",
            "pinentry-mac",
            "pinentry-x11",
        ] {
            assert!(is_graphical(&format!("{name} (pinentry) 1.2.1\n")));
        }
        assert!(!is_graphical(""));
    }
}
