//! The guard against requests that another site makes a browser send: every
//! POST has to come from one of our origins. All browsers name the origin of a
//! POST; what names none is no browser, has no cookie to abuse, and may only
//! use the enrolment, which has its own token.

use axum::{
    extract::Request,
    http::{HeaderMap, Method, header},
};

use crate::config::Origin;

/// Whether the request may be served.
pub(super) fn is_allowed(request: &Request, ours: &[Origin]) -> bool {
    match *request.method() {
        Method::GET | Method::HEAD | Method::OPTIONS => true,
        _ => {
            let path = request.uri().path();
            comes_from_us(request.headers(), ours, path.starts_with("/api/enroll/"))
        }
    }
}

fn comes_from_us(headers: &HeaderMap, ours: &[Origin], may_be_no_browser: bool) -> bool {
    // Where the browser says both, both have to be right.
    let site = headers.get("sec-fetch-site");
    if site.is_some_and(|site| site != "same-origin") {
        return false;
    }
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (Some(origin), None) => ours
            .iter()
            .any(|own| own.as_str().as_bytes() == origin.as_bytes()),
        (None, _) => may_be_no_browser,
        (Some(_), Some(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn a_post_comes_from_our_origin_or_not_at_all() {
        let ours = [Origin::parse("https://ic.example.cn").unwrap()];
        let good = ("origin", "https://ic.example.cn");
        let check = |pairs: &[_]| comes_from_us(&headers(pairs), &ours, false);
        assert!(check(&[good]));
        assert!(check(&[good, ("sec-fetch-site", "same-origin")]));
        assert!(!check(&[good, ("sec-fetch-site", "cross-site")]));
        assert!(!check(&[good, ("sec-fetch-site", "same-site")]));
        assert!(!check(&[("origin", "https://evil.example")]));
        assert!(!check(&[("origin", "null")]));
        assert!(!check(&[good, good]));
        assert!(!check(&[]));
        assert!(comes_from_us(&headers(&[]), &ours, true));
        assert!(!comes_from_us(
            &headers(&[("origin", "https://evil.example")]),
            &ours,
            true
        ));
    }
}
