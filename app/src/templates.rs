//! Pages of templates.

mod composition;
mod detail;
mod diff;
mod edit;
pub(crate) mod form;
mod limits;
mod list;
pub(crate) mod merge;
mod new;
mod presence;

pub use composition::{EffectivePage, GraphPage};
pub use detail::TemplatePage;
pub use diff::DiffPage;
#[cfg(feature = "ssr")]
pub(crate) use diff::LayersView;
#[cfg(feature = "ssr")]
pub use diff::mail;
pub(crate) use diff::{ChangedMessages, visible};
pub use edit::EditPage;
pub use list::{LoadTemplates, SuggestTemplates, TemplatesPage, place};
pub use merge::MergePage;
pub use new::NewTemplatePage;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// The template key in the URL.
fn use_key() -> Memo<String> {
    let params = use_params_map();
    Memo::new(move |_| params.read().get("key").unwrap_or_default())
}
