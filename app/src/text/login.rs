//! The words of the login page, after the manual's chapter 系统登录.

/// What to do, in the manual's words.
pub const PURPOSE: &str =
    "将IC卡插入IC卡读卡器中或将Ikey卡插入USB接口，输入登录密码，点击确定按钮。";
/// What the page is called in the browser's title.
pub const TITLE: &str = "登录";
/// Sends the form.
pub const SUBMIT: &str = "确定";
/// Until wasm has arrived.
pub const LOADING: &str = "正在加载读卡组件，请稍候…";
/// While the service makes the challenge.
pub const CHALLENGING: &str = "正在连接服务器…";
/// While the card verifies and signs.
pub const VERIFYING: &str = "正在验证登录密码，请勿拔出IC卡…";
/// While the PIN is typed outside of the page.
pub const ENTER_OUTSIDE: &str = "请按提示输入登录密码，请勿拔出IC卡…";
/// While the service checks the token.
pub const LOGGING_IN: &str = "正在登录…";
/// Stands under the form.
pub const PRIVACY: &str = "登录密码只在卡内验证，不会保存，也不会发送到服务器。";
/// There is no card to log in with; the status above the form says why.
pub const NOT_READY: &str = "还不能登录，请先按上方的提示操作。";
/// Ends a login that is under way.
pub const CANCEL: &str = "取消";
