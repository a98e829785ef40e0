//! The fields of the query as the browser has them. They are not controlled:
//! what a person types stays in the browser's own elements until it is asked.

use card_domain::{IdNumber, InvalidIdNumber, Menu};
use leptos::{html, prelude::*};

use crate::{
    api::model::StateFilter,
    pages::list::address::{ListAddress, state_from_name, state_name},
};

/// The fields.
#[derive(Clone, Copy)]
pub(super) struct Inputs {
    /// IC卡号.
    pub(super) card_no: NodeRef<html::Input>,
    /// 操作员姓名.
    pub(super) name: NodeRef<html::Input>,
    /// 证件编号.
    pub(super) id_number: NodeRef<html::Input>,
    /// 卡状态.
    pub(super) state: NodeRef<html::Select>,
}

impl Inputs {
    /// Fields that are not in the page yet.
    pub(super) fn new() -> Self {
        Self {
            card_no: NodeRef::new(),
            name: NodeRef::new(),
            id_number: NodeRef::new(),
            state: NodeRef::new(),
        }
    }

    /// What was typed, asked from the first page on; 证件编号 and the order
    /// stay as they are in the `old` address.
    pub(super) fn address(self, old: &ListAddress) -> ListAddress {
        ListAddress {
            card_no: text(self.card_no),
            name: text(self.name),
            id: old.id.clone(),
            state: self
                .state
                .get_untracked()
                .and_then(|field| state_from_name(&field.value())),
            sort: old.sort,
            after: None,
        }
    }

    /// The 证件编号 that was typed, if any was.
    pub(super) fn id_number(self) -> Option<Result<IdNumber, InvalidIdNumber>> {
        text(self.id_number).map(|number| IdNumber::parse(&number))
    }

    /// Shows what an address asks for.
    pub(super) fn fill(self, menu: Menu, address: &ListAddress) {
        for (field, value) in [
            (self.card_no, &address.card_no),
            (self.name, &address.name),
            (self.id_number, &None),
        ] {
            if let Some(field) = field.get_untracked() {
                field.set_value(value.as_deref().unwrap_or_default());
            }
        }
        if let Some(field) = self.state.get_untracked() {
            field.set_value(state_name(shown_state(menu, address)));
        }
    }
}

fn text(field: NodeRef<html::Input>) -> Option<String> {
    field
        .get_untracked()
        .map(|field| String::from(field.value().trim()))
        .filter(|text| !text.is_empty())
}

/// The 卡状态 that the form shows: what was asked for, else the menu's own.
pub(super) fn shown_state(menu: Menu, address: &ListAddress) -> StateFilter {
    address
        .state
        .unwrap_or_else(|| StateFilter::Only(menu.default_state()))
}
