//! Which of our origins a request was sent to, by its `Host`. What names none of them
//! is not served: a name that somebody else points at this server (DNS rebinding), or
//! a proxy that does not keep `Host`. From the origin follows what is said to the
//! browser: cookies for TLS only, HSTS.
//!
//! A browser sends in `Host` what stands in its address, so nobody gets an https
//! origin's cookies without `Secure`: for that the address would have to be a loopback
//! one, and such a page has other cookies (their names say so).

use app::text::errors::misdirected;
use axum::{
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse as _, Response},
};

use crate::config::{Origin, split_port};

/// The origins under which a request was sent: several where a list has both schemes of
/// one host.
#[derive(Clone, Debug)]
pub(super) struct SentTo<'a> {
    origins: Vec<&'a Origin>,
    is_https: bool,
}

impl<'a> SentTo<'a> {
    /// Those of `ours` that the request's `Host` names; `None` where it names none.
    pub(super) fn of(request: &Request, ours: &'a [Origin]) -> Option<Self> {
        let host = host(request.headers())?;
        // RFC 9112 §3.2.2: what stands in the request line counts, and we want both.
        if let Some(authority) = request.uri().authority()
            && !authority.as_str().eq_ignore_ascii_case(&host)
        {
            return None;
        }
        let (name, port) = split_port(&host);
        let these = ours.iter().filter(|own| may_be(own, name, port));
        let origins: Vec<&Origin> = these.collect();
        let mut exact = origins
            .iter()
            .filter(|own| is_exactly(own, port))
            .peekable();
        let is_https = match exact.peek() {
            Some(_) => exact.any(|own| own.is_https()),
            None => origins.iter().any(|own| own.is_https()),
        };
        (!origins.is_empty()).then_some(Self { origins, is_https })
    }

    /// Whether the browser reached us over TLS, as far as the configuration can tell:
    /// where it leaves both open, what is stricter.
    pub(super) const fn is_https(&self) -> bool {
        self.is_https
    }

    /// The one of these that a header `Origin` names.
    pub(super) fn named(&self, origin: &[u8]) -> Option<&'a Origin> {
        let mut these = self.origins.iter().copied();
        these.find(|own| own.as_str().as_bytes() == origin)
    }
}

/// The one `Host`, in lower case.
fn host(headers: &HeaderMap) -> Option<String> {
    let mut lines = headers.get_all(header::HOST).iter();
    let (host, None) = (lines.next()?, lines.next()) else {
        return None;
    };
    Some(host.to_str().ok()?.to_ascii_lowercase())
}

/// Whether it can be the origin's. A proxy may leave the port out (nginx's `$host`
/// does), and on this machine a tunnel may have another one.
fn may_be(origin: &Origin, name: &str, port: Option<&str>) -> bool {
    let (own_name, own_port) = origin.host_and_port();
    let is_number = |port: &str| port.parse::<u16>().is_ok();
    let is_good =
        |port: &str| port == own_port.to_string() || (origin.is_loopback() && is_number(port));
    name == own_name && port.is_none_or(is_good)
}

/// Whether the port is the origin's as well.
fn is_exactly(origin: &Origin, port: Option<&str>) -> bool {
    let own_port = origin.host_and_port().1;
    match port {
        Some(port) => port == own_port.to_string(),
        None => own_port == if origin.is_https() { 443 } else { 80 },
    }
}

/// What whoever came by another name is told: the right one, and nothing of what was sent.
pub(super) fn misdirected_response(request: &Request, ours: &[Origin]) -> Response {
    let right = ours.first().map_or("", Origin::as_str);
    let accepts = request.headers().get(header::ACCEPT);
    let is_page = accepts
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("text/html"));
    let status = StatusCode::MISDIRECTED_REQUEST;
    if is_page {
        (status, Html(misdirected::page(right))).into_response()
    } else {
        (status, misdirected::line(right)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn sent<'a>(ours: &'a [Origin], uri: &str, hosts: &[&str]) -> Option<SentTo<'a>> {
        let mut request = axum::http::Request::builder().uri(uri);
        for host in hosts {
            request = request.header("host", *host);
        }
        SentTo::of(&request.body(Body::empty()).unwrap(), ours)
    }

    fn origins(all: &[&str]) -> Vec<Origin> {
        all.iter()
            .map(|text| Origin::parse(text).unwrap())
            .collect()
    }

    #[test]
    fn only_our_own_names_are_served() {
        let ours = origins(&[
            "https://ic.example.cn",
            "https://ic.example.cn:8443",
            "http://127.0.0.1:8080",
            "https://[2001:db8::1]",
        ]);
        for (host, https) in [
            ("ic.example.cn", true),
            ("IC.Example.CN", true),
            ("ic.example.cn:443", true),
            ("ic.example.cn:8443", true),
            ("[2001:db8::1]", true),
            ("[2001:db8::1]:443", true),
            ("127.0.0.1:8080", false),
            ("127.0.0.1", false),
            ("127.0.0.1:9999", false),
        ] {
            let sent = sent(&ours, "/", &[host]).expect(host);
            assert_eq!(sent.is_https(), https, "{host}");
        }
        for host in [
            "",
            "ic.example.cn.",
            "evil.example",
            "ic.example.cn:80",
            "ic.example.cn:",
            "x.ic.example.cn",
            "localhost:8080",
            "127.0.0.2:8080",
            "[::1]:8080",
            "ic.example.cn@evil.example",
            "user@ic.example.cn",
        ] {
            assert!(sent(&ours, "/", &[host]).is_none(), "{host}");
        }
        assert!(sent(&ours, "/", &[]).is_none());
        assert!(sent(&ours, "/", &["ic.example.cn", "ic.example.cn"]).is_none());
        assert!(sent(&ours, "http://ic.example.cn/", &["ic.example.cn"]).is_some());
        assert!(sent(&ours, "http://evil.example/", &["ic.example.cn"]).is_none());
    }

    #[test]
    fn where_both_schemes_have_one_host_it_is_the_stricter() {
        let ours = origins(&["http://localhost:8080", "https://localhost"]);
        assert!(sent(&ours, "/", &["localhost"]).unwrap().is_https());
        let sent = sent(&ours, "/", &["localhost:8080"]).unwrap();
        assert!(!sent.is_https());
        assert!(sent.named(b"http://localhost:8080").is_some());
        assert!(sent.named(b"https://ic.example.cn").is_none());
    }
}
