//! The command palette: templates, pages and actions by a few letters. All but what opens it is a module of its own, loaded
//! when it is first asked for.

mod items;
mod view;

use domain::permission::Role;
use leptos::prelude::*;

use super::shortcuts::Keys;
use super::{Me, use_project};
use crate::ui::{Icon, IconName, Loading, wait};

/// Counts how often it was asked for.
#[derive(Clone, Copy)]
pub struct Palette(RwSignal<usize>);

impl Palette {
    pub fn new() -> Self {
        Self(RwSignal::new(0))
    }
    /// Opens it; closes it when it is open.
    pub fn open(self) {
        self.0.update(|count| *count += 1);
    }
}

#[lazy]
fn palette(asked: RwSignal<usize>, shown: StoredValue<usize>, project: Memo<String>, role: Role) -> AnyView {
    view! { <view::PaletteView asked shown project role/> }.into_any()
}

/// Where it is shown.
#[component]
pub fn PaletteHost(me: Me) -> impl IntoView {
    let (Palette(asked), project) = (expect_context::<Palette>(), use_project());
    let (is_wanted, shown) = (Memo::new(move |_| asked.get() > 0), StoredValue::new(0));
    let content = move || {
        let is_wanted = is_wanted.get();
        wait(async move {
            match me.await {
                Ok(me) if is_wanted => palette(asked, shown, project, me.role).await,
                _ => ().into_any(),
            }
        })
    };
    view! { <Loading view=content/> }
}

/// What looks like a field and opens it.
#[component]
pub fn PaletteButton() -> impl IntoView {
    let palette = expect_context::<Palette>();
    view! {
        <div class="js-only px-2 pb-2">
            <button type="button" class="side-search" aria-haspopup="dialog" on:click=move |_| palette.open()>
                <Icon name=IconName::Search/>
                <span class="flex-1">"Search or go to…"</span>
                <span aria-hidden="true"><Keys keys=&["Ctrl", "K"]/></span>
            </button>
        </div>
    }
}

/// The same on narrow screens.
#[component]
pub fn PaletteIcon() -> impl IntoView {
    let palette = expect_context::<Palette>();
    view! {
        <button type="button" class="js-only btn btn-ghost btn-sm btn-square ml-auto" aria-label="Search or go to" aria-haspopup="dialog" on:click=move |_| palette.open()>
            <Icon name=IconName::Search class="size-5"/>
        </button>
    }
}
