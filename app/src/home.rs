//! The start page of a project: what is live where, what went wrong, what to do next.

mod checklist;
mod live;
mod recent;

use domain::page::Page;
use domain::permission::{Permission, allows};
use domain::template::{Template, TemplateFilter, TemplateSort};
use domain::user::CurrentUser;
use leptos::prelude::*;
use leptos_meta::Title;

use crate::data::Data;
use crate::layout::{use_me, use_project};
use crate::templates::LoadTemplates;
use crate::ui::{ErrorView, Icon, IconName, Loading, PageHeader, Skeleton, wait};
use checklist::Checklist;
use live::Live;
use recent::Recent;

/// The most templates that the matrix shows.
const MOST: i64 = 100;

/// The project's templates, loaded once for matrix and checklist.
type Templates = Data<Page<Template>>;

#[component]
pub fn HomePage() -> impl IntoView {
    let (project, me) = (use_project(), use_me());
    let filter = TemplateFilter { sort: TemplateSort::Order, ..TemplateFilter::default() };
    let templates: Templates = Data::of(move || LoadTemplates {
        project: project.get(),
        filter: filter.clone(),
        cursor: None,
        limit: Some(MOST),
    });
    let content = move || {
        wait(async move {
            match me.await {
                Ok(me) => view! { <Content me templates/> }.into_any(),
                Err(error) => view! { <div class="card-box"><ErrorView error/></div> }.into_any(),
            }
        })
    };
    view! {
        <Title text="Home"/>
        <Loading fallback=|| view! { <Skeleton rows=10/> } view=content/>
    }
}

#[component]
fn Content(me: CurrentUser, templates: Templates) -> impl IntoView {
    let name = me.projects.iter().find(|p| p.key == me.project).map_or_else(|| me.project.clone(), |p| p.name.clone());
    let base = format!("/p/{}", me.project);
    let new = allows(me.role, Permission::WriteTemplates).then(|| {
        view! {
            <a class="btn btn-primary btn-sm" href=format!("{base}/templates/new")>
                <Icon name=IconName::Plus/>
                "New template"
            </a>
        }
    });
    let recent = allows(me.role, Permission::ReadExecutions).then(|| view! { <Recent project=me.project.clone()/> });
    view! {
        <PageHeader title=name lead="What is live where, and what happened last.">
            <a class="btn btn-sm" href="/api/docs" rel="external">
                <Icon name=IconName::Code/>
                "API reference"
            </a>
            {new}
        </PageHeader>
        <Checklist me=me.clone() templates/>
        <Live base templates/>
        {recent}
    }
}
