//! `card-bridge message-box`: shows the text on its standard input in a window of
//! the system's and says by how it ends whether its person agrees. The bridge
//! runs it as a process of its own, so that a window that nobody answers can be
//! taken away. Windows only; elsewhere there is pinentry.

use std::io::{self, Read as _};

use card_bridge::confirm::window::{SAID_NO, SAID_YES, TITLE};
use windows_sys::Win32::UI::WindowsAndMessaging::{
    IDOK, MB_DEFBUTTON2, MB_ICONQUESTION, MB_OKCANCEL, MB_SETFOREGROUND, MB_SYSTEMMODAL,
    MessageBoxW,
};

/// Longest text in bytes; the bridge's pages are shorter.
const MAX_TEXT: u64 = 64 * 1024;

/// Asks; gives the code to end with.
pub(super) fn ask() -> io::Result<i32> {
    let mut text = String::new();
    io::stdin().take(MAX_TEXT).read_to_string(&mut text)?;
    let [text, title] = [text.as_str(), TITLE].map(wide);
    // 取消 is the button that Enter presses: who types on as the window comes has
    // not agreed.
    let style = MB_OKCANCEL | MB_ICONQUESTION | MB_DEFBUTTON2 | MB_SETFOREGROUND | MB_SYSTEMMODAL;
    #[expect(unsafe_code, reason = "the system's window has no other way in")]
    // SAFETY: both texts end with a zero and live until the call returns; no
    // window owns this one.
    let pressed =
        unsafe { MessageBoxW(std::ptr::null_mut(), text.as_ptr(), title.as_ptr(), style) };
    Ok(if pressed == IDOK { SAID_YES } else { SAID_NO })
}

/// UTF-16 with a zero at its end.
fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16()
        .filter(|unit| *unit != 0)
        .chain([0])
        .collect()
}
