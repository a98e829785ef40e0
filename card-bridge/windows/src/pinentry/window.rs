//! The window itself: one modal dialog for each question. What is typed is copied
//! once into a buffer that is wiped, and written over in the field.
#![expect(
    unsafe_code,
    reason = "the system's calls; each block says why it is sound"
)]

use std::{ptr, time::Duration};

use windows_sys::Win32::{
    Foundation::{HWND, LPARAM, WPARAM},
    System::LibraryLoader::GetModuleHandleW,
    UI::{
        Controls::EM_SETLIMITTEXT,
        Input::KeyboardAndMouse::SetFocus,
        WindowsAndMessaging::{
            DialogBoxIndirectParamW, EndDialog, GWLP_USERDATA, GetDlgItem, GetDlgItemTextW,
            GetWindowLongPtrW, IDCANCEL, IDOK, SendDlgItemMessageW, SetDlgItemTextW,
            SetForegroundWindow, SetTimer, SetWindowLongPtrW, WM_COMMAND, WM_INITDIALOG, WM_TIMER,
        },
    },
};
use zeroize::Zeroizing;

use crate::{
    conversation::{Desktop, Question, Refusal},
    template::{Item, Kind, build},
};

const OK: u16 = 1;
const CANCEL: u16 = 2;
const TEXT: u16 = 100;
const PIN: i32 = 101;
const AGAIN: i32 = 102;
const ERROR: i32 = 103;

/// SP 800-73-4: a PIN has at most eight digits.
const MOST_DIGITS: usize = 8;
/// What the dialog ends with when its time is over.
const TIME_IS_OVER: isize = 3;

/// The person at this machine.
pub(crate) struct Desk;

impl Desktop for Desk {
    fn pin(&mut self, question: &Question) -> Result<Zeroizing<String>, Refusal> {
        let repeat = question.repeat.as_deref();
        let label = |text, top: u16| item(Kind::Text, TEXT, [10, top, 70, 10], text);
        let field = |id, top: u16| item(Kind::Secret, id, [82, top - 2, 138, 14], "");
        let mut items = vec![
            item(Kind::Text, TEXT, [10, 8, 210, 38], &question.description),
            label(&question.prompt, 52),
            field(101, 52),
        ];
        let mut bottom = 72;
        if let Some(repeat) = repeat {
            items.extend([label(repeat, 72), field(102, 72)]);
            bottom = 92;
        }
        items.push(item(
            Kind::Text,
            103,
            [10, bottom, 210, 10],
            &question.error,
        ));
        let (ok, cancel) = (or(&question.ok, "确定"), or(&question.cancel, "取消"));
        items.extend([
            item(Kind::DefaultButton, OK, [116, bottom + 16, 50, 15], ok),
            item(Kind::Button, CANCEL, [170, bottom + 16, 50, 15], cancel),
        ]);
        let plan = build(&question.title, [230, bottom + 38], &items);
        show(&plan, question, repeat.is_some())
    }

    fn confirm(&mut self, question: &Question) -> Result<(), Refusal> {
        // The system wants both letters at a line's end.
        let text = question.description.replace('\n', "\r\n");
        let (ok, cancel) = (or(&question.ok, "确认"), or(&question.cancel, "取消"));
        // Enter, pressed by whoever is typing elsewhere, is no yes.
        let items = [
            item(Kind::Scrolled, TEXT, [10, 8, 300, 130], &text),
            item(Kind::DefaultButton, CANCEL, [260, 146, 50, 15], cancel),
            item(Kind::Button, OK, [206, 146, 50, 15], ok),
        ];
        let plan = build(&question.title, [320, 168], &items);
        show(&plan, question, false).map(drop)
    }
}

const fn item(kind: Kind, id: u16, place: [u16; 4], text: &str) -> Item<'_> {
    Item {
        kind,
        id,
        place,
        text,
    }
}

const fn or<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    if text.is_empty() { otherwise } else { text }
}

/// What the dialog's procedure works on.
struct Open<'a> {
    is_repeated: bool,
    repeat_error: &'a str,
    timeout: Option<Duration>,
    typed: Zeroizing<String>,
}

/// Shows a dialog until it is answered. Gives what was typed, which is empty where
/// there is no field.
fn show(
    plan: &[u32],
    question: &Question,
    is_repeated: bool,
) -> Result<Zeroizing<String>, Refusal> {
    let mut open = Open {
        is_repeated,
        repeat_error: &question.repeat_error,
        timeout: question.timeout,
        typed: Zeroizing::new(String::with_capacity(4 * MOST_DIGITS)),
    };
    // SAFETY: the plan is aligned to four bytes and whole, and lives through the
    // call, as does `open`, which nothing else touches until the dialog is over.
    let ended = unsafe {
        DialogBoxIndirectParamW(
            GetModuleHandleW(ptr::null()),
            plan.as_ptr().cast(),
            ptr::null_mut(),
            Some(procedure),
            (&raw mut open) as LPARAM,
        )
    };
    match ended {
        ended if ended == IDOK as isize => Ok(open.typed),
        ended if ended == IDCANCEL as isize => Err(Refusal::Cancelled),
        TIME_IS_OVER => Err(Refusal::TimedOut),
        _ => Err(Refusal::NoWindow),
    }
}

/// Called by the system with each message of the dialog; 1 means handled.
unsafe extern "system" fn procedure(
    dialog: HWND,
    message: u32,
    wide: WPARAM,
    long: LPARAM,
) -> isize {
    if message == WM_INITDIALOG {
        // SAFETY: `long` is the `Open` of `show`, which waits for this dialog.
        unsafe { SetWindowLongPtrW(dialog, GWLP_USERDATA, long) };
        let open = long as *const Open<'_>;
        // SAFETY: as above; nobody holds a reference to it now.
        return unsafe { begin(dialog, &*open) };
    }
    // SAFETY: what was put there above, or null before that.
    let open = unsafe { GetWindowLongPtrW(dialog, GWLP_USERDATA) } as *mut Open<'_>;
    // SAFETY: `show` waits in its call and touches it only after this dialog has
    // ended; messages come one after the other, in that thread.
    let Some(open) = (unsafe { open.as_mut() }) else {
        return 0;
    };
    let end = |with: isize| {
        // SAFETY: the dialog is the one that the system calls us for.
        unsafe { EndDialog(dialog, with) };
        1
    };
    let command = i32::try_from(wide & 0xFFFF).unwrap_or_default();
    match message {
        WM_TIMER => end(TIME_IS_OVER),
        WM_COMMAND if command == IDCANCEL => end(IDCANCEL as isize),
        WM_COMMAND if command == IDOK => {
            if read(dialog, open) {
                end(IDOK as isize)
            } else {
                1
            }
        }
        _ => 0,
    }
}

/// Sets limits, and takes the keyboard. 1 leaves the focus with the first field.
unsafe fn begin(dialog: HWND, open: &Open<'_>) -> isize {
    for field in [PIN, AGAIN] {
        // SAFETY: a field that is not there takes no message.
        unsafe { SendDlgItemMessageW(dialog, field, EM_SETLIMITTEXT, MOST_DIGITS, 0) };
    }
    if let Some(timeout) = open.timeout {
        let milliseconds = u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX);
        // SAFETY: the timer is the dialog's own and ends with it.
        unsafe { SetTimer(dialog, 1, milliseconds, None) };
    }
    // SAFETY: the dialog is the one that the system calls us for.
    unsafe { SetForegroundWindow(dialog) };
    1
}

/// Takes what was typed. False when the two differ, which is shown.
fn read(dialog: HWND, open: &mut Open<'_>) -> bool {
    let typed = take(dialog, PIN);
    if open.is_repeated && *take(dialog, AGAIN) != *typed {
        set_text(dialog, ERROR, open.repeat_error);
        // SAFETY: a dialog has its first field, and the focus may be anywhere.
        unsafe { SetFocus(GetDlgItem(dialog, PIN)) };
        return false;
    }
    open.typed.push_str(&typed);
    true
}

/// What a field holds, which it does not any more; empty if there is no such field.
fn take(dialog: HWND, field: i32) -> Zeroizing<String> {
    let mut units = Zeroizing::new([0_u16; MOST_DIGITS + 1]);
    let room = i32::try_from(units.len()).unwrap_or_default();
    // SAFETY: the buffer has this much room, its last zero included.
    let length = unsafe { GetDlgItemTextW(dialog, field, units.as_mut_ptr(), room) };
    // Over what was typed, then away with it.
    set_text(dialog, field, "00000000");
    set_text(dialog, field, "");
    let mut text = Zeroizing::new(String::with_capacity(4 * MOST_DIGITS));
    let length = usize::try_from(length).unwrap_or_default();
    let typed = units.get(..length).unwrap_or_default();
    // What is no letter becomes one that is no digit: it is no PIN then.
    text.extend(char::decode_utf16(typed.iter().copied()).map(|unit| unit.unwrap_or('?')));
    text
}

fn set_text(dialog: HWND, field: i32, text: &str) {
    let text: Vec<u16> = text.encode_utf16().chain([0]).collect();
    // SAFETY: the text ends with a zero; a field that is not there takes none.
    unsafe { SetDlgItemTextW(dialog, field, text.as_ptr()) };
}
