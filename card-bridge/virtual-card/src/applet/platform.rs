//! What trussed runs on here: the system's random generator, the card's file
//! and nobody to ask for a touch.
//!
//! trussed's own `virt` platform is not used, because it seeds its generator
//! with a constant: two of its cards made the same way have the same keys.

use std::{cell::RefCell, rc::Rc};

use littlefs2::object_safe::DynFilesystem;
use rand_core::OsRng;
use trussed::{
    ClientImplementation,
    pipe::{ServiceEndpoint, TrussedChannel},
    platform,
    service::Service,
    store,
    types::CoreContext,
};
use trussed_core::types::consent;

use super::dispatch::{BACKENDS, Backend, BackendContext, Dispatch};

/// The name of the applet's folder in the card's file systems.
const CLIENT_ID: &littlefs2::path::Path = littlefs2::path!("piv");

/// The applet's end of the line to trussed.
pub(super) type Client<'a> = ClientImplementation<'a, Inline<'a>, Dispatch>;

/// The three file systems of a powered card.
#[derive(Clone, Copy)]
pub(crate) struct Store<'a> {
    /// PINs; kept.
    pub(crate) internal: &'a dyn DynFilesystem,
    /// Everything else; kept.
    pub(crate) external: &'a dyn DynFilesystem,
    /// Gone with the power.
    pub(crate) volatile: &'a dyn DynFilesystem,
}

impl store::Store for Store<'_> {
    fn ifs(&self) -> &dyn DynFilesystem {
        self.internal
    }

    fn efs(&self) -> &dyn DynFilesystem {
        self.external
    }

    fn vfs(&self) -> &dyn DynFilesystem {
        self.volatile
    }
}

/// trussed's platform over a card's store.
pub(super) struct Platform<'a> {
    rng: OsRng,
    store: Store<'a>,
    touch: Untouched,
}

impl<'a> platform::Platform for Platform<'a> {
    type R = OsRng;
    type S = Store<'a>;
    type UI = Untouched;

    fn rng(&mut self) -> &mut OsRng {
        &mut self.rng
    }

    fn store(&self) -> Store<'a> {
        self.store
    }

    fn user_interface(&mut self) -> &mut Untouched {
        &mut self.touch
    }
}

/// A card has no button: whoever put it into the reader is present.
pub(super) struct Untouched;

impl platform::UserInterface for Untouched {
    fn check_user_presence(&mut self) -> consent::Level {
        consent::Level::Normal
    }
}

/// trussed's service, shared by the clients of one powered card.
#[derive(Clone)]
pub(super) struct SharedService<'a>(Rc<RefCell<Service<Platform<'a>, Dispatch>>>);

impl<'a> SharedService<'a> {
    pub(super) fn new(store: Store<'a>) -> Self {
        let platform = Platform {
            rng: OsRng,
            store,
            touch: Untouched,
        };
        Self(Rc::new(RefCell::new(Service::with_dispatch(
            platform,
            Dispatch::new(),
        ))))
    }

    /// A client with the applet's name. `None` if `channel` is taken already.
    pub(super) fn client(&self, channel: &'a TrussedChannel) -> Option<Client<'a>> {
        let (requester, responder) = channel.split()?;
        let context = CoreContext::new(CLIENT_ID.into());
        let syscall = Inline {
            service: self.clone(),
            endpoint: [ServiceEndpoint::new(responder, context, BACKENDS)],
        };
        Some(ClientImplementation::new(requester, syscall, None))
    }
}

/// Serves a request on the spot: applet and service share a thread.
pub(super) struct Inline<'a> {
    service: SharedService<'a>,
    endpoint: [ServiceEndpoint<'a, Backend, BackendContext>; 1],
}

impl platform::Syscall for Inline<'_> {
    fn syscall(&mut self) {
        self.service.0.borrow_mut().process(&mut self.endpoint);
    }
}
