//! A key on USB, seen by Debian's kernel and Debian's Chromium in a virtual machine: no
//! machine has to have USB for it, and nothing stands in for `navigator.usb`. Playwright
//! (`end2end/usb/`) starts the machine, the server and the keys; this prepares the kernel
//! and builds the rest.

use crate::{
    error::Error,
    files, native, npm,
    packages::{self, Group},
    processes::Children,
    site,
    steps::Steps,
};

mod kernel;

use self::kernel::Kernel;

/// What the virtual machine needs besides browsers and cards.
pub(super) const NEEDED: [Group; 3] = [packages::USB, packages::BROWSERS, packages::CARDS];

/// Why this part can't run here, if it can't: whoever asks for everything gets everything
/// else.
pub(super) fn why_not() -> Option<String> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Some("its kernel is Debian's for x86-64, on Linux".to_owned());
    }
    if !packages::are_installed(&NEEDED) && !packages::can_install() {
        return Some("packages are missing, and this is not root with apt-get".to_owned());
    }
    None
}

/// Builds everything and runs Playwright with these further arguments; with `names`, the
/// tests whose file or title holds one of them.
pub(super) fn run(steps: &mut Steps, names: &[String], arguments: &[String]) {
    let mut kernel = None;
    steps.run("a kernel for the virtual machine", || {
        kernel = Some(Kernel::prepare()?);
        Ok(())
    });
    let Some(kernel) = kernel else {
        return;
    };
    steps.run("a key on USB, in a virtual machine", || {
        npm::ensure()?;
        site::build()?;
        native::build_all()?;
        let mut playwright = npm::program("playwright");
        playwright.args(["test", "--config", "usb/playwright.config.ts"]);
        if !names.is_empty() {
            playwright.args(["--grep", &super::e2e::pattern(names)]);
        }
        let programs = native::program("server");
        let xtask = std::env::current_exe().map_err(Error::file("xtask"))?;
        playwright
            .args(arguments)
            .current_dir(npm::folder())
            .env("IC_CARD_PROGRAMS", programs.parent().unwrap_or(&programs))
            .env("IC_CARD_SITE", site::folder())
            .env("IC_CARD_SCREENSHOTS", files::target().join("screenshots"))
            .env("IC_CARD_XTASK", xtask)
            .env("IC_CARD_USB_KERNEL", &kernel.image)
            .env("IC_CARD_USB_INITRAMFS", &kernel.initramfs)
            .env("CARGO_TARGET_DIR", files::target());
        Children::new()?.run("playwright", &mut playwright)
    });
}
