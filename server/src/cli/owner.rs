//! Whose a command is that root types in the folder of a service: the service's. Root
//! that made files there would have to give them away, and the service, or who broke into
//! it, could lead it elsewhere by a link. So root becomes the folder's owner before
//! anything of the folder is read, and what is not the owner's stays closed.

use std::{
    env, fs,
    io::{self, Write as _},
    os::unix::{fs::MetadataExt as _, process::CommandExt as _},
    path::Path,
    process::Command,
};

use rustix::process::geteuid;

/// This program, whatever lies at its path by now, and whoever may look for it there.
const ITSELF: &str = "/proc/self/exe";

/// Goes on as whoever owns `folder`, or the nearest folder above it that is there. Comes
/// back where there is nothing to do: the user is not root, or the folder is root's.
///
/// # Errors
///
/// The system's: root in a container that may not become somebody else.
pub(super) fn become_owner_of(folder: &Path) -> io::Result<()> {
    if !geteuid().is_root() {
        return Ok(());
    }
    let folder = std::path::absolute(folder)?;
    let Some(owner) = folder.ancestors().find_map(|path| fs::metadata(path).ok()) else {
        return Ok(());
    };
    if owner.uid() == 0 {
        return Ok(());
    }
    // Told even where the log is off: a file that root can read may be closed now.
    let told = format!(
        "as user {}, whose folder {} is\n",
        owner.uid(),
        folder.display()
    );
    io::stderr().write_all(told.as_bytes())?;
    let mut arguments = env::args_os();
    let name = arguments.next().unwrap_or_default();
    // Becoming another user takes root's other groups away, too.
    Err(Command::new(ITSELF)
        .arg0(name)
        .args(arguments)
        .gid(owner.gid())
        .uid(owner.uid())
        .exec())
}
