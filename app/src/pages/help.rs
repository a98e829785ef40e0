//! 帮助: whom to call, how to begin, what the states and acts mean, what people ask. For
//! everybody; whoever is logged in stays so.

use card_domain::{Menu, StateName};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::location::{RequestUrl, Url};

use crate::{
    api::{calls, model::SessionView},
    components::{
        badge::StateBadge,
        icon::{Icon, Symbol},
        page_tools::PageTools,
        preload::PreloadIslands,
        top_bar::TopBar,
    },
    help::{Download, HelpSettings, way_back},
    islands::back_to_start::BackToStart,
    terminal::{is_terminal, start_address},
    text::{common, environment, help as text, names},
};

/// The page.
#[component]
pub(crate) fn HelpPage() -> impl IntoView {
    view! {
        <Title text=common::title(&text::TITLE) />
        <Suspense>
            {move || Suspend::new(async move {
                match calls::session().await {
                    Ok(Some(session)) => view! { <WithinSession session /> }.into_any(),
                    // Help is there also for whom the service has no session, or no answer.
                    Ok(None) | Err(_) => view! { <Alone /> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn WithinSession(session: SessionView) -> impl IntoView {
    let home = session.home();
    provide_context(session);
    view! {
        <TopBar />
        <main class="main help" id="main">
            <Content home />
        </main>
    }
}

#[component]
fn Alone() -> impl IntoView {
    view! {
        <PreloadIslands />
        <PageTools alone=true />
        <main class="main help help--alone" id="main">
            <Content home=start_address() />
        </main>
        {is_terminal().then(|| view! { <BackToStart card_out=false /> })}
    }
}

/// What it says. `home` is where the way back leads when the address names none.
#[component]
fn Content(home: &'static str) -> impl IntoView {
    let back = asked_from().unwrap_or_else(|| String::from(home));
    let settings = use_context::<HelpSettings>().unwrap_or_default();
    let first = (!is_terminal()).then(|| view! { <FirstTime settings=settings.clone() /> });
    view! {
        <header class="help__header">
            <h1 class="help__title">{text::TITLE}</h1>
            <a class="button" href=back>
                <Icon symbol=Symbol::Left />
                {text::BACK}
            </a>
        </header>
        <WhomToCall settings />
        {first}
        <States />
        <Acts />
        <Questions />
    }
}

/// Where the help was asked for, as the address says it.
fn asked_from() -> Option<String> {
    let here = use_context::<RequestUrl>()?.parse().ok()?;
    // The router's own map decodes what belongs to the other address, too.
    let mut parts = here.search().split('&');
    let from = Url::unescape(parts.find_map(|part| part.strip_prefix("from="))?);
    way_back(&from).map(String::from)
}

#[component]
fn WhomToCall(settings: HelpSettings) -> impl IntoView {
    let whom = match settings.contact {
        Some(contact) if !is_terminal() => {
            let dialled = format!("tel:{}", contact.dialled());
            view! {
                <p>
                    <a class="help__number" href=dialled>
                        {text::call(&contact)}
                    </a>
                </p>
            }
            .into_any()
        }
        Some(contact) => view! { <p class="help__number">{text::call(&contact)}</p> }.into_any(),
        None => view! { <p>{text::NOBODY}</p> }.into_any(),
    };
    view! {
        <section class="panel help__part" id="call" aria-labelledby="help-call">
            <h2 id="help-call">{text::CALL}</h2>
            {whom}
            {is_terminal().then(|| view! { <p>{text::STAFF}</p> })}
            <p class="help__hint">{text::AT_HAND}</p>
        </section>
    }
}

/// From nothing to the first login: for a desk, where one may install something.
#[component]
fn FirstTime(settings: HelpSettings) -> impl IntoView {
    view! {
        <section class="panel help__part" id="first" aria-labelledby="help-first">
            <h2 id="help-first">{text::FIRST}</h2>
            <ol class="help__steps">
                <li>
                    <h3>{text::INSTALL}</h3>
                    <p>{text::INSTALL_WHY}</p>
                    <Downloads settings />
                </li>
                <li>
                    <h3>{text::PLUG}</h3>
                    <p>{text::PLUG_HOW}</p>
                </li>
                <li>
                    <h3>{text::LOG_IN}</h3>
                    <p>{text::LOG_IN_HOW}</p>
                </li>
            </ol>
            <p>
                {text::STUCK} " " <a href="/environment">{environment::TITLE}</a>
            </p>
        </section>
    }
}

/// Those for this system, and the others behind.
#[component]
fn Downloads(settings: HelpSettings) -> impl IntoView {
    let HelpSettings {
        downloads, system, ..
    } = settings;
    if downloads.is_empty() {
        return view! { <p>{text::NO_DOWNLOAD}</p> }.into_any();
    }
    let (own, others): (Vec<_>, Vec<_>) = downloads
        .into_iter()
        .partition(|download| Some(download.package.system()) == system);
    let unknown = own
        .is_empty()
        .then(|| view! { <p>{text::UNKNOWN_SYSTEM}</p> });
    let is_open = own.is_empty();
    let others = (!others.is_empty()).then(|| {
        view! {
            <details class="help__others" open=is_open>
                <summary>{text::OTHER_SYSTEMS}</summary>
                <p class="help__downloads">{others.into_iter().map(link).collect_view()}</p>
            </details>
        }
    });
    view! {
        {unknown}
        <p class="help__downloads">{own.into_iter().map(link).collect_view()}</p>
        {others}
    }
    .into_any()
}

fn link(download: Download) -> impl IntoView {
    view! {
        <a class="button" href=download.address rel="noopener">
            {text::package(download.package)}
        </a>
    }
}

#[component]
fn States() -> impl IntoView {
    let of_state = |state| {
        view! {
            <div>
                <dt>
                    <StateBadge state />
                </dt>
                <dd>{text::state(state)}</dd>
            </div>
        }
    };
    let of_mark = |(mark, meaning)| {
        view! {
            <div>
                <dt>{mark}</dt>
                <dd>{meaning}</dd>
            </div>
        }
    };
    view! {
        <section class="panel help__part" id="states" aria-labelledby="help-states">
            <h2 id="help-states">{text::STATES}</h2>
            <dl class="help__list">
                {StateName::ALL.map(of_state).collect_view()} {text::MARKS.map(of_mark).collect_view()}
            </dl>
        </section>
    }
}

#[component]
fn Acts() -> impl IntoView {
    let act = |menu| {
        view! {
            <div>
                <dt>{names::menu(menu)}</dt>
                <dd>{text::act(menu)}</dd>
            </div>
        }
    };
    view! {
        <section class="panel help__part" id="acts" aria-labelledby="help-acts">
            <h2 id="help-acts">{text::ACTS}</h2>
            <dl class="help__list">{Menu::ALL.map(act).collect_view()}</dl>
        </section>
    }
}

#[component]
fn Questions() -> impl IntoView {
    let one = |(question, answer)| {
        view! {
            <details class="help__question">
                <summary>{question}</summary>
                <p>{answer}</p>
            </details>
        }
    };
    view! {
        <section class="panel help__part" id="questions" aria-labelledby="help-questions">
            <h2 id="help-questions">{text::QUESTIONS}</h2>
            {text::ASKED.map(one).collect_view()}
        </section>
    }
}
