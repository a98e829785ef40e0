//! States as small labels: a shape and a word, so that colour is never the
//! only sign.

use card_domain::{CardState, CertificateStatus, StateName};
use leptos::prelude::*;

use crate::{
    api::model::PinSeen,
    components::icon::{Icon, Symbol},
    text::{detail, names},
};

/// 卡状态.
#[component]
pub(crate) fn StateBadge(
    /// The card's state.
    state: CardState,
) -> impl IntoView {
    let (class, symbol) = match state.name() {
        StateName::Normal => ("badge badge--good", Symbol::Check),
        StateName::Lost => ("badge badge--bad", Symbol::Lost),
        StateName::Frozen => ("badge badge--cold", Symbol::Frozen),
        StateName::NotIssued => ("badge badge--plain", Symbol::Dashed),
        StateName::Cancelled => ("badge badge--plain", Symbol::Cross),
    };
    view! {
        <span class=class>
            <Icon symbol />
            {names::state(state.name())}
        </span>
    }
}

/// A warning about the certificate; nothing while it is good.
#[component]
pub(crate) fn CertificateBadge(
    /// What the validity means now.
    status: CertificateStatus,
    /// Whether the words have to fit into a list's column.
    #[prop(optional)]
    brief: bool,
) -> impl IntoView {
    let (class, symbol, text) = match status {
        CertificateStatus::Good => return None,
        CertificateStatus::Expiring { days_left } => (
            "badge badge--warn",
            Symbol::Clock,
            if brief {
                detail::expiring_in_list(days_left)
            } else {
                detail::expiring(days_left)
            },
        ),
        CertificateStatus::Expired => (
            "badge badge--bad",
            Symbol::Warning,
            String::from(detail::EXPIRED),
        ),
        CertificateStatus::NotYetValid => (
            "badge badge--plain",
            Symbol::Clock,
            String::from(detail::NOT_YET_VALID),
        ),
    };
    Some(view! {
        <span class=class>
            <Icon symbol />
            {text}
        </span>
    })
}

/// 密码已锁定; nothing while the PIN has tries.
#[component]
pub(crate) fn PinBadge(
    /// What the card said of its PIN.
    pin: Option<PinSeen>,
) -> impl IntoView {
    pin.filter(|pin| pin.tries_left == 0).map(|_| {
        view! {
            <span class="badge badge--bad">
                <Icon symbol=Symbol::Lock />
                {detail::PIN_BLOCKED}
            </span>
        }
    })
}
