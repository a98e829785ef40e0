//! The entries of a list header, the last first; and what one of them says. A comma
//! inside of a quoted string (RFC 9110 §5.6.4) separates nothing.

/// The entries of one line, from its end, without the white space around them.
pub(super) struct Elements<'a>(Option<&'a [u8]>);

impl<'a> Elements<'a> {
    pub(super) const fn of(line: &'a [u8]) -> Self {
        Self(Some(line))
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let line = self.0.take()?;
        let mut is_quoted = false;
        for (at, byte) in line.iter().enumerate().rev() {
            match byte {
                b'"' if !(is_quoted && is_escaped(line, at)) => is_quoted = !is_quoted,
                b',' if !is_quoted => {
                    let (rest, element) = line.split_at(at);
                    self.0 = Some(rest);
                    return element.get(1..).map(<[u8]>::trim_ascii);
                }
                _ => {}
            }
        }
        Some(line.trim_ascii())
    }
}

/// Whether an odd number of backslashes stands before it.
fn is_escaped(line: &[u8], at: usize) -> bool {
    let before = line.iter().take(at).rev();
    before.take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// The node of an entry of `X-Forwarded-For`, which some proxies put into quotation
/// marks.
pub(super) fn plain(element: &[u8]) -> Option<String> {
    value(element)
}

/// The node of an entry of `Forwarded`: its one `for`.
pub(super) fn forwarded_for(element: &[u8]) -> Option<String> {
    let mut found = None;
    let mut rest = element;
    loop {
        let end = end_of_pair(rest)?;
        let (pair, after) = rest.split_at(end);
        let pair = pair.trim_ascii();
        if !pair.is_empty() {
            let equals = pair.iter().position(|byte| *byte == b'=')?;
            let (name, said) = pair.split_at(equals);
            let said = value(said.get(1..)?)?;
            if !name.iter().copied().all(is_token) || name.is_empty() {
                return None;
            }
            // Said twice, it says nothing.
            if name.eq_ignore_ascii_case(b"for") && found.replace(said).is_some() {
                return None;
            }
        }
        match after.split_first() {
            Some((_semicolon, after)) => rest = after,
            None => return found,
        }
    }
}

/// Where the next semicolon outside of quotation marks is, or the end; `None` where a
/// quoted string does not end.
fn end_of_pair(text: &[u8]) -> Option<usize> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (at, byte) in text.iter().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            b';' if !is_quoted => return Some(at),
            _ => {}
        }
    }
    (!is_quoted).then_some(text.len())
}

/// A token, or what a quoted string says. Nodes that belong into quotation marks and
/// have none (`for=[2001:db8::1]:80`) are common, and can't be taken for another thing.
fn value(text: &[u8]) -> Option<String> {
    let bytes = if let Some(quoted) = text.strip_prefix(b"\"") {
        unquoted(quoted)?
    } else {
        let is_plain = |byte: u8| is_token(byte) || matches!(byte, b'[' | b']' | b':');
        if text.is_empty() || !text.iter().copied().all(is_plain) {
            return None;
        }
        text.to_vec()
    };
    String::from_utf8(bytes).ok()
}

/// What stands before the closing quotation mark, which has to be the end.
fn unquoted(text: &[u8]) -> Option<Vec<u8>> {
    let mut said = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    loop {
        match bytes.next()? {
            b'"' => return bytes.next().is_none().then_some(said),
            b'\\' => said.push(*bytes.next()?),
            byte => said.push(*byte),
        }
    }
}

/// RFC 9110 §5.6.2.
const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
}
