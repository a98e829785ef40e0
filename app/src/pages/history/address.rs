//! What a timeline's address holds: the filters and the place, beside what
//! stood in the address of the list that led here, so that 返回 leads there.

use card_domain::{EventAct, EventOutcome, Menu, TimelineOf, beijing::BEIJING};
use jiff::{
    Timestamp,
    civil::{Date, time},
};
use leptos_router::params::ParamsMap;

use crate::{
    api::{history::HistoryQuery, model::Cursor},
    pages::list::address::{ListAddress, push_part},
};

/// The query part of a timeline's address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct HistoryAddress {
    /// Only this act.
    pub act: Option<EventAct>,
    /// Only this outcome.
    pub outcome: Option<EventOutcome>,
    /// From this day on.
    pub from: Option<Date>,
    /// Up to this day and with it.
    pub to: Option<Date>,
    /// The place.
    pub place: Option<String>,
    /// Where one came from.
    pub list: ListAddress,
}

impl HistoryAddress {
    /// Whether the last day lies before the first one.
    pub(crate) fn has_crossed_dates(&self) -> bool {
        self.from.zip(self.to).is_some_and(|(from, to)| to < from)
    }

    /// Reads an address. What nobody understands counts as absent.
    pub(crate) fn read(map: &ParamsMap) -> Self {
        let text = |key: &str| map.get(key).filter(|text| !text.is_empty());
        let day = |key: &str| text(key).and_then(|day| day.parse().ok());
        Self {
            act: text("act").and_then(|name| EventAct::from_name(&name)),
            outcome: text("outcome").and_then(|name| EventOutcome::from_name(&name)),
            from: day("from"),
            to: day("to"),
            place: text("place"),
            list: ListAddress::read(map),
        }
    }

    /// What the service is asked.
    pub(crate) fn query(&self, of: TimelineOf) -> HistoryQuery {
        HistoryQuery {
            of,
            act: self.act,
            outcome: self.outcome,
            from: self.from.and_then(midnight),
            to: self
                .to
                .and_then(|day| day.tomorrow().ok())
                .and_then(midnight),
            cursor: self.place.clone().map(Cursor),
        }
    }

    /// Whether anything was asked for.
    pub(crate) const fn is_filtered(&self) -> bool {
        self.act.is_some() || self.outcome.is_some() || self.from.is_some() || self.to.is_some()
    }

    /// The same question from another place.
    pub(crate) fn at(&self, cursor: &Cursor) -> Self {
        Self {
            place: Some(cursor.0.clone()),
            ..self.clone()
        }
    }

    /// The query part, from `?` on; empty when there is nothing to say.
    pub(crate) fn search(&self) -> String {
        let mut search = self.list.search();
        let day = |day: Option<Date>| day.map(|day| day.to_string());
        let parts = [
            ("act", self.act.map(|act| act.name().to_owned())),
            ("outcome", self.outcome.map(|one| one.name().to_owned())),
            ("from", day(self.from)),
            ("to", day(self.to)),
            ("place", self.place.clone()),
        ];
        for (key, value) in parts {
            if let Some(value) = value {
                push_part(&mut search, key, &value);
            }
        }
        search
    }

    /// The timeline's whole address.
    pub(crate) fn href(&self, of: TimelineOf) -> String {
        format!("{}{}", path(of), self.search())
    }

    /// The address of one event of the timeline.
    pub(crate) fn event_href(&self, of: TimelineOf, seq: i64) -> String {
        format!("{}/{seq}{}", path(of), self.search())
    }
}

/// The path of somebody's timeline.
pub(crate) fn path(of: TimelineOf) -> String {
    let menu = Menu::History.slug();
    match of {
        TimelineOf::Everything => format!("/manage/{menu}/all"),
        TimelineOf::LegalPerson => format!("/manage/{menu}/legal-person"),
        TimelineOf::Card(card) => format!("/manage/{menu}/{card}"),
    }
}

/// Whose timeline a part of a path stands for.
pub(crate) fn of_path(part: &str) -> Option<TimelineOf> {
    match part {
        "all" => Some(TimelineOf::Everything),
        "legal-person" => Some(TimelineOf::LegalPerson),
        card => card.parse().ok().map(TimelineOf::Card),
    }
}

/// The first moment of a day; nothing for a day that no clock knows.
fn midnight(day: Date) -> Option<Timestamp> {
    BEIJING.to_timestamp(day.to_datetime(time(0, 0, 0, 0))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut map = ParamsMap::new();
        for (key, value) in [
            ("act", "freeze"),
            ("outcome", "done"),
            ("from", "2026-11-01"),
            ("to", "2026-11-30"),
            ("place", "abc"),
            ("name", "李"),
        ] {
            map.insert(key, String::from(value));
        }
        let address = HistoryAddress::read(&map);
        assert_eq!(
            address.href(TimelineOf::LegalPerson),
            "/manage/history/legal-person?name=%E6%9D%8E&act=freeze&outcome=done\
             &from=2026-11-01&to=2026-11-30&place=abc"
        );
        let query = address.query(TimelineOf::Everything);
        // Days are Beijing's, and the last one counts.
        assert_eq!(query.from, Some("2026-10-31T16:00:00Z".parse().unwrap()));
        assert_eq!(query.to, Some("2026-11-30T16:00:00Z".parse().unwrap()));
    }

    #[test]
    fn nonsense_counts_as_absent() {
        let mut map = ParamsMap::new();
        for (key, value) in [("act", "explode"), ("from", "2026-13-40"), ("to", "")] {
            map.insert(key, String::from(value));
        }
        assert_eq!(HistoryAddress::read(&map), HistoryAddress::default());
        assert_eq!(of_path("nobody"), None);
    }
}
