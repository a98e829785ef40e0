//! Why an act on a card can't be done, and which act comes first.

use card_domain::{Action, Refusal, StateName};

use crate::text::names;

/// What is wrong, and what to do now.
#[must_use]
pub fn refusal_sentences(refusal: Refusal) -> (String, String) {
    match refusal {
        Refusal::NotIssuedYet { action } => (
            format!(
                "该操作员还没有IC卡，不能进行{}操作。",
                names::action(action)
            ),
            String::from("请先为该操作员制卡。"),
        ),
        Refusal::AlreadyIssued { state } => (
            format!(
                "该操作员已有IC卡，状态为“{}”，不能重复制卡。",
                names::state(state)
            ),
            String::from("如需换卡，请先注销原卡。"),
        ),
        Refusal::AlreadyThere { state } => already_there(state),
        Refusal::WrongState {
            action,
            state,
            undo_with,
        } => (
            format!(
                "这张卡的状态为“{}”，不能进行{}操作。",
                names::state(state),
                names::action(action)
            ),
            undo_with.map_or_else(|| needed_state(action), |way| first(way, action)),
        ),
        Refusal::Cancelled => (
            String::from("这张卡已注销，不能再进行任何操作。"),
            String::from("如需继续使用，请为该操作员重新制卡。"),
        ),
    }
}

fn already_there(state: StateName) -> (String, String) {
    let next_step = match state {
        StateName::Lost => "无需重复操作；如已找回卡片，可以办理解挂。",
        StateName::Frozen => "无需重复操作；如需恢复使用，可以办理解冻。",
        StateName::Normal | StateName::NotIssued | StateName::Cancelled => "无需重复操作。",
    };
    (
        format!("这张卡的状态已经是“{}”。", names::state(state)),
        String::from(next_step),
    )
}

fn first(way: Action, action: Action) -> String {
    format!(
        "请先办理{}，再进行{}操作。",
        names::action(way),
        names::action(action)
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
    format!(
        "只有状态为“{}”的卡可以{}。",
        names::state(state),
        names::action(action)
    )
}
