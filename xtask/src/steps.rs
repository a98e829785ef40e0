//! A run of several steps tells all that failed, not only the first.

use crate::{
    console,
    error::{Error, Result},
};

/// What failed so far.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    failed: Vec<&'static str>,
    count: usize,
}

impl Steps {
    /// Runs a step. When it fails, it is said at once and again at the end, and
    /// the next one runs all the same.
    pub(crate) fn run(&mut self, name: &'static str, step: impl FnOnce() -> Result<()>) {
        self.count = self.count.saturating_add(1);
        console::step(name);
        if let Err(error) = step() {
            console::step(&format!("FAILED: {name}: {error}"));
            self.failed.push(name);
        }
    }

    /// The end of the run.
    ///
    /// # Errors
    /// [`Error::Steps`], with the name of each step that failed.
    pub(crate) fn finish(self) -> Result<()> {
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
    fn a_run_in_which_nothing_failed_is_good() {
        let mut steps = Steps::default();
        steps.run("format", || Ok(()));
        assert!(steps.finish().is_ok());
    }
}
