//! Where a PIN is typed: in the page, on the reader, or in a dialog of this
//! machine, which no page can imitate or listen to.

mod assuan;
pub(crate) mod dialog;

use std::{path::PathBuf, time::Duration};

use card_protocol::{CardError, Pin, bridge::PinEntry};
use tokio::time::timeout;
use zeroize::Zeroizing;

use self::{
    assuan::Reply,
    dialog::{Dialog, DialogError},
};
use crate::origin::Origin;

/// How long a dialog waits for a PIN.
const PATIENCE: Duration = Duration::from_secs(90);

/// What is asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Question {
    /// The PIN that the card has.
    Present,
    /// The PIN that it is to have, typed twice.
    New,
}

/// What the dialog is told before it is shown.
const LAST_TRY: &str = "这张卡的PIN只能再尝试1次，输错后卡片将被锁定。\n仍要尝试，请确认。";

/// How PINs are entered here.
#[derive(Debug)]
pub struct PinDialog {
    /// Where.
    pub entry: PinEntry,
    program: PathBuf,
}

impl PinDialog {
    /// `program` is a `pinentry` of `GnuPG`, for [`PinEntry::Dialog`].
    #[must_use]
    pub const fn new(entry: PinEntry, program: PathBuf) -> Self {
        Self { entry, program }
    }

    /// Asks for a PIN in a dialog that names the page's origin. Dropping the
    /// future closes the dialog.
    ///
    /// # Errors
    /// [`CardError::Cancelled`] if the person does so or takes too long,
    /// [`CardError::BadRequest`] for what is no PIN, [`CardError::ReaderError`]
    /// if there is no dialog.
    pub async fn ask(&self, question: Question, origin: &Origin) -> Result<Pin, CardError> {
        match timeout(PATIENCE, self.converse(question, origin)).await {
            Ok(Ok(pin)) => Pin::new(&pin).map_err(|_malformed| CardError::BadRequest),
            Ok(Err(DialogError::Cancelled)) | Err(_) => Err(CardError::Cancelled),
            Ok(Err(DialogError::Failed(error))) => {
                tracing::error!(program = %self.program.display(), %error, "PIN dialog");
                Err(CardError::ReaderError)
            }
        }
    }

    /// Asks whether the last try is to be used, in a dialog that names the page's
    /// origin. Dropping the future closes the dialog.
    ///
    /// # Errors
    /// As for [`Self::ask`].
    pub async fn confirm_last_try(&self, origin: &Origin) -> Result<(), CardError> {
        match timeout(PATIENCE, self.confirm(LAST_TRY, origin)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(DialogError::Cancelled)) | Err(_) => Err(CardError::Cancelled),
            Ok(Err(DialogError::Failed(error))) => {
                tracing::error!(program = %self.program.display(), %error, "dialog");
                Err(CardError::ReaderError)
            }
        }
    }

    async fn confirm(&self, question: &str, origin: &Origin) -> Result<(), DialogError> {
        let mut dialog = Dialog::start(&self.program)?;
        dialog.reply().await?;
        dialog.say("SETTITLE", "IC卡").await?;
        dialog
            .tell("SETDESC", &format!("{question}\n{origin}"))
            .await?;
        dialog.say("SETOK", "确认").await?;
        dialog.say("SETCANCEL", "取消").await?;
        dialog
            .say("SETTIMEOUT", &PATIENCE.as_secs().to_string())
            .await?;
        dialog.ok("CONFIRM").await
    }

    async fn converse(
        &self,
        question: Question,
        origin: &Origin,
    ) -> Result<Zeroizing<String>, DialogError> {
        let mut dialog = Dialog::start(&self.program)?;
        dialog.reply().await?;
        let (prompt, description) = match question {
            Question::Present => ("PIN", "请输入IC卡的PIN（6至8位数字）"),
            Question::New => ("新PIN", "请输入IC卡的新PIN（6至8位数字）"),
        };
        dialog.say("SETTITLE", "IC卡").await?;
        let description = format!("{description}\n{origin}");
        dialog.say("SETDESC", &description).await?;
        dialog.say("SETPROMPT", prompt).await?;
        dialog
            .say("SETTIMEOUT", &PATIENCE.as_secs().to_string())
            .await?;
        if question == Question::New {
            dialog.say("SETREPEAT", "再输入一次").await?;
            dialog.say("SETREPEATERROR", "两次输入不一致").await?;
        }
        dialog.command("GETPIN").await?;
        let mut pin = Zeroizing::new(String::new());
        loop {
            match dialog.reply().await? {
                Reply::Data(data) => pin.push_str(&data),
                Reply::Ok => return Ok(pin),
                Reply::Other | Reply::Error(_) => {}
            }
        }
    }
}
