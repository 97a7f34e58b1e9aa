//! The sidebar: project, pages that the role may see, person.

use domain::permission::{Permission, Role, allows};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::menu::{PersonMenu, ProjectMenu};
use super::palette::PaletteButton;
use super::{Mark, Me, SIDEBAR};
use crate::ui::{Icon, IconName, Loading, wait};

/// One entry of the navigation.
pub struct Entry {
    pub text: &'static str,
    pub icon: IconName,
    /// What follows `/p/{project}`.
    pub path: &'static str,
    /// Who may not do this doesn't see it; none is for everybody.
    needs: Option<Permission>,
    /// The key that, after `g`, leads there.
    pub keys: &'static [&'static str],
}

impl Entry {
    pub fn is_for(&self, role: Role) -> bool {
        self.needs.is_none_or(|p| allows(role, p))
    }
}

/// The pages of a project that a role may see.
pub fn entries(role: Role) -> impl Iterator<Item = &'static Entry> {
    MAIN.iter().chain(&SETTINGS).filter(move |entry| entry.is_for(role))
}

const MAIN: [Entry; 5] = [
    Entry { text: "Home", icon: IconName::House, path: "", needs: None, keys: &["g", "h"] },
    Entry {
        text: "Templates",
        icon: IconName::FileText,
        path: "/templates",
        needs: Some(Permission::ReadTemplates),
        keys: &["g", "t"],
    },
    Entry {
        text: "Changes",
        icon: IconName::Compare,
        path: "/changes",
        needs: Some(Permission::ReadTemplates),
        keys: &["g", "r"],
    },
    Entry {
        text: "Executions",
        icon: IconName::Activity,
        path: "/executions",
        needs: Some(Permission::ReadExecutions),
        keys: &["g", "e"],
    },
    Entry {
        text: "Audit",
        icon: IconName::ScrollText,
        path: "/audit",
        needs: Some(Permission::ReadAudit),
        keys: &["g", "a"],
    },
];

const SETTINGS: [Entry; 6] = [
    Entry {
        text: "People",
        icon: IconName::Users,
        path: "/settings/users",
        needs: Some(Permission::ManageUsers),
        keys: &["g", "p"],
    },
    Entry {
        text: "API keys",
        icon: IconName::KeyRound,
        path: "/settings/keys",
        needs: Some(Permission::ManageKeys),
        keys: &["g", "k"],
    },
    Entry {
        text: "Label policies",
        icon: IconName::ShieldCheck,
        path: "/settings/policies",
        needs: Some(Permission::ReadTemplates),
        keys: &["g", "b"],
    },
    Entry {
        text: "Lint rules",
        icon: IconName::ShieldCheck,
        path: "/settings/lint",
        needs: Some(Permission::ReadTemplates),
        keys: &["g", "l"],
    },
    Entry {
        text: "Import and export",
        icon: IconName::Folder,
        path: "/settings/files",
        needs: Some(Permission::ReadTemplates),
        keys: &["g", "i"],
    },
    Entry { text: "Sessions", icon: IconName::Monitor, path: "/settings/sessions", needs: None, keys: &["g", "s"] },
];

#[component]
pub fn Sidebar(me: Me) -> impl IntoView {
    let content = move || {
        wait(async move {
            let Ok(me) = me.await else { return view! { <Brand/> }.into_any() };
            let (role, base) = (me.role, format!("/p/{}", me.project));
            view! {
                <ProjectMenu me=me.clone()/>
                <PaletteButton/>
                <nav class="flex-1 overflow-y-auto pb-4" aria-label="Main">
                    <Group entries=&MAIN base=base.clone() role/>
                    <h2 class="nav-title px-4">"Settings"</h2>
                    <Group entries=&SETTINGS base role/>
                </nav>
                <PersonMenu me/>
            }
            .into_any()
        })
    };
    view! {
        <div class="sidebar" id=SIDEBAR popover="auto">
            <Loading fallback=|| view! { <Brand/> } view=content/>
        </div>
    }
}

#[component]
fn Brand() -> impl IntoView {
    view! {
        <a href="/" rel="external" class="flex h-14 items-center gap-2.5 px-4 font-semibold">
            <Mark/>
            "Promptory"
        </a>
    }
}

#[component]
fn Group(entries: &'static [Entry], base: String, role: Role) -> impl IntoView {
    let links = entries
        .iter()
        .filter(|entry| entry.is_for(role))
        .map(|entry| view! { <Link entry href=format!("{base}{}", entry.path)/> })
        .collect_view();
    view! { <ul class="nav-group">{links}</ul> }
}

#[component]
fn Link(entry: &'static Entry, href: String) -> impl IntoView {
    let pathname = use_location().pathname;
    let target = href.clone();
    let current = move || {
        let here = pathname.read();
        let here = here.trim_end_matches('/');
        let is_inside = !entry.path.is_empty() && here.strip_prefix(&target).is_some_and(|rest| rest.starts_with('/'));
        (here == target || is_inside).then_some("page")
    };
    view! {
        <li>
            <a class="nav-link" href=href aria-current=current>
                <Icon name=entry.icon/>
                {entry.text}
            </a>
        </li>
    }
}
