//! Why the legal person reports a card lost or freezes it. It stands inside what is
//! signed, and is read out of that and of nothing else.

use serde::{Deserialize, Serialize};

use crate::Action;

/// Why. The wire names are `snake_case` and never change: they are signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// 丢失.
    Lost,
    /// 被盗.
    Stolen,
    /// 离岗: the holder is away from the post, and comes back.
    OffDuty,
    /// 离职.
    Resigned,
    /// 其他, in the person's own words.
    Other(String),
}

/// A [`Cause`] without words: what a person chooses from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CauseKind {
    /// 丢失.
    Lost,
    /// 被盗.
    Stolen,
    /// 离岗.
    OffDuty,
    /// 离职.
    Resigned,
    /// 其他.
    Other,
}

/// The longest words of 其他, in characters.
pub const MAX_WORDS: usize = 40;

impl CauseKind {
    /// What can be the cause of an act; none for acts that have none.
    #[must_use]
    pub const fn of(action: Action) -> &'static [Self] {
        match action {
            Action::ReportLoss => &[Self::Lost, Self::Stolen, Self::Other],
            Action::Freeze => &[Self::OffDuty, Self::Resigned, Self::Other],
            _ => &[],
        }
    }

    /// The stable name, as a form has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Stolen => "stolen",
            Self::OffDuty => "off_duty",
            Self::Resigned => "resigned",
            Self::Other => "other",
        }
    }

    /// The cause of this kind; none where it lacks its words. Whatever else was
    /// written counts for 其他 alone.
    #[must_use]
    pub fn with(self, words: &str) -> Option<Cause> {
        Some(match self {
            Self::Lost => Cause::Lost,
            Self::Stolen => Cause::Stolen,
            Self::OffDuty => Cause::OffDuty,
            Self::Resigned => Cause::Resigned,
            Self::Other if words.trim().is_empty() => return None,
            Self::Other => Cause::Other(words.to_owned()),
        })
    }
}

impl Cause {
    /// Which one it is.
    #[must_use]
    pub const fn kind(&self) -> CauseKind {
        match self {
            Self::Lost => CauseKind::Lost,
            Self::Stolen => CauseKind::Stolen,
            Self::OffDuty => CauseKind::OffDuty,
            Self::Resigned => CauseKind::Resigned,
            Self::Other(_) => CauseKind::Other,
        }
    }

    /// Whether an act can have it.
    #[must_use]
    pub fn is_of(&self, action: Action) -> bool {
        CauseKind::of(action).contains(&self.kind())
    }

    /// The words of 其他.
    #[must_use]
    pub fn words(&self) -> Option<&str> {
        match self {
            Self::Other(words) => Some(words),
            _ => None,
        }
    }

    /// The same in the one form in which it is signed; none where nothing is left of
    /// its words, or more than [`MAX_WORDS`].
    #[cfg(feature = "normal-forms")]
    #[must_use]
    pub fn written(self) -> Option<Self> {
        let Self::Other(words) = self else {
            return Some(self);
        };
        let words = crate::written::name(&words);
        let is_good = (1..=MAX_WORDS).contains(&words.chars().count());
        is_good.then_some(Self::Other(words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_has_the_causes_that_fit_it() {
        let (lost, off) = (Cause::Stolen, Cause::OffDuty);
        assert!(lost.is_of(Action::ReportLoss) && !lost.is_of(Action::Freeze));
        assert!(off.is_of(Action::Freeze) && !off.is_of(Action::ReportLoss));
        for action in Action::ALL {
            let has_some = matches!(action, Action::ReportLoss | Action::Freeze);
            assert_eq!(CauseKind::of(action).is_empty(), !has_some, "{action:?}");
            let other = Cause::Other(String::from("出国"));
            assert_eq!(other.is_of(action), has_some, "{action:?}");
        }
    }

    /// They are signed: these were written down once.
    #[test]
    fn the_forms_are_what_they_were() {
        for (cause, json) in [
            (Cause::Lost, r#""lost""#),
            (Cause::Stolen, r#""stolen""#),
            (Cause::OffDuty, r#""off_duty""#),
            (Cause::Resigned, r#""resigned""#),
            (
                Cause::Other(String::from("出国半年")),
                r#"{"other":"出国半年"}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&cause).unwrap(), json);
            assert_eq!(serde_json::from_str::<Cause>(json).unwrap(), cause);
            let kind = cause.kind();
            assert!(json.contains(kind.name()));
            assert_eq!(kind.with("出国半年"), Some(cause));
        }
        for json in [
            r#""other""#,
            r#"{"lost":"x"}"#,
            r#"{"other":"a","lost":"b"}"#,
            r#""Lost""#,
            "null",
        ] {
            assert!(serde_json::from_str::<Cause>(json).is_err(), "{json}");
        }
        assert_eq!(CauseKind::Other.with(" 　"), None);
    }

    #[cfg(feature = "normal-forms")]
    #[test]
    fn words_are_signed_in_one_form_and_bounded() {
        let other = |words: &str| Cause::Other(words.to_owned()).written();
        let is = |words: &str| Some(Cause::Other(words.to_owned()));
        assert_eq!(other("  Ｘ光　检查\t"), is("X光 检查"));
        assert_eq!(other("　\t "), None);
        assert_eq!(other(&"假".repeat(MAX_WORDS)), is(&"假".repeat(MAX_WORDS)));
        assert_eq!(other(&"假".repeat(MAX_WORDS + 1)), None);
        // One character that becomes many in its form.
        assert_eq!(other(&"\u{fdfa}".repeat(MAX_WORDS)), None);
        assert_eq!(Cause::Lost.written(), Some(Cause::Lost));
    }
}
