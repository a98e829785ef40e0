//! 凭证二维码 of a record, at a terminal.

/// Heads it, and leads to it.
pub const TITLE: &str = "凭证二维码";
/// What it is good for.
#[must_use]
pub const fn hint(is_signed: bool) -> &'static str {
    if is_signed {
        "本条记录的签名与防篡改证明都在二维码里。用手机拍照留存，日后可交系统管理员离线核验。"
    } else {
        "本条记录的防篡改证明在二维码里。用手机拍照留存，日后可交系统管理员离线核验。"
    }
}

/// Shows it.
pub const SHOW: &str = "显示凭证二维码";
/// Hides it.
pub const HIDE: &str = "收起";
/// Names the picture.
pub const CODE: &str = "本条记录的凭证二维码";
/// While it is shown.
pub const SHOWN: &str = "请把整个二维码拍清楚。2分钟后自动收起，检测到IC卡取出时立即收起。";
