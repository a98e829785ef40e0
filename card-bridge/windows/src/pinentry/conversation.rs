//! The conversation with whoever started this: questions are put together line by
//! line, shown by a [`Desktop`], and answered.

use std::{
    io::{self, BufRead, Write},
    time::Duration,
};

use zeroize::Zeroizing;

use crate::request::{Part, Request, parse, push_escaped};

/// More digits than any PIN has.
const PIN_ROOM: usize = 32;

/// What a window shows.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Question {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) prompt: String,
    /// The second field's prompt.
    pub(crate) repeat: Option<String>,
    pub(crate) repeat_error: String,
    pub(crate) error: String,
    pub(crate) ok: String,
    pub(crate) cancel: String,
    /// When it ends by itself.
    pub(crate) timeout: Option<Duration>,
}

/// Why a question has no answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The person closed the window, or said no.
    #[error("cancelled")]
    Cancelled,
    /// Nobody answered in time.
    #[error("nobody answered")]
    TimedOut,
    /// There is no window to be had.
    #[error("no window")]
    NoWindow,
}

impl Refusal {
    /// As libgpg-error numbers it, from pinentry.
    const fn code(self) -> u32 {
        const PINENTRY: u32 = 5 << 24;
        PINENTRY
            | match self {
                Self::Cancelled => 99,
                Self::TimedOut => 62,
                Self::NoWindow => 257,
            }
    }
}

/// Shows questions to a person.
pub(crate) trait Desktop {
    /// Asks for a PIN.
    fn pin(&mut self, question: &Question) -> Result<Zeroizing<String>, Refusal>;

    /// Asks for a yes.
    fn confirm(&mut self, question: &Question) -> Result<(), Refusal>;
}

/// Answers requests until BYE or the end of `input`.
///
/// # Errors
/// When the other side is gone.
pub(crate) fn hold(
    mut input: impl BufRead,
    output: &mut impl Write,
    desktop: &mut impl Desktop,
) -> io::Result<()> {
    output.write_all(b"OK Pleased to meet you\n")?;
    let mut question = Question::default();
    let mut line = String::new();
    loop {
        line.clear();
        if input.read_line(&mut line)? == 0 {
            return Ok(());
        }
        match parse(line.trim_end_matches(['\r', '\n'])) {
            Request::Bye => return output.write_all(b"OK closing connection\n"),
            Request::Set(part, text) => question.set(part, text),
            Request::Timeout(limit) => {
                question.timeout = Some(limit).filter(|limit| !limit.is_zero());
            }
            Request::Reset => question = Question::default(),
            Request::Ignored => {}
            Request::Unknown => {
                output.write_all(b"ERR 83886355 Unknown IPC command <Pinentry>\n")?;
                continue;
            }
            Request::GetPin => {
                let answer = desktop.pin(&question);
                question.forget();
                match answer {
                    Ok(pin) => tell(output, &pin, question.repeat.is_some())?,
                    Err(refusal) => {
                        refuse(output, refusal)?;
                        continue;
                    }
                }
            }
            Request::Confirm => {
                let answer = desktop.confirm(&question);
                question.forget();
                if let Err(refusal) = answer {
                    refuse(output, refusal)?;
                    continue;
                }
            }
        }
        output.write_all(b"OK\n")?;
    }
}

impl Question {
    fn set(&mut self, part: Part, text: String) {
        match part {
            Part::Title => self.title = text,
            Part::Description => self.description = text,
            Part::Prompt => self.prompt = text,
            Part::Repeat => self.repeat = Some(text),
            Part::RepeatError => self.repeat_error = text,
            Part::Error => self.error = text,
            Part::Ok => self.ok = text,
            Part::Cancel => self.cancel = text,
        }
    }

    /// An error is shown once.
    fn forget(&mut self) {
        self.error.clear();
    }
}

/// One write of a buffer that is wiped.
fn tell(output: &mut impl Write, pin: &str, was_repeated: bool) -> io::Result<()> {
    let mut line = Zeroizing::new(String::with_capacity(3 * PIN_ROOM + 8));
    line.push_str("D ");
    push_escaped(&mut line, pin);
    line.push('\n');
    if was_repeated {
        output.write_all(b"S PIN_REPEATED\n")?;
    }
    output.write_all(line.as_bytes())
}

fn refuse(output: &mut impl Write, refusal: Refusal) -> io::Result<()> {
    let line = format!("ERR {} {refusal} <Pinentry>\n", refusal.code());
    output.write_all(line.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A person who answers as told, and what they saw.
    struct Person {
        says: Result<&'static str, Refusal>,
        saw: Vec<Question>,
    }

    impl Desktop for Person {
        fn pin(&mut self, question: &Question) -> Result<Zeroizing<String>, Refusal> {
            self.saw.push(question.clone());
            self.says.map(|pin| Zeroizing::new(pin.to_owned()))
        }

        fn confirm(&mut self, question: &Question) -> Result<(), Refusal> {
            self.saw.push(question.clone());
            self.says.map(drop)
        }
    }

    fn talk(says: Result<&'static str, Refusal>, lines: &str) -> (Vec<String>, Vec<Question>) {
        let mut person = Person {
            says,
            saw: Vec::new(),
        };
        let mut output = Vec::new();
        hold(lines.as_bytes(), &mut output, &mut person).unwrap();
        let said = String::from_utf8(output).unwrap();
        (said.lines().map(str::to_owned).collect(), person.saw)
    }

    #[test]
    fn a_pin_is_asked_for_with_what_was_set() {
        let lines = "SETTITLE IC卡\nSETDESC 请输入%0Ahttps://a.example\nSETTIMEOUT 90\nGETPIN\n";
        let (said, saw) = talk(Ok("1%2"), lines);
        assert_eq!(
            said,
            ["OK Pleased to meet you", "OK", "OK", "OK", "D 1%252", "OK"]
        );
        assert_eq!(saw[0].description, "请输入\nhttps://a.example");
        assert_eq!(saw[0].timeout, Some(Duration::from_secs(90)));
        assert_eq!(saw[0].repeat, None);
    }

    #[test]
    fn a_new_pin_is_said_to_have_been_repeated() {
        let (said, saw) = talk(Ok("654321"), "SETREPEAT 再输入一次\nGETPIN\nBYE\nGETPIN\n");
        assert_eq!(
            said[2..],
            ["S PIN_REPEATED", "D 654321", "OK", "OK closing connection"]
        );
        assert_eq!(saw.len(), 1, "nothing follows BYE");
    }

    #[test]
    fn whoever_says_no_is_heard_and_an_error_is_shown_once() {
        let lines = "SETERROR 密码错误\nGETPIN\nCONFIRM\n";
        let (said, saw) = talk(Err(Refusal::Cancelled), lines);
        let no = "ERR 83886179 cancelled <Pinentry>";
        assert_eq!(said[2..], [no, no]);
        assert_eq!(saw[0].error, "密码错误");
        assert_eq!(saw[1].error, "");
        for (refusal, line) in [
            (Refusal::TimedOut, "ERR 83886142 nobody answered <Pinentry>"),
            (Refusal::NoWindow, "ERR 83886337 no window <Pinentry>"),
        ] {
            assert_eq!(talk(Err(refusal), "GETPIN\n").0[1], line);
        }
    }

    #[test]
    fn what_it_does_not_know_is_refused_and_a_reset_forgets() {
        let (said, saw) = talk(Ok(""), "SETDESC a\nGETSECRETS\nRESET\nCONFIRM\n");
        assert!(said[2].starts_with("ERR 83886355"), "{said:?}");
        assert_eq!(saw[0], Question::default());
    }
}
