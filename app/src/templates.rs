//! Pages of templates.

mod detail;
mod diff;
mod edit;
pub(crate) mod form;
mod limits;
mod list;
pub(crate) mod merge;
mod new;
mod presence;

pub use detail::TemplatePage;
pub use diff::DiffPage;
pub use edit::EditPage;
pub use list::{LoadTemplates, TemplatesPage};
pub use merge::MergePage;
pub use new::NewTemplatePage;
