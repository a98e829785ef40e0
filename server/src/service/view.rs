//! From the register's records to what a screen is shown: the ID number
//! masked, the validity read from the confirmed certificate itself.

use app::api::{
    model::{CardDetail, CardRow, CertificateView, PinSeen},
    operation::Eligibility,
};
use card_domain::{Action, OperatorNo, transition};

use super::{RequestBackend, ServiceError};
use crate::{pki, storage::CardRecord};

/// The acts that can be done now; 延期 and 解锁 come with the operations on cards.
pub(super) const ACTS: [Action; 4] = [
    Action::ReportLoss,
    Action::CancelLoss,
    Action::Freeze,
    Action::Unfreeze,
];

impl RequestBackend {
    pub(super) fn row(&self, record: CardRecord) -> Result<CardRow, ServiceError> {
        let id_number = self
            .service
            .keys
            .id_numbers
            .decrypt(record.id, &record.id_number_cipher)?;
        let window = self.service.config.certificate.expiring_window();
        let certificate = record
            .certificate
            .as_ref()
            .map(|certificate| pki::summary(&certificate.der))
            .transpose()?
            .map(|(serial, validity)| CertificateView {
                serial,
                validity,
                status: validity.status(self.request.now, window),
            });
        Ok(CardRow {
            id: record.id,
            operator_no: record
                .holder
                .operator_no()
                .cloned()
                .unwrap_or_else(|| OperatorNo(String::new())),
            id_number_masked: id_number.masked(),
            card_no: record.chip.map(|chip| chip.card_no),
            state: record.state,
            certificate,
            pin: record.pin.map(|pin| PinSeen {
                tries_left: pin.tries_left,
                at: pin.at,
            }),
            last_login_at: record.last_login_at,
            renew: Eligibility::Yes { due: false },
            unlock: Eligibility::Yes { due: false },
            holder_name: record.holder_name,
        })
    }

    /// Everything about a card. `acts` are those that this session could do.
    pub(super) fn detail(
        &self,
        record: CardRecord,
        enterprise_name: String,
        acts: &[Action],
    ) -> Result<CardDetail, ServiceError> {
        let now = self.request.now;
        let possible = acts
            .iter()
            .copied()
            .filter(|action| transition(record.state, *action, now).is_ok())
            .collect();
        Ok(CardDetail {
            enterprise_name,
            role: record.holder.role(),
            issued_at: record.chip.as_ref().map(|chip| chip.issued_at),
            chip_id: record.chip.as_ref().map(|chip| chip.chip_id.to_string()),
            possible,
            now,
            row: self.row(record)?,
        })
    }
}
