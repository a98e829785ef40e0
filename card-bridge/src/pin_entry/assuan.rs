//! Lines of the Assuan protocol, which `GnuPG`'s `pinentry` programs speak.

use zeroize::Zeroizing;

/// What a line from pinentry says.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Reply {
    /// `OK`: the command is carried out.
    Ok,
    /// `D`: (a part of) the answer.
    Data(Zeroizing<String>),
    /// `ERR` with its code of libgpg-error: the command is not carried out.
    Error(u32),
    /// A status or comment that says nothing to us.
    Other,
}

/// Reads a line; `None` for one that is none of the protocol.
pub(super) fn parse(line: &str) -> Option<Reply> {
    match line.split_once(' ').unwrap_or((line, "")) {
        ("OK", _) => Some(Reply::Ok),
        ("D", data) => unescape(data).map(Reply::Data),
        ("ERR", error) => {
            let code = error.split(' ').next()?;
            code.parse().ok().map(Reply::Error)
        }
        ("S", _) => Some(Reply::Other),
        _ if line.starts_with('#') => Some(Reply::Other),
        _ => None,
    }
}

/// Writes `%`, and what ends a line, as `%XX`.
pub(crate) fn escape(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn unescape(data: &str) -> Option<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(data.len()));
    let mut rest = data.as_bytes();
    loop {
        rest = match rest {
            [] => break,
            [b'%', high, low, rest @ ..] => {
                let digits = [*high, *low];
                let digits = std::str::from_utf8(&digits).ok()?;
                bytes.push(u8::from_str_radix(digits, 16).ok()?);
                rest
            }
            [byte, rest @ ..] => {
                bytes.push(*byte);
                rest
            }
        };
    }
    String::from_utf8(std::mem::take(&mut *bytes))
        .ok()
        .map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::{Reply, escape, parse};

    #[test]
    fn lines_are_read() {
        let data = |text: &str| Some(Reply::Data(Zeroizing::new(text.to_owned())));
        assert_eq!(parse("OK Pleased to meet you"), Some(Reply::Ok));
        assert_eq!(parse("OK"), Some(Reply::Ok));
        assert_eq!(parse("D 123456"), data("123456"));
        assert_eq!(parse("D 12%253456"), data("12%3456"));
        assert_eq!(parse("D 12%2"), data("12%2"));
        assert_eq!(parse("D 12%zz"), None);
        assert_eq!(parse("S PIN_REPEATED"), Some(Reply::Other));
        assert_eq!(parse("# comment"), Some(Reply::Other));
        let cancelled = parse("ERR 83886179 Operation cancelled <Pinentry>");
        assert_eq!(cancelled, Some(Reply::Error(83_886_179)));
        assert_eq!(parse("ERR 83886179"), Some(Reply::Error(83_886_179)));
        assert_eq!(parse("ERR"), None);
        assert_eq!(parse("ERR x"), None);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn text_stays_on_its_line() {
        assert_eq!(escape("100%\r\nBYE"), "100%25%0D%0ABYE");
    }
}
