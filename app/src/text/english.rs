//! What English needs that Chinese does not: plurals, and an act as a verb and as a noun.

use card_domain::{Action, Menu};

/// So many of something: `1 card`, `2 cards`.
pub(super) fn many(count: &impl ToString, one: &str) -> String {
    let count = count.to_string();
    let more = if count == "1" { "" } else { "s" };
    format!("{count} {one}{more}")
}

/// So many tries.
pub(super) fn tries(count: u8) -> String {
    match count {
        1 => String::from("1 try"),
        count => format!("{count} tries"),
    }
}

/// The act, for after `the`.
pub(super) const fn noun(action: Action) -> &'static str {
    match action {
        Action::Issue => "making of the card",
        Action::Renew => "renewal",
        Action::ReportLoss => "loss report",
        Action::CancelLoss => "cancellation of the loss report",
        Action::Freeze => "freeze",
        Action::Unfreeze => "unfreezing",
        Action::Unlock => "unblocking",
        Action::Cancel => "cancellation",
    }
}

/// What one does to a card that was spoken of.
pub(super) const fn to_it(action: Action) -> &'static str {
    match action {
        Action::Issue => "make it",
        Action::Renew => "renew it",
        Action::ReportLoss => "report it lost",
        Action::CancelLoss => "cancel its loss report",
        Action::Freeze => "freeze it",
        Action::Unfreeze => "unfreeze it",
        Action::Unlock => "unblock it",
        Action::Cancel => "cancel it",
    }
}

/// What one does to several cards, as a button says it.
pub(super) fn to_many(action: Action, count: usize) -> String {
    let cards = many(&count, "card");
    match action {
        Action::Issue => format!("Make {cards}"),
        Action::Renew => format!("Renew {cards}"),
        Action::ReportLoss => format!("Report {cards} lost"),
        Action::CancelLoss => format!("Cancel {}", many(&count, "loss report")),
        Action::Freeze => format!("Freeze {cards}"),
        Action::Unfreeze => format!("Unfreeze {cards}"),
        Action::Unlock => format!("Unblock {cards}"),
        Action::Cancel => format!("Cancel {cards}"),
    }
}

/// What one does with a card in a menu, for after `there is no card to`.
pub(super) const fn verb(menu: Menu) -> &'static str {
    match menu {
        Menu::Renew => "renew",
        Menu::ReportLoss => "report lost",
        Menu::CancelLoss => "cancel the loss report of",
        Menu::Freeze => "freeze",
        Menu::Unfreeze => "unfreeze",
        Menu::Unlock => "unblock",
        Menu::History => "see",
    }
}

/// The act is done.
pub(super) const fn success(action: Action) -> &'static str {
    match action {
        Action::Issue => "Successfully made",
        Action::Renew => "Successfully renewed",
        Action::ReportLoss => "Successfully reported lost",
        Action::CancelLoss => "Loss report successfully cancelled",
        Action::Freeze => "Successfully frozen",
        Action::Unfreeze => "Successfully unfrozen",
        Action::Unlock => "Successfully unblocked",
        Action::Cancel => "Successfully cancelled",
    }
}

/// A month, the first being 1.
pub(super) fn month(month: u32) -> &'static str {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let place = usize::try_from(month).unwrap_or_default().wrapping_sub(1);
    MONTHS.get(place).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_one_and_none_is_many() {
        let cards = [0, 1, 2].map(|count| many(&count, "card"));
        assert_eq!(cards, ["0 cards", "1 card", "2 cards"]);
        assert_eq!([0, 1, 2].map(tries), ["0 tries", "1 try", "2 tries"]);
        assert_eq!(to_many(Action::ReportLoss, 1), "Report 1 card lost");
        assert_eq!(to_many(Action::CancelLoss, 2), "Cancel 2 loss reports");
    }

    #[test]
    fn months_are_those_of_the_year() {
        assert_eq!([1, 12].map(month), ["January", "December"]);
        assert_eq!([0, 13].map(month), ["", ""]);
    }
}
