//! The dialogue of 延期 and 解锁 with the operator's card in the reader, after
//! the manual: the swap, what is under way, how it ended, and the legal-person
//! card's return.

use card_domain::{Action, OperationState};

use super::{errors::cannot_sentences, names};
use crate::api::operation::{LeftOut, OperationView};

/// The manual's sentence, to the letter.
#[must_use]
pub fn swap(action: Action) -> String {
    format!(
        "请您拔掉管理员卡，插入要被操作的卡,点击取消则取消{}操作！！！",
        names::action(action)
    )
}

/// The same where nothing has to be pulled.
pub const SECOND_READER: &str =
    "检测到多个读卡器，不需要拔掉管理员卡：请将要被操作的卡插入另一个读卡器。";
/// The same once the legal-person card was pulled all the same.
pub const ANY_READER: &str = "请将要被操作的卡插入任意一个读卡器。";
/// After one of several cards.
pub const NEXT_CARD: &str = "请插入下一张卡，顺序不限；插入后自动继续。";
/// What happens by itself.
pub const GOES_ON: &str = "换卡后自动继续，也可以点击确认。";
/// 确认 without a swap.
pub const STILL_IN: &str = "您还没有拔掉管理员卡并插入要被操作的卡，请换卡后再点击确认。";
/// The same with two readers.
pub const NOT_IN_YET: &str = "要被操作的卡还没有插入，请将它插入另一个读卡器；插入后自动继续。";
/// 确认 without a card.
pub const NO_CARD_YET: &str = "读卡器中没有卡，请插入要被操作的卡；插入后自动继续。";
/// While a program runs.
pub const LEAVE_CARD_IN: &str = "请勿拔出卡片。";
/// Before the service said what is being done.
pub const STARTING: &str = "正在读取卡片";
/// The service can't be reached.
pub const OFFLINE: &str = "网络中断，正在重新连接；请勿拔出卡片，恢复后自动继续。";
/// While it is being given up.
pub const CANCELLING: &str = "正在取消…";
/// Names the readers.
pub const READERS: &str = "读卡器";
/// A reader without a card.
pub const EMPTY_READER: &str = "未插卡";
/// A card that was not read (yet).
pub const SOME_CARD: &str = "已插卡";
/// Names the steps for assistive technology.
pub const STEPS: &str = "办理进度";
/// Over the cards that the statement does not name.
pub const LEFT_OUT: &str = "以下操作员卡不能办理，没有列入：";
/// Stands before the time that a ticket has left.
pub const TIME_LEFT: &str = "剩余办理时间";
/// Stands before the time that the session waits.
pub const LOCK_LEFT: &str = "请在以下时间内插回法人卡，否则将自动退出登录：";
/// The heading of the legal-person card's return, wherever that card is.
pub const CARD_BACK: &str = "继续使用";

/// Names the cards that are operated on, each with its result.
pub const CARDS: &str = "要办理的卡";

/// The steps of an operation, in their order.
#[must_use]
pub const fn steps(action: Action) -> [&'static str; 5] {
    match action {
        Action::Unlock => ["法人签名", "换卡", "验证卡片", "设置新密码", "完成"],
        _ => ["法人签名", "换卡", "验证卡片", "写入证书并核对", "完成"],
    }
}

/// A card that is left out, and why.
#[must_use]
pub fn left_out(card: &LeftOut) -> String {
    let (why, _) = cannot_sentences(card.why);
    format!("{}（{}）：{why}", card.holder_name, card.operator_no.0)
}

/// A time to come in minutes and seconds.
#[must_use]
pub fn minutes(seconds: u32) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} 秒"),
        (minutes, seconds) => format!("{minutes} 分 {seconds:02} 秒"),
    }
}

/// 解锁: who types what.
#[must_use]
pub fn new_pin_lead(holder: &str) -> String {
    format!("请操作员 {holder} 本人输入新的登录密码，连续输入两次。")
}

/// How the operation on one card stands, in a list of several.
#[must_use]
pub const fn standing(state: OperationState, touched: bool) -> &'static str {
    match (state, touched) {
        (OperationState::Confirmed, _) => "完成",
        (OperationState::Abandoned, _) => "未办理",
        (_, true) => "未完成",
        (_, false) => "待办理",
    }
}

/// Whose card it is and its number.
#[must_use]
pub fn whose(card: &OperationView) -> String {
    format!(
        "{}（操作员编号 {}，卡号 {}）",
        card.holder_name, card.operator_no.0, card.card_no.0
    )
}

/// What the card said of its tries, where it did.
#[must_use]
pub fn tries(card: &OperationView) -> Option<String> {
    let pin = card
        .pin
        .map(|pin| format!("登录密码剩余 {} 次", pin.tries_left));
    let puk = card.puk_tries.map(|left| format!("解锁码剩余 {left} 次"));
    match (pin, puk) {
        (Some(pin), Some(puk)) => Some(format!("{pin}，{puk}")),
        (one, other) => one.or(other),
    }
}

/// A new certificate whose key nothing but the terminal vouches for yet.
pub const KEY_NOT_CONFIRMED: &str = "证书密钥待持卡人首次登录确认";

/// The validity of a new certificate.
#[must_use]
pub fn valid(from: &str, until: &str) -> String {
    format!("证书有效期：{from} 至 {until}")
}

/// After 解锁.
pub const NEW_PIN_SET: &str = "新的登录密码已生效，请操作员牢记。";

/// It was given up before anything was written.
#[must_use]
pub fn cancelled(action: Action) -> String {
    format!("{}操作已取消，卡片没有更改", names::action(action))
}

/// It ended without having been done.
#[must_use]
pub fn not_done(action: Action) -> String {
    format!("{}没有完成", names::action(action))
}

/// How many of several are done.
#[must_use]
pub fn done_of(action: Action, done: usize, all: usize) -> String {
    format!("已完成{} {done} 张，共 {all} 张", names::action(action))
}

/// What may be on a card is completed later.
pub const STAYS_OPEN: &str =
    "卡片可能已经写入，登记内容尚未更改；将这张卡再次插入任何一台终端，系统会自动完成。";

/// The legal-person card has to come back.
#[must_use]
pub fn bring_back(signer: &str) -> String {
    format!("请拔出操作员卡，插回法人卡（{signer}），输入登录密码后继续使用。")
}

/// The same where it was never taken out.
#[must_use]
pub fn still_in(signer: &str) -> String {
    format!("法人卡（{signer}）在读卡器中，请输入登录密码后继续使用。")
}

/// While the service checks the card that is back.
pub const UNLOCKING: &str = "正在解除锁定…";
/// There is no card to unlock with.
pub const NOT_BACK: &str = "还没有插回登录时使用的卡，请先按上方的提示操作。";

/// Until when a locked session waits.
#[must_use]
pub fn locked_until(time: &str) -> String {
    format!("如在 {time} 之前没有插回这张卡，系统将自动退出登录。")
}

/// What a batch left unfinished.
#[must_use]
pub fn unfinished(action: Action, cards: &[OperationView]) -> String {
    let names: Vec<_> = cards
        .iter()
        .filter(|card| card.state.is_open())
        .map(|card| card.holder_name.as_str())
        .collect();
    format!(
        "有 {} 张卡的{}操作还没有完成：{}。",
        names.len(),
        names::action(action),
        names.join("、")
    )
}

/// How many signatures have cards left.
#[must_use]
pub fn several_unfinished(count: usize) -> String {
    format!("有 {count} 项操作还没有完成")
}

/// What to do about it: of cards that may have been written, and of those that nothing was
/// written to.
#[must_use]
pub const fn unfinished_hint(touched: usize, untouched: usize) -> &'static str {
    match (touched, untouched) {
        (0, _) => "卡片还没有写入任何内容，可以继续办理，也可以放弃。",
        (_, 0) => "卡片可能已经写入：将它插入读卡器，系统会自动完成。",
        _ => "可能已经写入的卡，插入读卡器后会自动完成；其余的可以继续办理，也可以放弃。",
    }
}

/// Gives up what is unfinished.
pub const GIVE_UP: &str = "放弃";
/// Asks whether that is meant.
pub const GIVE_UP_QUESTION: &str = "确认要放弃吗？";
/// What it means.
pub const GIVE_UP_HINT: &str = "还没有写入的卡不再办理，卡片没有更改；以后可以重新办理。";
/// Goes on with what is unfinished.
pub const RESUME: &str = "继续办理";
/// Takes cards of the list.
pub const CHOOSE: &str = "选择";
/// Takes every card of the page that can be acted on.
pub const CHOOSE_ALL: &str = "选择本页全部";

/// The accessible name of a row's box.
#[must_use]
pub fn choose(holder: &str) -> String {
    format!("{CHOOSE} {holder}")
}

/// The button over the list.
#[must_use]
pub fn act_on_chosen(action: Action, count: usize) -> String {
    format!("{}所选的 {count} 张卡", names::action(action))
}

/// What the button over the list is for.
fn many_hint(action: Action) -> String {
    let name = names::action(action);
    if action.needs_card() {
        format!("勾选多张卡，一次签名，逐张插卡{name}。")
    } else {
        format!("勾选多张卡，一次签名，同时{name}。")
    }
}
/// Unticks all, on every page.
pub const CHOOSE_NONE: &str = "取消全部勾选";

/// How many are ticked, how many of them on other pages, and whether that is too many
/// for one signature.
#[must_use]
pub fn chosen(action: Action, count: usize, elsewhere: usize, most: usize) -> String {
    if count == 0 {
        return many_hint(action);
    }
    let others = if elsewhere > 0 {
        format!("（其中 {elsewhere} 张在其他页）")
    } else {
        String::new()
    };
    if count > most {
        let over = count - most;
        return format!("已勾选 {count} 张{others}，一次最多 {most} 张，请取消 {over} 张。");
    }
    format!("已勾选 {count} 张{others}，一次最多 {most} 张。")
}

/// What is healed on this page just now.
pub const HEALING: &str = "这张卡有一项没有完成的操作，正在自动完成，请勿拔出卡片。";
