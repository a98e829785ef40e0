//! JSON on the wire, read by way of [`Value`]: the compiler then makes one
//! reader for each of our types instead of one for text, one for bytes and one
//! for values, which makes the page's wasm a good deal smaller.

use leptos::{
    server::codee::{Decoder, Encoder},
    server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType, codec::Post},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// The encoding of every request, answer, error and server-rendered resource.
#[derive(Clone, Copy, Debug)]
pub struct Wire;

/// The protocol of every server function: a POST with JSON both ways.
pub type PostJson = Post<Wire>;

impl ContentType for Wire {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for Wire {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for Wire {
    type Error = serde_json::Error;

    fn encode(value: &T) -> Result<Bytes, Self::Error> {
        serde_json::to_string(value).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for Wire {
    type Error = serde_json::Error;

    fn decode(bytes: Bytes) -> Result<T, Self::Error> {
        let text = std::str::from_utf8(&bytes).map_err(serde::de::Error::custom)?;
        <Self as Decoder<T>>::decode(text)
    }
}

impl<T: Serialize> Encoder<T> for Wire {
    type Error = serde_json::Error;
    type Encoded = String;

    fn encode(value: &T) -> Result<String, Self::Error> {
        serde_json::to_string(value)
    }
}

impl<T: DeserializeOwned> Decoder<T> for Wire {
    type Error = serde_json::Error;
    type Encoded = str;

    fn decode(text: &str) -> Result<T, Self::Error> {
        serde_json::from_str::<Value>(text).and_then(serde_json::from_value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{ApiError, ErrorCode};

    #[test]
    fn what_was_written_is_read() {
        let error = ApiError::new(ErrorCode::NotFound, String::from("r-1"));
        let bytes = <Wire as Encodes<ApiError>>::encode(&error).unwrap();
        assert_eq!(<Wire as Decodes<ApiError>>::decode(bytes).unwrap(), error);
        let broken = Bytes::from_static(b"\xff{}");
        assert!(<Wire as Decodes<ApiError>>::decode(broken).is_err());
    }
}
