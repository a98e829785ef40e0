//! From a device that may be opened to a reader that is claimed.

use std::{cell::Cell, rc::Rc, time::Duration};

use card_protocol::ccid::{
    Configuration, ControlRequest, DescriptorError, ReaderInterface, SMART_CARD_CLASS,
    UnsupportedReader, VENDOR_CLASS, parse_list, total_length,
};

use super::{State, UsbReader, within};
use crate::{
    platform::Clock,
    port::{InterfaceAddress, PortError, UsbPort},
};

/// How long each question may take.
const ANSWER: Duration = super::TRANSFER;
/// The first part of a configuration descriptor (USB 2.0 §9.6.3).
const HEAD: u16 = 9;

/// Why a device is no way to a card.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum OpenError {
    /// A transfer or the claim failed.
    #[error(transparent)]
    Port(#[from] PortError),
    /// Its reader is of class 0B: browsers keep that from pages, the bridge reaches it.
    #[error("its interface is of class 0B, which no page may claim")]
    Protected,
    /// There is no reader in it.
    #[error("there is no reader in it")]
    NoReader,
    /// Its descriptors make no sense.
    #[error(transparent)]
    Descriptor(#[from] DescriptorError),
    /// Its reader is of a kind that the driver is not written for.
    #[error(transparent)]
    Unsupported(#[from] UnsupportedReader),
}

impl OpenError {
    /// The stable code, for the page to have a sentence for.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Protected => "protected",
            // Most likely the system's own rights to the device (udev).
            Self::Port(PortError::Refused) => "refused",
            Self::Port(PortError::Busy) => "in_use",
            Self::Port(PortError::Gone) => "gone",
            Self::Port(PortError::Stall | PortError::Other) => "failed",
            Self::NoReader | Self::Descriptor(_) => "no_reader",
            Self::Unsupported(_) => "unsupported",
        }
    }
}

impl UsbReader {
    /// Opens a device, reads its descriptors and claims the reader in it. The card has no
    /// power yet, as far as is known.
    ///
    /// # Errors
    /// [`OpenError`]; the device is given back.
    pub async fn open(port: Rc<dyn UsbPort>, clock: Rc<dyn Clock>) -> Result<Self, OpenError> {
        // An open that takes longer may come about after all.
        let opened = match within(&*clock, ANSWER, port.open()).await {
            Ok(()) => Self::claim(Rc::clone(&port), Rc::clone(&clock)).await,
            Err(error) => Err(error.into()),
        };
        if opened.is_err() {
            let closing = async {
                port.close().await;
                Ok(())
            };
            let _whatever_it_says = within(&*clock, ANSWER, closing).await;
        }
        opened
    }

    async fn claim(port: Rc<dyn UsbPort>, clock: Rc<dyn Clock>) -> Result<Self, OpenError> {
        let read = async |request| within(&*clock, ANSWER, port.control_in(request)).await;
        let head = read(ControlRequest::get_configuration(0, HEAD)).await?;
        // Exactly as many as there are: more fail on Windows, or hang the device.
        let length = total_length(&head)?;
        let descriptors = read(ControlRequest::get_configuration(0, length)).await?;
        let (address, interface) = choose(&Configuration::parse(&descriptors)?)?;
        within(&*clock, ANSWER, port.claim(address)).await?;
        let count = interface.functional.rates;
        let rates = if count == 0 {
            Vec::new()
        } else {
            // Without the list the card stays at the default rate.
            read(ControlRequest::get_data_rates(interface.number, count))
                .await
                .map(|list| parse_list(&list).unwrap_or_default())
                .unwrap_or_default()
        };
        Ok(Self {
            state: State::new(interface, rates.clone(), 0)?.into(),
            is_ended: Cell::new(false),
            is_given_back: Cell::new(false),
            port,
            clock,
            address,
            interface,
            rates,
        })
    }
}

/// The first reader that a page may claim.
fn choose(configuration: &Configuration) -> Result<(InterfaceAddress, ReaderInterface), OpenError> {
    let mut readers = configuration.readers.iter();
    if let Some(reader) = readers.find(|reader| reader.class == VENDOR_CLASS) {
        let address = InterfaceAddress {
            configuration: configuration.value,
            interface: reader.number,
            alternate: reader.alternate,
        };
        return Ok((address, *reader));
    }
    let mut readers = configuration.readers.iter();
    let is_protected =
        !configuration.refused.is_empty() || readers.any(|reader| reader.class == SMART_CARD_CLASS);
    Err(if is_protected {
        OpenError::Protected
    } else {
        OpenError::NoReader
    })
}
