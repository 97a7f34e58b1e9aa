//! A new template, with its first version.

use domain::permission::Permission;
use domain::template::{KINDS, TemplateFacets};
use leptos::prelude::*;
use leptos_meta::Title;

use super::form::data::{EditorForm, MessageRow};
use super::form::server::{LoadLintOff, LoadNewForm, Returned};
use super::form::{EditorView, Start};
use super::list::LoadFacets;
use crate::data::Data;
use crate::error::AppResult;
use crate::layout::{may, use_me, use_project, user_id};
use crate::ui::{Crumbs, EmptyState, ErrorView, IconName, Loading, PageHeader, Skeleton, wait};

#[component]
pub fn NewTemplatePage() -> impl IntoView {
    let (project, me) = (use_project(), use_me());
    let facets = Data::of(move || LoadFacets { project: project.get() });
    let returned = Data::of(move || LoadNewForm { project: project.get() });
    let off = Data::of(move || LoadLintOff { project: project.get() });
    let editor = move || {
        wait(async move {
            let can_save = may(me, Permission::WriteTemplates).await;
            let (facets, returned, user) = (facets.await, returned.found().await, user_id(me).await);
            let off = off.await.unwrap_or_default();
            content(project.get_untracked(), can_save, user, facets, returned, off)
        })
    };
    view! {
        <Title text="New template"/>
        {move || {
            let steps = vec![(format!("/p/{}/templates", project.get()), "Templates".to_owned())];
            view! { <Crumbs steps here="New"/> }
        }}
        <PageHeader title="New template" lead="A named prompt with typed inputs. Saving makes its first version; nothing is served until a label points to it."/>
        <Loading fallback=|| view! { <Skeleton rows=8/> } view=editor/>
    }
}

fn content(
    project: String,
    can_save: bool,
    user: String,
    facets: AppResult<TemplateFacets>,
    returned: Option<Returned>,
    off: Vec<String>,
) -> AnyView {
    if !can_save {
        return view! {
            <EmptyState icon=IconName::ShieldCheck title="Not allowed" text="Your role in this project doesn't allow new templates. Ask a super admin."/>
        }
        .into_any();
    }
    let facets = match facets {
        Ok(facets) => facets,
        Err(error) => return view! { <ErrorView error/> }.into_any(),
    };
    let form = returned.as_ref().map_or_else(blank, |returned| returned.form.clone());
    let (key, samples) = (String::new(), Default::default());
    let start = Start { project, key, form, returned, can_save, user, callers: None, off, samples };
    view! { <EditorView start facets=Some(facets)/> }.into_any()
}

fn blank() -> EditorForm {
    let row = |role: &str| MessageRow { role: role.to_owned(), content: String::new() };
    EditorForm { kind: KINDS[1].to_owned(), messages: vec![row("system"), row("user")], ..EditorForm::default() }
}
