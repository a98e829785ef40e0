//! The table of cards.

use card_domain::{Action, Menu, is_possible};
use leptos::prelude::*;

use crate::{
    api::{
        model::{CardRow, CertificateView, Sort},
        operation::Eligibility,
    },
    components::{
        badge::StateBadge,
        eligibility::{self, WhyNot},
        sort_header::SortHeader,
        warning::{CertificateBadge, PinBadge},
    },
    pages::list::{act_of_many, address::ListAddress},
    preferences::{Column, ListPreferences},
    text::{common, dates, detail, fields, list, operate},
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
    let search = address.search();
    let rows = rows
        .into_iter()
        .map(|row| {
            let href = format!("/manage/{}/{}{search}", menu.slug(), row.id);
            view! { <Row menu row href /> }
        })
        .collect_view();
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
                <tbody data-live="">{rows}</tbody>
            </table>
        </div>
    }
}

/// The box of a row; nothing where the act can't be done to the card.
#[component]
fn Choose(action: Action, row: CardRow) -> impl IntoView {
    let is_possible = match action {
        Action::Renew => matches!(row.renew, Eligibility::Yes { .. }),
        _ => is_possible(row.state, action),
    };
    is_possible.then(|| {
        view! {
            <label class="choose__target">
            <input
                class="choose"
                type="checkbox"
                autocomplete="off"
                value=row.id.to_string()
                data-choose=""
                data-state=row.state.name().name()
                data-holder=row.holder_name.clone()
                data-operator=row.operator_no.0
                data-card=row.card_no.map_or_else(String::new, |number| number.0)
                aria-label=operate::choose(&row.holder_name)
            />
            </label>
        }
    })
}

#[component]
fn Row(menu: Menu, row: CardRow, href: String) -> impl IntoView {
    let eligibility = eligibility::of_menu(menu, &row);
    let class = matches!(eligibility, Some(Eligibility::Yes { due: true })).then_some("row--due");
    let choose = act_of_many(menu).map(|action| view! { <Choose action row=row.clone() /> });
    let holder_id = format!("holder-{}", row.id);
    let last_login = row
        .last_login_at
        .map_or_else(|| String::from(common::NONE), dates::minute);
    view! {
        <tr class=class>
            <td data-name=fields::OPERATOR_NO class="table__number">
                {choose} {row.operator_no.0}
            </td>
            <th scope="row" class="table__holder" id=holder_id.clone()>
                {row.holder_name}
            </th>
            <td data-name=fields::ID_NUMBER data-column=Column::IdNumber.name() class="table__number">
                {row.id_number_masked}
            </td>
            <td data-name=fields::CARD_NO data-column=Column::CardNo.name() class="table__number">
                {row.card_no.map_or_else(|| String::from(common::NONE), |number| number.0)}
            </td>
            <td data-name=fields::STATE>
                <span class="badges">
                    <StateBadge state=row.state.name() />
                    {row
                        .state
                        .until()
                        .map(|end| view! { <span class="faint">{detail::frozen_until(end)}</span> })}
                    <PinBadge pin=row.pin />
                    <WhyNot menu eligibility />
                </span>
            </td>
            <td data-name=fields::VALID_UNTIL data-column=Column::ValidUntil.name()>
                <ValidUntil certificate=row.certificate />
            </td>
            <td data-name=fields::LAST_LOGIN data-column=Column::LastLogin.name() class="table__number">
                {last_login}
            </td>
            <td class="table__end">
                <a class="button button--row" href=href aria-describedby=holder_id data-row="">
                    {list::VIEW}
                </a>
            </td>
        </tr>
    }
}

#[component]
fn ValidUntil(certificate: Option<CertificateView>) -> impl IntoView {
    match certificate {
        None => view! { <span class="faint">{detail::NO_CERTIFICATE}</span> }.into_any(),
        Some(certificate) => view! {
            <span class="badges">
                <span class="table__number">{dates::day(certificate.validity.not_after)}</span>
                <CertificateBadge status=certificate.status brief=true />
            </span>
        }
        .into_any(),
    }
}
