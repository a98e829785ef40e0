//! What a card answered to a command (ISO/IEC 7816-4 §5.6, SP 800-73-4 part 2, §3), where
//! that has no error of its own: what it means, what to do, and the number itself, by which
//! a help desk knows the rest.

use card_protocol::StatusWord;

use crate::text::Text;

/// What is wrong, and what to do now.
#[must_use]
#[expect(clippy::too_many_lines, reason = "a table, with two languages")]
pub fn status_sentences(status: StatusWord) -> (String, String) {
    const AGAIN: Text = text!(
        "请拔出卡片，重新插入后再试；如仍出现，请联系发卡单位检查卡片。",
        "Take the card out, insert it again and try once more. If it happens again, ask the card issuer to check the card."
    );
    const ISSUER: Text = text!(
        "请联系发卡单位检查卡片。",
        "Ask the card issuer to check the card."
    );
    let (message, next_step) = match status.to_bytes() {
        [0x61 | 0x6C, _] => (
            text!("卡片的应答不完整", "The card's answer is not complete"),
            AGAIN,
        ),
        [0x62, 0x81 | 0x82] => (
            text!(
                "卡内的数据不完整或已损坏",
                "The data on the card is not complete or is damaged"
            ),
            ISSUER,
        ),
        [0x62, 0x83 | 0x85] => (
            text!(
                "卡内的应用已停用",
                "The application on the card has been disabled"
            ),
            ISSUER,
        ),
        [0x62, _] | [0x63, 0x01..=0xFF] => (
            text!(
                "卡片给出了警告，操作可能没有完成",
                "The card gave a warning, and the operation may not be complete"
            ),
            AGAIN,
        ),
        [0x63, 0x00] => (
            text!(
                "卡片的验证没有通过，且没有告知剩余次数",
                "The card's check failed, and it did not say how many tries are left"
            ),
            text!(
                "请勿继续尝试；请联系发卡单位检查卡片。",
                "Don't try again. Ask the card issuer to check the card."
            ),
        ),
        [0x64, _] => (
            text!(
                "卡片没有执行操作，卡内没有更改",
                "The card did not carry out the operation, and nothing on it was changed"
            ),
            AGAIN,
        ),
        [0x65, _] => (
            text!(
                "卡片写入失败，芯片可能已损坏",
                "The card could not write, and its chip may be damaged"
            ),
            ISSUER,
        ),
        [0x66, _] => (
            text!(
                "卡片因安全原因拒绝了操作",
                "The card refused the operation for security reasons"
            ),
            ISSUER,
        ),
        [0x67, _] | [0x6A, 0x85 | 0x87] => (
            text!(
                "卡片不接受这个长度的指令",
                "The card does not accept a command of this length"
            ),
            ISSUER,
        ),
        [0x68, _] => (
            text!(
                "卡片没有收到完整的指令",
                "The card did not receive the whole command"
            ),
            AGAIN,
        ),
        [0x69, 0x84] => (
            text!(
                "卡内的密码或密钥已不可用",
                "The PIN or key on the card can no longer be used"
            ),
            ISSUER,
        ),
        [0x69, 0x85] => (
            text!(
                "卡片的使用条件不满足",
                "The card's conditions of use are not met"
            ),
            text!(
                "如卡片或Ikey卡上有按键，请在操作时触摸按键后再试；如仍出现，请联系发卡单位检查卡片。",
                "If the card or the Ikey has a button, touch it when you try again. If it happens again, ask the card issuer to check the card."
            ),
        ),
        [0x69, 0x87 | 0x88] => (
            text!(
                "卡片要求加密传输，不支持这种使用方式",
                "The card wants an encrypted connection, which is not supported"
            ),
            ISSUER,
        ),
        [0x69, _] => (
            text!(
                "卡片当前不允许这项操作",
                "The card does not allow this operation now"
            ),
            AGAIN,
        ),
        [0x6A, 0x80] => (
            text!(
                "卡片不接受指令的内容",
                "The card does not accept the content of the command"
            ),
            ISSUER,
        ),
        [0x6A, 0x84] => (
            text!("卡片的存储空间不足", "The card has no room left"),
            ISSUER,
        ),
        [0x6A, 0x86] | [0x6B, _] => (
            text!(
                "卡片不接受指令的参数",
                "The card does not accept the parameters of the command"
            ),
            ISSUER,
        ),
        [0x6A, _] => (
            text!(
                "卡片内的结构与本系统的不一致",
                "What is on the card is not laid out as this system expects"
            ),
            ISSUER,
        ),
        [0x6F, _] => (
            text!(
                "卡片报告了内部错误，没有说明原因",
                "The card reported an internal error without a reason"
            ),
            AGAIN,
        ),
        _ => (
            text!("卡片给出了无法识别的应答", "The card's answer is not known"),
            text!(
                "请拔出卡片，重新插入后再试；如仍出现，请将状态码告知技术支持人员。",
                "Take the card out, insert it again and try once more. If it happens again, tell technical support the status code."
            ),
        ),
    };
    (
        say!(
            "{message}（状态码 {:04X}）。",
            "{message} (status code {:04X}).",
            status.0
        ),
        String::from(next_step),
    )
}

#[cfg(test)]
mod tests {
    use card_protocol::{CardError, StatusWord};

    use crate::text::errors::card_sentences;

    /// The status words of SP 800-73-4 part 2, and those that ISO/IEC 7816-4:2013 names in
    /// its tables 5 and 6, 9000 left out.
    const NAMED: [u16; 59] = [
        0x6100, 0x6110, 0x6200, 0x6202, 0x6281, 0x6282, 0x6283, 0x6284, 0x6285, 0x6286, 0x6287,
        0x6300, 0x6381, 0x63C0, 0x63C1, 0x63C2, 0x63CF, 0x6400, 0x6401, 0x6402, 0x6500, 0x6581,
        0x6600, 0x6700, 0x6800, 0x6881, 0x6882, 0x6883, 0x6884, 0x6900, 0x6981, 0x6982, 0x6983,
        0x6984, 0x6985, 0x6986, 0x6987, 0x6988, 0x6A00, 0x6A80, 0x6A81, 0x6A82, 0x6A83, 0x6A84,
        0x6A85, 0x6A86, 0x6A87, 0x6A88, 0x6A89, 0x6A8A, 0x6B00, 0x6C00, 0x6C10, 0x6D00, 0x6E00,
        0x6F00, 0x6FFF, 0x6701, 0x6401,
    ];

    #[test]
    fn every_status_word_that_is_named_has_its_sentence() {
        for status in NAMED {
            let error = CardError::from(StatusWord(status));
            let (message, next_step) = card_sentences(error);
            assert!(
                message.ends_with('。') && next_step.ends_with('。'),
                "{message}"
            );
            assert!(!message.contains("无法识别的应答"), "{status:04X}");
            assert_ne!(
                error,
                CardError::ReaderError,
                "{status:04X}: it is the card's word"
            );
            let has_its_own = matches!(
                error,
                CardError::WrongPin { .. }
                    | CardError::PinBlocked
                    | CardError::PinRequired
                    | CardError::UnsupportedCard
            );
            let names_it = message.contains(&format!("{status:04X}"));
            assert!(has_its_own != names_it, "{status:04X}: {message}");
        }
    }

    /// Of all there can be.
    #[test]
    fn what_nobody_knows_says_its_number_to_the_help_desk() {
        for status in [0x0000, 0x1234, 0x5FFF, 0x6000, 0x9001, 0x9100, 0xFFFF] {
            let (message, next_step) = card_sentences(CardError::from(StatusWord(status)));
            assert!(message.contains(&format!("{status:04X}")), "{message}");
            assert!(next_step.contains("技术支持"), "{next_step}");
        }
        for status in 0..=u16::MAX {
            let (message, next_step) = card_sentences(CardError::from(StatusWord(status)));
            assert!(!message.is_empty() && !next_step.is_empty());
        }
    }
}
