//! `server init-keys`, `server renew-ca`: the keys are made, and the CA's certificate is
//! made anew.

use std::{error::Error, sync::Arc};

use clap::Args;
use server::{
    admin::complete_keys,
    clock::{
        Clock as _, SystemClock,
        watch::{Beginning, ClockWatch},
    },
    config::Config,
    keys::files,
    known_time,
    storage::{self, OpenError},
};

/// What is made.
#[derive(Args, Debug)]
pub(super) struct InitKeys {
    /// The name of the CA.
    #[arg(long, default_value = "IC Card CA", conflicts_with = "missing")]
    ca_name: String,
    /// Makes only what a folder from before has not: the key of 制卡, those of the
    /// log. Refuses where they are lost instead.
    #[arg(long)]
    missing: bool,
    /// Makes a new witness key although there is a log: with a new witness file.
    #[arg(long, requires = "missing")]
    new_witness_key: bool,
}

impl InitKeys {
    pub(super) async fn run(self, config: &Config) -> Result<(), Box<dyn Error>> {
        let folder = config.keys.display();
        if self.missing {
            let made = complete_keys(config, self.new_witness_key).await?;
            let made: Vec<_> = made.into_iter().map(files::Addition::file).collect();
            super::print(&match made.as_slice() {
                [] => format!("no key is missing in {folder}"),
                made => format!("made in {folder}: {}", made.join(", ")),
            });
            if self.new_witness_key && made.contains(&files::Addition::Witness.file()) {
                super::print(
                    "the new witness key signs from now on: back it up, copy it to every \
                     instance, and start each server anew. What the old key signed is verified \
                     with its own file and public key",
                );
            }
        } else {
            files::create(&config.keys, &self.ca_name, SystemClock.now())?;
            super::print(&format!("keys are in {folder}"));
        }
        Ok(())
    }
}

/// Prints what `card-bridge allow` takes.
pub(super) fn print_program_key(config: &Config) -> Result<(), Box<dyn Error>> {
    super::print(&files::load(&config.keys)?.program.public_base64()?);
    Ok(())
}

/// Makes the CA's certificate anew, over the same key. It is for 30 years from now, so a
/// clock that is in doubt makes none.
pub(super) async fn renew_ca(config: &Config) -> Result<(), Box<dyn Error>> {
    let watch = ClockWatch::new(Arc::new(SystemClock));
    if let Some(known) = what_is_known(config).await? {
        watch.start(known);
    }
    if let Some(doubt) = watch.doubt() {
        return Err(format!("nothing is renewed: {doubt}").into());
    }
    let ends = files::renew_ca(&config.keys, watch.now())?;
    super::print(&format!(
        "the CA is good until {ends}: copy its certificate to every instance, and start each anew"
    ));
    Ok(())
}

/// What is known of the time; nothing where there is no database yet.
async fn what_is_known(config: &Config) -> Result<Option<Beginning>, Box<dyn Error>> {
    let keys = files::load(&config.keys)?;
    let store = match storage::open_to_read(&config.database).await {
        Err(OpenError::NoFile { .. } | OpenError::OtherVersion { found: 0, .. }) => {
            return Ok(None);
        }
        store => store.map_err(|error| format!("what is known of the time: {error}"))?,
    };
    let known = known_time::beginning(&store, &keys.audit).await;
    store.close().await;
    Ok(known?)
}
