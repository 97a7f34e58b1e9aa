//! Who uses whom: a picture, and the same as lists.

use std::collections::BTreeSet;

use domain::composition::Dependencies;
use domain::template::Template;
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};

use super::Head;
use super::tree::{Branch, tree};
use crate::data::Data;
use crate::error::AppResult;
use crate::layout::use_project;
use crate::templates::detail::api::LoadTemplate;
use crate::templates::use_key;
use crate::ui::{EmptyState, ErrorView, IconName, LabelChips, Loading, Skeleton, wait};

/// What a template is made of, and who is made of it; as data and as a picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    dependencies: Dependencies,
    /// SVG; empty when there is nothing to draw.
    picture: String,
    /// Templates that the picture leaves out.
    left_out: usize,
}

/// What a template is made of, and who is made of it.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_dependencies(project: String, key: String) -> AppResult<Drawn> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let dependencies = service::compositions::dependencies(&ctx, &key).await.for_page()?;
    let (picture, left_out) = super::picture::draw(&dependencies, &key, &project);
    Ok(Drawn { dependencies, picture, left_out })
}

#[component]
pub fn GraphPage() -> impl IntoView {
    let (project, key) = (use_project(), use_key());
    let template = Data::of(move || LoadTemplate { project: project.get(), key: key.get() });
    let drawn = Data::of(move || LoadDependencies { project: project.get(), key: key.get() });
    let content = move || {
        wait(async move {
            match (template.await, drawn.await) {
                (Ok(template), Ok(drawn)) => {
                    view! { <Content template drawn project=project.get_untracked()/> }.into_any()
                }
                (Err(error), _) | (_, Err(error)) => {
                    view! { <div class="card-box"><ErrorView error/></div> }.into_any()
                }
            }
        })
    };
    view! {
        <Title text=move || format!("Dependencies of {}", key.get())/>
        <Loading fallback=|| view! { <Skeleton rows=8/> } view=content/>
    }
}

/// `12 templates use this`.
fn counted(users: usize, used: usize) -> String {
    let users = match users {
        0 => "No template uses this".to_owned(),
        1 => "1 template uses this".to_owned(),
        n => format!("{n} templates use this"),
    };
    let used = match used {
        0 => "it names no others".to_owned(),
        1 => "it is made of 1 other".to_owned(),
        n => format!("it is made of {n} others"),
    };
    format!("{users}; {used}.")
}

#[component]
fn Content(template: Template, drawn: Drawn, project: String) -> impl IntoView {
    let Drawn { dependencies: Dependencies { uses, used_by }, picture, left_out } = drawn;
    let (key, base) = (template.key.clone(), format!("/p/{project}/templates"));
    let count = |keys: BTreeSet<&str>| keys.into_iter().filter(|other| *other != key).count();
    let lead = counted(
        count(used_by.iter().map(|one| one.from.as_str()).collect()),
        count(uses.iter().map(|one| one.to.as_str()).collect()),
    );
    let users = tree(&key, &used_by, |one| (&one.to, &one.from));
    let used = tree(&key, &uses, |one| (&one.from, &one.to));
    let body = if users.is_empty() && used.is_empty() {
        view! {
            <div class="card-box">
                <EmptyState icon=IconName::Compare title="It stands alone" text="A template that extends, includes or imports others shows here, with all that use it."/>
            </div>
        }
        .into_any()
    } else {
        view! {
            <Picture picture left_out/>
            <div class="graph-columns">
                <List id="used-by" title="Used by" none="No template names this one." branches=users base=base.clone()/>
                <List id="uses" title="Made of" none="It names no other templates." branches=used base/>
            </div>
        }
        .into_any()
    };
    view! {
        <Head template project is_graph=true lead/>
        {body}
    }
}

/// The lists below say the same, so that the picture is for the eyes only.
#[component]
fn Picture(picture: String, left_out: usize) -> impl IntoView {
    let rest = (left_out > 0).then(|| {
        view! { <p class="field-hint graph-rest">{format!("{left_out} more are in the lists below.")}</p> }
    });
    view! {
        <div class="card-box graph-box">
            <div class="graph-scroll" tabindex="0" role="region" aria-label="Picture of the uses; the lists below say the same" inner_html=picture></div>
            {rest}
        </div>
    }
}

#[component]
fn List(
    id: &'static str,
    title: &'static str,
    none: &'static str,
    branches: Vec<Branch>,
    base: String,
) -> impl IntoView {
    let body = match branches.as_slice() {
        [] => view! { <p class="quiet-line">{none}</p> }.into_any(),
        _ => rows(branches, &base),
    };
    view! {
        <section class="card-box" aria-labelledby=id>
            <header class="card-head"><h2 id=id>{title}</h2></header>
            <div class="graph-list">{body}</div>
        </section>
    }
}

fn rows(branches: Vec<Branch>, base: &str) -> AnyView {
    let row = |branch: Branch| {
        let href = format!("{base}/{}/graph", branch.key);
        // A plain name says nothing that the tree doesn't.
        let reference = branch
            .reference
            .contains('@')
            .then(|| view! { <span class="field-hint">"as "<code>{branch.reference}</code></span> });
        let again = branch.is_again.then(|| view! { <span class="field-hint">"(see above)"</span> });
        let below = (!branch.below.is_empty()).then(|| rows(branch.below, base));
        view! {
            <li>
                <span class="graph-row">
                    <a class="link-accent mono" href=href>{branch.key}</a>
                    {reference}
                    <LabelChips labels=branch.through/>
                    {again}
                </span>
                {below}
            </li>
        }
    };
    view! { <ul class="graph-tree">{branches.into_iter().map(row).collect_view()}</ul> }.into_any()
}
