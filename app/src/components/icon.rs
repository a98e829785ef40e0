//! The few pictures of the pages, drawn inline: no font, no request, nothing
//! that a content policy has to allow. All are decoration beside words.

use leptos::prelude::*;

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "ssr"),
    expect(
        dead_code,
        reason = "most are drawn in pages, which the server renders"
    )
)]
pub(crate) enum Symbol {
    /// A card with a chip under a shield's line: the product.
    Emblem,
    /// A card with a chip.
    Card,
    /// 延期: a calendar with a plus.
    Renew,
    /// 挂失: a card struck through.
    ReportLoss,
    /// 解挂: a card with a check.
    CancelLoss,
    /// 冻结: a snow crystal.
    Frozen,
    /// 解冻: a sun.
    Unfreeze,
    /// 解锁: an open lock.
    Unlock,
    /// 综合查询: a list under a lens.
    History,
    /// A closed lock.
    Lock,
    /// Good.
    Check,
    /// Lost: a question mark.
    Lost,
    /// Something to heed.
    Warning,
    /// Time runs.
    Clock,
    /// Ended.
    Cross,
    /// Not there yet.
    Dashed,
    /// Out of the door.
    LogOut,
    /// Sorted upward.
    Up,
    /// Sorted downward.
    Down,
    /// Sortable.
    UpDown,
    /// Back.
    Left,
    /// On.
    Right,
    /// Look for.
    Search,
}

impl Symbol {
    /// The strokes, in a square of 24.
    const fn path(self) -> &'static str {
        match self {
            Self::Emblem => {
                "M12 2.5 20 5v6.2c0 4.9-3.3 8.6-8 10.3-4.7-1.7-8-5.4-8-10.3V5zM8 9.5h8v6H8zM8 12h8"
            }
            Self::Card => "M3 5.5h18v13H3zM6.5 10h4v4h-4zM13.5 11h4M13.5 14h4",
            Self::Renew => "M4 6.5h16v6M4 6.5V20h8M8 3.5v4M16 3.5v4M4 10.5h16M18 15v6M15 18h6",
            Self::ReportLoss => "M3 6h18v12H3zM3 10h18M4 21 20 3",
            Self::CancelLoss => "M21 11V6H3v12h9M3 10h18M14.5 18l2.5 2.5 5-5",
            Self::Frozen => {
                "M12 2.5v19M3.8 7.25l16.4 9.5M20.2 7.25 3.8 16.75M9.5 4.5 12 6.5l2.5-2M9.5 19.5l2.5-2 2.5 2"
            }
            Self::Unfreeze => {
                "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4"
            }
            Self::Unlock => "M5 11h14v10H5zM8 11V7.5a4 4 0 0 1 7.7-1.5M12 15v2.5",
            Self::History => {
                "M19 10V3H4v18h7M8 7.5h7M8 11.5h4M16.5 13a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7M19 19l2.5 2.5"
            }
            Self::Lock => "M5 11h14v10H5zM8 11V7.5a4 4 0 0 1 8 0V11M12 15v2.5",
            Self::Check => "M5 12.5l4.5 4.5L19 7.5",
            Self::Lost => {
                "M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 17.5v.5M12 2.5a9.5 9.5 0 1 0 0 19 9.5 9.5 0 0 0 0-19"
            }
            Self::Warning => "M12 3.5 22 20.5H2zM12 10v5M12 17.5v.5",
            Self::Clock => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7.5V12l3 2",
            Self::Cross => "M6 6l12 12M18 6 6 18",
            Self::Dashed => {
                "M8 4H5a1 1 0 0 0-1 1v3M16 4h3a1 1 0 0 1 1 1v3M8 20H5a1 1 0 0 1-1-1v-3M16 20h3a1 1 0 0 0 1-1v-3"
            }
            Self::LogOut => "M14 4H5v16h9M10 12h11M17.5 8.5 21 12l-3.5 3.5",
            Self::Up => "M6 14.5l6-6 6 6",
            Self::Down => "M6 9.5l6 6 6-6",
            Self::UpDown => "M7.5 9.5 12 5l4.5 4.5M7.5 14.5 12 19l4.5-4.5",
            Self::Left => "M14.5 6l-6 6 6 6",
            Self::Right => "M9.5 6l6 6-6 6",
            Self::Search => "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M15.5 15.5 20.5 20.5",
        }
    }
}

#[cfg(feature = "ssr")]
impl Symbol {
    /// The picture of a menu's entry.
    pub(crate) const fn of_menu(menu: card_domain::Menu) -> Self {
        use card_domain::Menu;

        match menu {
            Menu::Renew => Self::Renew,
            Menu::ReportLoss => Self::ReportLoss,
            Menu::CancelLoss => Self::CancelLoss,
            Menu::Freeze => Self::Frozen,
            Menu::Unfreeze => Self::Unfreeze,
            Menu::Unlock => Self::Unlock,
            Menu::History => Self::History,
        }
    }
}

/// A picture in the size and colour of the words beside it.
#[component]
pub(crate) fn Icon(
    /// What is drawn.
    symbol: Symbol,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=symbol.path() />
        </svg>
    }
}

#[cfg(feature = "ssr")]
impl maud::Render for Symbol {
    fn render(&self) -> maud::Markup {
        maud::html! {
            svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false" {
                path d=(self.path()) {}
            }
        }
    }
}
