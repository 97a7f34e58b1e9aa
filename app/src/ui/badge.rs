//! Small marks: states, labels and versions.

use domain::execution::ExecutionStatus;
use domain::label::{self, ENVIRONMENTS};
use leptos::prelude::*;

use super::{Icon, IconName};

/// What a mark says by its colour; its text says the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Neutral,
    Info,
    Success,
    Warning,
    Danger,
    Accent,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Self::Neutral => "chip",
            Self::Info => "chip chip-info",
            Self::Success => "chip chip-success",
            Self::Warning => "chip chip-warning",
            Self::Danger => "chip chip-danger",
            Self::Accent => "chip chip-accent",
        }
    }

    /// The colour of a label: the three environments have their own.
    pub fn of_label(name: &str) -> Self {
        match name {
            label::PRODUCTION => Self::Success,
            "staging" => Self::Warning,
            "development" => Self::Info,
            _ => Self::Neutral,
        }
    }
}

/// A short text in a tinted box.
#[component]
pub fn Badge(#[prop(optional)] tone: Tone, children: Children) -> impl IntoView {
    view! { <span class=tone.class()>{children()}</span> }
}

/// A label and the version it points to; version 0 shows the label alone.
#[component]
pub fn LabelChip(#[prop(into)] label: String, #[prop(optional)] version: i64) -> impl IntoView {
    let class = Tone::of_label(&label).class();
    let number = (version > 0).then(|| view! { <span class="chip-number">{format!("v{version}")}</span> });
    view! { <span class=class><span class="chip-dot" aria-hidden="true"></span>{label}{number}</span> }
}

/// Labels as people read them: the environments in their order, then the others by name.
pub fn in_order(mut labels: Vec<String>) -> Vec<String> {
    let place = |label: &String| ENVIRONMENTS.iter().position(|e| e == label).unwrap_or(ENVIRONMENTS.len());
    labels.sort_by(|a, b| place(a).cmp(&place(b)).then_with(|| a.cmp(b)));
    labels
}

/// All labels of a version.
#[component]
pub fn LabelChips(labels: Vec<String>) -> impl IntoView {
    in_order(labels).into_iter().map(|label| view! { <LabelChip label/> }).collect_view()
}

/// A version's number, or a dash where nothing serves.
#[component]
pub fn VersionChip(
    version: Option<i64>,
    /// Stands out: not in production yet.
    #[prop(optional)]
    is_new: bool,
) -> impl IntoView {
    match version {
        Some(number) => {
            view! { <span class="version-chip" class:is-new=is_new>{format!("v{number}")}</span> }.into_any()
        }
        None => view! { <span class="text-muted" title="nothing serves here">"—"</span> }.into_any(),
    }
}

/// How an execution ended: icon and word, never colour alone.
#[component]
pub fn StatusBadge(status: ExecutionStatus) -> impl IntoView {
    let (tone, icon) = match status {
        ExecutionStatus::Success => (Tone::Success, IconName::CircleCheck),
        ExecutionStatus::Failure => (Tone::Danger, IconName::CircleX),
        ExecutionStatus::Partial => (Tone::Warning, IconName::CircleDashed),
        ExecutionStatus::Blocked => (Tone::Warning, IconName::CircleSlash),
    };
    view! {
        <Badge tone>
            <Icon name=icon class="size-3"/>
            {status.name()}
        </Badge>
    }
}

/// The same where most succeed: only what didn't stands out.
#[component]
pub fn QuietStatus(status: ExecutionStatus) -> impl IntoView {
    match status {
        ExecutionStatus::Success => view! {
            <span class="quiet-status">
                <Icon name=IconName::CircleCheck class="size-3.5"/>
                {status.name()}
            </span>
        }
        .into_any(),
        status => view! { <StatusBadge status/> }.into_any(),
    }
}

#[cfg(test)]
mod tests {
    use super::in_order;

    #[test]
    fn environments_come_first_and_in_their_order() {
        let labels = ["canary", "production", "beta", "development", "staging"].map(str::to_owned).to_vec();
        assert_eq!(in_order(labels), ["development", "staging", "production", "beta", "canary"]);
    }
}
