//! What the other side asks for: a line of the Assuan protocol, as pinentry takes it.

use std::time::Duration;

/// A line.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Request {
    /// Says something about the next question.
    Set(Part, String),
    /// The question ends by itself after this; zero means never.
    Timeout(Duration),
    /// Asks for a PIN.
    GetPin,
    /// Asks whether something is to be done.
    Confirm,
    /// Forgets what was set.
    Reset,
    /// The end.
    Bye,
    /// Something that changes nothing here.
    Ignored,
    /// No command of the protocol.
    Unknown,
}

/// A text of a question.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Part {
    /// The window's title.
    Title,
    /// What it is about.
    Description,
    /// Before the field.
    Prompt,
    /// Before the second field; there is one if this was set.
    Repeat,
    /// What stands there when the two differ.
    RepeatError,
    /// What went wrong the last time.
    Error,
    /// The button that goes on.
    Ok,
    /// The button that does not.
    Cancel,
}

/// Reads a line.
pub(crate) fn parse(line: &str) -> Request {
    let (command, rest) = line.split_once(' ').unwrap_or((line, ""));
    let set = |part| Request::Set(part, unescape(rest));
    match command.to_ascii_uppercase().as_str() {
        "SETTITLE" => set(Part::Title),
        "SETDESC" => set(Part::Description),
        "SETPROMPT" => set(Part::Prompt),
        "SETREPEAT" => set(Part::Repeat),
        "SETREPEATERROR" => set(Part::RepeatError),
        "SETERROR" => set(Part::Error),
        "SETOK" => set(Part::Ok),
        "SETCANCEL" => set(Part::Cancel),
        "SETTIMEOUT" => rest.trim().parse().map_or(Request::Unknown, |seconds| {
            Request::Timeout(Duration::from_secs(seconds))
        }),
        "GETPIN" => Request::GetPin,
        "CONFIRM" => Request::Confirm,
        "RESET" => Request::Reset,
        "BYE" => Request::Bye,
        "OPTION" | "NOP" | "SETKEYINFO" | "SETNOTOK" | "SETQUALITYBAR" => Request::Ignored,
        _ if command.is_empty() || command.starts_with('#') => Request::Ignored,
        _ => Request::Unknown,
    }
}

/// Reads `%XX`; what is no such escape stays as it is.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = match rest {
            [b'%', high, low, tail @ ..] => std::str::from_utf8(&[*high, *low])
                .ok()
                .and_then(|digits| u8::from_str_radix(digits, 16).ok())
                .map(|byte| (byte, tail)),
            _ => None,
        };
        let (byte, tail) = escaped.unwrap_or((*first, tail));
        bytes.push(byte);
        rest = tail;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Writes `%`, and what ends a line, as `%XX`, into a buffer that is never moved.
pub(crate) fn push_escaped(line: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '%' => line.push_str("%25"),
            '\r' => line.push_str("%0D"),
            '\n' => line.push_str("%0A"),
            other => line.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read() {
        let set = |part, text: &str| Request::Set(part, text.to_owned());
        assert_eq!(parse("SETTITLE IC卡"), set(Part::Title, "IC卡"));
        assert_eq!(
            parse("SETDESC 一%0A二 100%25 %zz %4"),
            set(Part::Description, "一\n二 100% %zz %4")
        );
        assert_eq!(parse("setprompt PIN"), set(Part::Prompt, "PIN"));
        assert_eq!(
            parse("SETTIMEOUT 90"),
            Request::Timeout(Duration::from_secs(90))
        );
        assert_eq!(parse("SETTIMEOUT soon"), Request::Unknown);
        assert_eq!(parse("GETPIN"), Request::GetPin);
        assert_eq!(parse("OPTION ttyname=/dev/tty"), Request::Ignored);
        assert_eq!(parse("SETPIN 123456"), Request::Unknown);
        assert_eq!(parse(""), Request::Ignored);
    }

    #[test]
    fn what_is_written_stays_on_its_line() {
        let mut line = String::new();
        push_escaped(&mut line, "1%\r\n2");
        assert_eq!(line, "1%25%0D%0A2");
        assert_eq!(unescape(&line), "1%\r\n2");
    }
}
