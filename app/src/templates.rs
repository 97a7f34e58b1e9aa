//! Pages of templates.

mod detail;
mod diff;
mod edit;
pub(crate) mod form;
mod limits;
mod list;
mod new;

pub use detail::TemplatePage;
pub use diff::DiffPage;
pub(crate) use diff::visible;
pub use edit::EditPage;
pub use list::{LoadTemplates, TemplatesPage};
pub use new::NewTemplatePage;
