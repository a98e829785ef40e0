//! `cargo xtask run`: builds what is missing, makes the demo, starts the
//! server and the bridge with software cards, and waits for Ctrl-C.

use crate::{
    console,
    demo::{self, Options},
    error::{Error, Result},
    native, packages,
    processes::{Children, Event},
    site, stack,
    wasm::Toolchain,
};

/// Starts the product with its demo.
///
/// # Errors
/// When something can't be built or started, or ends by itself.
pub(crate) fn run(options: &Options) -> Result<()> {
    packages::ensure(&[packages::BUILD, Toolchain::choose()?.packages()])?;
    site::build()?;
    native::build_all()?;
    let demo = demo::make(options)?;
    let settings = options.settings()?;
    let mut children = Children::new()?;
    console::step("Starting the server and the bridge");
    stack::start_server(&mut children, &settings)?;
    stack::start_bridge(&mut children, &settings, &demo)?;
    demo.print();
    match children.wait() {
        Event::Interrupted => {
            console::step("Stopping");
            Ok(())
        }
        event => Err(Error::Said(format!("{event}; stopping the others"))),
    }
}
