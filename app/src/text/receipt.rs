//! 凭证二维码 of a record, at a terminal.

use super::Text;

/// Heads it, and leads to it.
pub const TITLE: Text = text!("凭证二维码", "QR code of the proof");
/// What it is good for.
#[must_use]
pub const fn hint(is_signed: bool) -> Text {
    if is_signed {
        text!(
            "本条记录的签名与防篡改证明都在二维码里。用手机拍照留存，日后可交系统管理员离线核验。",
            "The signature of this record, and the proof that it is in the tamper-proof log, are in the QR code. Take a photo of it with your phone: a system administrator can verify it offline later."
        )
    } else {
        text!(
            "本条记录的防篡改证明在二维码里。用手机拍照留存，日后可交系统管理员离线核验。",
            "The proof that this record is in the tamper-proof log is in the QR code. Take a photo of it with your phone: a system administrator can verify it offline later."
        )
    }
}
/// Shows it.
pub const SHOW: Text = text!("显示凭证二维码", "Show the QR code of the proof");
/// Hides it.
pub const HIDE: Text = text!("收起", "Hide");
/// Names the picture.
pub const CODE: Text = text!(
    "本条记录的凭证二维码",
    "QR code of the proof of this record"
);
/// While it is shown.
pub const SHOWN: Text = text!(
    "请把整个二维码拍清楚。2分钟后自动收起，检测到IC卡取出时立即收起。",
    "Take a clear photo of the whole QR code. It is hidden after 2 minutes, or as soon as the IC card is seen to be taken out."
);
