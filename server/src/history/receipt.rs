//! 凭证二维码: the proof of one event as a QR code, for whoever stands at a terminal, where
//! no file is left behind. It is an export, and an event as each is.

use std::fmt::Write as _;

use app::api::{
    ErrorCode,
    history::{Receipt, Unverified, Verified},
};
use card_domain::{EventAct, EventOutcome};
use event_log::{EventFacts, proof_code};
use qrcodegen::{QrCode, QrCodeEcc, QrSegment, Version};

use crate::{
    audit::check::Checker,
    context::RequestContext,
    service::ServiceError,
    storage::{EventRecord, NewEvent},
};

/// The receipt of one event of the enterprise. For the legal person.
pub(crate) async fn receipt(ctx: &RequestContext, seq: i64) -> Result<Receipt, ServiceError> {
    let actor = ctx.require_legal_person().await?;
    let turn = ctx.service.exports.take(actor.token);
    let _turn = turn.ok_or(ErrorCode::ExportRuns)?;
    let event = ctx.service.store.event(actor.enterprise, seq).await?;
    let event = event.ok_or(ErrorCode::NotFound)?;
    let text = proven(ctx, &event).await?;
    let drawn = tokio::task::spawn_blocking(move || drawn(text));
    let receipt = drawn
        .await
        .map_err(|_panic| ServiceError::Inconsistent("a code that can't be drawn"))??;
    // It waited for the log, and what it may not see any more it does not get.
    ctx.is_still_legal_person().await?;
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
    ctx.service.store.record_event(exported).await?;
    Ok(receipt)
}

/// The proof of an event that is good, as the letters of a code.
async fn proven(ctx: &RequestContext, event: &EventRecord) -> Result<String, ServiceError> {
    let (service, store) = (&ctx.service, ctx.service.store.as_ref());
    // What was done a moment ago has no place in the log yet.
    if let Err(error) = service.sequence().await {
        tracing::error!(%error, "the log does not go on");
    }
    let note = store.newest_checkpoint().await?;
    let note = note.ok_or(ServiceError::Inconsistent("no checkpoint"))?;
    let (public, anchors) = (service.keys.audit.public(), &service.keys.anchors);
    let now = ctx.request.now;
    let checker = Checker::against(store, &public.log, anchors, now, Some(note.clone())).await?;
    let mut checker = checker.with(&service.tiles);
    let found = checker.check(event).await?;
    match found.verified {
        Verified::No(Unverified::NotYetSequenced) => return Err(ErrorCode::Unavailable.into()),
        Verified::No(why) if why.is_alarming() => return Err(ErrorCode::ReceiptUnproven.into()),
        Verified::Yes | Verified::No(_) => {}
    }
    let position = found.position.ok_or(ErrorCode::ReceiptUnproven)?;
    // Of a signed event that is good there is one.
    let signer = checker.signer(event).await?;
    proof_code::encode(&note, &position, signer.map(|signer| signer.der.as_slice()))
        .map_err(|_memory| ServiceError::Inconsistent("a proof that can't be written"))
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
