//! The rows of the table. They have no life of their own, and a page has a hundred: they are
//! written as text, by a template that escapes what it is given (ADR 50).

use card_domain::{Action, Menu, is_possible};
use maud::{Markup, html};

use crate::{
    api::{
        model::{CardRow, CertificateView},
        operation::Eligibility,
    },
    components::{badge::Badge, eligibility},
    pages::list::act_of_many,
    preferences::Column,
    text::{common, dates, detail, errors, fields, list, operate},
};

/// All of them; each leads to its card's page.
pub(super) fn rows(menu: Menu, rows: &[CardRow], search: &str) -> Markup {
    html! {
        @for row in rows {
            (row_of(menu, row, search))
        }
    }
}

fn row_of(menu: Menu, row: &CardRow, search: &str) -> Markup {
    let eligibility = eligibility::of_menu(menu, row);
    let is_due = matches!(eligibility, Some(Eligibility::Yes { due: true }));
    html! {
        tr class=[is_due.then_some("row--due")] {
            td class="table__number" data-name=(fields::OPERATOR_NO) {
                @if let Some(action) = act_of_many(menu) {
                    (choose(action, row))
                }
                (row.operator_no.0)
            }
            th class="table__holder" scope="row" id={ "holder-" (row.id) } { (row.holder_name) }
            td class="table__number" data-name=(fields::ID_NUMBER) data-column=(Column::IdNumber.name()) {
                (row.id_number_masked)
            }
            td class="table__number" data-name=(fields::CARD_NO) data-column=(Column::CardNo.name()) {
                (row.card_no.as_ref().map_or(common::NONE, |number| &number.0))
            }
            td data-name=(fields::STATE) {
                span class="badges" {
                    (Badge::of_state(row.state.name()))
                    @if let Some(end) = row.state.until() {
                        span class="faint" { (detail::frozen_until(end)) }
                    }
                    @if let Some(blocked) = Badge::of_pin(row.pin) { (blocked) }
                    @if let (Some(Eligibility::No { why }), Some(action)) = (eligibility, menu.action()) {
                        span class="table__why" title=(errors::in_one(errors::cannot_sentences(why))) {
                            (detail::not_possible(action))
                        }
                    }
                }
            }
            td data-name=(fields::VALID_UNTIL) data-column=(Column::ValidUntil.name()) {
                (valid_until(row.certificate.as_ref()))
            }
            td class="table__number" data-name=(fields::LAST_LOGIN) data-column=(Column::LastLogin.name()) {
                @match row.last_login_at {
                    Some(at) => (dates::minute(at)),
                    None => (common::NONE),
                }
            }
            td class="table__end" {
                a
                    class="button button--row"
                    href={ "/manage/" (menu.slug()) "/" (row.id) (search) }
                    aria-describedby={ "holder-" (row.id) }
                    data-row=""
                { (list::VIEW) }
            }
        }
    }
}

/// The box of a row; nothing where the act can't be done to the card.
fn choose(action: Action, row: &CardRow) -> Markup {
    let is_possible = match action {
        Action::Renew => matches!(row.renew, Eligibility::Yes { .. }),
        _ => is_possible(row.state, action),
    };
    html! {
        @if is_possible {
            label class="choose__target" {
                input
                    class="choose"
                    type="checkbox"
                    autocomplete="off"
                    value=(row.id)
                    data-choose=""
                    data-state=(row.state.name().name())
                    data-holder=(row.holder_name)
                    data-operator=(row.operator_no.0)
                    data-card=(row.card_no.as_ref().map_or("", |number| &number.0))
                    aria-label=(operate::choose(&row.holder_name));
            }
        }
    }
}

fn valid_until(certificate: Option<&CertificateView>) -> Markup {
    html! {
        @match certificate {
            None => span class="faint" { (detail::NO_CERTIFICATE) },
            Some(certificate) => span class="badges" {
                span class="table__number" { (dates::day(certificate.validity.not_after)) }
                @if let Some(warning) = Badge::of_certificate(certificate.status, true) { (warning) }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use card_domain::{CardId, CardNo, CardState, OperatorNo};
    use uuid::Uuid;

    use super::*;

    /// What comes from the register or the address is text, once.
    #[test]
    fn what_a_row_says_is_escaped_once() {
        const EVIL: &str = r#""><img src=x onerror=1>&amp;'"#;
        let row = CardRow {
            id: CardId(Uuid::nil()),
            operator_no: OperatorNo(String::from(EVIL)),
            holder_name: String::from(EVIL),
            id_number_masked: String::from(EVIL),
            card_no: Some(CardNo(String::from(EVIL))),
            state: CardState::Normal,
            last_login_at: None,
            certificate: None,
            pin: None,
            renew: Eligibility::Yes { due: false },
            unlock: Eligibility::Yes { due: false },
        };
        for menu in Menu::ALL {
            let html = rows(menu, std::slice::from_ref(&row), "?name=%22&rows=20").into_string();
            assert!(!html.contains("<img"), "{html}");
            assert!(!html.contains("&amp;amp;amp;"), "{html}");
            let escaped = "&quot;&gt;&lt;img src=x onerror=1&gt;&amp;amp;'";
            assert!(html.contains(escaped), "{html}");
            assert!(html.contains(r#"?name=%22&amp;rows=20""#), "{html}");
        }
    }
}
