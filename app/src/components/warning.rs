//! What is to be heeded about a certificate or a PIN, as small labels.

use card_domain::CertificateStatus;
use leptos::prelude::*;

use crate::{
    api::model::PinSeen,
    components::icon::{Icon, Symbol},
    text::detail,
};

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
