//! The seven entries of the manual's menu, with the default list of each.

use serde::{Deserialize, Serialize};

use crate::{Action, StateName};

/// An entry of the menu on the left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Menu {
    /// 延期.
    Renew,
    /// 挂失.
    ReportLoss,
    /// 解挂.
    CancelLoss,
    /// 冻结.
    Freeze,
    /// 解冻.
    Unfreeze,
    /// 解锁.
    Unlock,
    /// 综合查询.
    History,
}

impl Menu {
    /// The menu in the manual's order.
    pub const ALL: [Self; 7] = [
        Self::Renew,
        Self::ReportLoss,
        Self::CancelLoss,
        Self::Freeze,
        Self::Unfreeze,
        Self::Unlock,
        Self::History,
    ];

    /// The part of the page's address, for example `report-loss`.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Renew => "renew",
            Self::ReportLoss => "report-loss",
            Self::CancelLoss => "cancel-loss",
            Self::Freeze => "freeze",
            Self::Unfreeze => "unfreeze",
            Self::Unlock => "unlock",
            Self::History => "history",
        }
    }

    /// The entry with this slug, if there is one.
    #[must_use]
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|menu| menu.slug() == slug)
    }

    /// The act of the entry; 综合查询 has none.
    #[must_use]
    pub const fn action(self) -> Option<Action> {
        match self {
            Self::Renew => Some(Action::Renew),
            Self::ReportLoss => Some(Action::ReportLoss),
            Self::CancelLoss => Some(Action::CancelLoss),
            Self::Freeze => Some(Action::Freeze),
            Self::Unfreeze => Some(Action::Unfreeze),
            Self::Unlock => Some(Action::Unlock),
            Self::History => None,
        }
    }

    /// The state that the list shows when nothing was asked for.
    #[must_use]
    pub const fn default_state(self) -> StateName {
        match self {
            Self::CancelLoss => StateName::Lost,
            Self::Unfreeze => StateName::Frozen,
            Self::Renew | Self::ReportLoss | Self::Freeze | Self::Unlock | Self::History => {
                StateName::Normal
            }
        }
    }

    /// The states in which a query looks: those from which the act is
    /// possible, so 挂失 also finds frozen cards. 综合查询 has a field for it.
    #[must_use]
    pub const fn queried_states(self) -> &'static [StateName] {
        match self {
            Self::ReportLoss => &[StateName::Normal, StateName::Frozen],
            Self::CancelLoss => &[StateName::Lost],
            Self::Unfreeze => &[StateName::Frozen],
            Self::Renew | Self::Freeze | Self::Unlock => &[StateName::Normal],
            Self::History => &StateName::ALL,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{BeforeLoss, CardState, transition};

    #[test]
    fn a_query_looks_exactly_where_the_act_is_possible() {
        let since = Timestamp::UNIX_EPOCH;
        let states = [
            CardState::NotIssued,
            CardState::Normal,
            CardState::Frozen { since, until: None },
            CardState::Lost {
                from: BeforeLoss::Normal,
                since,
            },
            CardState::Cancelled { since },
        ];
        for menu in Menu::ALL {
            let Some(action) = menu.action() else {
                continue;
            };
            for state in states {
                assert_eq!(
                    transition(state, action, since).is_ok(),
                    menu.queried_states().contains(&state.name()),
                    "{menu:?} {state:?}"
                );
            }
            assert!(menu.queried_states().contains(&menu.default_state()));
        }
    }

    #[test]
    fn slugs_lead_back() {
        for menu in Menu::ALL {
            assert_eq!(Menu::from_slug(menu.slug()), Some(menu));
        }
        assert_eq!(Menu::from_slug("nothing"), None);
    }
}
