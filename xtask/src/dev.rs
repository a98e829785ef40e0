//! `cargo xtask dev`: the product with its demo, built for the one who changes
//! it. A saved file is on the screen within seconds: only the part that it
//! belongs to is built, server and bridge are started anew on the same data,
//! and open pages load by themselves. What does not compile is said in the
//! terminal, and the version before it goes on serving.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    time::{Duration, Instant, SystemTime},
};

use crate::{
    console,
    demo::{self, Demo},
    error::{Error, Result},
    files, native, packages, process,
    processes::{Children, Event},
    stack::{self, Settings},
    wasm::{self, Profile, Toolchain},
};

mod reload;
mod sentences;
mod site;
mod touched;
mod watch;

use reload::{News, Reload};
use sentences::Sentences;
use touched::Part;

/// The compilers, as children.
const NATIVE: &str = "cargo";
const WASM: &str = "cargo (wasm32)";

/// An editor that saves several files is done when it pauses so long.
const PAUSE: Duration = Duration::from_millis(40);

/// Serves the product and follows the sources until Ctrl-C.
///
/// # Errors
/// When it can't be built or started at first.
pub(crate) fn run(options: &demo::Options) -> Result<()> {
    let toolchain = Toolchain::choose()?;
    packages::ensure(&[packages::BUILD, toolchain.packages()])?;
    let mut children = Children::new()?;
    // From here on, so that what is saved while this builds is not missed.
    let _watcher = watch::start(children.sender())?;
    let sentences = Sentences::read();
    let mut settings = options.settings()?;
    let reload = Reload::listen(settings.port)?;
    site::write_script(&reload.script())?;
    site::write_sheet()?;
    console::step("Compiling the pages for the browser, quickly");
    process::run(&mut wasm::compile(&toolchain, Profile::Dev))?;
    site::place_wasm(&toolchain)?;
    native::build_all()?;
    let demo = demo::make(options)?;
    let config = site::folder().with_extension("toml");
    files::write(&config, demo::with_site(&settings.folder, &site::folder())?)?;
    settings.config = Some(config);
    // Puts `dev.js` into the pages (`app::shell`), and lets them listen at this port.
    settings.environment = vec![("IC_CARD_DEV", reload.port().to_string())];
    console::step("Starting the server and the bridge");
    stack::start_server(&mut children, &settings)?;
    stack::start_bridge(&mut children, &settings, &demo)?;
    demo.print();
    console::result(
        "  改动后自动重建、自动刷新。 / Saved files are built, and pages reload by themselves.",
    );
    console::result("");
    let mut dev = Dev {
        children,
        toolchain,
        reload,
        sentences,
        settings,
        demo,
        running: [Program::SERVER, Program::BRIDGE]
            .map(|program| (program.0, program.built()))
            .into(),
    };
    dev.follow()
}

/// What is running, and how it is built.
struct Dev {
    children: Children,
    toolchain: Toolchain,
    reload: Reload,
    sentences: Sentences,
    settings: Settings,
    demo: Demo,
    /// When the programs that run were built, by their names.
    running: BTreeMap<&'static str, Option<SystemTime>>,
}

/// A program that is started anew when it was built anew.
#[derive(Clone, Copy)]
struct Program(&'static str);

impl Program {
    const SERVER: Self = Self(stack::SERVER);
    const BRIDGE: Self = Self(stack::BRIDGE);

    /// When it was built.
    fn built(self) -> Option<SystemTime> {
        let file = std::fs::metadata(native::program(self.0));
        file.and_then(|file| file.modified()).ok()
    }
}

impl Dev {
    /// Does what each change asks for, until Ctrl-C.
    fn follow(&mut self) -> Result<()> {
        loop {
            match self.children.wait() {
                Event::Interrupted => {
                    console::step("Stopping");
                    return Ok(());
                }
                ended @ Event::Ended { .. } => {
                    console::step(&format!("{ended}; it is started at the next change"));
                }
                Event::Changed(paths) => {
                    let start = Instant::now();
                    let paths = self.gather(paths);
                    let touched = touched::by(&paths);
                    if !touched.is_empty() {
                        self.show_sentences(&paths, start);
                        self.update(&touched, start)?;
                    }
                }
            }
        }
    }

    /// What else an editor saves in the same moment.
    fn gather(&mut self, mut paths: Vec<PathBuf>) -> Vec<PathBuf> {
        while let Some(event) = self.children.wait_on(PAUSE) {
            match event {
                Event::Changed(more) => paths.extend(more),
                other => {
                    self.children.put_off(other);
                    break;
                }
            }
        }
        paths.sort();
        paths.dedup();
        paths
    }

    /// Shows what needs no compiler to be seen.
    fn show_sentences(&mut self, paths: &[PathBuf], start: Instant) {
        let changed = paths.iter().flat_map(|path| self.sentences.changed(path));
        let changed: Vec<_> = changed.collect();
        if !changed.is_empty() {
            let pages = self.reload.tell(&News::Sentences(changed));
            told("words, for the time being", start, pages);
        }
    }

    /// Brings what was touched onto the screen, the quickest part first.
    ///
    /// # Errors
    /// Only what ends `dev`: Ctrl-C, or a program that can't be started.
    fn update(&mut self, touched: &BTreeSet<Part>, start: Instant) -> Result<()> {
        if touched.contains(&Part::Sheet) {
            match site::write_sheet() {
                Ok(()) => {
                    let pages = self.reload.tell(&News::Sheet(site::sheet_address()));
                    told("style sheet", start, pages);
                }
                Err(error) => console::step(&format!("{error}; the old one stays")),
            }
        }
        let server = touched.contains(&Part::Server);
        if !server && !touched.contains(&Part::Bridge) {
            return Ok(());
        }
        self.reload.tell(&News::Building);
        let wasm = touched.contains(&Part::Wasm);
        if wasm {
            // Two cores: each half has one.
            let mut compiler = wasm::compile(&self.toolchain, Profile::Dev);
            self.children.start(WASM, &mut compiler)?;
        }
        let mut compiler = native::programs(&[Program::SERVER.0, Program::BRIDGE.0]);
        self.children.start(NATIVE, &mut compiler)?;
        let mut good = self.children.end_of(NATIVE)?.success();
        if wasm {
            good &= self.children.end_of(WASM)?.success();
        }
        // Both halves or none: a page of one version never meets the other's.
        if good && wasm {
            good = self.place_wasm();
        }
        if !good {
            self.reload.tell(&News::Failed);
            console::step("that is not good; the old version goes on serving");
            return Ok(());
        }
        self.start_new_programs()?;
        if !server {
            // A page finds the bridge again by itself.
            told("bridge", start, self.reload.tell(&News::Done));
            return Ok(());
        }
        let news = self.reload.next_page();
        site::write_script(&self.reload.script())?;
        told("page", start, self.reload.tell(&news));
        Ok(())
    }

    /// Whether the pages in wasm could be put into the site.
    fn place_wasm(&self) -> bool {
        let placed = site::place_wasm(&self.toolchain);
        if let Err(error) = &placed {
            console::step(&error.to_string());
        }
        placed.is_ok()
    }

    /// Starts anew what came out otherwise, and what has ended.
    fn start_new_programs(&mut self) -> Result<()> {
        for program in [Program::SERVER, Program::BRIDGE] {
            let built = program.built();
            let is_same = self.running.get(program.0) == Some(&built);
            if is_same && self.children.is_running(program.0) {
                continue;
            }
            self.running.insert(program.0, built);
            self.children.stop(program.0);
            self.start(program)?;
        }
        Ok(())
    }

    /// Starts a program. One that does not stay is no reason to stop: the next
    /// change may mend it.
    fn start(&mut self, program: Program) -> Result<()> {
        let started = if program.0 == stack::SERVER {
            stack::start_server(&mut self.children, &self.settings)
        } else {
            stack::start_bridge(&mut self.children, &self.settings, &self.demo)
        };
        match started {
            Err(Error::Interrupted) => Err(Error::Interrupted),
            Err(error) => {
                console::step(&format!("{error}; waiting for the next change"));
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }
}

/// Says what is new on the screen, and how long that took.
fn told(what: &str, start: Instant, pages: usize) {
    let seconds = start.elapsed().as_secs_f32();
    console::step(&format!(
        "{what}: new after {seconds:.1} s, {pages} open pages told"
    ));
}
