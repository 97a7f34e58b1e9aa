//! Pages of templates.

mod detail;
mod diff;
mod edit;
mod form;
mod list;
mod new;

pub use detail::TemplatePage;
pub use diff::DiffPage;
pub use edit::EditPage;
pub use list::TemplatesPage;
pub use new::NewTemplatePage;
