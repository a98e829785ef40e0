//! A text in both languages, of which whoever reads sees one: it is picked when the text is
//! used, so that texts are constants.

use std::{fmt, ops::Deref};

use leptos::{
    tachys::{
        html::attribute::AttributeValue,
        hydration::Cursor,
        no_attrs,
        renderer::types::Element,
        view::{Position, PositionState, Render, RenderHtml},
    },
    text_prop::TextProp,
};

use super::language::Language;

/// A text, Chinese and English. `text!` makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text(&'static [&'static str; 2]);

/// A [`Text`](crate::text::Text): `text!("确认", "Confirm")`.
macro_rules! text {
    ($chinese:literal, $english:literal $(,)?) => {
        $crate::text::Text::new(&[$chinese, $english])
    };
}

/// A `String` of a format in the reader's language, with the same arguments for both, or,
/// where their grammars differ, with each one's own:
/// `say!("共 {count} 条"; "{}", english::many(&count, "result"))`.
macro_rules! say {
    ($chinese:literal $(, $own:expr)*; $english:literal $(, $its_own:expr)* $(,)?) => {
        match $crate::text::language::Language::current() {
            $crate::text::language::Language::Chinese => format!($chinese $(, $own)*),
            $crate::text::language::Language::English => format!($english $(, $its_own)*),
        }
    };
    ($chinese:literal, $english:literal $(, $both:expr)* $(,)?) => {
        match $crate::text::language::Language::current() {
            $crate::text::language::Language::Chinese => format!($chinese $(, $both)*),
            $crate::text::language::Language::English => format!($english $(, $both)*),
        }
    };
}

impl Text {
    /// Nothing to say.
    pub const EMPTY: Self = Self(&["", ""]);

    /// Of the Chinese and the English text.
    #[must_use]
    pub const fn new(both: &'static [&'static str; 2]) -> Self {
        Self(both)
    }

    /// In Chinese, whoever reads it: what the legal person signs is.
    #[must_use]
    pub const fn chinese(self) -> &'static str {
        self.0[0]
    }

    /// In a language.
    #[must_use]
    pub const fn of(self, language: Language) -> &'static str {
        match language {
            Language::Chinese => self.0[0],
            Language::English => self.0[1],
        }
    }

    /// In the reader's language.
    #[must_use]
    pub fn here(self) -> &'static str {
        self.of(Language::current())
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.here()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self.here()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.here().fmt(formatter)
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        Self::from(text.here())
    }
}

impl From<Text> for &'static str {
    fn from(text: Text) -> Self {
        text.here()
    }
}

impl From<Text> for TextProp {
    fn from(text: Text) -> Self {
        Self::from(text.here())
    }
}

impl PartialEq<Text> for str {
    fn eq(&self, text: &Text) -> bool {
        self == text.here()
    }
}

impl PartialEq<Text> for String {
    fn eq(&self, text: &Text) -> bool {
        self == text.here()
    }
}

no_attrs!(Text);

impl Render for Text {
    type State = <&'static str as Render>::State;

    fn build(self) -> Self::State {
        Render::build(self.here())
    }

    fn rebuild(self, state: &mut Self::State) {
        Render::rebuild(self.here(), state);
    }
}

impl RenderHtml for Text {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    fn html_len(&self) -> usize {
        self.here().len()
    }

    fn to_html_with_buf(
        self,
        buf: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<leptos::attr::any_attribute::AnyAttribute>,
    ) {
        let text = self.here();
        text.to_html_with_buf(buf, position, escape, mark_branches, extra_attrs);
    }

    fn hydrate<const FROM_SERVER: bool>(
        self,
        cursor: &Cursor,
        position: &PositionState,
    ) -> Self::State {
        RenderHtml::hydrate::<FROM_SERVER>(self.here(), cursor, position)
    }

    fn into_owned(self) -> Self {
        self
    }
}

impl AttributeValue for Text {
    type State = <&'static str as AttributeValue>::State;
    type AsyncOutput = Self;
    type Cloneable = Self;
    type CloneableOwned = Self;

    fn html_len(&self) -> usize {
        self.here().len()
    }

    fn to_html(self, key: &str, buf: &mut String) {
        AttributeValue::to_html(self.here(), key, buf);
    }

    fn to_template(_key: &str, _buf: &mut String) {}

    fn hydrate<const FROM_SERVER: bool>(self, key: &str, element: &Element) -> Self::State {
        AttributeValue::hydrate::<FROM_SERVER>(self.here(), key, element)
    }

    fn build(self, element: &Element, key: &str) -> Self::State {
        AttributeValue::build(self.here(), element, key)
    }

    fn rebuild(self, key: &str, state: &mut Self::State) {
        AttributeValue::rebuild(self.here(), key, state);
    }

    fn into_cloneable(self) -> Self {
        self
    }

    fn into_cloneable_owned(self) -> Self {
        self
    }

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }
}
