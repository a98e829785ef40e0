//! What a list's address holds: the query, the order and the place in it. The
//! same words stand in the form's fields; a 证件编号 is only ever here as its
//! opaque token.

use std::fmt::Write as _;

use card_domain::{Menu, StateName};
use leptos_router::params::ParamsMap;

use crate::api::{
    model::{CardQuery, Cursor, PAGE_SIZES, Sort, StateFilter},
    needs::Need,
};

/// The query part of a list's address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ListAddress {
    /// IC卡号 begins with this.
    pub card_no: Option<String>,
    /// 操作员姓名 contains this.
    pub name: Option<String>,
    /// The token of a 证件编号.
    pub id: Option<String>,
    /// Whether a 证件编号 was asked for that can't be one. The number itself stands
    /// in no address.
    pub is_id_malformed: bool,
    /// 卡状态.
    pub state: Option<StateFilter>,
    /// What the cards need.
    pub needs: Option<Need>,
    /// The order.
    pub sort: Option<Sort>,
    /// Rows on a page.
    pub rows: Option<u32>,
    /// The place.
    pub after: Option<String>,
}

impl ListAddress {
    /// Reads an address. What nobody understands counts as absent, so that an
    /// old bookmark still opens.
    pub(crate) fn read(map: &ParamsMap) -> Self {
        let text = |key: &str| {
            map.get(key)
                .map(|text| String::from(text.trim()))
                .filter(|text| !text.is_empty())
        };
        Self {
            card_no: text("card_no"),
            name: text("name"),
            id: text("id"),
            is_id_malformed: text("id_error").is_some(),
            state: text("state").and_then(|name| state_from_name(&name)),
            needs: text("needs").and_then(|name| Need::from_name(&name)),
            sort: text("sort").and_then(|name| sort_from_name(&name)),
            rows: text("rows")
                .and_then(|rows| rows.parse().ok())
                .filter(|rows| PAGE_SIZES.contains(rows)),
            after: text("after"),
        }
    }

    /// The question to the service. Only 综合查询 asks by 卡状态, only the
    /// others by 证件编号.
    pub(crate) fn query(self, menu: Menu) -> CardQuery {
        let by_state = menu == Menu::History;
        CardQuery {
            menu,
            card_no: self.card_no,
            holder_name: self.name,
            id_token: self.id.filter(|_| !by_state),
            state: self.state.filter(|_| by_state),
            needs: self.needs,
            sort: self.sort,
            rows: self.rows,
            cursor: self.after.map(Cursor),
        }
    }

    /// Whether anything was asked for.
    pub(crate) const fn is_filtered(&self) -> bool {
        self.card_no.is_some()
            || self.name.is_some()
            || self.id.is_some()
            || self.state.is_some()
            || self.needs.is_some()
    }

    /// The same question in another order, from the beginning.
    pub(crate) fn sorted(&self, sort: Sort) -> Self {
        Self {
            sort: Some(sort),
            after: None,
            ..self.clone()
        }
    }

    /// The same question with so many rows on a page, from the beginning.
    pub(crate) fn with_rows(&self, rows: u32) -> Self {
        Self {
            rows: Some(rows),
            after: None,
            ..self.clone()
        }
    }

    /// The same question from another place.
    pub(crate) fn at(&self, cursor: &Cursor) -> Self {
        Self {
            after: Some(cursor.0.clone()),
            ..self.clone()
        }
    }

    /// The same question about anybody's 证件编号.
    pub(crate) fn without_id(&self) -> Self {
        Self {
            id: None,
            is_id_malformed: false,
            after: None,
            ..self.clone()
        }
    }

    /// The same question, whatever the cards need.
    pub(crate) fn without_needs(&self) -> Self {
        Self {
            needs: None,
            after: None,
            ..self.clone()
        }
    }

    /// The query part, from `?` on; empty when there is nothing to say.
    pub(crate) fn search(&self) -> String {
        let mut search = String::new();
        for (key, value) in self.parts() {
            push_part(&mut search, key, &value);
        }
        search
    }

    /// Everything that the address says, by name.
    pub(crate) fn parts(&self) -> Vec<(&'static str, String)> {
        let rows = self.rows.map(|rows| rows.to_string());
        let parts = [
            ("card_no", self.card_no.as_deref()),
            ("name", self.name.as_deref()),
            ("id", self.id.as_deref()),
            ("id_error", self.is_id_malformed.then_some("1")),
            ("needs", self.needs.map(Need::name)),
            ("state", self.state.map(state_name)),
            ("sort", self.sort.map(sort_name)),
            ("rows", rows.as_deref()),
            ("after", self.after.as_deref()),
        ];
        parts
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?.to_owned())))
            .collect()
    }

    /// The address of a download of all that is found, in this order.
    pub(crate) fn export(&self, menu: Menu, file: &str) -> String {
        let mut search = String::new();
        push_part(&mut search, "menu", menu.slug());
        let by_state = menu == Menu::History;
        for (key, value) in self.parts() {
            let asks = match key {
                "card_no" | "name" | "needs" | "sort" => true,
                "id" => !by_state,
                "state" => by_state,
                _ => false,
            };
            if asks {
                push_part(&mut search, key, &value);
            }
        }
        format!("/export/{file}{search}")
    }

    /// The list's whole address.
    pub(crate) fn href(&self, menu: Menu) -> String {
        format!("/manage/{}{}", menu.slug(), self.search())
    }
}

/// Appends a part to a query.
pub(crate) fn push_part(search: &mut String, key: &str, value: &str) {
    search.push(if search.is_empty() { '?' } else { '&' });
    search.push_str(key);
    search.push('=');
    push_escaped(search, value);
}

/// Appends a value with everything but the unreserved characters escaped (RFC
/// 3986 §2.3), the same on the server and in the browser.
fn push_escaped(search: &mut String, value: &str) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            search.push(char::from(byte));
        } else {
            let _infallible = write!(search, "%{byte:02X}");
        }
    }
}

/// The word for a 卡状态 in an address and in the form.
pub(crate) const fn state_name(filter: StateFilter) -> &'static str {
    match filter {
        StateFilter::All => "all",
        StateFilter::Only(state) => state.name(),
    }
}

/// The 卡状态 with this word.
pub(crate) fn state_from_name(name: &str) -> Option<StateFilter> {
    if name == "all" {
        return Some(StateFilter::All);
    }
    StateName::from_name(name).map(StateFilter::Only)
}

/// The word for an order in an address and in the form.
pub(crate) const fn sort_name(sort: Sort) -> &'static str {
    match sort {
        Sort::OperatorNoAsc => "operator_no_asc",
        Sort::OperatorNoDesc => "operator_no_desc",
        Sort::LastLoginDesc => "last_login_desc",
        Sort::LastLoginAsc => "last_login_asc",
        Sort::ValidUntilAsc => "valid_until_asc",
        Sort::ValidUntilDesc => "valid_until_desc",
    }
}

fn sort_from_name(name: &str) -> Option<Sort> {
    [
        Sort::OperatorNoAsc,
        Sort::OperatorNoDesc,
        Sort::LastLoginDesc,
        Sort::LastLoginAsc,
        Sort::ValidUntilAsc,
        Sort::ValidUntilDesc,
    ]
    .into_iter()
    .find(|sort| sort_name(*sort) == name)
}

#[cfg(test)]
mod tests;
