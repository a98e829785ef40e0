//! The configuration of what is trusted besides the server's own CA.

use std::path::{Path, PathBuf};

use serde::Deserialize;

/// About other CAs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pki {
    /// PEM files of the CAs that sign the attestation certificates of cards, for
    /// example a maker's. Default: none, and no card is asked to attest.
    pub attestation_roots: Vec<PathBuf>,
}

impl Pki {
    pub(super) fn resolve(&mut self, data: &Path) {
        for path in &mut self.attestation_roots {
            *path = data.join(&*path);
        }
    }
}
