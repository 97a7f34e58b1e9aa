//! Pages of templates.

mod composition;
mod detail;
mod diff;
mod edit;
pub(crate) mod form;
mod limits;
mod list;
mod new;

pub use composition::{EffectivePage, GraphPage};
pub use detail::TemplatePage;
pub use diff::DiffPage;
pub use edit::EditPage;
pub use list::{LoadTemplates, TemplatesPage};
pub use new::NewTemplatePage;
