//! Components that every page shares.

mod badge;
mod code;
mod feedback;
mod field;
mod filter;
mod icon;
mod loading;
mod page;
mod pieces;
mod prompt;
mod rendered;

pub use badge::{Badge, LabelChip, LabelChips, QuietStatus, StatusBadge, Tone, VersionChip, in_order};
pub use code::{CodeBlock, CopyButton, listen_for_copies, write_clipboard};
pub use feedback::{EmptyState, ErrorSummary, ErrorView, Notice, Skeleton, sentence};
pub use field::{Field, TextArea, TextInput, area_source, described_by, field_error, field_id, plain_html};
pub use filter::{ActiveFilters, FilterForm, FilterSelect, FilterText, encoded, is_filtered, query_part};
pub use icon::{Icon, IconName};
pub use loading::{Loading, Reloading, wait};
pub use page::{Crumbs, NextPage, PageHeader, Table, Tabs, Time, url_with};
pub use pieces::Pieces;
pub use prompt::PromptText;
#[cfg(feature = "ssr")]
pub use rendered::html;
pub use rendered::{Rendered, RenderedRegion};
