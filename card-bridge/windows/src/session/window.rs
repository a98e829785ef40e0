//! The keeper's window, which nobody sees: the one thing by which an installer or
//! the end of a session tells a program without a console to end.
#![expect(
    unsafe_code,
    reason = "the system's calls; each block says why it is sound"
)]

use std::{io, ptr};

use windows_sys::{
    Win32::{
        Foundation::{
            CloseHandle, ERROR_ALREADY_EXISTS, GetLastError, HANDLE, HWND, LPARAM, LRESULT, WPARAM,
        },
        System::{LibraryLoader::GetModuleHandleW, Threading::CreateMutexW},
        UI::WindowsAndMessaging::{
            CreateWindowExW, DefWindowProcW, DispatchMessageW, GetMessageW, MSG, PostQuitMessage,
            RegisterClassW, WM_DESTROY, WNDCLASSW,
        },
    },
    w,
};

/// Held by the one keeper of a session.
pub(crate) struct Only(HANDLE);

impl Only {
    /// `None` if the session has a keeper already.
    ///
    /// # Errors
    /// When the system does not tell.
    pub(crate) fn in_session() -> io::Result<Option<Self>> {
        // SAFETY: no security attributes are given, and the name is a literal.
        let handle = unsafe { CreateMutexW(ptr::null(), 0, w!("Local\\card-bridge-session")) };
        if handle.is_null() {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: reads this thread's last error, which the call above has set.
        let exists = unsafe { GetLastError() } == ERROR_ALREADY_EXISTS;
        let only = Self(handle);
        Ok((!exists).then_some(only))
    }
}

impl Drop for Only {
    fn drop(&mut self) {
        // SAFETY: the handle is ours and open.
        unsafe { CloseHandle(self.0) };
    }
}

/// The window, open.
pub(crate) struct Window(HWND);

impl Window {
    /// Opens it, hidden. The installer finds it by the name of its class.
    ///
    /// # Errors
    /// When the system does not let us.
    pub(crate) fn open() -> io::Result<Self> {
        // SAFETY: no name means this program, which is always loaded.
        let instance = unsafe { GetModuleHandleW(ptr::null()) };
        let class = WNDCLASSW {
            style: 0,
            lpfnWndProc: Some(procedure),
            cbClsExtra: 0,
            cbWndExtra: 0,
            hInstance: instance,
            hIcon: ptr::null_mut(),
            hCursor: ptr::null_mut(),
            hbrBackground: ptr::null_mut(),
            lpszMenuName: ptr::null(),
            lpszClassName: w!("CardBridgeSession"),
        };
        // SAFETY: the class is whole, and its name is a literal.
        if unsafe { RegisterClassW(&raw const class) } == 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the class is registered, the names are literals, and there is
        // neither owner, menu nor parameter. Without WS_VISIBLE nobody sees it.
        let window = unsafe {
            CreateWindowExW(
                0,
                class.lpszClassName,
                w!("card-bridge"),
                0,
                0,
                0,
                0,
                0,
                ptr::null_mut(),
                ptr::null_mut(),
                instance,
                ptr::null(),
            )
        };
        if window.is_null() {
            return Err(io::Error::last_os_error());
        }
        Ok(Self(window))
    }

    /// Waits until somebody closes it.
    pub(crate) fn wait_until_closed(self) {
        let mut message = MSG {
            hwnd: self.0,
            ..MSG::default()
        };
        // 0 is the end of the messages, -1 an error of the call.
        // SAFETY: `message` is ours; every message of this thread is asked for.
        while unsafe { GetMessageW(&raw mut message, ptr::null_mut(), 0, 0) } > 0 {
            // SAFETY: the message is the one that was just filled in.
            unsafe { DispatchMessageW(&raw const message) };
        }
    }
}

/// `WM_CLOSE` and the end of the session are the system's to handle: either destroys
/// the window.
unsafe extern "system" fn procedure(
    window: HWND,
    message: u32,
    wide: WPARAM,
    long: LPARAM,
) -> LRESULT {
    if message == WM_DESTROY {
        // SAFETY: has no requirement.
        unsafe { PostQuitMessage(0) };
        return 0;
    }
    // SAFETY: the arguments are those that the system called us with.
    unsafe { DefWindowProcW(window, message, wide, long) }
}
