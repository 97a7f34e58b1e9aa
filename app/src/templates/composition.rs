//! What a template is made of: its effective text, and who uses whom.

mod effective;
mod graph;
#[cfg(feature = "ssr")]
mod picture;
mod tree;

pub use effective::EffectivePage;
pub use graph::GraphPage;

use domain::template::Template;
use leptos::prelude::*;

use crate::ui::{Crumbs, PageHeader, Tabs};

/// The frame of both pages: where one is, and the way to the other.
#[component]
fn Head(template: Template, project: String, is_graph: bool, #[prop(into)] lead: String) -> impl IntoView {
    let (list, name) = (format!("/p/{project}/templates"), template.fields.display_name);
    let page = format!("{list}/{}", template.key);
    let tabs = vec![
        (format!("{page}/effective"), "Effective text".to_owned(), !is_graph),
        (format!("{page}/graph"), "Dependencies".to_owned(), is_graph),
    ];
    let here = if is_graph { "Dependencies" } else { "Effective text" };
    let steps = vec![(list, "Templates".to_owned()), (page, name.clone())];
    view! {
        <Crumbs steps here/>
        <PageHeader title=format!("What {name} is made of") lead/>
        <Tabs items=tabs label="Composition"/>
    }
}
