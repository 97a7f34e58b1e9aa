//! People of the project: who they are, what they may do, whether they may come in.

use domain::page::Page;
use domain::permission::{Permission, Role};
use domain::user::{MIN_PASSWORD, Member};
use leptos::html::Form;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};

use super::{Confirm, Done};
use crate::data::Data;
use crate::error::{AppError, AppResult};
use crate::layout::{may, use_me, use_project};
use crate::outcome::{Outcome, Refused};
use crate::post::{Post, PostForm};
use crate::ui::{
    Badge, ErrorSummary, ErrorView, Field, Loading, NextPage, PageHeader, Skeleton, Table, TextInput, Time, Tone,
    described_by, field_error, field_id, wait,
};

const DONE: [(&str, &str); 3] = [
    ("added", "Added. Hand them their first password over another channel."),
    ("changed", "Changed."),
    ("disabled", "Access ended; their sessions are closed."),
];

/// A person to add, as typed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PersonForm {
    pub email: String,
    pub name: String,
    pub role: String,
    pub password: String,
}

fn page(project: &str) -> String {
    format!("/p/{project}/settings/users")
}

/// The project's people.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_members(project: String, cursor: Option<String>) -> AppResult<Page<Member>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    service::users::list(&ctx, &domain::page::PageRequest { cursor, limit: None }).await.for_page()
}

/// Adds a person; an account that exists keeps name and password.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn add_person(project: String, form: PersonForm) -> AppResult<Outcome<()>> {
    use crate::context::{ForPage, ctx};
    use crate::outcome::answer;
    let ctx = ctx(&project).await?;
    let added = match Role::parse(&form.role) {
        Ok(role) => {
            let PersonForm { email, name, password, .. } = form.clone();
            let new = domain::user::NewUser { email, name, role, password };
            service::users::create(&ctx, new).await.for_page().map(drop)
        }
        Err(message) => Err(AppError(domain::Error::field("role", message))),
    };
    let page = page(&project);
    // The password is typed again: it is kept nowhere.
    let form = PersonForm { password: String::new(), ..form };
    answer(&page, form, added, &format!("{page}?done=added"))
}

/// Changes role or access; an empty field stays as it is.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn change_member(
    project: String,
    id: String,
    #[server(default)] role: String,
    #[server(default)] disabled: String,
) -> AppResult<Outcome<()>> {
    use crate::context::{ForPage, ctx};
    use crate::outcome::answer;
    let ctx = ctx(&project).await?;
    let id = id.parse().map_err(|_| AppError(domain::Error::not_found("user")))?;
    let patch = domain::user::MemberPatch { role: Role::parse(&role).ok(), is_disabled: disabled.parse().ok() };
    let done = if patch.is_disabled == Some(true) { "disabled" } else { "changed" };
    let changed = service::users::update(&ctx, id, patch).await.for_page().map(drop);
    let page = page(&project);
    answer(&page, PersonForm::default(), changed, &format!("{page}?done={done}"))
}

#[component]
pub fn UsersPage() -> impl IntoView {
    let (project, me) = (use_project(), use_me());
    let (add, change) = (Post::to::<AddPerson>(), Post::to::<ChangeMember>());
    let query = use_query_map();
    let again = move || add.count() + change.count();
    let members =
        Data::again(again, move || LoadMembers { project: project.get(), cursor: query.read().get("cursor") });
    let refused = Data::<Option<Refused<PersonForm>>>::left(move || page(&project.get()));
    let content = move || {
        wait(async move {
            let own = me.await.map(|me| me.email).unwrap_or_default();
            match members.await {
                Ok(members) => view! { <People members own change project=project.get_untracked()/> }.into_any(),
                Err(error) => view! { <div class="card-box"><ErrorView error/></div> }.into_any(),
            }
        })
    };
    // Apart from the table: a new list must not make the form again and lose what is typed in it.
    let form = move || {
        wait(async move {
            let refused = refused.found().await;
            may(me, Permission::ManageUsers).await.then(|| {
                let refused = refused.filter(|r| r.form != PersonForm::default());
                view! { <AddForm add refused project=project.get_untracked()/> }
            })
        })
    };
    let errors = move || {
        wait(async move {
            let refused = refused.found().await.filter(|r| r.form == PersonForm::default());
            view! { <ChangeErrors change earlier=refused.map(|r| r.error)/> }
        })
    };
    view! {
        <Title text="People"/>
        <PageHeader title="People" lead="Who belongs to this project, and what each of them may do."/>
        <Done texts=&DONE/>
        <Loading view=errors/>
        <Loading fallback=|| view! { <div class="card-box"><Skeleton/></div> } view=content/>
        <Loading view=form/>
    }
}

/// What was wrong with the last change of a member.
#[component]
fn ChangeErrors(change: Post<Outcome<()>>, earlier: Option<AppError>) -> impl IntoView {
    let error = change.refusal(earlier);
    view! { <ErrorSummary error/> }
}

#[component]
fn People(members: Page<Member>, own: String, change: Post<Outcome<()>>, project: String) -> impl IntoView {
    let row = |member: Member| view! { <MemberRow is_own=member.email == own member change project=project.clone()/> };
    let rows = members.items.into_iter().map(row).collect_view();
    view! {
        <div class="section">
            <Table columns=&["Person", "Role", "Access", "Last log-in"] has_actions=true>{rows}</Table>
        </div>
        <NextPage next=members.next/>
    }
}

#[component]
fn MemberRow(member: Member, is_own: bool, change: Post<Outcome<()>>, project: String) -> impl IntoView {
    let access = match member.is_disabled {
        true => view! { <Badge tone=Tone::Danger>"Disabled"</Badge> },
        false => view! { <Badge tone=Tone::Success>"Active"</Badge> },
    };
    let last = match member.last_login_at {
        Some(at) => view! { <Time at/> }.into_any(),
        None => view! { <span class="text-muted">"Never"</span> }.into_any(),
    };
    let you = is_own.then(|| view! { " "<Badge>"You"</Badge> });
    let id = member.id.to_string();
    // Nobody shuts themselves out.
    let access_form = (!is_own).then(|| {
        let (id, email, project) = (id.clone(), member.email.clone(), project.clone());
        view! { <AccessForm is_disabled=member.is_disabled id email change project/> }
    });
    view! {
        <tr>
            <th scope="row">
                <span class="row-stack">
                    <span>{member.name.clone()}{you}</span>
                    <span class="row-more">{member.email.clone()}</span>
                </span>
            </th>
            <td data-label="Role">
                <RoleForm role=member.role id=id.clone() email=member.email.clone() change project=project.clone()/>
            </td>
            <td data-label="Access">{access}</td>
            <td data-label="Last log-in">{last}</td>
            <td class="row-actions">{access_form}</td>
        </tr>
    }
}

fn role_options(chosen: Role) -> impl IntoView {
    let option = |role: Role| view! { <option value=role.name() selected=role == chosen>{role.title()}</option> };
    Role::ALL.into_iter().map(option).collect_view()
}

#[component]
fn RoleForm(role: Role, id: String, email: String, change: Post<Outcome<()>>, project: String) -> impl IntoView {
    let is_chosen = RwSignal::new(false);
    view! {
        <PostForm to=change class="role-form">
            <input type="hidden" name="project" value=project/>
            <input type="hidden" name="id" value=id/>
            <select class="select select-sm" name="role" aria-label=format!("Role of {email}") on:change:target=move |event| is_chosen.set(event.target().value() != role.name())>{role_options(role)}</select>
            <button type="submit" class="btn btn-sm" class:js-idle=move || !is_chosen.get()>"Change"<span class="sr-only">" the role of "{email}</span></button>
        </PostForm>
    }
}

#[component]
fn AccessForm(
    is_disabled: bool,
    id: String,
    email: String,
    change: Post<Outcome<()>>,
    project: String,
) -> impl IntoView {
    let fields = view! {
        <input type="hidden" name="project" value=project/>
        <input type="hidden" name="id" value=id/>
        <input type="hidden" name="disabled" value=(!is_disabled).to_string()/>
    };
    if is_disabled {
        return view! {
            <PostForm to=change>
                {fields}
                <button type="submit" class="btn btn-sm">"Enable"<span class="sr-only">" "{email}</span></button>
            </PostForm>
        }
        .into_any();
    }
    let question = format!("{email} can't log in to this project any more, and their sessions end now.");
    view! {
        <Confirm button="Disable…" of=email question>
            <PostForm to=change>
                {fields}
                <button type="submit" class="btn btn-error btn-sm">"Disable"</button>
            </PostForm>
        </Confirm>
    }
    .into_any()
}

#[component]
fn AddForm(add: Post<Outcome<()>>, refused: Option<Refused<PersonForm>>, project: String) -> impl IntoView {
    let typed = refused.as_ref().map(|r| r.form.clone()).unwrap_or_default();
    let earlier = refused.map(|r| r.error);
    let error = add.refusal(earlier);
    let form = NodeRef::<Form>::new();
    add.reset_when_done(form);
    let role = Role::parse(&typed.role).unwrap_or(Role::PromptEngineer);
    let role_error = Signal::derive(move || field_error(&error.read(), "role"));
    view! {
        <section class="card-box form-card" aria-labelledby="add-title">
            <header class="card-head">
                <h2 id="add-title">"Add a person"</h2>
            </header>
            <PostForm to=add node_ref=form class="form-body">
                <input type="hidden" name="project" value=project/>
                <ErrorSummary error/>
                <div class="form-grid">
                    <TextInput label="E-mail" name="email" kind="email" start=typed.email error/>
                    <TextInput label="Name" name="name" start=typed.name error/>
                    <Field label="Role" name="role" error=role_error>
                        <select class="select" id=field_id("role") name="form[role]" aria-describedby=described_by("role")>
                            {role_options(role)}
                        </select>
                    </Field>
                    <TextInput
                        label="First password"
                        name="password"
                        kind="password"
                                                hint=format!("At least {MIN_PASSWORD} characters; a sentence does well. Not needed for an account that exists already.")
                        autocomplete="new-password"
                        error
                    />
                </div>
                <button type="submit" class="btn btn-primary btn-sm" disabled=add.is_pending()>"Add person"</button>
            </PostForm>
        </section>
    }
}
