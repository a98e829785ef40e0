//! All keys, and what is called for: the same calls as the bridge's, with the same answers
//! and errors. One operation at a time on each key; on two keys, two at once.

mod calls;
mod letting_go;
pub(crate) mod names;

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use card_operations::{
    key::{ProgramKey, Server},
    lifetime::Limits,
    pin_try::{Budget, LastTries},
};
use card_protocol::{CardError, bridge::Readers};

use crate::{
    grants::PageGrants,
    key::{Insertions, Key},
    platform::{Clock, GrantSource, Notebook},
    port::{PortError, UsbPort},
    reader::{OpenError, UsbReader},
    replay_guard::NotedPrograms,
};

/// What holds for this page.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its origin.
    pub origin: String,
    /// What its server signs with.
    pub key: ProgramKey,
    /// How long a card stays verified.
    pub limits: Limits,
    /// How many wrong PINs may be tried in an hour, on all cards.
    pub wrong_pins_per_hour: usize,
}

/// What the page gives.
pub struct Platform {
    /// Time.
    pub clock: Rc<dyn Clock>,
    /// Where programs that were begun are noted.
    pub notebook: Box<dyn Notebook>,
    /// Where grants come from.
    pub grants: Box<dyn GrantSource>,
    /// Is told whenever a key or a card comes or goes.
    pub changed: Box<dyn Fn(&Readers)>,
}

/// The way to the cards in the keys that this page may use.
pub struct UsbTransport {
    settings: Settings,
    clock: Rc<dyn Clock>,
    changed: Box<dyn Fn(&Readers)>,
    grants: PageGrants,
    programs: NotedPrograms,
    budget: Budget,
    last_tries: LastTries,
    insertions: Rc<Insertions>,
    keys: RefCell<Vec<Rc<Key>>>,
    /// How often all cards were let go of; its keys know it, too.
    releases: Rc<Cell<u64>>,
    /// The page goes: no device is taken any more.
    is_closed: Cell<bool>,
}

impl UsbTransport {
    /// Without any key.
    #[must_use]
    pub fn new(settings: Settings, platform: Platform) -> Self {
        let Platform {
            clock,
            notebook,
            grants,
            changed,
        } = platform;
        Self {
            settings,
            grants: PageGrants::new(grants, Rc::clone(&clock)),
            clock,
            changed,
            programs: NotedPrograms::new(notebook),
            budget: Budget::default(),
            last_tries: LastTries::default(),
            insertions: Rc::default(),
            keys: RefCell::default(),
            releases: Rc::default(),
            is_closed: Cell::new(false),
        }
    }

    /// Takes a device that the page may use. Gives what watches over it, to be run until
    /// its end, which comes with [`Self::detach`]: then the device was given back.
    ///
    /// # Errors
    /// [`OpenError`]; the device is given back. [`PortError::Gone`], too, if the page has no
    /// use for it any more, or it was detached meanwhile.
    pub async fn attach(
        self: &Rc<Self>,
        port: Rc<dyn UsbPort>,
    ) -> Result<impl Future<Output = ()> + use<>, OpenError> {
        let reader = UsbReader::open(Rc::clone(&port), Rc::clone(&self.clock)).await?;
        if self.is_closed.get() {
            reader.close().await;
            return Err(PortError::Gone.into());
        }
        let name = names::free(&port.label(), |name| self.key(name).is_ok());
        let (insertions, releases) = (Rc::clone(&self.insertions), Rc::clone(&self.releases));
        let key = Rc::new(Key::new(name, port, reader, insertions, releases));
        self.keys.borrow_mut().push(Rc::clone(&key));
        {
            // Whatever the page before, or a program, left open on the card ends here.
            let mut held = key.held.lock().await;
            key.look().await;
            key.reset_card(&mut held).await;
        }
        if key.reader.is_ended() {
            key.reader.close().await;
            return Err(PortError::Gone.into());
        }
        self.tell();
        let this = Rc::clone(self);
        Ok(async move {
            key.watch(&*this.clock, &|| this.tell()).await;
            key.reader.close().await;
        })
    }

    /// The device was pulled, or is given back.
    pub fn detach(&self, port: &Rc<dyn UsbPort>) {
        let is_it = |key: &Rc<Key>| std::ptr::addr_eq(Rc::as_ptr(&key.port), Rc::as_ptr(port));
        let gone: Vec<_> = self
            .keys
            .borrow_mut()
            .extract_if(.., |key| is_it(key))
            .collect();
        for key in &gone {
            key.unplug();
        }
        if !gone.is_empty() {
            self.tell();
        }
    }

    /// All keys, and what is in them.
    #[must_use]
    pub fn readers(&self) -> Readers {
        let keys = self.keys.borrow();
        Readers {
            service: true,
            refused: false,
            readers: keys.iter().map(|key| key.described()).collect(),
        }
    }

    fn tell(&self) {
        (self.changed)(&self.readers());
    }

    fn key(&self, name: &str) -> Result<Rc<Key>, CardError> {
        let keys = self.keys.borrow();
        let key = keys.iter().find(|key| key.name == name);
        key.cloned().ok_or(CardError::NoReader)
    }

    /// All of them as they are now.
    fn all(&self) -> Vec<Rc<Key>> {
        self.keys.borrow().clone()
    }

    fn server(&self) -> Server<'_> {
        Server {
            origin: &self.settings.origin,
            key: &self.settings.key,
        }
    }
}
