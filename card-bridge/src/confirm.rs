//! Who asks the card's holder before something is signed: the page, or this
//! bridge in a window of its own, which no page can imitate, fill or click.

mod pages;
pub mod window;

use std::{path::Path, process::Stdio, time::Duration};

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
    let has_zenity = version(zenity).await.is_some();
    if version(pinentry)
        .await
        .is_some_and(|says| is_graphical(&says))
    {
        let scrolls = has_zenity.then(|| zenity.to_owned());
        return Some(match scrolls {
            Some(scrolling) => Window::PinentryOr {
                pinentry: pinentry.to_owned(),
                scrolling,
            },
            None => Window::Pinentry(pinentry.to_owned()),
        });
    }
    has_zenity.then(|| Window::Zenity(zenity.to_owned()))
}

/// What a program says that it is; `None` if it is not there.
async fn version(program: &Path) -> Option<String> {
    let run = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = timeout(PROBE_TIMEOUT, run).await.ok()?.ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
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
        let pinentry = folder.join("pinentry");
        fs::write(
            &pinentry,
            format!("#!/bin/sh\necho '{name} (pinentry) 1.2'"),
        )
        .unwrap();
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

    /// A machine with zenity has a window without a pinentry.
    #[tokio::test]
    async fn a_pinentry_of_a_terminal_is_no_window() {
        let has_zenity = version(Path::new("zenity")).await.is_some();
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
