//! What fields and columns are called.

/// 操作员编号.
pub const OPERATOR_NO: &str = "操作员编号";
/// 操作员姓名.
pub const HOLDER_NAME: &str = "操作员姓名";
/// 证件编号.
pub const ID_NUMBER: &str = "证件编号";
/// IC卡号.
pub const CARD_NO: &str = "IC卡号";
/// 卡状态.
pub const STATE: &str = "卡状态";
/// The last day of the confirmed certificate.
pub const VALID_UNTIL: &str = "证书有效期至";
/// The first day of the confirmed certificate.
pub const VALID_FROM: &str = "证书有效期自";
/// 最后登录日期.
pub const LAST_LOGIN: &str = "最后登录日期";
/// The column with 查看.
pub const OPERATIONS: &str = "操作";
/// The enterprise's name.
pub const ENTERPRISE: &str = "企业名称";
/// The certificate's serial number.
pub const SERIAL: &str = "证书序列号";
/// How the key of the certificate was confirmed.
pub const KEY: &str = "证书密钥";
/// The chip's id.
pub const CHIP: &str = "芯片编号";
/// When the card was made.
pub const ISSUED_AT: &str = "制卡时间";
/// Whether the PIN is blocked.
pub const PIN_STATE: &str = "密码状态";
/// The holder's name on a legal person's page.
pub const HOLDER: &str = "持卡人";
/// Whose card it is.
pub const CARD_KIND: &str = "卡类型";
/// When the session ends whatever is done.
pub const SESSION_ENDS: &str = "本次登录有效至";
