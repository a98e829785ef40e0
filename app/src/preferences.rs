//! How somebody likes pages to look: 大字版; of lists how many rows, how close, which
//! columns. It is the browser's, not the person's, and stands in cookies, so that the page
//! comes as it is liked and nothing moves once its scripts run. Who writes them by hand gets
//! a page that looks so.

use serde::{Deserialize, Serialize};

/// 大字版: type one step larger, and more room. The service puts it into the context of the
/// pages of a browser that wants it.
#[derive(Clone, Copy, Debug)]
pub struct LargeType;

impl LargeType {
    /// The cookie.
    pub const COOKIE: &str = "large_type";
    /// What the cookie and the form say where it is wanted.
    pub const ON: &str = "on";
    /// What the form says where it is wanted no more.
    pub const OFF: &str = "off";
    /// Where the form is sent.
    pub const ADDRESS: &str = "/large-type";
    /// Its one field.
    pub const FIELD: &str = "large";

    /// Whether the page that is rendered has it.
    #[cfg(feature = "ssr")]
    pub(crate) fn is_on() -> bool {
        leptos::prelude::use_context::<Self>().is_some()
    }

    /// What the document of a page says, for its style.
    #[cfg(feature = "ssr")]
    pub(crate) fn of_document() -> Option<&'static str> {
        Self::is_on().then_some("")
    }
}

/// A column that may be left out. The others say which card it is and what can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Column {
    /// 证件编号.
    IdNumber,
    /// IC卡号.
    CardNo,
    /// 证书有效期至.
    ValidUntil,
    /// 最后登录日期.
    LastLogin,
}

impl Column {
    /// All of them, in their order.
    pub const ALL: [Self; 4] = [
        Self::IdNumber,
        Self::CardNo,
        Self::ValidUntil,
        Self::LastLogin,
    ];

    /// Its name in the cookie and in the page.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::IdNumber => "id_number",
            Self::CardNo => "card_no",
            Self::ValidUntil => "valid_until",
            Self::LastLogin => "last_login",
        }
    }
}

/// What is liked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListPreferences {
    /// Rows on a page; the usual number when absent.
    pub rows: Option<u32>,
    /// Whether rows are closer.
    pub is_dense: bool,
    /// The columns that are left out.
    pub hidden: Vec<Column>,
}

/// What stands in the cookie for closer rows.
const DENSE: &str = "dense";

impl ListPreferences {
    /// The cookie.
    pub const COOKIE: &str = "list_view";

    /// Reads the cookie's value. What nobody understands counts as absent.
    #[must_use]
    pub fn read(value: &str) -> Self {
        let mut parts = value.split('.');
        let rows = parts.next().and_then(|rows| rows.parse().ok());
        let is_dense = parts.next() == Some(DENSE);
        let hidden = parts.next().unwrap_or_default();
        let is_hidden = |column: &Column| hidden.split('-').any(|name| name == column.name());
        Self {
            rows: rows.filter(|rows| crate::api::model::PAGE_SIZES.contains(rows)),
            is_dense,
            hidden: Column::ALL.into_iter().filter(is_hidden).collect(),
        }
    }

    /// The cookie's value.
    #[must_use]
    pub fn write(&self) -> String {
        let rows = self.rows.map_or(String::new(), |rows| rows.to_string());
        let dense = if self.is_dense { DENSE } else { "" };
        let hidden: Vec<_> = self.hidden.iter().map(|column| column.name()).collect();
        format!("{rows}.{dense}.{}", hidden.join("-"))
    }

    /// The names of what is left out, as the page's style looks for them.
    pub(crate) fn hidden_names(&self) -> Option<String> {
        let names: Vec<_> = self.hidden.iter().map(|column| column.name()).collect();
        (!names.is_empty()).then(|| names.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for rows in [None, Some(20), Some(100)] {
            for is_dense in [false, true] {
                for hidden in [vec![], vec![Column::IdNumber], Column::ALL.to_vec()] {
                    let liked = ListPreferences {
                        rows,
                        is_dense,
                        hidden,
                    };
                    assert_eq!(ListPreferences::read(&liked.write()), liked);
                }
            }
        }
    }

    #[test]
    fn nonsense_counts_as_absent() {
        for value in [
            "",
            "....",
            "7.x.y",
            "99999999999.DENSE.id",
            "-1..state-holder",
            "\u{0}",
        ] {
            assert_eq!(
                ListPreferences::read(value),
                ListPreferences::default(),
                "{value}"
            );
        }
        let twice = ListPreferences::read("50.dense.card_no-card_no-x.more");
        assert_eq!(twice.hidden, [Column::CardNo]);
        assert_eq!(twice.hidden_names().as_deref(), Some("card_no"));
    }
}
