//! The dialogue of 延期 and 解锁 with the operator's card in the reader, after
//! the manual: the swap, what is under way, how it ended, and the legal-person
//! card's return.

use card_domain::{Action, OperationState};

use super::{Text, english, errors::cannot_sentences, names};
use crate::api::operation::{LeftOut, OperationView};

/// The manual's sentence, to the letter.
#[must_use]
pub fn swap(action: Action) -> String {
    say!(
        "请您拔掉管理员卡，插入要被操作的卡,点击取消则取消{}操作！！！", names::action(action);
        "Take out the legal-person card and insert the operator card. Click \"Cancel\" to cancel the {}.",
        english::noun(action)
    )
}

/// The same where nothing has to be pulled.
pub const SECOND_READER: Text = text!(
    "检测到多个读卡器，不需要拔掉管理员卡：请将要被操作的卡插入另一个读卡器。",
    "There are several card readers, so the legal-person card need not be taken out: insert the operator card into another reader."
);
/// The same once the legal-person card was pulled all the same.
pub const ANY_READER: Text = text!(
    "请将要被操作的卡插入任意一个读卡器。",
    "Insert the operator card into any of the readers."
);
/// After one of several cards.
pub const NEXT_CARD: Text = text!(
    "请插入下一张卡，顺序不限；插入后自动继续。",
    "Insert the next card, in any order. It then continues by itself."
);
/// What happens by itself.
pub const GOES_ON: Text = text!(
    "换卡后自动继续，也可以点击确认。",
    "It continues by itself once the cards are swapped. You can also click \"Confirm\"."
);
/// 确认 without a swap.
pub const STILL_IN: Text = text!(
    "您还没有拔掉管理员卡并插入要被操作的卡，请换卡后再点击确认。",
    "The legal-person card has not been swapped for the operator card yet. Swap the cards, then click \"Confirm\"."
);
/// The same with two readers.
pub const NOT_IN_YET: Text = text!(
    "要被操作的卡还没有插入，请将它插入另一个读卡器；插入后自动继续。",
    "The operator card is not in yet. Insert it into the other reader; it then continues by itself."
);
/// 确认 without a card.
pub const NO_CARD_YET: Text = text!(
    "读卡器中没有卡，请插入要被操作的卡；插入后自动继续。",
    "There is no card in the reader. Insert the operator card; it then continues by itself."
);
/// While a program runs.
pub const LEAVE_CARD_IN: Text = text!("请勿拔出卡片。", "Don't remove the card.");
/// Before the service said what is being done.
pub const STARTING: Text = text!("正在读取卡片", "Reading the card");
/// The service can't be reached.
pub const OFFLINE: Text = text!(
    "网络中断，正在重新连接；请勿拔出卡片，恢复后自动继续。",
    "The network is down and is being connected again. Don't remove the card; it then continues by itself."
);
/// While it is being given up.
pub const CANCELLING: Text = text!("正在取消…", "Cancelling…");
/// Names the readers.
pub const READERS: Text = text!("读卡器", "Card readers");
/// A reader without a card.
pub const EMPTY_READER: Text = text!("未插卡", "no card");
/// A card that was not read (yet).
pub const SOME_CARD: Text = text!("已插卡", "card inserted");
/// Names the steps for assistive technology.
pub const STEPS: Text = text!("办理进度", "Progress");
/// Over the cards that the statement does not name.
pub const LEFT_OUT: Text = text!(
    "以下操作员卡不能办理，没有列入：",
    "These operator cards can't be included:"
);
/// Stands before the time that a ticket has left.
pub const TIME_LEFT: Text = text!("剩余办理时间", "Time left");
/// Stands before the time that the session waits.
pub const LOCK_LEFT: Text = text!(
    "请在以下时间内插回法人卡，否则将自动退出登录：",
    "Put the legal-person card back within this time, or you are logged out:"
);
/// The heading of the legal-person card's return, wherever that card is.
pub const CARD_BACK: Text = text!("继续使用", "Go on");

/// Names the cards that are operated on, each with its result.
pub const CARDS: Text = text!("要办理的卡", "Cards");

/// What is under way, with the card in.
#[must_use]
pub fn busy(doing: Text) -> String {
    say!("{doing}…{LEAVE_CARD_IN}", "{doing}… {LEAVE_CARD_IN}")
}

/// The steps of an operation, in their order.
#[must_use]
pub const fn steps(action: Action) -> [Text; 5] {
    match action {
        Action::Unlock => [
            text!("法人签名", "Signed"),
            text!("换卡", "Swap cards"),
            text!("验证卡片", "Check the card"),
            text!("设置新密码", "Set a new PIN"),
            text!("完成", "Done"),
        ],
        _ => [
            text!("法人签名", "Signed"),
            text!("换卡", "Swap cards"),
            text!("验证卡片", "Check the card"),
            text!("写入证书并核对", "Write the certificate and check it"),
            text!("完成", "Done"),
        ],
    }
}

/// A card that is left out, and why.
#[must_use]
pub fn left_out(card: &LeftOut) -> String {
    let (why, _) = cannot_sentences(card.why);
    say!(
        "{}（{}）：{why}",
        "{} ({}): {why}",
        card.holder_name,
        card.operator_no.0
    )
}

/// A time to come in minutes and seconds.
#[must_use]
pub fn minutes(seconds: u32) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => say!("{seconds} 秒", "{seconds} s"),
        (minutes, seconds) => say!(
            "{minutes} 分 {seconds:02} 秒",
            "{minutes} min {seconds:02} s"
        ),
    }
}

/// 解锁: who types what.
#[must_use]
pub fn new_pin_lead(holder: &str) -> String {
    say!(
        "请操作员 {holder} 本人输入新的登录密码，连续输入两次。",
        "The operator {holder} now enters a new PIN, twice."
    )
}

/// How the operation on one card stands, in a list of several.
#[must_use]
pub const fn standing(state: OperationState, touched: bool) -> Text {
    match (state, touched) {
        (OperationState::Confirmed, _) => text!("完成", "Done"),
        (OperationState::Abandoned, _) => text!("未办理", "Not done"),
        (_, true) => text!("未完成", "Not complete"),
        (_, false) => text!("待办理", "To do"),
    }
}

/// Whose card it is and its number.
#[must_use]
pub fn whose(card: &OperationView) -> String {
    say!(
        "{}（操作员编号 {}，卡号 {}）",
        "{} (operator number {}, card number {})",
        card.holder_name,
        card.operator_no.0,
        card.card_no.0
    )
}

/// What the card said of its tries, where it did.
#[must_use]
pub fn tries(card: &OperationView) -> Option<String> {
    let pin = card.pin.map(|pin| {
        say!(
            "登录密码剩余 {} 次", pin.tries_left;
            "PIN: {} left", english::tries(pin.tries_left)
        )
    });
    let puk = card.puk_tries.map(|left| {
        say!(
            "解锁码剩余 {left} 次";
            "unblocking code: {} left", english::tries(left)
        )
    });
    match (pin, puk) {
        (Some(pin), Some(puk)) => Some(say!("{pin}，{puk}", "{pin}, {puk}")),
        (one, other) => one.or(other),
    }
}

/// A new certificate whose key nothing but the terminal vouches for yet.
pub const KEY_NOT_CONFIRMED: Text = text!(
    "证书密钥待持卡人首次登录确认",
    "The certificate key is to be confirmed by the holder's first login"
);

/// The validity of a new certificate.
#[must_use]
pub fn valid(from: &str, until: &str) -> String {
    say!(
        "证书有效期：{from} 至 {until}",
        "Certificate valid from {from} until {until}"
    )
}

/// After 解锁.
pub const NEW_PIN_SET: Text = text!(
    "新的登录密码已生效，请操作员牢记。",
    "The new PIN is now in use. The operator should remember it well."
);

/// It was given up before anything was written.
#[must_use]
pub fn cancelled(action: Action) -> String {
    say!(
        "{}操作已取消，卡片没有更改", names::action(action);
        "The {} was cancelled, and the card was not changed", english::noun(action)
    )
}

/// It ended without having been done.
#[must_use]
pub fn not_done(action: Action) -> String {
    say!("{}没有完成", names::action(action); "The {} is not complete", english::noun(action))
}

/// How many of several are done.
#[must_use]
pub fn done_of(action: Action, done: usize, all: usize) -> String {
    say!(
        "已完成{} {done} 张，共 {all} 张", names::action(action);
        "The {} is done for {done} of {}", english::noun(action), english::many(&all, "card")
    )
}

/// What may be on a card is completed later.
pub const STAYS_OPEN: Text = text!(
    "卡片可能已经写入，登记内容尚未更改；将这张卡再次插入任何一台终端，系统会自动完成。",
    "The card may have been written to, and what is registered has not been changed yet. Insert this card again at any terminal: it is completed by itself."
);

/// The legal-person card has to come back.
#[must_use]
pub fn bring_back(signer: &str) -> String {
    say!(
        "请拔出操作员卡，插回法人卡（{signer}），输入登录密码后继续使用。",
        "Take out the operator card, put the legal-person card back ({signer}), and enter its PIN to go on."
    )
}

/// The same where it was never taken out.
#[must_use]
pub fn still_in(signer: &str) -> String {
    say!(
        "法人卡（{signer}）在读卡器中，请输入登录密码后继续使用。",
        "The legal-person card ({signer}) is in the reader. Enter its PIN to go on."
    )
}

/// While the service checks the card that is back.
pub const UNLOCKING: Text = text!("正在解除锁定…", "Unlocking…");
/// There is no card to unlock with.
pub const NOT_BACK: Text = text!(
    "还没有插回登录时使用的卡，请先按上方的提示操作。",
    "The card you logged in with is not back yet. Follow the instructions above first."
);

/// Until when a locked session waits.
#[must_use]
pub fn locked_until(time: &str) -> String {
    say!(
        "如在 {time} 之前没有插回这张卡，系统将自动退出登录。",
        "If this card is not put back before {time}, you are logged out."
    )
}

/// What a batch left unfinished.
#[must_use]
pub fn unfinished(action: Action, cards: &[OperationView]) -> String {
    let names: Vec<_> = cards
        .iter()
        .filter(|card| card.state.is_open())
        .map(|card| card.holder_name.as_str())
        .collect();
    say!(
        "有 {} 张卡的{}操作还没有完成：{}。", names.len(),
        names::action(action),
        names.join("、");
        "The {} of {} is not complete: {}.",
        english::noun(action),
        english::many(&names.len(), "card"),
        names.join(", ")
    )
}

/// How many signatures have cards left.
#[must_use]
pub fn several_unfinished(count: usize) -> String {
    say!(
        "有 {count} 项操作还没有完成";
        "{} not complete", english::many(&count, "operation")
    )
}

/// What to do about it: of cards that may have been written, and of those that nothing was
/// written to.
#[must_use]
pub const fn unfinished_hint(touched: usize, untouched: usize) -> Text {
    match (touched, untouched) {
        (0, _) => text!(
            "卡片还没有写入任何内容，可以继续办理，也可以放弃。",
            "Nothing was written to the cards yet. You can continue or give up."
        ),
        (_, 0) => text!(
            "卡片可能已经写入：将它插入读卡器，系统会自动完成。",
            "The card may have been written to. Insert it into the reader, and it is completed by itself."
        ),
        _ => text!(
            "可能已经写入的卡，插入读卡器后会自动完成；其余的可以继续办理，也可以放弃。",
            "Cards that may have been written to are completed by themselves once they are inserted. For the others, you can continue or give up."
        ),
    }
}

/// Gives up what is unfinished.
pub const GIVE_UP: Text = text!("放弃", "Give up");
/// Asks whether that is meant.
pub const GIVE_UP_QUESTION: Text = text!("确认要放弃吗？", "Do you really want to give up?");
/// What it means.
pub const GIVE_UP_HINT: Text = text!(
    "还没有写入的卡不再办理，卡片没有更改；以后可以重新办理。",
    "Cards that were not written to are left as they are. You can start over later."
);
/// Goes on with what is unfinished.
pub const RESUME: Text = text!("继续办理", "Continue");
/// Takes cards of the list.
pub const CHOOSE: Text = text!("选择", "Select");
/// Takes every card of the page that can be acted on.
pub const CHOOSE_ALL: Text = text!("选择本页全部", "Select all on this page");

/// The accessible name of a row's box.
#[must_use]
pub fn choose(holder: &str) -> String {
    format!("{CHOOSE} {holder}")
}

/// The button over the list.
#[must_use]
pub fn act_on_chosen(action: Action, count: usize) -> String {
    say!("{}所选的 {count} 张卡", names::action(action); "{}", english::to_many(action, count))
}

/// What the button over the list is for.
fn many_hint(action: Action) -> String {
    let name = names::action(action);
    if action.needs_card() {
        say!(
            "勾选多张卡，一次签名，逐张插卡{name}。";
            "Select several cards: sign once, then insert them one by one."
        )
    } else {
        say!(
            "勾选多张卡，一次签名，同时{name}。";
            "Select several cards: sign once for all of them."
        )
    }
}
/// Unticks all, on every page.
pub const CHOOSE_NONE: Text = text!("取消全部勾选", "Deselect all");

/// How many are ticked, how many of them on other pages, and whether that is too many
/// for one signature.
#[must_use]
pub fn chosen(action: Action, count: usize, elsewhere: usize, most: usize) -> String {
    if count == 0 {
        return many_hint(action);
    }
    let others = if elsewhere > 0 {
        say!(
            "（其中 {elsewhere} 张在其他页）",
            " ({elsewhere} of them on other pages)"
        )
    } else {
        String::new()
    };
    if count > most {
        let over = count - most;
        return say!(
            "已勾选 {count} 张{others}，一次最多 {most} 张，请取消 {over} 张。";
            "{} selected{others}. At most {most} at once: deselect {over}.", english::many(&count, "card")
        );
    }
    say!(
        "已勾选 {count} 张{others}，一次最多 {most} 张。";
        "{} selected{others}. At most {most} at once.", english::many(&count, "card")
    )
}

/// What is healed on this page just now.
pub const HEALING: Text = text!(
    "这张卡有一项没有完成的操作，正在自动完成，请勿拔出卡片。",
    "There is an unfinished operation on this card. It is being completed: don't remove the card."
);
