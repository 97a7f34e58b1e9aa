//! One template: what serves where, what happened to it, its versions' content, and how to use it.

pub(super) mod api;
mod archive;
mod content;
mod fields;
mod report;
mod saved;
#[cfg(feature = "ssr")]
mod snippets;
mod strip;
mod timeline;
mod use_it;

use domain::permission::{Permission, allows};
use domain::template::Template;
use domain::text::unturned;
use domain::user::CurrentUser;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::changes::ProposeChange;
use crate::data::Data;
use crate::error::AppError;
use crate::layout::{use_me, use_project};
use crate::outcome::{Outcome, Refused, error_of};
use crate::post::Post;
use crate::settings::LoadPolicies;
use crate::templates::presence::Presence;
use crate::templates::use_key;
use crate::ui::{Badge, CopyButton, Crumbs, ErrorView, Icon, IconName, Loading, Skeleton, Tabs, Tone, wait};
use api::{FieldsForm, LoadTemplate, MoveLabel, RemoveLabel, SaveFields, SetArchived};

/// Name in the URL and text of each view; the first is shown when the URL names none.
const TABS: [(&str, &str); 5] =
    [("timeline", "Timeline"), ("content", "Content"), ("lint", "Lint"), ("use", "Use it"), ("fields", "Details")];

/// What may change on this page. Each success loads the template again.
#[derive(Clone, Copy)]
struct Actions {
    move_label: Post<Outcome<()>>,
    remove_label: Post<Outcome<()>>,
    propose: Post<Outcome<()>>,
    save_fields: Post<Outcome<()>>,
    set_archived: Post<Outcome<()>>,
    /// Counts the changes that went through.
    changes: RwSignal<usize>,
    /// The last of them.
    last: RwSignal<Option<Change>>,
}

impl Actions {
    fn new() -> Self {
        let actions = Self {
            move_label: Post::to::<MoveLabel>(),
            remove_label: Post::to::<RemoveLabel>(),
            propose: Post::to::<ProposeChange>(),
            save_fields: Post::to::<SaveFields>(),
            set_archived: Post::to::<SetArchived>(),
            changes: RwSignal::new(0),
            last: RwSignal::new(None),
        };
        actions.follow(actions.move_label, Change::LabelMoved);
        actions.follow(actions.remove_label, Change::LabelRemoved);
        actions.follow(actions.save_fields, Change::FieldsSaved);
        actions.follow(actions.set_archived, Change::Archived);
        actions
    }

    /// A failed change must not load the template again: the forms would lose what was typed.
    fn follow(self, post: Post<Outcome<()>>, change: Change) {
        Effect::new(move |_| {
            if matches!(post.answer(), Some(Ok(Outcome::Done(())))) {
                self.last.set(Some(change));
                self.changes.update(|n| *n += 1);
            }
        });
        // The same words twice would not be read out twice.
        let is_pending = post.is_pending();
        Effect::new(move |_| {
            if is_pending.get() {
                self.last.set(None);
            }
        });
    }
}

/// A change that went through.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    LabelMoved,
    LabelRemoved,
    FieldsSaved,
    Archived,
}

impl Change {
    fn is_of_label(self) -> bool {
        matches!(self, Self::LabelMoved | Self::LabelRemoved)
    }
    /// For who can't see it.
    fn text(self) -> &'static str {
        match self {
            Self::LabelMoved => "The label was moved.",
            Self::LabelRemoved => "The label was taken away.",
            // The form says so itself.
            Self::FieldsSaved => "",
            Self::Archived => "The template was archived or restored.",
        }
    }
}

/// What every part of the page needs.
#[derive(Clone)]
struct Shown {
    project: String,
    template: Template,
    me: CurrentUser,
    /// The labels that move only through change requests.
    protected: Vec<String>,
    actions: Actions,
    /// The form that a browser without JavaScript sent before this page, when it was refused.
    refused: Option<Refused<Option<FieldsForm>>>,
}

impl Shown {
    fn may(&self, wanted: Permission) -> bool {
        allows(self.me.role, wanted)
    }
    fn is_protected(&self, label: &str) -> bool {
        self.protected.iter().any(|protected| protected == label)
    }
    /// Whether the person may move the label, or propose to.
    fn may_move(&self, label: &str) -> bool {
        match self.is_protected(label) {
            true => self.may(Permission::ProposeChanges),
            false => self.may(Permission::to_move(label)),
        }
    }
    /// The address of the template, or of a page below it.
    fn path(&self, below: &str) -> String {
        format!("{}{below}", api::page(&self.project, &self.template.key))
    }
    /// The error of the last change of a label or of archiving, sent with JavaScript or without.
    fn refusal(&self) -> Signal<Option<AppError>> {
        let Actions { move_label, remove_label, propose, set_archived, .. } = self.actions;
        let earlier = self.refused.clone().filter(|r| r.form.is_none()).map(|r| r.error);
        Signal::derive(move || {
            let answers = [move_label.answer(), remove_label.answer(), propose.answer(), set_archived.answer()];
            let now = answers.iter().find_map(error_of);
            now.or_else(|| earlier.clone().filter(|_| answers.iter().all(Option::is_none)))
        })
    }
}

#[component]
pub fn TemplatePage() -> impl IntoView {
    let (project, key, me, actions) = (use_project(), use_key(), use_me(), Actions::new());
    let again = move || actions.changes.get();
    let template = Data::again(again, move || LoadTemplate { project: project.get(), key: key.get() });
    let policies = Data::again(again, move || LoadPolicies { project: project.get() });
    let refused = Data::left(move || api::page(&project.get(), &key.get()));
    Effect::new(move |_| {
        key.track();
        actions.last.set(None);
    });
    // Beside what is loaded again at each change, so that nobody seems to leave and come back.
    let is_there = RwSignal::new(false);
    let presence = move || {
        let (project, key) = (project.get(), key.get());
        is_there.get().then(|| view! { <Presence project key is_editing=false/> })
    };
    let content = move || {
        wait(async move {
            let refused = refused.found().await;
            match (template.await, me.await) {
                (Ok(template), Ok(me)) => {
                    Effect::new(move |_| is_there.set(true));
                    let policies = policies.await.unwrap_or_default();
                    let protected = policies.into_iter().map(|policy| policy.label).collect();
                    let project = project.get_untracked();
                    let shown = Shown { project, template, me, protected, actions, refused };
                    view! { <Detail shown/> }.into_any()
                }
                (Err(error), _) | (_, Err(error)) => {
                    view! { <div class="card-box"><ErrorView error/></div> }.into_any()
                }
            }
        })
    };
    view! {
        <Title text=move || key.get()/>
        <p class="sr-only" role="status">{move || actions.last.get().map(Change::text)}</p>
        {presence}
        <Loading fallback=|| view! { <Skeleton rows=10/> } view=content/>
    }
}

#[component]
fn Detail(shown: Shown) -> impl IntoView {
    view! {
        <Head shown=shown.clone()/>
        <saved::SavedNotice shown=shown.clone()/>
        <strip::Strip shown=shown.clone()/>
        <Body shown/>
    }
}

/// The tabs and the one that the URL names.
#[component]
fn Body(shown: Shown) -> impl IntoView {
    let query = use_query_map();
    let tab = Memo::new(move |_| {
        let wanted = query.read().get("tab").unwrap_or_default();
        TABS.iter().find(|(name, _)| *name == wanted).map_or(TABS[0].0, |(name, _)| *name)
    });
    let tabs = {
        let path = shown.path("");
        move || {
            let item = |(name, text): (&str, &str)| (format!("{path}?tab={name}"), text.to_owned(), name == tab.get());
            view! { <Tabs items=TABS.map(item).to_vec() label="Template"/> }
        }
    };
    let body = move || {
        let shown = shown.clone();
        match tab.get() {
            "content" => view! { <content::Content shown/> }.into_any(),
            "lint" => view! { <report::LintReport shown/> }.into_any(),
            "use" => view! { <use_it::UseIt shown/> }.into_any(),
            "fields" => view! { <fields::Fields shown/> }.into_any(),
            _ => view! { <timeline::TimelineTab shown/> }.into_any(),
        }
    };
    view! { {tabs} {body} }
}

#[component]
fn Head(shown: Shown) -> impl IntoView {
    let (fields, key) = (shown.template.fields.clone(), shown.template.key.clone());
    let archived = shown.template.is_archived.then(|| view! { <Badge tone=Tone::Warning>"archived"</Badge> });
    let description =
        (!fields.description.is_empty()).then(|| view! { <p class="page-lead">{unturned(&fields.description)}</p> });
    view! {
        <Crumbs steps=folders(&shown)/>
        <header class="page-header">
            <div class="min-w-0">
                <h1 class="flex flex-wrap items-center gap-2">{fields.display_name.clone()} {archived}</h1>
                <p class="mt-0.5 flex items-center gap-1 text-muted">
                    <code>{key.clone()}</code>
                    <CopyButton text=key label="key"/>
                </p>
                {description}
                <Facts fields/>
            </div>
            <div class="page-actions"><HeadActions shown/></div>
        </header>
    }
}

/// The list, and the folders that the template is in, each leading to its own list.
fn folders(shown: &Shown) -> Vec<(String, String)> {
    let list = format!("/p/{}/templates", shown.project);
    let mut path = String::new();
    let step = |name: &str| {
        path = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
        (format!("{list}?folder={path}"), name.to_owned())
    };
    let folder = shown.template.fields.folder.split('/').filter(|name| !name.is_empty());
    let steps: Vec<_> = folder.map(step).collect();
    [(list, "Templates".to_owned())].into_iter().chain(steps).collect()
}

#[component]
fn Facts(fields: domain::template::TemplateFields) -> impl IntoView {
    let fact = |icon: IconName, name: &'static str, text: String| {
        (!text.is_empty()).then(|| {
            view! {
                <li class="flex items-center gap-1.5" title=name>
                    <Icon name=icon class="size-3.5"/>
                    <span class="sr-only">{format!("{name}: ")}</span>
                    {text}
                </li>
            }
        })
    };
    let kind = match fields.category.as_str() {
        "" => fields.kind.replace('_', " "),
        category => format!("{} · {}", fields.kind.replace('_', " "), category.replace('_', " ")),
    };
    let review = fields.review_by.map(|date| format!("review by {date}")).unwrap_or_default();
    let tags = (!fields.tags.is_empty()).then(|| {
        let tags = fields.tags.into_iter().map(|tag| view! { <Badge>{tag}</Badge> }).collect_view();
        view! { <li class="flex flex-wrap gap-1">{tags}</li> }
    });
    view! {
        <ul class="mt-3 flex flex-wrap items-center gap-x-4 gap-y-1.5 text-[0.8125rem] text-muted">
            {fact(IconName::Tag, "Kind", kind)} {fact(IconName::User, "Owner", fields.owner)}
            {fact(IconName::Calendar, "Review", review)} {tags}
        </ul>
    }
}

#[component]
fn HeadActions(shown: Shown) -> impl IntoView {
    let latest = shown.template.latest_version;
    let compare = (latest > 1).then(|| {
        let from = shown.template.version_on(domain::label::PRODUCTION).filter(|v| *v != latest).unwrap_or(latest - 1);
        view! {
            <a class="btn btn-sm" href=shown.path(&format!("/diff?from={from}&to={latest}"))>
                <Icon name=IconName::Compare/>
                "Compare"
            </a>
        }
    });
    let may_write = shown.may(Permission::WriteTemplates);
    let edit = (may_write && !shown.template.is_archived).then(|| {
        view! {
            <a class="btn btn-primary btn-sm" href=shown.path("/edit")>
                <Icon name=IconName::Pencil/>
                "Edit"
            </a>
        }
    });
    let archive = may_write.then(|| view! { <archive::Archive shown=shown.clone()/> });
    view! { {compare} {archive} {edit} }
}
