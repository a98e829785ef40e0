//! 凭证二维码: the proof of one event as a QR code, for whoever stands at a terminal, where
//! no file is left behind. It is an export, and an event as each is.

use std::fmt::Write as _;

use app::api::{ErrorCode, history::Receipt};
use card_domain::{EventAct, EventOutcome};
use event_log::{EventFacts, proof_code};
use qrcodegen::{QrCode, QrCodeEcc, QrSegment, Version};

use crate::{
    audit::check::Checker, context::RequestContext, service::ServiceError, storage::NewEvent,
};

/// The receipt of one event of the enterprise. For the legal person.
pub(crate) async fn receipt(ctx: &RequestContext, seq: i64) -> Result<Receipt, ServiceError> {
    let actor = ctx.require_legal_person().await?;
    let (service, store) = (&ctx.service, ctx.service.store.as_ref());
    let event = store.event(actor.enterprise, seq).await?;
    let event = event.ok_or(ErrorCode::NotFound)?;
    let facts = EventFacts {
        export: Some(format!("/api/history/receipt?seq={seq}")),
        ..EventFacts::default()
    };
    let exported = NewEvent {
        enterprise: Some(actor.enterprise),
        actor: Some(actor.card),
        facts: Some(facts.to_json()?),
        ..ctx.event(EventAct::Export, EventOutcome::Done)
    };
    store.record_event(exported).await?;
    // What was done a moment ago has no place in the log yet. What gets none has no proof.
    if let Err(error) = service.sequence().await {
        tracing::error!(%error, "the log does not go on");
    }
    let note = store.newest_checkpoint().await?;
    let note = note.ok_or(ServiceError::Inconsistent("no checkpoint"))?;
    let (public, anchors) = (service.keys.audit.public(), &service.keys.anchors);
    let now = ctx.request.now;
    let checker = Checker::against(store, &public.log, anchors, now, Some(note.clone())).await?;
    let mut checker = checker.with(&service.tiles);
    let position = checker.position(&event).await?;
    let position = position.map_err(|_unverified| ErrorCode::ReceiptUnproven)?;
    let signer = checker.signer(&event).await?;
    let signer = signer.map(|signer| signer.der.as_slice());
    let text = proof_code::encode(&note, &position, signer)
        .map_err(|_memory| ServiceError::Inconsistent("a proof that can't be written"))?;
    drawn(text)
}

/// The smallest code that holds it. It is read off a screen, so that the least of what makes
/// up for damage does, and what room there is besides is filled with more.
fn drawn(text: String) -> Result<Receipt, ServiceError> {
    let segment = QrSegment::make_alphanumeric(&text);
    let (least, most) = (Version::MIN, Version::MAX);
    let code =
        QrCode::encode_segments_advanced(&[segment], QrCodeEcc::Low, least, most, None, true)
            .map_err(|_too_long| ErrorCode::ReceiptTooLong)?;
    Ok(Receipt {
        size: code.size().unsigned_abs(),
        modules: modules(&code),
        text,
    })
}

/// The dark modules as the path of an SVG, a run of a row each.
fn modules(code: &QrCode) -> String {
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let run = (x..code.size()).take_while(|x| code.get_module(*x, y));
            let length = i32::try_from(run.count()).unwrap_or(0);
            if length > 0 {
                let _infallible = write!(path, "M{x} {y}h{length}v1h-{length}z");
            }
            x += length.max(1);
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_draws_the_code() {
        let code = QrCode::encode_text("ICCARD1:", QrCodeEcc::Low).unwrap();
        let path = modules(&code);
        let mut dark = vec![vec![false; 21]; 21];
        for run in path.split('M').skip(1) {
            let numbers = run.split(|letter: char| !letter.is_ascii_digit());
            let numbers: Vec<usize> = numbers.filter_map(|number| number.parse().ok()).collect();
            let [x, y, length, ..] = numbers[..] else {
                panic!("{run}")
            };
            dark[y][x..x + length].fill(true);
        }
        for (y, row) in (0..).zip(&dark) {
            for (x, is_dark) in (0..).zip(row) {
                assert_eq!(code.get_module(x, y), *is_dark, "{x} {y}");
            }
        }
    }

    #[test]
    fn what_fits_no_code_is_refused() {
        assert_eq!(drawn("7".repeat(4296)).unwrap().size, 177);
        let refused = drawn("7".repeat(4297)).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::ReceiptTooLong);
    }
}
