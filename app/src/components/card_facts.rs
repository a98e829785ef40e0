//! Everything that is known about a card, in three groups, and folded what only machines
//! know it by. What is marked
//! `data-live` says of an open page that it changed (`islands/outdated.rs`).

use card_domain::{BeforeLoss, CardState, Cause, CertificateStatus, Role, StateName};
use leptos::prelude::*;

use crate::{
    api::model::{CardDetail, CertificateView, PinSeen},
    components::{
        badge::{Badge, Label, StateBadge},
        fact::Fact,
        technical::TechnicalFacts,
    },
    islands::reveal::Reveal,
    text::{Text, common, dates, detail, fields, names},
};

/// The three groups.
#[component]
pub(crate) fn CardFacts(
    /// The card.
    card: CardDetail,
    /// Whether 显示 shows the full 证件编号.
    #[prop(optional)]
    reveals: bool,
) -> impl IntoView {
    let row = card.row;
    let operator = (card.role == Role::Operator).then(|| {
        view! {
            <Fact name=fields::OPERATOR_NO>
                <span class="figures">{row.operator_no.0}</span>
            </Fact>
        }
    });
    let number = row
        .card_no
        .map_or_else(|| String::from(common::NONE), |number| number.0);
    let last_login = row
        .last_login_at
        .map_or_else(|| String::from(detail::NEVER), dates::minute);
    let issued = card
        .issued_at
        .map_or_else(|| String::from(common::NONE), dates::minute);
    view! {
        <div class="facts-grid">
            <Facts title=detail::PERSON>
                {operator}
                <Fact name=fields::HOLDER_NAME>{row.holder_name}</Fact>
                <Fact name=fields::ID_NUMBER>
                    {if reveals {
                        view! { <Reveal card=row.id masked=row.id_number_masked /> }.into_any()
                    } else {
                        view! { <span class="figures">{row.id_number_masked}</span> }.into_any()
                    }}
                </Fact>
                <Fact name=fields::ENTERPRISE>{card.enterprise_name}</Fact>
                <Fact name=fields::LAST_LOGIN>
                    <span class="figures">{last_login}</span>
                </Fact>
            </Facts>
            <Facts title=detail::CARD>
                <Fact name=fields::CARD_NO>
                    <span class="figures">{number}</span>
                </Fact>
                <Fact name=fields::CARD_KIND>{names::role(card.role)}</Fact>
                <Fact name=fields::STATE>
                    <State state=row.state cause=card.cause />
                </Fact>
                <Fact name=fields::PIN_STATE>
                    <Pin pin=row.pin />
                </Fact>
                <Fact name=fields::ISSUED_AT>
                    <span class="figures">{issued}</span>
                </Fact>
            </Facts>
            <Certificate certificate=row.certificate.clone() />
            <Technical chip_id=card.chip_id certificate=row.certificate />
        </div>
    }
}

/// A group of facts under a heading.
#[component]
fn Facts(
    /// The heading.
    title: Text,
    children: Children,
) -> impl IntoView {
    view! {
        <section class="facts">
            <h2 class="facts__title">{title}</h2>
            <dl class="facts__list">{children()}</dl>
        </section>
    }
}

#[component]
fn State(state: CardState, cause: Option<Cause>) -> impl IntoView {
    let since = state
        .since()
        .map(|time| detail::since(&dates::minute(time)));
    let before = match state {
        CardState::Lost { from, .. } => {
            let name = match from {
                BeforeLoss::Normal => StateName::Normal,
                BeforeLoss::Frozen { .. } => StateName::Frozen,
            };
            Some(detail::came_from(&names::state(name)))
        }
        _ => None,
    };
    view! {
        <span class="badges" data-live="">
            <StateBadge state=state.name() />
            {since.map(|text| view! { <span class="faint">{text}</span> })}
            {state.until().map(|end| view! { <span>{detail::frozen_until(end)}</span> })}
            {before.map(|text| view! { <span class="faint">{text}</span> })}
            {cause.map(|cause| view! { <span>{detail::because(&cause)}</span> })}
        </span>
    }
}

#[component]
fn Pin(pin: Option<PinSeen>) -> impl IntoView {
    match pin {
        None => view! { <span class="faint">{detail::PIN_UNKNOWN}</span> }.into_any(),
        Some(seen) => view! {
            <span class="badges">
                // Not the tries: this page itself has the card read.
                <span data-live="">
                    {Badge::of_pin(pin).map(|badge| view! { <Label badge /> })}
                </span>
                {(seen.tries_left > 0).then(|| detail::pin_tries(seen.tries_left))}
                <span class="faint">{detail::seen_at(&dates::minute(seen.at))}</span>
            </span>
        }
        .into_any(),
    }
}

#[component]
fn Certificate(certificate: Option<CertificateView>) -> impl IntoView {
    let Some(certificate) = certificate else {
        return view! {
            <Facts title=detail::CERTIFICATE>
                <Fact name=fields::VALID_UNTIL>
                    <span class="faint">{detail::NO_CERTIFICATE}</span>
                </Fact>
            </Facts>
        }
        .into_any();
    };
    let good = certificate.status == CertificateStatus::Good;
    view! {
        <Facts title=detail::CERTIFICATE>
            <Fact name=fields::VALID_FROM>
                <span class="figures">{dates::minute(certificate.validity.not_before)}</span>
            </Fact>
            <Fact name=fields::VALID_UNTIL>
                <span class="badges" data-live="">
                    <span class="figures">{dates::minute(certificate.validity.not_after)}</span>
                    {good.then(|| view! { <span class="faint">{detail::GOOD}</span> })}
                    {Badge::of_certificate(certificate.status, false)
                        .map(|badge| view! { <Label badge /> })}
                </span>
            </Fact>
        </Facts>
    }
    .into_any()
}

/// What card and certificate are known by to machines.
#[component]
fn Technical(chip_id: Option<String>, certificate: Option<CertificateView>) -> impl IntoView {
    let (serial, key) = certificate
        .map(|it| (it.serial, detail::key(it.key)))
        .unzip();
    let or_none = |value: Option<String>| value.unwrap_or_else(|| String::from(common::NONE));
    view! {
        <TechnicalFacts>
            <Fact name=fields::CHIP>
                <code class="code">{or_none(chip_id)}</code>
            </Fact>
            <Fact name=fields::SERIAL>
                <code class="code">{or_none(serial)}</code>
            </Fact>
            {key.map(|key| view! { <Fact name=fields::KEY>{key}</Fact> })}
        </TechnicalFacts>
    }
}
