//! The cookies: the session's, that of the login challenges, and the mark of a terminal.
//! Over TLS all have the `__Host-` prefix (RFC 6265bis §4.1.3.2), so no other host and
//! no unencrypted page can set them.

use app::{
    preferences::{LargeType, ListPreferences},
    text::Language,
};
use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};

use crate::bearer::Bearer;

/// As many open login pages of one browser as are kept apart.
const MAX_CHALLENGES: usize = 4;

/// A challenge is refused after five minutes; its cookie need not outlive it.
const CHALLENGE_SECONDS: u32 = 300;

/// What the mark of a terminal says.
const TERMINAL: &str = "kiosk";

/// No browser keeps a cookie longer than 400 days; each start of the terminal renews it.
const TERMINAL_SECONDS: u32 = 400 * 24 * 60 * 60;

/// As long as how lists are liked (`islands/list_view.rs`).
const PREFERENCE_SECONDS: u32 = 365 * 24 * 60 * 60;

const fn session_name(https: bool) -> &'static str {
    if https { "__Host-session" } else { "session" }
}

const fn challenge_name(https: bool) -> &'static str {
    if https {
        "__Host-challenge"
    } else {
        "challenge"
    }
}

const fn terminal_name(https: bool) -> &'static str {
    if https { "__Host-terminal" } else { "terminal" }
}

fn build(name: &str, value: &str, https: bool, more: &str) -> String {
    let secure = if https { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{more}")
}

/// Adds a cookie of ours to an answer. It is of our own words alone, so that it is a header.
pub(super) fn add(response: &mut Response, cookie: &str) {
    match HeaderValue::from_str(cookie) {
        Ok(cookie) => {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        Err(error) => tracing::error!(%error, "a cookie of ours is none"),
    }
}

/// Sets the session's cookie. It ends with the browser; the server ends it sooner.
pub(super) fn set_session(token: &str, https: bool) -> String {
    build(session_name(https), token, https, "")
}

/// Removes the session's cookie.
pub(super) fn clear_session(https: bool) -> String {
    build(session_name(https), "", https, "; Max-Age=0")
}

/// Adds a challenge to those that the browser has.
pub(super) fn set_challenges(newest: &str, others: &[String], https: bool) -> String {
    let others = others.iter().map(String::as_str);
    let all: Vec<&str> = std::iter::once(newest)
        .chain(others)
        .take(MAX_CHALLENGES)
        .collect();
    let life = format!("; Max-Age={CHALLENGE_SECONDS}");
    build(challenge_name(https), &all.join("."), https, &life)
}

/// Marks the browser as a terminal, for as long as a browser keeps anything.
pub(super) fn set_terminal(https: bool) -> String {
    let life = format!("; Max-Age={TERMINAL_SECONDS}");
    build(terminal_name(https), TERMINAL, https, &life)
}

/// The browser is a terminal no more.
pub(super) fn clear_terminal(https: bool) -> String {
    build(terminal_name(https), "", https, "; Max-Age=0")
}

/// Whether the browser says that it is a terminal. It gains nothing by that.
pub(super) fn is_terminal(headers: &HeaderMap, https: bool) -> bool {
    find(headers, terminal_name(https)) == Some(TERMINAL)
}

/// The session's token, as the browser shows it.
pub(super) fn session(headers: &HeaderMap, https: bool) -> Option<Bearer> {
    find(headers, session_name(https))
        .filter(|token| !token.is_empty())
        .map(Bearer::shown)
}

/// The challenges, the newest first.
pub(super) fn challenges(headers: &HeaderMap, https: bool) -> Vec<String> {
    find(headers, challenge_name(https))
        .into_iter()
        .flat_map(|value| value.split('.'))
        // 32 bytes in base64.
        .filter(|nonce| nonce.len() == 44)
        .take(MAX_CHALLENGES)
        .map(str::to_owned)
        .collect()
}

/// Keeps 大字版 for a year, or forgets it. It says nothing about a person.
pub(super) fn set_large_type(is_wanted: bool, https: bool) -> String {
    let name = preference_name(LargeType::COOKIE, https);
    if is_wanted {
        let life = format!("; Max-Age={PREFERENCE_SECONDS}");
        build(&name, LargeType::ON, https, &life)
    } else {
        build(&name, "", https, "; Max-Age=0")
    }
}

fn preference_name(name: &str, https: bool) -> String {
    let prefix = if https { "__Host-" } else { "" };
    format!("{prefix}{name}")
}

/// What a preference of ours says. Its plain name is in use among the programs of a domain:
/// the one that nobody else can have set comes first.
fn preference<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let ours = find(headers, &preference_name(name, true));
    ours.or_else(|| find(headers, name))
}

/// Whether pages are wanted as 大字版.
pub(super) fn wants_large_type(headers: &HeaderMap) -> bool {
    preference(headers, LargeType::COOKIE) == Some(LargeType::ON)
}

/// Keeps the language for a year. It says nothing about a person.
pub(super) fn set_language(language: Language, https: bool) -> String {
    let life = format!("; Max-Age={PREFERENCE_SECONDS}");
    let name = preference_name(Language::COOKIE, https);
    build(&name, language.tag(), https, &life)
}

/// Forgets the language.
pub(super) fn forget_language(https: bool) -> String {
    build(
        &preference_name(Language::COOKIE, https),
        "",
        https,
        "; Max-Age=0",
    )
}

/// The language that was chosen.
pub(super) fn language(headers: &HeaderMap) -> Option<Language> {
    preference(headers, Language::COOKIE).and_then(Language::read)
}

/// How lists are liked in this browser. A page writes it, so it is anybody's word.
pub(super) fn list_view(headers: &HeaderMap) -> ListPreferences {
    find(headers, ListPreferences::COOKIE).map_or_else(Default::default, ListPreferences::read)
}

fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookie: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, cookie.parse().unwrap());
        headers
    }

    #[test]
    fn over_tls_cookies_belong_to_this_host_alone() {
        let cookie = set_session("abc", true);
        assert_eq!(
            cookie,
            "__Host-session=abc; Path=/; HttpOnly; SameSite=Strict; Secure"
        );
        assert!(session(&headers("session=abc"), true).is_none());
        let shown = session(&headers("a=b; __Host-session=abc"), true);
        assert_eq!(shown.unwrap().secret(), "abc");
        assert!(!set_session("abc", false).contains("Secure"));
        assert!(session(&headers("session="), false).is_none());
    }

    #[test]
    fn another_program_of_the_domain_chooses_no_language() {
        let english = set_language(Language::English, true);
        assert!(english.starts_with("__Host-language=en; "), "{english}");
        assert!(english.contains("; Secure"), "{english}");
        let both = headers("language=en; __Host-language=zh-CN");
        assert_eq!(language(&both), Some(Language::Chinese));
        assert_eq!(language(&headers("language=en")), Some(Language::English));
        let large = set_large_type(true, true);
        assert!(large.starts_with("__Host-large_type=on; "), "{large}");
        assert!(wants_large_type(&headers("__Host-large_type=on")));
    }

    #[test]
    fn the_newest_challenges_are_kept() {
        let nonce = |digit: char| digit.to_string().repeat(44);
        let mut known = Vec::new();
        for digit in ['1', '2', '3', '4', '5', '6'] {
            let cookie = set_challenges(&nonce(digit), &known, false);
            let pair = cookie.split(';').next().unwrap();
            known = challenges(&headers(pair), false);
        }
        assert_eq!(known, ['6', '5', '4', '3'].map(nonce));
        assert!(challenges(&headers("challenge=short.x"), false).is_empty());
    }
}
