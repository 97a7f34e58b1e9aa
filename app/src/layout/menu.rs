//! The two menus of the sidebar: popovers, so that they open, and close on Escape, without a script.

use domain::user::CurrentUser;
use leptos::prelude::*;

use super::theme::ThemeChoice;
use super::{Mark, shortcuts};
use crate::ui::{Icon, IconName};

const PROJECTS: &str = "project-menu";
const PERSON: &str = "person-menu";

/// Which project this is, and the person's others.
#[component]
pub fn ProjectMenu(me: CurrentUser) -> impl IntoView {
    let here = me.project.clone();
    let name = me.projects.iter().find(|p| p.key == here).map_or_else(|| here.clone(), |p| p.name.clone());
    let item = |project: domain::project::Project| {
        let is_here = project.key == here;
        view! {
            <a class="menu-item" href=format!("/p/{}", project.key) aria-current=is_here.then_some("true")>
                <span class="truncate">{project.name}</span>
                <span class="tick"><Icon name=IconName::Check/></span>
            </a>
        }
    };
    let items = me.projects.into_iter().map(item).collect_view();
    view! {
        <div class="p-2 pb-1">
            <button type="button" class="side-button" popovertarget=PROJECTS>
                <Mark/>
                <span class="min-w-0 flex-1 leading-tight">
                    <span class="block truncate font-semibold">{name}</span>
                    <span class="block text-xs text-muted">"Promptory"</span>
                </span>
                <span class="sr-only">"switch project"</span>
                <Icon name=IconName::ChevronsUpDown class="size-4 text-muted"/>
            </button>
        </div>
        <div class="menu-pop at-top" id=PROJECTS popover="auto">
            <p class="px-2 py-1 text-xs text-muted">"Projects"</p>
            {items}
        </div>
    }
}

/// Who is logged in: role, theme, shortcuts, log out.
#[component]
pub fn PersonMenu(me: CurrentUser) -> impl IntoView {
    let initial = me.name.chars().next().unwrap_or('?').to_uppercase().to_string();
    let (name, email, role) = (me.name, me.email, me.role.title());
    view! {
        <div class="border-t border-base-300 p-2">
            <button type="button" class="side-button" popovertarget=PERSON>
                <span class="avatar-mark" aria-hidden="true">{initial}</span>
                <span class="min-w-0 flex-1 leading-tight">
                    <span class="block truncate font-medium">{name.clone()}</span>
                    <span class="block truncate text-xs text-muted">{role}</span>
                </span>
                <span class="sr-only">"account and settings"</span>
                <Icon name=IconName::ChevronsUpDown class="size-4 text-muted"/>
            </button>
        </div>
        <div class="menu-pop at-bottom" id=PERSON popover="auto">
            <div class="border-b border-base-300 px-2 pb-2 pt-1 leading-snug">
                <p class="truncate font-medium">{name}</p>
                <p class="truncate text-xs text-muted">{email}</p>
                <p class="text-xs text-muted">{role}</p>
            </div>
            <ThemeChoice/>
            <div class="border-t border-base-300 pt-1">
                <button type="button" class="menu-item js-only" popovertarget=shortcuts::SHEET>
                    <Icon name=IconName::Keyboard/>
                    "Keyboard shortcuts"
                </button>
                <form method="post" action="/logout">
                    <button type="submit" class="menu-item">
                        <Icon name=IconName::LogOut/>
                        "Log out"
                    </button>
                </form>
            </div>
        </div>
    }
}
