//! The words of the page that stands where the browser would say that it can't reach the
//! server.

use super::Text;

/// Heads it.
pub const TITLE: Text = text!(
    "暂时无法连接服务器",
    "The server can't be reached at the moment"
);
/// What is not lost, and what is to be done: nothing.
pub const HINT: Text = text!(
    "网络或服务器暂时中断。已经确认的业务不会丢失；连接恢复后，本页会自动返回。",
    "The network or the server has failed for a while. Nothing that you confirmed is lost. Once the connection is back, this page returns to where you were."
);
/// While it tries.
pub const TRYING: Text = text!("正在自动重试，请稍候…", "Trying again by itself…");
/// Tries now.
pub const AGAIN: Text = text!("立即重试", "Try now");
/// For whoever reads no Chinese.
pub const ENGLISH: &str = "The server can't be reached at the moment. This page tries again by itself and returns to where you were.";
