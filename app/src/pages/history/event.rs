//! 操作详细信息: everything about one event, and its printed receipt.

use card_domain::{Menu, TimelineOf};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::address::{HistoryAddress, of_path};
use crate::{
    api::{
        ErrorCode, calls,
        history::{EventDetail, ProofView, SignerView, StatementView, Verified},
        operation::StepTime,
    },
    components::{
        error_panel::ErrorPanel,
        fact::Fact,
        icon::{Icon, Symbol},
        page_heading::PageHeading,
        signed_text::SignedText,
        technical::TechnicalFacts,
        timeline::OutcomeBadge,
        verified_mark::VerifiedMark,
    },
    islands::{print_button::PrintButton, receipt_code::ReceiptCode},
    pages::not_found::NotFound,
    terminal::is_terminal,
    text::{Text, common, dates, fields, history as words, names, timeline as text},
};

/// The page of the event that the address names.
#[component]
pub(crate) fn EventPage() -> impl IntoView {
    let place = use_params_map().with_untracked(|params| {
        let menu = params.get_str("slug").and_then(Menu::from_slug)?;
        let of = params.get_str("card_id").and_then(of_path)?;
        let seq: i64 = params.get_str("seq")?.parse().ok()?;
        (menu == Menu::History).then_some((of, seq))
    });
    match place {
        Some((of, seq)) => view! { <OneEvent of seq /> }.into_any(),
        None => view! { <NotFound /> }.into_any(),
    }
}

#[component]
fn OneEvent(of: TimelineOf, seq: i64) -> impl IntoView {
    let back = use_query_map()
        .with_untracked(HistoryAddress::read)
        .href(of);
    view! {
        <PageHeading title=text::EVENT>
            <div class="page-heading__buttons">
                {(!is_terminal()).then(|| view! { <PrintButton label=String::from(text::PRINT) /> })}
                <a class="button" href=back>
                    <Icon symbol=Symbol::Left />
                    {common::BACK}
                </a>
            </div>
        </PageHeading>
        <Suspense>
            {move || Suspend::new(async move {
                match calls::event(seq).await {
                    Ok(event) => view! { <Event event /> }.into_any(),
                    Err(error) if error.code == ErrorCode::NotFound => {
                        view! { <NotFound /> }.into_any()
                    }
                    Err(error) => view! { <ErrorPanel error /> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Event(event: EventDetail) -> impl IntoView {
    let EventDetail {
        row,
        before,
        after,
        freeze,
        statement,
        client,
        reason,
        steps,
        proof,
        enterprise_name,
        enterprise_code,
        now,
    } = event;
    let signed = statement.clone();
    let actor = text::actor(&row);
    let cause = row.cause.as_ref().map(names::cause_in_words);
    let remark = text::remark(&row).map(String::from);
    let serials = row
        .serials
        .as_ref()
        .and_then(|serials| text::serials(serials.before.as_deref(), serials.after.as_deref()));
    let why_not = match row.verified {
        Verified::Yes if row.signed => words::VERIFIED_MEANS,
        Verified::Yes => words::VERIFIED_UNSIGNED,
        Verified::No(why) => words::unverified(why),
    };
    view! {
        <article class="panel detail receipt">
            {is_terminal().then(|| view! { <ReceiptCode seq=row.seq signed=row.signed /> })}
            <header class="receipt__head">
                <h1>{text::RECEIPT}</h1>
                <p>{enterprise_name.clone()}" "{enterprise_code.clone()}</p>
                <p>{text::PRINTED_AT}" "{dates::second(now)}</p>
            </header>
            <div class="facts-grid">
                <Part title=text::WHAT>
                    <Fact name=text::ACT>{words::act_of(row.act)}</Fact>
                    <Fact name=text::OUTCOME>
                        <OutcomeBadge act=row.act outcome=row.outcome />
                    </Fact>
                    <Fact name=text::TIME>
                        <span class="figures">{dates::second(row.at)}</span>
                    </Fact>
                    <Fact name=text::ACTOR>{actor}</Fact>
                    <Optional name=text::TARGET value=row.target.as_ref().map(text::person) />
                    <Optional name=text::CHANGE value=text::change(before, after) />
                    <Optional name=text::REASON value=cause />
                    <Optional name=text::FREEZE value=freeze.map(|seq| seq.to_string()) />
                    <Optional
                        name=text::REASON
                        value=reason.map(|reason| String::from(words::reason(reason)))
                    />
                    <Optional name=text::REMARK value=remark />
                    <Fact name=text::NUMBER>
                        <span class="figures">{row.seq}</span>
                    </Fact>
                    <Fact name=text::VERIFIED>
                        <VerifiedMark verified=row.verified />
                        <span class="receipt__why">{why_not}</span>
                    </Fact>
                </Part>
                {(!steps.is_empty()).then(|| view! { <Steps steps /> })}
                {statement
                    .map(|statement| view! { <Statement text=statement.text signer=statement.signer /> })}
                <Part title=text::WHERE>
                    <Fact name=fields::ENTERPRISE>{enterprise_name}</Fact>
                    <Optional name=text::TERMINAL value=client.terminal />
                    <Optional name=text::ADDRESS value=filled(client.address) />
                </Part>
                <TechnicalFacts>
                    <Code name=text::SERIALS value=serials />
                    {signed.map(|signed| view! { <Signed signed /> })}
                    {proof.map(|proof| view! { <Proof proof /> })}
                    <Code name=text::REQUEST value=filled(client.request_id) />
                    <Code name=text::BROWSER value=filled(client.user_agent) />
                </TechnicalFacts>
            </div>
        </article>
    }
}

fn filled(value: String) -> Option<String> {
    (!value.is_empty()).then_some(value)
}

/// A group of facts under a heading.
#[component]
fn Part(title: Text, children: Children) -> impl IntoView {
    view! {
        <section class="facts">
            <h2 class="facts__title">{title}</h2>
            <dl class="facts__list">{children()}</dl>
        </section>
    }
}

/// A fact that is not there for every event.
#[component]
fn Optional(name: Text, value: Option<String>) -> impl IntoView {
    value.map(|value| {
        view! {
            <Fact name=name>
                <span class="receipt__value">{value}</span>
            </Fact>
        }
    })
}

/// The same for what is copied as a whole.
#[component]
fn Code(name: Text, value: Option<String>) -> impl IntoView {
    value.map(|value| {
        view! {
            <Fact name=name>
                <code class="code receipt__value">{value}</code>
            </Fact>
        }
    })
}

#[component]
fn Steps(steps: Vec<StepTime>) -> impl IntoView {
    let steps = steps
        .into_iter()
        .map(|step| {
            view! {
                <Fact name=text::step(step.state)>
                    <span class="figures">{dates::second(step.at)}</span>
                </Fact>
            }
        })
        .collect_view();
    view! {
        <section class="facts">
            <h2 class="facts__title">{text::STEPS}</h2>
            <dl class="facts__list">{steps}</dl>
        </section>
    }
}

/// What was read and signed, and by whom.
#[component]
fn Statement(text: String, signer: Option<SignerView>) -> impl IntoView {
    view! {
        <section class="facts">
            <h2 class="facts__title">{text::STATEMENT}</h2>
            <SignedText text class="sign__statement" />
            <dl class="facts__list">
                <Optional name=text::SIGNER value=signer.as_ref().map(text::signer) />
            </dl>
        </section>
    }
}

/// What the signature stands on.
#[component]
fn Signed(signed: StatementView) -> impl IntoView {
    view! {
        <Code name=text::SIGNATURE value=Some(signed.signature) />
        <Code name=text::SIGNED_WITH value=signed.certificate_serial />
        <Code name=text::ORIGIN value=signed.origin />
        <Code name=text::NONCE value=signed.nonce />
    }
}

/// Where the event stands in the log.
#[component]
fn Proof(proof: ProofView) -> impl IntoView {
    let checkpoint = proof.checkpoint;
    view! {
        <Code name=text::LEAF value=Some(proof.leaf_index.to_string()) />
        <Code name=text::LEAF_HASH value=Some(proof.leaf_hash) />
        <Code name=text::SIZE value=Some(checkpoint.size.to_string()) />
        <Code name=text::ROOT value=Some(checkpoint.root) />
        <Fact name=text::CHECKPOINT_AT>
            <span class="figures">{dates::second(checkpoint.at)}</span>
        </Fact>
    }
}
