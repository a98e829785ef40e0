//! `server init-keys`, `server renew-ca`: the keys are made, and the CA's certificate is
//! made anew.

use std::error::Error;

use clap::Args;
use server::{
    admin::complete_keys,
    clock::{Clock as _, SystemClock},
    config::Config,
    keys::files,
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

/// Makes the CA's certificate anew, over the same key.
pub(super) fn renew_ca(config: &Config) -> Result<(), Box<dyn Error>> {
    let ends = files::renew_ca(&config.keys, SystemClock.now())?;
    super::print(&format!(
        "the CA is good until {ends}: copy its certificate to every instance, and start each anew"
    ));
    Ok(())
}
