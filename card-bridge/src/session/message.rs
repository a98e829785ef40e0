//! Reading requests: JSON-RPC 2.0, strictly, with an error code for each way
//! to be wrong. A PIN within is never copied to where it isn't wiped.

use std::borrow::Cow;

use card_protocol::{
    CardError,
    bridge::{CARD_ERROR, Call, RpcError, Version},
};
use serde::{Deserialize, Serialize, de::IgnoredAny};
use serde_json::{Value, value::RawValue};
use zeroize::Zeroizing;

const PARSE_ERROR: i32 = -32700;
const INVALID_REQUEST: i32 = -32600;
const METHOD_NOT_FOUND: i32 = -32601;
const INVALID_PARAMS: i32 = -32602;

/// The names of all [`Call`]s.
const METHODS: [&str; 15] = [
    "hello",
    "request_grant",
    "present_grant",
    "watch",
    "identify",
    "authenticate",
    "sign_statement",
    "change_pin",
    "run_program",
    "release",
    "cancel",
    "virtual_cards",
    "virtual_insert",
    "virtual_remove",
    "virtual_readers",
];

/// A message that is no request of ours.
#[derive(Debug)]
pub(super) struct Malformed {
    /// The request's id, if it could be read.
    pub(super) id: Option<u64>,
    pub(super) error: RpcError,
}

impl Malformed {
    fn new(id: Option<u64>, code: i32, message: &'static str) -> Self {
        let error = RpcError {
            code,
            message: message.to_owned(),
            data: CardError::BadRequest,
        };
        Self { id, error }
    }

    pub(super) fn invalid_request(id: Option<u64>, message: &'static str) -> Self {
        Self::new(id, INVALID_REQUEST, message)
    }

    pub(super) fn unknown_method(id: u64) -> Self {
        Self::new(Some(id), METHOD_NOT_FOUND, "unknown method")
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<'a> {
    #[serde(rename = "jsonrpc")]
    _jsonrpc: Version,
    id: u64,
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct OnlyId {
    id: u64,
}

/// Reads one message.
pub(super) fn parse(text: &str) -> Result<(u64, Call), Malformed> {
    let Ok(envelope) = serde_json::from_str::<Envelope<'_>>(text) else {
        if serde_json::from_str::<IgnoredAny>(text).is_err() {
            return Err(Malformed::new(None, PARSE_ERROR, "not JSON"));
        }
        let id = serde_json::from_str::<OnlyId>(text)
            .ok()
            .map(|only| only.id);
        return Err(Malformed::invalid_request(id, "not a JSON-RPC 2.0 request"));
    };
    let id = envelope.id;
    if !METHODS.contains(&&*envelope.method) {
        return Err(Malformed::unknown_method(id));
    }
    let params = envelope.params.map_or("{}", RawValue::get);
    // With the method in front, serde reads the parameters straight into their
    // places; otherwise it would keep a copy of them, PINs and all.
    let parts = [
        r#"{"method":""#,
        &envelope.method,
        r#"","params":"#,
        params,
        "}",
    ];
    let mut call = Zeroizing::new(String::with_capacity(parts.map(str::len).iter().sum()));
    call.extend(parts);
    serde_json::from_str(&call)
        .map(|call| (id, call))
        .map_err(|_wrong| Malformed::new(Some(id), INVALID_PARAMS, "invalid params"))
}

/// An answer in its JSON form.
pub(super) fn value(answer: &impl Serialize) -> Result<Value, CardError> {
    serde_json::to_value(answer).map_err(|error| {
        tracing::error!(%error, "an answer has no JSON form");
        CardError::ReaderError
    })
}

/// The JSON-RPC form of an error of the closed list.
pub(super) fn rpc_error(error: CardError) -> RpcError {
    RpcError {
        code: if error == CardError::BadRequest {
            INVALID_PARAMS
        } else {
            CARD_ERROR
        },
        message: error.to_string(),
        data: error,
    }
}

#[cfg(test)]
mod tests {
    use card_protocol::bridge::Call;

    use super::{METHODS, parse};

    fn code(text: &str) -> (Option<u64>, i32) {
        let malformed = parse(text).unwrap_err();
        (malformed.id, malformed.error.code)
    }

    #[test]
    fn requests_are_read() {
        let text = r#"{"jsonrpc":"2.0","id":7,"params":{"reader":"r","card":"c","challenge":{"body":"b","signature":"s"},"pin":"123456"},"method":"authenticate"}"#;
        let (id, call) = parse(text).unwrap();
        assert_eq!(id, 7);
        let Call::Authenticate {
            reader,
            challenge,
            pin,
            ..
        } = call
        else {
            panic!("{call:?}");
        };
        assert_eq!((reader.as_str(), challenge.body.as_str()), ("r", "b"));
        assert_eq!(pin.unwrap().0, "123456");
        let (_, call) = parse(r#"{"jsonrpc":"2.0","id":1,"method":"watch"}"#).unwrap();
        assert!(matches!(call, Call::Watch {}));
    }

    #[test]
    fn each_way_to_be_wrong_has_its_code() {
        for (text, expected) in [
            ("", (None, -32700)),
            ("{", (None, -32700)),
            (&"[".repeat(60_000), (None, -32700)),
            ("[]", (None, -32600)),
            ("1", (None, -32600)),
            (r#"{"id":3}"#, (Some(3), -32600)),
            (
                r#"{"jsonrpc":"1.0","id":3,"method":"watch"}"#,
                (Some(3), -32600),
            ),
            (
                r#"{"jsonrpc":"2.0","id":"3","method":"watch"}"#,
                (None, -32600),
            ),
            (
                r#"{"jsonrpc":"2.0","id":-3,"method":"watch"}"#,
                (None, -32600),
            ),
            (
                r#"{"jsonrpc":"2.0","id":3,"method":"watch","x":1}"#,
                (Some(3), -32600),
            ),
            (
                r#"{"jsonrpc":"2.0","id":3,"method":"transmit"}"#,
                (Some(3), -32601),
            ),
            (
                r#"{"jsonrpc":"2.0","id":3,"method":"Watch"}"#,
                (Some(3), -32601),
            ),
            (
                r#"{"jsonrpc":"2.0","id":3,"method":"identify"}"#,
                (Some(3), -32602),
            ),
            (
                r#"{"jsonrpc":"2.0","id":3,"method":"identify","params":[]}"#,
                (Some(3), -32602),
            ),
            (
                r#"{"jsonrpc":"2.0","id":3,"method":"identify","params":{"reader":1}}"#,
                (Some(3), -32602),
            ),
            (
                r#"{"jsonrpc":"2.0","id":3,"method":"identify","params":{"reader":"r","apdu":"00"}}"#,
                (Some(3), -32602),
            ),
        ] {
            assert_eq!(code(text), expected, "{}", &text[..text.len().min(99)]);
        }
    }

    #[test]
    fn every_method_is_known() {
        for method in METHODS {
            let text = format!(r#"{{"method":"{method}","params":{{}}}}"#);
            if let Err(error) = serde_json::from_str::<Call>(&text) {
                assert!(error.to_string().contains("missing field"), "{error}");
            }
        }
    }
}
