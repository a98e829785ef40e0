//! The table of cards.

mod rows;

use card_domain::Menu;
use leptos::prelude::*;

use crate::{
    api::model::{CardRow, Sort},
    components::sort_header::SortHeader,
    pages::list::address::ListAddress,
    preferences::{Column, ListPreferences},
    text::{fields, list},
};

/// The table; a long one scrolls under its headings.
#[component]
pub(crate) fn CardTable(
    /// Whose list it is.
    menu: Menu,
    /// What was asked.
    address: ListAddress,
    /// The answer.
    rows: Vec<CardRow>,
    /// How it is liked.
    liked: ListPreferences,
) -> impl IntoView {
    let rows = rows::rows(menu, &rows, &address.search()).into_string();
    view! {
        <div class="table-frame">
            <table
                class="table"
                data-dense=liked.is_dense.then_some("")
                data-hidden=liked.hidden_names()
            >
                <caption class="unseen">{list::caption(menu)}</caption>
                <thead>
                    <tr>
                        <SortHeader
                            name=fields::OPERATOR_NO
                            up=Sort::OperatorNoAsc
                            down=Sort::OperatorNoDesc
                            menu
                            address=address.clone()
                        />
                        <th scope="col">{fields::HOLDER_NAME}</th>
                        <th scope="col" data-column=Column::IdNumber.name()>
                            {fields::ID_NUMBER}
                        </th>
                        <th scope="col" data-column=Column::CardNo.name()>
                            {fields::CARD_NO}
                        </th>
                        <th scope="col">{fields::STATE}</th>
                        <SortHeader
                            name=fields::VALID_UNTIL
                            column=Column::ValidUntil
                            up=Sort::ValidUntilAsc
                            down=Sort::ValidUntilDesc
                            menu
                            address=address.clone()
                        />
                        <SortHeader
                            name=fields::LAST_LOGIN
                            column=Column::LastLogin
                            up=Sort::LastLoginAsc
                            down=Sort::LastLoginDesc
                            menu
                            address
                        />
                        <th scope="col" class="table__end">
                            {fields::OPERATIONS}
                        </th>
                    </tr>
                </thead>
                <tbody data-live="" inner_html=rows></tbody>
            </table>
        </div>
    }
}
