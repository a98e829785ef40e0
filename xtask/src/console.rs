//! What the tool chain says: steps as they begin, and what came out of them.
//! Progress goes to standard error, results to standard output.

use std::{io, time::Instant};

/// A step begins.
pub(crate) fn step(text: &str) {
    line(&mut io::stderr(), &format!("==> {text}"));
}

/// Something worth knowing about the step.
pub(crate) fn note(text: &str) {
    line(&mut io::stderr(), &format!("    {text}"));
}

/// A result, for people and for pipes.
pub(crate) fn result(text: &str) {
    line(&mut io::stdout(), text);
}

/// Says how long a step takes that says nothing itself.
pub(crate) fn timed<T>(text: &str, work: impl FnOnce() -> T) -> T {
    step(&format!("{text} …"));
    let start = Instant::now();
    let done = work();
    note(&format!("{:.1} s", start.elapsed().as_secs_f32()));
    done
}

fn line(stream: &mut impl io::Write, text: &str) {
    // A closed terminal is no reason to leave a build half done.
    let _ = writeln!(stream, "{text}");
    let _ = stream.flush();
}
