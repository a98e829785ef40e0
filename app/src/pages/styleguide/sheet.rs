//! The sheet: each component as pages use it, with samples for its states.

use card_domain::{Action, Menu, Role, StateName, TimelineOf};
use leptos::prelude::*;
use leptos_meta::Title;

use super::samples;
use crate::{
    components::{
        act_panel::ActPanel,
        badge::{Badge, Label, StateBadge},
        card_facts::CardFacts,
        card_table::CardTable,
        empty_state::EmptyState,
        icon::{Icon, Symbol},
        notice::{Notice, Trouble},
        page_tools::PageTools,
        pager::Pager,
        side_menu::SideMenu,
        timeline::Timeline,
    },
    pages::{history::address::HistoryAddress, list::address::ListAddress},
    preferences::ListPreferences,
    text::{Text, common, dialog, empty, fields, names, styleguide as text},
};

/// The sheet.
#[component]
pub(super) fn Sheet() -> impl IntoView {
    view! {
        <Title text=common::title(&text::TITLE) />
        <PageTools alone=true />
        <div class="frame">
            <SideMenu />
            <main class="main" id="main">
                <header class="page-heading">
                    <div>
                        <h1>{text::TITLE}</h1>
                        <p class="page-heading__purpose">{text::PURPOSE}</p>
                    </div>
                </header>
                <Part title=text::BUTTONS>
                    <Buttons />
                </Part>
                <Part title=text::FIELDS>
                    <Fields />
                </Part>
                <Part title=text::LABELS>
                    <Labels />
                </Part>
                <Part title=text::NOTICES>
                    <Notices />
                </Part>
                <Part title=text::CARD_STATUS>
                    <CardStates />
                </Part>
                <Part title=text::ACTS>
                    <Acts />
                </Part>
                <Part title=text::FACTS>
                    <CardFacts card=samples::detail(first()) reveals=false />
                </Part>
                <Part title=text::LISTS>
                    <List />
                </Part>
                <Part title=text::EVENTS>
                    <Timeline
                        of=TimelineOf::Everything
                        address=HistoryAddress::default()
                        rows=samples::events()
                    />
                </Part>
                <Part title=text::STEPS>
                    <Steps />
                </Part>
                <Part title=text::DIALOGS>
                    <Question />
                </Part>
                <Part title=text::PAD>
                    <Pad />
                </Part>
            </main>
        </div>
    }
}

fn first() -> crate::api::model::CardRow {
    // There is one: the sheet would be empty without.
    samples::rows().swap_remove(0)
}

#[component]
fn Part(title: Text, children: Children) -> impl IntoView {
    view! {
        <section class="panel detail">
            <h2 class="facts__title">{title}</h2>
            {children()}
        </section>
    }
}

#[component]
fn Buttons() -> impl IntoView {
    view! {
        <p class="badges">
            <button class="button">{common::CANCEL}</button>
            <button class="button button--primary">{common::CONFIRM}</button>
            <button class="button button--primary button--danger">{common::CONFIRM}</button>
            <button class="button button--row">{common::BACK}</button>
            <button class="button button--small">{common::RETRY}</button>
            <button class="button" disabled>
                {common::CANCEL}
            </button>
            <button class="button button--primary" disabled>
                {common::CONFIRM}
            </button>
            <a class="button" href="/styleguide">
                <Icon symbol=Symbol::Left />
                {common::BACK}
            </a>
            <a class="button" role="link" aria-disabled="true">
                {common::BACK}
            </a>
        </p>
    }
}

#[component]
fn Fields() -> impl IntoView {
    view! {
        <div class="query">
            <label class="field">
                <span class="field__name">{fields::HOLDER_NAME}</span>
                <input class="input" placeholder=text::NAME autocomplete="off" />
            </label>
            <label class="field">
                <span class="field__name">{fields::CARD_NO}</span>
                <input class="input" value=text::NAME aria-invalid="true" autocomplete="off" />
                <span class="field__error">{text::TROUBLE}</span>
            </label>
            <label class="field">
                <span class="field__name">{fields::STATE}</span>
                <select class="input">
                    <option>{names::state(StateName::Normal)}</option>
                </select>
                <span class="field__hint">{text::NEXT_STEP}</span>
            </label>
            <span class="chip">
                {fields::ID_NUMBER} <a class="chip__clear" href="/styleguide" aria-label=common::CANCEL>
                    <Icon symbol=Symbol::Cross />
                </a>
            </span>
        </div>
    }
}

#[component]
fn Labels() -> impl IntoView {
    let certificates = samples::rows()
        .into_iter()
        .filter_map(|row| row.certificate);
    let pins = samples::rows().into_iter().map(|row| row.pin);
    view! {
        <p class="badges">
            {StateName::ALL.map(|state| view! { <StateBadge state /> }).collect_view()}
            {certificates
                .filter_map(|it| Badge::of_certificate(it.status, false))
                .map(|badge| view! { <Label badge /> })
                .collect_view()}
            {pins.filter_map(Badge::of_pin).map(|badge| view! { <Label badge /> }).collect_view()}
            <span class="tag">{names::role(Role::Operator)}</span>
            <span class="tag tag--legal">{names::role(Role::LegalPerson)}</span>
        </p>
    }
}

#[component]
fn Notices() -> impl IntoView {
    let told = [
        ("", Symbol::Card),
        (" notice--good", Symbol::Check),
        (" notice--warn", Symbol::Clock),
    ];
    let told = told.map(|(kind, symbol)| {
        view! {
            <div class=format!("notice{kind}")>
                <Icon symbol />
                <div class="notice__body">
                    <p class="notice__title">{dialog::success(Action::Freeze)}</p>
                    <p class="notice__hint">{text::NEXT_STEP}</p>
                </div>
            </div>
        }
    });
    let trouble = Trouble {
        message: text::TROUBLE.to_string(),
        next_step: text::NEXT_STEP.to_string(),
        request_id: "0198f3a2-7c11-7000-8000-5d1f0a2b3c4d".to_owned(),
    };
    view! {
        <div class="facts-grid">
            {told.collect_view()} <Notice trouble /> <EmptyState empty=empty::no_operator() />
        </div>
    }
}

#[component]
fn CardStates() -> impl IntoView {
    let tones = [
        ("busy", Symbol::Clock),
        ("ready", Symbol::Check),
        ("wanting", Symbol::Emblem),
        ("broken", Symbol::Warning),
    ];
    let tones = tones.map(|(tone, symbol)| {
        view! {
            <div class=format!("card-status card-status--{tone}")>
                <Icon symbol />
                <div class="card-status__body">
                    <p class="card-status__title">{text::CARD_STATUS}</p>
                    <p class="card-status__hint">{text::NEXT_STEP}</p>
                </div>
            </div>
        }
    });
    view! { <div class="facts-grid">{tones.collect_view()}</div> }
}

#[component]
fn Acts() -> impl IntoView {
    let of = |action| {
        let cards = samples::rows().into_iter().take(6).map(samples::detail);
        cards
            .map(move |card| view! { <ActPanel action card is_done=false /> })
            .collect_view()
    };
    view! {
        {of(Action::Freeze)}
        {of(Action::Renew)}
    }
}

#[component]
fn List() -> impl IntoView {
    let address = ListAddress::default();
    view! {
        <CardTable
            menu=Menu::Renew
            address=address.clone()
            rows=samples::rows()
            liked=ListPreferences::default()
        />
        <Pager
            menu=Menu::Renew
            address
            previous=None
            next=None
            total=8
            total_is_lower_bound=false
        />
    }
}

#[component]
fn Steps() -> impl IntoView {
    let steps = [
        (" steps__step--done", Action::Renew),
        (" steps__step--now", Action::Unlock),
        ("", Action::Freeze),
    ];
    let steps = steps.map(|(kind, action)| {
        view! { <li class=format!("steps__step{kind}")>{names::action(action)}</li> }
    });
    view! {
        <ol class="steps" role="list">
            {steps.collect_view()}
        </ol>
        <p class="relay__ask">{text::NEXT_STEP}</p>
    }
}

/// What stands in a dialog, without its being one: nothing else could be looked at.
#[component]
fn Question() -> impl IntoView {
    view! {
        <h3 class="dialog__title">{dialog::question(Action::Freeze)}</h3>
        <p class="dialog__text">{names::consequence(Action::Freeze)}</p>
        <blockquote class="sign__statement">{text::PURPOSE}</blockquote>
        <div class="dialog__success">
            <span class="dialog__mark">
                <Icon symbol=Symbol::Check />
            </span>
            <p class="dialog__text">{dialog::success(Action::Freeze)}</p>
        </div>
    }
}

#[component]
fn Pad() -> impl IntoView {
    let keys = (1..=9).map(|digit| {
        view! {
            <button class="pin-pad__key" type="button">
                {digit}
            </button>
        }
    });
    view! { <div class="pin-pad">{keys.collect_view()}</div> }
}
