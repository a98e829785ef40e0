//! The guard against requests that another site makes a browser send: every
//! POST has to come from one of our origins. All browsers name the origin of a
//! POST; what names none is no browser, has no cookie to abuse, and may only
//! use the enrolment, which has its own token.

use axum::{
    extract::Request,
    http::{HeaderMap, Method, header},
};

use super::host::SentTo;

/// Whether the request may be served. The origin has to be the one that it was sent to:
/// of two of ours, too, none posts to the other, and what is said to a browser follows
/// from the one.
pub(super) fn is_allowed(request: &Request, sent_to: &SentTo<'_>) -> bool {
    match *request.method() {
        Method::GET | Method::HEAD | Method::OPTIONS => true,
        _ => {
            let path = request.uri().path();
            comes_from_us(request.headers(), sent_to, path.starts_with("/api/enroll/"))
        }
    }
}

fn comes_from_us(headers: &HeaderMap, sent_to: &SentTo<'_>, may_be_no_browser: bool) -> bool {
    // Where the browser says both, both have to be right.
    let site = headers.get("sec-fetch-site");
    if site.is_some_and(|site| site != "same-origin") {
        return false;
    }
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (Some(origin), None) => sent_to.named(origin.as_bytes()).is_some(),
        (None, _) => may_be_no_browser,
        (Some(_), Some(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;
    use crate::config::Origin;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn a_post_comes_from_our_origin_or_not_at_all() {
        let ours = ["https://ic.example.cn", "https://www.example.cn"];
        let ours = ours.map(|text| Origin::parse(text).unwrap());
        let request = Request::builder().header("host", "ic.example.cn");
        let request = request.body(Body::empty()).unwrap();
        let ours = SentTo::of(&request, &ours).unwrap();
        let good = ("origin", "https://ic.example.cn");
        let check = |pairs: &[_]| comes_from_us(&headers(pairs), &ours, false);
        assert!(check(&[good]));
        assert!(check(&[good, ("sec-fetch-site", "same-origin")]));
        assert!(!check(&[good, ("sec-fetch-site", "cross-site")]));
        assert!(!check(&[good, ("sec-fetch-site", "same-site")]));
        assert!(!check(&[("origin", "https://evil.example")]));
        assert!(!check(&[("origin", "https://www.example.cn")]));
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
