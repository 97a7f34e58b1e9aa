//! The frame around a project's pages: navigation, project, person.

pub mod keyboard;
mod menu;
mod palette;
mod shortcuts;
mod sidebar;
mod theme;

use domain::permission::{Permission, allows};
use domain::user::CurrentUser;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Outlet;
use leptos_router::hooks::{use_location, use_params_map};

use crate::browser::focus;
use crate::data::Data;
use crate::error::AppResult;
use crate::ui::{Icon, IconName, listen_for_copies};
use palette::{Palette, PaletteHost, PaletteIcon};
use shortcuts::Sheet;
use sidebar::Sidebar;
use theme::Theme;

/// The id of the sidebar, which is a popover on narrow screens.
const SIDEBAR: &str = "sidebar";
const MAIN: &str = "main";

/// The project key in the URL.
pub fn use_project() -> Memo<String> {
    let params = use_params_map();
    Memo::new(move |_| params.read().get("project").unwrap_or_default())
}

/// The person and their role, loaded once a project by [`Layout`].
pub type Me = Data<CurrentUser>;

/// The [`Me`] of the page at hand; read it in a `wait`.
pub fn use_me() -> Me {
    expect_context::<Me>()
}

/// Whether the person may do this; while nobody is known, nothing.
pub async fn may(me: Me, wanted: Permission) -> bool {
    me.await.is_ok_and(|me| allows(me.role, wanted))
}

/// The person's id; empty while nobody is known.
pub async fn user_id(me: Me) -> String {
    me.await.map(|me| me.id.to_string()).unwrap_or_default()
}

/// Who is logged in, and what they are in the project.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_me(project: String) -> AppResult<CurrentUser> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    service::users::current(&ctx, project).await.for_page()
}

#[component]
pub fn Layout() -> impl IntoView {
    let project = use_project();
    let me: Me = Data::of(move || LoadMe { project: project.get() });
    provide_context(me);
    let (switch, palette) = (keyboard::Switch::on(), Palette::new());
    provide_context(switch);
    provide_context(palette);
    provide_context(Theme::new());
    keyboard::listen(switch, palette, me);
    follow_navigation();
    listen_for_copies();
    view! {
        <a class="skip-link" href=format!("#{MAIN}") rel="external">"Skip to content"</a>
        <div class="frame">
            <Topbar/>
            <Sidebar me/>
            <main id=MAIN tabindex="-1" class="min-w-0 outline-none">
                <div class="content">
                    <Outlet/>
                </div>
            </main>
        </div>
        <Sheet me/>
        <PaletteHost me/>
    }
}

/// Only on narrow screens: opens the sidebar.
#[component]
fn Topbar() -> impl IntoView {
    view! {
        <header class="topbar">
            <button type="button" class="btn btn-ghost btn-sm btn-square" popovertarget=SIDEBAR aria-label="Open navigation">
                <Icon name=IconName::Menu class="size-5"/>
            </button>
            <Mark/>
            <span class="font-semibold">"Promptory"</span>
            <PaletteIcon/>
        </header>
    }
}

/// The product's mark.
#[component]
pub fn Mark() -> impl IntoView {
    view! {
        <svg viewBox="0 0 32 32" class="size-6 shrink-0" aria-hidden="true">
            <rect width="32" height="32" rx="8" fill="#4f46e5"></rect>
            <path
                d="M10 24V9h7.2a4.9 4.9 0 0 1 0 9.8H14"
                fill="none"
                stroke="#fff"
                stroke-width="3"
                stroke-linecap="round"
                stroke-linejoin="round"
            ></path>
            <circle cx="22.5" cy="23.5" r="2" fill="#a5b4fc"></circle>
        </svg>
    }
}

/// A page that comes up without a load of the document leaves no menu open behind it, and the focus goes from the link
/// that led there to where the page is shown (WCAG 2.4.3), unless the link named a place in it.
fn follow_navigation() {
    let location = use_location();
    Effect::new(move |before: Option<String>| {
        let path = location.pathname.get();
        location.search.track();
        if before.is_some() {
            keyboard::close_popovers();
        }
        if before.is_some_and(|before| before != path) && location.hash.get_untracked().is_empty() {
            request_animation_frame(|| focus(MAIN));
        }
        path
    });
}

#[component]
pub fn NotFoundPage() -> impl IntoView {
    crate::error::set_status(&domain::Error::not_found("page"));
    view! {
        <Title text="Not found"/>
        <main class="grid min-h-dvh place-items-center px-4">
            <div class="empty-state">
                <span class="mb-3 inline-flex scale-125"><Mark/></span>
                <h1>"Page not found"</h1>
                <p>"There is nothing at this address. It may have moved, or the link is wrong."</p>
                <div class="empty-actions">
                    <a class="btn btn-sm" href="/" rel="external">"Go to the start page"</a>
                </div>
            </div>
        </main>
    }
}
