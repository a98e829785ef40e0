//! The words of the login page, after the manual's chapter 系统登录.

use super::Text;

/// What to do, in the manual's words.
pub const PURPOSE: Text = text!(
    "将IC卡插入IC卡读卡器中或将Ikey卡插入USB接口，输入登录密码，点击确定按钮。",
    "Insert your IC card into the card reader or plug the Ikey into a USB port, enter your PIN, and click \"OK\"."
);
/// What the page is called in the browser's title.
pub const TITLE: Text = text!("登录", "Log in");
/// Sends the form.
pub const SUBMIT: Text = text!("确定", "OK");
/// Until wasm has arrived.
pub const LOADING: Text = text!(
    "正在加载读卡组件，请稍候…",
    "Loading the card reader component…"
);
/// While the service makes the challenge.
pub const CHALLENGING: Text = text!("正在连接服务器…", "Connecting to the server…");
/// While the card verifies and signs.
pub const VERIFYING: Text = text!(
    "正在验证登录密码，请勿拔出IC卡…",
    "Checking the PIN. Don't remove the IC card…"
);
/// While the PIN is typed outside of the page.
pub const ENTER_OUTSIDE: Text = text!(
    "请按提示输入登录密码，请勿拔出IC卡…",
    "Enter your PIN as asked. Don't remove the IC card…"
);
/// While the service checks the token.
pub const LOGGING_IN: Text = text!("正在登录…", "Logging in…");
/// Stands under the form.
pub const PRIVACY: Text = text!(
    "登录密码只在卡内验证，不会保存，也不会发送到服务器。",
    "The PIN is checked on the card itself. It is neither kept nor sent to the server."
);
/// There is no card to log in with; the status above the form says why.
pub const NOT_READY: Text = text!(
    "还不能登录，请先按上方的提示操作。",
    "You can't log in yet. Follow the instructions above first."
);
/// Ends a login that is under way.
pub const CANCEL: Text = text!("取消", "Cancel");
