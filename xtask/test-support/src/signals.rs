//! Signals to the processes of a test, without a program that sends them.

pub use rustix::process::Signal;
use rustix::{
    io::Errno,
    process::{Pid, kill_process},
};

/// Sends one to the process of this number. Whether there is one.
pub fn try_send(id: u32, signal: Signal) -> bool {
    let pid = Pid::from_raw(id.try_into().unwrap()).unwrap();
    match kill_process(pid, signal) {
        Ok(()) => true,
        Err(Errno::SRCH) => false,
        Err(refused) => panic!("{signal:?} to {id}: {refused}"),
    }
}

/// Sends one to a process that is there.
#[track_caller]
pub fn send(id: u32, signal: Signal) {
    assert!(try_send(id, signal), "{signal:?}: no process has id {id}");
}
