//! What labels there are in pages only, and how a row writes them.

use std::borrow::Cow;

use card_domain::CertificateStatus;
use maud::{Markup, Render, html};

use super::Badge;
use crate::{api::model::PinSeen, components::icon::Symbol, text::detail};

impl Badge {
    /// A warning about a certificate; none while it is good. `is_brief` where it has to fit
    /// into a list's column.
    pub(crate) fn of_certificate(status: CertificateStatus, is_brief: bool) -> Option<Self> {
        let (class, symbol, words) = match status {
            CertificateStatus::Good => return None,
            CertificateStatus::Expiring { days_left } => (
                "badge badge--warn",
                Symbol::Clock,
                Cow::Owned(if is_brief {
                    detail::expiring_in_list(days_left)
                } else {
                    detail::expiring(days_left)
                }),
            ),
            CertificateStatus::Expired => (
                "badge badge--bad",
                Symbol::Warning,
                Cow::Borrowed(detail::EXPIRED.here()),
            ),
            CertificateStatus::NotYetValid => (
                "badge badge--plain",
                Symbol::Clock,
                Cow::Borrowed(detail::NOT_YET_VALID.here()),
            ),
        };
        Some(Self::new(class, symbol, words))
    }

    /// 密码已锁定; none while the PIN has tries.
    pub(crate) fn of_pin(pin: Option<PinSeen>) -> Option<Self> {
        let is_blocked = pin.is_some_and(|pin| pin.tries_left == 0);
        let words = Cow::Borrowed(detail::PIN_BLOCKED.here());
        is_blocked.then(|| Self::new("badge badge--bad", Symbol::Lock, words))
    }
}

impl Render for Badge {
    fn render(&self) -> Markup {
        html! {
            span class=(self.class) { (self.symbol) (self.words) }
        }
    }
}
