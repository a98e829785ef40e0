//! What a list says when it has nothing to show: three different things.

use card_domain::Menu;

use super::{Text, english, names};

/// A heading and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Empty {
    /// What is (not) there.
    pub title: String,
    /// What to do now.
    pub hint: String,
}

/// The enterprise has no operator at all.
#[must_use]
pub fn no_operator() -> Empty {
    Empty {
        title: String::from(text!(
            "本企业还没有操作员卡",
            "This enterprise has no operator cards yet"
        )),
        hint: String::from(text!(
            "制卡完成后，操作员会显示在这里。",
            "Operators appear here once their cards have been made."
        )),
    }
}

/// There are operators, but none that this menu shows unasked.
#[must_use]
pub fn nothing_to_do(menu: Menu) -> Empty {
    let state = names::state(menu.default_state());
    Empty {
        title: say!(
            "目前没有状态为“{state}”的操作员卡",
            "No operator card is \"{state}\" at the moment"
        ),
        hint: match menu {
            Menu::History => String::from(text!(
                "可以在上方选择其他卡状态查询。",
                "You can choose another card status above."
            )),
            _ => {
                say!(
                    "目前没有需要{}的卡。", names::menu(menu);
                    "There is no card to {} at the moment.", english::verb(menu)
                )
            }
        },
    }
}

/// The query finds none; one of those that asked may be a 证件编号.
#[must_use]
pub fn no_match(menu: Menu, by_id_number: bool) -> Empty {
    let whole = if by_id_number {
        text!(
            "证件编号须与登记的完整号码一致，只输入一部分查不到。",
            "An ID number has to be the whole registered number. A part of it finds nothing. "
        )
    } else {
        Text::EMPTY
    };
    Empty {
        title: String::from(text!(
            "没有符合查询条件的操作员卡",
            "No operator card matches"
        )),
        hint: match menu {
            Menu::History => String::from(text!(
                "请检查查询条件，或点击“重置”查看默认列表。",
                "Check what you searched for, or click \"Reset\" for the usual list."
            )),
            _ => say!(
                "{whole}请检查查询条件。这里只能查到可以{}的卡；全部的卡请在“综合查询”中查询。",
                "{whole}Check what you searched for. Only cards that fit \"{}\" are found here; all cards are found under \"Records\".",
                names::menu(menu)
            ),
        },
    }
}

/// What was typed as 证件编号 is none, so nothing was looked for.
#[must_use]
pub fn malformed_id_number() -> Empty {
    Empty {
        title: String::from(text!(
            "没有查询：证件编号有误",
            "Nothing was searched: the ID number is not right"
        )),
        hint: String::from(text!(
            "请在上方重新输入完整的证件编号，或点击“重置”查看默认列表。",
            "Enter the whole ID number again above, or click \"Reset\" for the usual list."
        )),
    }
}
