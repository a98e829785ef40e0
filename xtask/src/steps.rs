//! A run of several steps tells all that failed, not only the first.

use crate::{
    console,
    error::{Error, Result},
    interrupt,
};

/// What failed so far.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    failed: Vec<String>,
    count: usize,
    interrupted: bool,
}

impl Steps {
    /// Runs a step. When it fails, it is said at once and again at the end, and
    /// the next one runs all the same; after Ctrl-C none does.
    pub(crate) fn run(&mut self, name: &str, step: impl FnOnce() -> Result<()>) {
        if self.interrupted || interrupt::is_requested() {
            self.interrupted = true;
            return;
        }
        self.count = self.count.saturating_add(1);
        console::step(name);
        match step() {
            Ok(()) => {}
            Err(Error::Interrupted) => self.interrupted = true,
            Err(error) => {
                console::step(&format!("FAILED: {name}: {error}"));
                self.failed.push(name.to_owned());
            }
        }
    }

    /// The end of the run.
    ///
    /// # Errors
    /// [`Error::Interrupted`], or [`Error::Steps`] with the name of each step
    /// that failed.
    pub(crate) fn finish(self) -> Result<()> {
        if self.interrupted {
            return Err(Error::Interrupted);
        }
        if self.failed.is_empty() {
            return Ok(());
        }
        Err(Error::Steps {
            failed: self.failed,
            of: self.count,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_after_a_failed_one_run_and_all_failures_are_told() {
        let mut steps = Steps::default();
        let mut ran = 0;
        for (name, good) in [("format", false), ("lints", true), ("tests", false)] {
            steps.run(name, || {
                ran += 1;
                if good {
                    return Ok(());
                }
                Err(Error::Said("no".into()))
            });
        }
        assert_eq!(ran, 3);
        let told = steps.finish().unwrap_err().to_string();
        assert_eq!(told, "2 of 3 steps failed: format; tests");
    }

    #[test]
    fn after_an_interruption_nothing_begins() {
        let mut steps = Steps::default();
        steps.run("lints", || Err(Error::Interrupted));
        steps.run("tests", || panic!("began"));
        assert!(matches!(steps.finish(), Err(Error::Interrupted)));
    }

    #[test]
    fn a_run_in_which_nothing_failed_is_good() {
        let mut steps = Steps::default();
        steps.run("format", || Ok(()));
        assert!(steps.finish().is_ok());
    }
}
