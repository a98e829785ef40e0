//! What fields and columns are called.

use super::Text;

/// 操作员编号.
pub const OPERATOR_NO: Text = text!("操作员编号", "Operator no.");
/// 操作员姓名.
pub const HOLDER_NAME: Text = text!("操作员姓名", "Operator name");
/// 证件编号.
pub const ID_NUMBER: Text = text!("证件编号", "ID number");
/// IC卡号.
pub const CARD_NO: Text = text!("IC卡号", "Card number");
/// 卡状态.
pub const STATE: Text = text!("卡状态", "Card status");
/// The last day of the confirmed certificate.
pub const VALID_UNTIL: Text = text!("证书有效期至", "Valid until");
/// The first day of the confirmed certificate.
pub const VALID_FROM: Text = text!("证书有效期自", "Valid from");
/// 最后登录日期.
pub const LAST_LOGIN: Text = text!("最后登录日期", "Last login");
/// The column with 查看.
pub const OPERATIONS: Text = text!("操作", "Action");
/// The enterprise's name.
pub const ENTERPRISE: Text = text!("企业名称", "Enterprise");
/// The certificate's serial number.
pub const SERIAL: Text = text!("证书序列号", "Certificate serial number");
/// How the key of the certificate was confirmed.
pub const KEY: Text = text!("证书密钥", "Certificate key");
/// The chip's id.
pub const CHIP: Text = text!("芯片编号", "Chip number");
/// When the card was made.
pub const ISSUED_AT: Text = text!("制卡时间", "Card made on");
/// Whether the PIN is blocked.
pub const PIN_STATE: Text = text!("密码状态", "PIN status");
/// The holder's name on a legal person's page.
pub const HOLDER: Text = text!("持卡人", "Card holder");
/// Whose card it is.
pub const CARD_KIND: Text = text!("卡类型", "Kind of card");
/// When the session ends whatever is done.
pub const SESSION_ENDS: Text = text!("本次登录有效至", "This session ends at");
