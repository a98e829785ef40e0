//! The rules of the product, pure: the lifecycle of a card, the validity of
//! its certificate, the menus of the manual. Nothing here does IO, is async,
//! knows a screen or reads the clock; the time is always a parameter.
#![forbid(unsafe_code)]

pub mod action;
pub mod beijing;
pub mod cause;
pub mod event;
pub mod id_number;
pub mod ids;
pub mod key_confirmation;
pub mod lifecycle;
pub mod login;
pub mod menu;
pub mod micros;
pub mod operation;
pub mod refusal;
pub mod state;
pub mod table;
pub mod validity;
pub mod written;

pub use action::Action;
pub use cause::{Cause, CauseKind};
pub use event::{ClientInfo, EventAct, EventOutcome, Reason, TimelineOf};
pub use id_number::{IdNumber, InvalidIdNumber};
pub use ids::{CardId, CardNo, EnterpriseId, OperatorNo, Role};
pub use key_confirmation::KeyConfirmation;
pub use lifecycle::{freeze_until, is_possible, transition};
pub use login::LoginRefusal;
pub use menu::Menu;
pub use operation::{OperationState, OperationStep, StepRefusal, WriteStatus, advance};
pub use refusal::Refusal;
pub use state::{BeforeLoss, CardState, StateName};
pub use validity::{CertificateStatus, Validity};
