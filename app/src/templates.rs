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
pub(crate) use diff::visible;
pub use edit::EditPage;
pub use list::{LoadTemplates, SuggestTemplates, TemplatesPage, place};
pub use merge::MergePage;
pub use new::NewTemplatePage;
