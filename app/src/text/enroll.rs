//! What is said to the person at the bridge when a card can't be made.

use super::Text;

/// Why, as far as it makes a difference to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The card has another management key than a new one.
    NotBlank,
    /// The same, and the register has it as somebody's.
    InUse,
    /// The card refused a command or answered nonsense.
    CardRefused,
    /// The bridge sent something else than the outcome of the program.
    WrongOutcome,
    /// What the card attests of its keys is wrong.
    Attestation,
    /// The card does not hold, or can't use, what was written to it.
    NotProven,
}

/// What is wrong. `detail` is for whoever helps; it holds no secret.
#[must_use]
pub fn sentence(cause: Cause, detail: &str) -> String {
    let sentence = match cause {
        Cause::NotBlank => text!(
            "这张卡不是空白卡：它的管理密钥不是出厂值，制卡已停止",
            "This card is not blank: its management key is not the factory's. Nothing was made"
        ),
        Cause::InUse => text!(
            "这张卡已经制成，登记在册，制卡已停止",
            "This card has been made already and is registered. Nothing was made"
        ),
        Cause::CardRefused => text!(
            "卡片拒绝了制卡命令，制卡已停止",
            "The card refused a command. The making has stopped"
        ),
        Cause::WrongOutcome => text!(
            "桥接程序送来的结果与制卡步骤不符，制卡已停止",
            "What the bridge sent does not fit the step of the making, which has stopped"
        ),
        Cause::Attestation => text!(
            "卡片的密钥证明与它报告的密钥不符，制卡已停止，没有签发证书",
            "What the card attests of its keys does not fit the keys it reported. The making has stopped, and no certificate was issued"
        ),
        Cause::NotProven => text!(
            "写入后核对不一致，制卡已停止，这张卡没有登记",
            "What was written did not check out. The making has stopped, and this card is not registered"
        ),
    };
    say!("{sentence}（{detail}）", "{sentence} ({detail})")
}

/// What is wrong, and what to do, where no enrolment is under way (any more).
pub const OVER: (Text, Text) = (
    text!(
        "这次制卡已经结束：时间已过，或已为同一持卡人重新开始制卡。",
        "This making of a card is over: its time is up, or it was begun again for the same holder."
    ),
    text!(
        "请用同一张卡重新制卡；如提示不是空白卡，请先将卡片的PIV应用恢复出厂设置。",
        "Make it again with the same card. If it is then said not to be blank, first reset the PIV application of the card."
    ),
);

/// What to do now.
#[must_use]
pub const fn next_step(cause: Cause) -> Text {
    match cause {
        Cause::NotBlank | Cause::CardRefused | Cause::NotProven => {
            text!(
                "请将卡片的PIV应用恢复出厂设置后重新制卡，或换一张空白卡",
                "Reset the PIV application of the card and make it again, or take a blank card"
            )
        }
        Cause::InUse => text!(
            "请不要将它恢复出厂设置；换一张空白卡",
            "Don't reset it. Take a blank card"
        ),
        Cause::Attestation => text!(
            "请核对卡片的来源和制卡终端，换一张空白卡重新制卡",
            "Check where the card comes from and the terminal that makes cards, then begin again with a blank card"
        ),
        Cause::WrongOutcome => text!(
            "请升级桥接程序，将卡片恢复出厂设置后重新制卡",
            "Update the bridge, reset the card, and make it again"
        ),
    }
}
