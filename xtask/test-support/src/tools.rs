//! Programs that nobody here wrote, as judges of our cards.

use std::{
    fs,
    path::Path,
    process::{Command, ExitStatus, Stdio},
};

use tempfile::TempDir;

/// How `timeout` ends when the program did not end in time.
const NOT_IN_TIME: i32 = 124;

/// The folder in which they run, with the files that they read and write.
pub struct ToolFolder(TempDir);

impl ToolFolder {
    /// An empty one.
    pub fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// Where it is; it goes with this.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Puts a file into it.
    pub fn write(&self, file: &str, contents: impl AsRef<[u8]>) {
        fs::write(self.path().join(file), contents).unwrap();
    }

    /// What is in a file of it.
    pub fn read(&self, file: &str) -> Vec<u8> {
        fs::read(self.path().join(file)).unwrap()
    }

    /// A command that will run in it.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        // Nothing of an earlier card may come out of a tool's cache.
        command
            .current_dir(self.path())
            .env("HOME", self.path())
            .env_remove("XDG_CACHE_HOME");
        command
    }

    /// Runs a tool; how it ended and what it wrote.
    pub fn attempt(&self, tool: &str, args: &[&str]) -> (ExitStatus, String) {
        let output = self
            .command("timeout")
            .args(["60", tool])
            .args(args)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status, String::from_utf8_lossy(&text).into_owned())
    }

    /// Runs a tool that must succeed; what it wrote.
    #[track_caller]
    pub fn run(&self, tool: &str, args: &[&str]) -> String {
        let (status, text) = self.attempt(tool, args);
        assert!(status.success(), "{tool} {args:?}: {status}\n{text}");
        text
    }

    /// Runs a tool that must fail; what it wrote.
    #[track_caller]
    pub fn fail(&self, tool: &str, args: &[&str]) -> String {
        let (status, text) = self.attempt(tool, args);
        assert!(
            !status.success() && status.code() != Some(NOT_IN_TIME),
            "{tool} {args:?}\n{text}"
        );
        text
    }
}

impl Default for ToolFolder {
    fn default() -> Self {
        Self::new()
    }
}
