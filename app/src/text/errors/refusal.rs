//! Why an act on a card can't be done, and which act comes first.

use card_domain::{Action, Refusal, StateName};

use crate::text::{english, names};

/// What is wrong, and what to do now.
#[must_use]
pub fn refusal_sentences(refusal: Refusal) -> (String, String) {
    match refusal {
        Refusal::NotIssuedYet { action } => (
            say!(
                "该操作员还没有IC卡，不能进行{}操作。",
                names::action(action);
                "This operator has no IC card yet, so you can't {}.",
                english::to_it(action)
            ),
            String::from(text!(
                "请先为该操作员制卡。",
                "Make a card for this operator first."
            )),
        ),
        Refusal::AlreadyIssued { state } => (
            say!(
                "该操作员已有IC卡，状态为“{}”，不能重复制卡。",
                "This operator already has an IC card, which is \"{}\". It can't be made again.",
                names::state(state)
            ),
            String::from(text!(
                "如需换卡，请先注销原卡。",
                "For another card, cancel the old one first."
            )),
        ),
        Refusal::AlreadyThere { state } => already_there(state),
        Refusal::WrongState {
            action,
            state,
            undo_with,
        } => (
            say!(
                "这张卡的状态为“{}”，不能进行{}操作。", names::state(state),
                names::action(action);
                "This card is \"{}\", so you can't {}.",
                names::state(state),
                english::to_it(action)
            ),
            undo_with.map_or_else(|| needed_state(action), |way| first(way, action)),
        ),
        Refusal::Cancelled => (
            String::from(text!(
                "这张卡已注销，不能再进行任何操作。",
                "This card was cancelled. Nothing more can be done with it."
            )),
            String::from(text!(
                "如需继续使用，请为该操作员重新制卡。",
                "To go on, make a new card for this operator."
            )),
        ),
    }
}

fn already_there(state: StateName) -> (String, String) {
    let next_step = match state {
        StateName::Lost => text!(
            "无需重复操作；如已找回卡片，可以办理解挂。",
            "There is no need to do it again. If the card has been found, you can cancel the loss report."
        ),
        StateName::Frozen => text!(
            "无需重复操作；如需恢复使用，可以办理解冻。",
            "There is no need to do it again. To use the card again, you can unfreeze it."
        ),
        StateName::Normal | StateName::NotIssued | StateName::Cancelled => {
            text!("无需重复操作。", "There is no need to do it again.")
        }
    };
    (
        say!(
            "这张卡的状态已经是“{}”。",
            "This card is already \"{}\".",
            names::state(state)
        ),
        String::from(next_step),
    )
}

fn first(way: Action, action: Action) -> String {
    say!(
        "请先办理{}，再进行{}操作。", names::action(way),
        names::action(action);
        "First {}, then {}.",
        english::to_it(way),
        english::to_it(action)
    )
}

fn needed_state(action: Action) -> String {
    let state = match action {
        Action::CancelLoss => StateName::Lost,
        Action::Unfreeze => StateName::Frozen,
        Action::Issue => StateName::NotIssued,
        Action::Renew | Action::ReportLoss | Action::Freeze | Action::Unlock | Action::Cancel => {
            StateName::Normal
        }
    };
    say!(
        "只有状态为“{}”的卡可以{}。", names::state(state),
        names::action(action);
        "Only while a card is \"{}\" can you {}.",
        names::state(state),
        english::to_it(action)
    )
}
