//! An enterprise, by which every read begins.

use card_domain::EnterpriseId;

/// An enterprise of the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnterpriseRecord {
    /// The key, made when it was registered.
    pub id: EnterpriseId,
    /// Its code (统一社会信用代码), unique.
    pub code: String,
    /// Its name.
    pub name: String,
}
