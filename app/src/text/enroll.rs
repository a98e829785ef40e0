//! What is said to the person at the bridge when a card can't be made.

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
        Cause::NotBlank => "这张卡不是空白卡：它的管理密钥不是出厂值，制卡已停止",
        Cause::InUse => "这张卡已经制成，登记在册，制卡已停止",
        Cause::CardRefused => "卡片拒绝了制卡命令，制卡已停止",
        Cause::WrongOutcome => "桥接程序送来的结果与制卡步骤不符，制卡已停止",
        Cause::Attestation => "卡片的密钥证明与它报告的密钥不符，制卡已停止，没有签发证书",
        Cause::NotProven => "写入后核对不一致，制卡已停止，这张卡没有登记",
    };
    format!("{sentence}（{detail}）")
}

/// What is wrong, and what to do, where no enrolment is under way (any more).
pub const OVER: (&str, &str) = (
    "这次制卡已经结束：时间已过，或已为同一持卡人重新开始制卡。",
    "请用同一张卡重新制卡；如提示不是空白卡，请先将卡片的PIV应用恢复出厂设置。",
);

/// What to do now.
#[must_use]
pub const fn next_step(cause: Cause) -> &'static str {
    match cause {
        Cause::NotBlank | Cause::CardRefused | Cause::NotProven => {
            "请将卡片的PIV应用恢复出厂设置后重新制卡，或换一张空白卡"
        }
        Cause::InUse => "请不要将它恢复出厂设置；换一张空白卡",
        Cause::Attestation => "请核对卡片的来源和制卡终端，换一张空白卡重新制卡",
        Cause::WrongOutcome => "请升级桥接程序，将卡片恢复出厂设置后重新制卡",
    }
}
