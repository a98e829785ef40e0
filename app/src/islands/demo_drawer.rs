//! 演示读卡器: the software cards of the demo, inserted and pulled with a
//! click. It exists only while the bridge says that a reader is virtual.
#![expect(
    clippy::unnecessary_wraps,
    reason = "what wasm_split loads may fail to load"
)]

use card_protocol::{
    CardError,
    bridge::{Reader, Slot, VirtualCard, VirtualCards},
};
use leptos::{
    prelude::*,
    task::spawn_local,
    wasm_split::{SplitLoaderError, wasm_split},
};

use crate::{
    components::icon::{Icon, Symbol},
    device::{Device, use_device},
    text::{common, device as text, errors},
};

/// The drawer. A modal dialog makes everything outside of it unreachable, so a
/// dialog that waits for a card holds one of its own.
#[island]
pub(crate) fn DemoDrawer() -> impl IntoView {
    let device = use_device();
    let open = RwSignal::new(false);
    // What the drawer holds, once its code is there.
    let cards = RwSignal::new(None::<ViewFn>);
    let load = move || {
        spawn_local(async move {
            // Without the code it stays empty, and the next click tries again.
            cards.set(load_cards().await.ok());
        });
    };
    view! {
        <Show when=move || device.has_virtual_reader()>
            <section class="demo-drawer" aria-label=text::DEMO>
                <button
                    class="demo-drawer__handle"
                    type="button"
                    aria-expanded=move || open.get().to_string()
                    on:click=move |_| {
                        open.update(|open| *open = !*open);
                        if cards.with_untracked(Option::is_none) {
                            load();
                        }
                    }
                >
                    <Icon symbol=Symbol::Emblem />
                    {text::DEMO}
                    {move || {
                        view! { <Icon symbol=if open.get() { Symbol::Down } else { Symbol::Up } /> }
                    }}
                </button>
                <Show when=move || open.get()>
                    {move || cards.get().map(|cards| cards.run())}
                </Show>
            </section>
        </Show>
    }
}

/// The list, in the part of the islands that are lazy.
#[wasm_split(islands, wasm_split_path = ::leptos::wasm_split, fallible)]
fn load_cards() -> Result<ViewFn, SplitLoaderError> {
    Ok((|| view! { <Cards /> }).into())
}

/// What the list of software cards shares.
#[derive(Clone, Copy)]
struct Drawer {
    device: Device,
    cards: RwSignal<Vec<VirtualCard>>,
    /// How many virtual readers there are, with those that are unplugged.
    readers: RwSignal<usize>,
    /// The virtual reader that cards go into; the first when none was chosen.
    target: RwSignal<Option<String>>,
    trouble: RwSignal<Option<CardError>>,
    busy: RwSignal<bool>,
}

impl Drawer {
    async fn refresh(self) {
        match self.device.virtual_cards().await {
            Ok(VirtualCards { cards, readers }) => {
                self.cards.set(cards);
                self.readers.set(readers);
            }
            Err(error) => self.trouble.set(Some(error)),
        }
    }

    /// Inserts a card, or pulls it where it is in.
    fn toggle(self, card: VirtualCard) {
        self.perform(async move {
            match card.reader {
                Some(reader) => self.device.virtual_remove(reader).await,
                None => self.insert(card.key).await,
            }
        });
    }

    /// Unplugs all virtual readers but one, or plugs them in.
    fn plug(self, is_one: bool) {
        let count = if is_one {
            1
        } else {
            self.readers.get_untracked()
        };
        self.perform(self.device.virtual_readers(count));
    }

    fn perform(self, work: impl Future<Output = Result<(), CardError>> + 'static) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.trouble.set(None);
        spawn_local(async move {
            self.trouble.set(work.await.err());
            self.refresh().await;
            self.busy.set(false);
        });
    }

    async fn insert(self, card: String) -> Result<(), CardError> {
        let Some(target) = self.target() else {
            return Err(CardError::NoReader);
        };
        if target.slot != Slot::Empty {
            self.device.virtual_remove(target.name.clone()).await?;
        }
        self.device.virtual_insert(target.name, card).await
    }

    fn target(self) -> Option<Reader> {
        let readers = self.device.readers.get_untracked();
        let chosen = self.target.get_untracked();
        let mut readers = readers.into_iter().filter(|reader| reader.is_virtual);
        let first = readers.next()?;
        match chosen {
            Some(chosen) if first.name != chosen => {
                // A reader that was unplugged takes no card.
                Some(
                    readers
                        .find(|reader| reader.name == chosen)
                        .unwrap_or(first),
                )
            }
            _ => Some(first),
        }
    }
}

#[component]
fn Cards() -> impl IntoView {
    let device = use_device();
    let drawer = Drawer {
        device,
        cards: RwSignal::new(Vec::new()),
        readers: RwSignal::new(0),
        target: RwSignal::new(None),
        trouble: RwSignal::new(None),
        busy: RwSignal::new(false),
    };
    // Cards also come and go by other hands than this page's.
    Effect::new(move || {
        device.readers.track();
        spawn_local(drawer.refresh());
    });
    view! {
        <div class="demo-drawer__body">
            <p class="demo-drawer__hint">{text::DEMO_HINT}</p>
            <Targets drawer />
            <OneReader drawer />
            <div role="alert">
                {move || {
                    drawer
                        .trouble
                        .get()
                        .map(|error| {
                            let words = errors::in_one(errors::card_sentences(error));
                            view! { <p class="demo-drawer__error">{words}</p> }
                        })
                }}
            </div>
            <ul class="demo-drawer__cards">
                {move || {
                    drawer
                        .cards
                        .get()
                        .into_iter()
                        .map(|card| view! { <li><Card drawer card /></li> })
                        .collect_view()
                }}
            </ul>
        </div>
    }
}

/// Which reader the cards go into, where the demo has several.
#[component]
fn Targets(drawer: Drawer) -> impl IntoView {
    let names = Memo::new(move |_| {
        drawer.device.readers.with(|readers| {
            let readers = readers.iter().filter(|reader| reader.is_virtual);
            readers
                .map(|reader| reader.name.clone())
                .collect::<Vec<_>>()
        })
    });
    let option = move |name: String| {
        let value = name.clone();
        let chosen = move || {
            let target = drawer.target.get();
            match target {
                Some(target) => target == value,
                None => names.with(|names| names.first() == Some(&value)),
            }
        };
        let shown = text::reader(&name);
        view! {
            <label class="demo-drawer__target">
                <input
                    type="radio"
                    name="demo-reader"
                    prop:checked=chosen
                    on:change=move |_| drawer.target.set(Some(name.clone()))
                />
                {shown}
            </label>
        }
    };
    view! {
        <Show when=move || names.with(|names| names.len() > 1)>
            <fieldset class="demo-drawer__targets">
                <legend>{text::DEMO_READER}</legend>
                <For each=move || names.get() key=Clone::clone children=option />
            </fieldset>
        </Show>
    }
}

/// The switch for one reader, with which the cards have to be swapped.
#[component]
fn OneReader(drawer: Drawer) -> impl IntoView {
    let is_one = move || {
        drawer.device.readers.with(|readers| {
            let plugged = readers.iter().filter(|reader| reader.is_virtual);
            plugged.count() < 2
        })
    };
    let has_more = move || drawer.readers.get() > 1;
    view! {
        <Show when=has_more>
            <label class="demo-drawer__target">
                <input
                    type="checkbox"
                    prop:checked=is_one
                    on:change=move |event| drawer.plug(event_target_checked(&event))
                />
                {text::DEMO_ONE_READER}
            </label>
        </Show>
    }
}

/// A software card: pressed while it is in a reader.
#[component]
fn Card(drawer: Drawer, card: VirtualCard) -> impl IntoView {
    let inserted = card.reader.is_some();
    let place = card
        .reader
        .as_deref()
        .map_or_else(|| String::from(common::NONE), text::demo_inserted);
    let act = if inserted {
        text::DEMO_REMOVE
    } else {
        text::DEMO_INSERT
    };
    let label = card.label.clone();
    view! {
        <button
            class="demo-drawer__card"
            type="button"
            aria-pressed=inserted.to_string()
            on:click=move |_| drawer.toggle(card.clone())
        >
            <span class="demo-drawer__label">{label}</span>
            <span class="demo-drawer__place">{place}</span>
            <span class="demo-drawer__act">{act}</span>
        </button>
    }
}
