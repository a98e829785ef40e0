//! What people do with their cards in the server's pages: they log in, and the
//! legal person freezes and reports loss, with a signature for each act.

use app::api::model::{ActDone, CardPage, CardQuery, Challenge, Proposal, SessionView};
use card_domain::{Action, CardId, Cause, Menu};
use card_operations::{
    in_process::{authenticate, sign},
    proposal::check_challenge,
    ready::ready,
};
use serde_json::json;
use test_support::bridge::ProposedSigner;

use crate::{
    cast::Person,
    error::{Error, Result},
    http::Browser,
    office::Office,
    workshop::with_card,
};

/// Logs a person in. Gives the browser with the session.
pub(crate) fn log_in(office: &Office, person: &Person) -> Result<Browser> {
    let browser = Browser::new(office);
    let challenge: Challenge = browser.call("/api/challenge", &json!({}))?;
    let allowed = office.allowed()?;
    let nonce = ready(check_challenge(&challenge.challenge, allowed.server()))?;
    let token = with_card(office, person, async |card, state, pin| {
        authenticate(card, state, &office.origin, &nonce, pin).await
    })?;
    let _session: SessionView = browser.call("/api/login", &json!({ "token": token }))?;
    Ok(browser)
}

/// The legal person does an act on an operator's card.
pub(crate) fn act(office: &Office, boss: &Person, operator: &Person, action: Action) -> Result<()> {
    let browser = log_in(office, boss)?;
    let card = find(&browser, operator)?;
    let cause = match action {
        Action::ReportLoss => Some(Cause::Lost),
        Action::Freeze => Some(Cause::OffDuty),
        _ => None,
    };
    let proposal: Proposal = browser.call(
        "/api/acts/propose",
        &json!({ "card": card, "action": action, "cause": cause }),
    )?;
    let mut bridge = ProposedSigner::new(office.allowed()?);
    let nonce = bridge.request()?.nonce;
    let grant = browser.call("/api/bridge/grant", &json!({ "nonce": nonce }))?;
    let statement = proposal.statement;
    let checked = bridge.check(&grant, statement.clone(), &proposal.signed)?;
    let signature = with_card(office, boss, async |card, state, pin| {
        sign(card, state, &office.origin, &checked, Some(pin)).await
    })?;
    let _done: ActDone = browser.call(
        "/api/acts/commit",
        &json!({ "statement": statement, "signature": signature }),
    )?;
    Ok(())
}

fn find(browser: &Browser, operator: &Person) -> Result<CardId> {
    let query = CardQuery {
        menu: Menu::ReportLoss,
        card_no: None,
        holder_name: Some(operator.name.to_owned()),
        id_token: None,
        state: None,
        needs: None,
        sort: None,
        rows: None,
        cursor: None,
    };
    let page: CardPage = browser.call("/api/cards/list", &json!({ "query": query }))?;
    page.rows
        .into_iter()
        .find(|row| Some(row.operator_no.0.as_str()) == operator.operator_no)
        .map(|row| row.id)
        .ok_or(Error::Missing("an operator is not in the list"))
}
