//! The words of the page that stands where the browser would say that it can't reach the
//! server.

/// Heads it.
pub const TITLE: &str = "暂时无法连接服务器";
/// What is not lost, and what is to be done: nothing.
pub const HINT: &str = "网络或服务器暂时中断。已经确认的业务不会丢失；连接恢复后，本页会自动返回。";
/// While it tries.
pub const TRYING: &str = "正在自动重试，请稍候…";
/// Tries now.
pub const AGAIN: &str = "立即重试";
/// For whoever reads no Chinese.
pub const ENGLISH: &str = "The server can't be reached at the moment. This page tries again by itself and returns to where you were.";
