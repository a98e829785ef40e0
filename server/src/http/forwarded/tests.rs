//! Every form in which proxies write an address, and clients that lie in front of it.

use proptest::prelude::*;

use super::*;

fn http(header: ForwardedHeader, proxies: &[&str]) -> Http {
    Http {
        trust_forwarded_for: true,
        forwarded_header: header,
        proxies: proxies.iter().map(|text| text.parse().unwrap()).collect(),
        ..Http::default()
    }
}

fn ask(http: &Http, lines: &[&[u8]]) -> Forwarded {
    let mut headers = HeaderMap::new();
    for line in lines {
        let value = axum::http::HeaderValue::from_bytes(line).unwrap();
        headers.append(http.forwarded_header.name(), value);
    }
    client(http, &headers, "127.0.0.1".parse().unwrap())
}

fn is(address: &str) -> Forwarded {
    Forwarded::Client(address.parse().unwrap())
}

const LISTED: ForwardedHeader = ForwardedHeader::XForwardedFor;
const STANDARD: ForwardedHeader = ForwardedHeader::Forwarded;

#[test]
fn every_form_of_x_forwarded_for_is_understood() {
    let http = http(LISTED, &[]);
    for (line, address) in [
        ("203.0.113.1", "203.0.113.1"),
        ("203.0.113.1:51234", "203.0.113.1"),
        ("203.0.113.1:_x", "203.0.113.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:51234", "2001:db8::1"),
        ("\"[2001:db8::1]:51234\"", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%eth0]:1", "fe80::1"),
        ("::ffff:203.0.113.1", "203.0.113.1"),
        (" 10.9.9.9 ,\t203.0.113.1 ", "203.0.113.1"),
        (",,203.0.113.1", "203.0.113.1"),
        ("unknown, 203.0.113.1", "203.0.113.1"),
        ("\", 203.0.113.1", "203.0.113.1"),
    ] {
        assert_eq!(ask(&http, &[line.as_bytes()]), is(address), "{line}");
    }
}

#[test]
fn every_form_of_forwarded_is_understood() {
    let http = http(STANDARD, &[]);
    for (line, address) in [
        ("for=203.0.113.1", "203.0.113.1"),
        ("For=\"203.0.113.1:51234\"", "203.0.113.1"),
        ("for=\"[2001:db8::1]\"", "2001:db8::1"),
        ("for=\"[2001:db8::1]:51234\"", "2001:db8::1"),
        ("for=\"[2001:db8::1]:_port\"", "2001:db8::1"),
        ("for=\"203\\.0.113.\\1\"", "203.0.113.1"),
        ("for=[2001:db8::1]:80", "2001:db8::1"),
        ("proto=https;for=203.0.113.1;by=_own", "203.0.113.1"),
        (";proto=https; FOR=203.0.113.1;", "203.0.113.1"),
        ("host=\"a;for=1.1.1.1,\";for=203.0.113.1", "203.0.113.1"),
        ("for=_hidden, for=203.0.113.1", "203.0.113.1"),
        ("for=\"10.9.9.9, for=203.0.113.1", "203.0.113.1"),
        ("for=\"\\\", for=\"[2001:db8::1]\"", "2001:db8::1"),
    ] {
        assert_eq!(ask(&http, &[line.as_bytes()]), is(address), "{line}");
    }
}

#[test]
fn what_says_no_address_is_not_understood() {
    for (header, lines) in [
        (
            LISTED,
            &[
                "",
                ",",
                "203.0.113.1,",
                "203.0.113.1, ",
                "unknown",
                "_hidden",
                "nonsense",
                "203.0.113.1:",
                "203.0.113.1:65536",
                "203.0.113.1:+1",
                "203.0.113",
                "0203.0.113.1",
                "[2001:db8::1",
                "[2001:db8::1]51234",
                "[203.0.113.1]",
                "fe80::1%",
                "\"203.0.113.1",
                "203.0.113.1 203.0.113.2",
                "for=203.0.113.1",
            ][..],
        ),
        (
            STANDARD,
            &[
                "",
                "for=",
                "for",
                "203.0.113.1",
                "for=unknown",
                "for=_hidden",
                "proto=https",
                "for=203.0.113.1;for=203.0.113.2",
                "for=203.0.113.1;x",
                "for =203.0.113.1",
                "for=\"203.0.113.1",
                "for=\"203.0.113.1\"x",
                "for=203.0.113.1,",
                "=203.0.113.1",
                "for=203.0.113.1;=x",
            ][..],
        ),
    ] {
        let http = http(header, &[]);
        for line in lines {
            let said = ask(&http, &[line.as_bytes()]);
            assert_eq!(said, Forwarded::NotUnderstood, "{header:?} {line:?}");
        }
    }
    // Bytes that are no text, in the entry that counts and before it.
    let http = http(LISTED, &[]);
    assert_eq!(ask(&http, &[b"\xff"]), Forwarded::NotUnderstood);
    assert_eq!(ask(&http, &[b"\xff, 203.0.113.1"]), is("203.0.113.1"));
}

#[test]
fn several_lines_are_one_list() {
    let http = http(LISTED, &[]);
    assert_eq!(
        ask(&http, &[b"10.9.9.9", b"203.0.113.1"]),
        is("203.0.113.1")
    );
    assert_eq!(ask(&http, &[b"203.0.113.1", b""]), Forwarded::NotUnderstood);
    assert_eq!(ask(&http, &[]), Forwarded::Missing);
}

#[test]
fn the_other_header_and_a_stranger_s_are_claims() {
    let mut headers = HeaderMap::new();
    headers.append("forwarded", "for=203.0.113.1".parse().unwrap());
    let peer = "127.0.0.1".parse().unwrap();
    let listed = http(LISTED, &[]);
    assert_eq!(client(&listed, &headers, peer), Forwarded::Missing);
    let standard = http(STANDARD, &[]);
    assert_eq!(client(&standard, &headers, peer), is("203.0.113.1"));
    let not_it = http(STANDARD, &["10.0.0.0/8"]);
    assert_eq!(client(&not_it, &headers, peer), Forwarded::Direct);
    let nobody = Http::default();
    assert_eq!(client(&nobody, &headers, peer), Forwarded::Direct);
}

#[test]
fn named_proxies_are_passed_over() {
    let http = http(LISTED, &["127.0.0.1", "10.0.0.0/8"]);
    for (line, address) in [
        ("203.0.113.1", "203.0.113.1"),
        ("198.51.100.1, 203.0.113.1, 10.1.1.1", "203.0.113.1"),
        ("203.0.113.1, 10.1.1.1, ::ffff:10.1.1.2", "203.0.113.1"),
        // A request of an own proxy's itself.
        ("10.1.1.1", "10.1.1.1"),
        ("10.1.1.2, 10.1.1.1", "10.1.1.2"),
    ] {
        assert_eq!(ask(&http, &[line.as_bytes()]), is(address), "{line}");
    }
    let hidden = ask(&http, &[b"203.0.113.1, unknown, 10.1.1.1"]);
    assert_eq!(hidden, Forwarded::NotUnderstood);
    let endless = "10.1.1.1, ".repeat(5000) + "10.1.1.1";
    assert_eq!(ask(&http, &[endless.as_bytes()]), is("10.1.1.1"));
}

/// What a header may hold at all.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let telling = prop::sample::select(&b"\",;=\\[]:%._ \tfor123"[..]);
    let any = any::<u8>().prop_filter("no control characters", |byte| *byte >= 32 && *byte != 127);
    prop::collection::vec(prop_oneof![4 => telling, 1 => any], 0..80)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Whatever a client puts in front, the proxy's own entry is what counts.
    #[test]
    fn no_client_chooses_its_address(
        before in bytes(),
        port in prop::option::of(1_u16..),
        bits in any::<u128>(),
        is_v4 in any::<bool>(),
        on_a_line_of_its_own in any::<bool>(),
    ) {
        let (own, [listed, standard]) = if is_v4 {
            let own = std::net::Ipv4Addr::from_bits((bits >> 96) as u32);
            let node = port.map_or(own.to_string(), |port| format!("{own}:{port}"));
            (IpAddr::V4(own), [node.clone(), format!("for=\"{node}\"")])
        } else {
            let own = std::net::Ipv6Addr::from_bits(bits);
            let node = port.map_or(format!("[{own}]"), |port| format!("[{own}]:{port}"));
            (IpAddr::V6(own), [node.clone(), format!("proto=https;for=\"{node}\"")])
        };
        for (header, added) in [(LISTED, listed), (STANDARD, standard)] {
            let http = http(header, &[]);
            let said = if on_a_line_of_its_own {
                ask(&http, &[&before, added.as_bytes()])
            } else {
                ask(&http, &[&[&before, &b", "[..], added.as_bytes()].concat()])
            };
            prop_assert_eq!(said, Forwarded::Client(own.to_canonical()));
        }
    }

    /// No bytes make it fail, and what is understood is an address that stands there.
    #[test]
    fn no_bytes_make_it_fail(line in bytes()) {
        for header in [LISTED, STANDARD] {
            let said = ask(&http(header, &["127.0.0.1", "10.0.0.0/8"]), &[&line]);
            prop_assert_ne!(said, Forwarded::Direct);
            prop_assert_ne!(said, Forwarded::Missing);
        }
    }
}
