//! The stream as the server renders it.

use std::collections::HashSet;

use domain::permission::Permission;
use domain::text::unturned;
use domain::timeline::{EntryKind, LabelNow, MoveEntry, Timeline, TimelineEntry, TimelineFilter, VersionEntry};
use leptos::prelude::*;

use super::figures::{Scale, outcomes, trend};
use super::moving::{Offer, back_to, button, menu, to_version};
use crate::error::AppError;
use crate::templates::detail::api;
use crate::ui::{EmptyState, Icon, IconName, LabelChip, LabelChips, Time, VersionChip, in_order};

/// What of the stream was asked for.
pub struct Asked {
    pub project: String,
    pub key: String,
    /// The name of a kind, or empty for all.
    pub show: String,
    pub label: String,
    /// Where the page starts, when it is not the first.
    pub cursor: Option<String>,
}

impl Asked {
    pub fn filter(&self) -> Result<TimelineFilter, AppError> {
        let kind = match self.show.as_str() {
            "" => None,
            name => Some(EntryKind::parse(name).map_err(|wrong| AppError(domain::Error::field("show", wrong)))?),
        };
        Ok(TimelineFilter { kind, label: self.label.clone() })
    }

    /// The address of the template, or of a page below it.
    fn path(&self, below: &str) -> String {
        format!("{}{below}", api::page(&self.project, &self.key))
    }
    /// The address of a choice of entries.
    fn chosen(&self, show: &str, label: &str) -> String {
        let part = |name: &str, value: &str| {
            if value.is_empty() { String::new() } else { format!("&{name}={value}") }
        };
        self.path(&format!("?tab=timeline{}{}", part("show", show), part("label", label)))
    }
    /// The address of the entries that were asked for, from the first page on.
    fn first_page(&self) -> String {
        self.chosen(&self.show, &self.label)
    }
    fn at(&self, cursor: &str) -> String {
        format!("{}&cursor={cursor}", self.first_page())
    }
    /// The address of this page.
    pub fn here(&self) -> String {
        self.cursor.as_ref().map_or_else(|| self.first_page(), |cursor| self.at(cursor))
    }
}

/// A page of the stream. `may` tells whether the person may do something.
pub fn html(asked: &Asked, timeline: Timeline, may: &dyn Fn(Permission) -> bool) -> String {
    let Timeline { items, next, labels, scores } = timeline;
    let scale = Scale::of(&items);
    let is_empty = items.is_empty();
    let mut offered = HashSet::new();
    let entry = |entry: TimelineEntry| match entry {
        TimelineEntry::Version(entry) => version(entry, scale, &labels, asked, may),
        TimelineEntry::LabelMove(entry) => {
            // A label can go back to a version in one way only: the newest move offers it.
            let offer = back(&entry, &labels, may).filter(|o| offered.insert((o.label.clone(), o.to)));
            label_move(entry, offer, asked)
        }
    };
    let entries: Vec<AnyView> = items.into_iter().map(entry).collect();
    let list = match is_empty {
        true => nothing().into_any(),
        false => view! { <ol class="version-list">{entries}</ol> }.into_any(),
    };
    crate::ui::html(view! {
        <div class="timeline-head">
            {filters(asked, &labels)}
            {trend(&scores)}
        </div>
        {list}
        {paging(asked, next)}
    })
}

/// All, one kind, or one label.
fn filters(asked: &Asked, labels: &[LabelNow]) -> impl IntoView + use<> {
    let link = |show: &str, label: &str, text: String| {
        let is_chosen = asked.label == label && (asked.show == show || !label.is_empty());
        let href = asked.chosen(show, label);
        view! { <a class="filter-chip" href=href data-noscroll aria-current=is_chosen.then_some("true")>{text}</a> }
    };
    let names = in_order(labels.iter().map(|now| now.label.clone()).collect());
    let of_labels = names.into_iter().map(|label| link("", &label, label.clone())).collect_view();
    view! {
        <nav class="timeline-filter" aria-label="Show in the timeline">
            {link("", "", "All".to_owned())}
            {link(EntryKind::Version.name(), "", "Versions".to_owned())}
            {link(EntryKind::LabelMove.name(), "", "Label moves".to_owned())}
            {of_labels}
        </nav>
    }
}

fn nothing() -> impl IntoView {
    view! {
        <div class="card-box">
            <EmptyState
                icon=IconName::History
                title="No label has moved yet"
                text="Each move of a label is kept here for good: from where, to where, by whom and why."
            />
        </div>
    }
}

fn paging(asked: &Asked, next: Option<String>) -> impl IntoView + use<> {
    let first = asked.cursor.as_ref().map(|_| view! { <a class="btn btn-sm" href=asked.first_page()>"First page"</a> });
    let next = next.map(|cursor| {
        view! {
            <a class="btn btn-sm" href=asked.at(&cursor) rel="next">
                "Next page"
                <Icon name=IconName::ArrowRight/>
            </a>
        }
    });
    (first.is_some() || next.is_some()).then(|| view! { <nav class="paging" aria-label="Pages">{first}{next}</nav> })
}

fn version(
    entry: VersionEntry,
    scale: Scale,
    labels: &[LabelNow],
    asked: &Asked,
    may: &dyn Fn(Permission) -> bool,
) -> AnyView {
    let VersionEntry { version, outcomes: fared } = entry;
    let number = version.number;
    let is_live = !version.labels.is_empty();
    let message = match version.commit_message.as_str() {
        "" => view! { <span class="text-muted">"No message"</span> }.into_any(),
        text => unturned(text).into_any(),
    };
    let hash: String = version.content_hash.chars().take(7).collect();
    let lint = version.lint_score.map(|score| {
        let href = asked.path(&format!("?tab=lint&version={number}"));
        view! { "\u{a0}· " <a class="underline underline-offset-2" href=href>{format!("lint score {score}")}</a> }
    });
    view! {
        <li class="version-entry" class:is-live=is_live>
            <div class="min-w-0 flex-1 max-md:basis-full">
                <div class="flex flex-wrap items-center gap-x-2 gap-y-1">
                    <a class="link-plain font-mono text-[0.8125rem] font-semibold" href=asked.path(&format!("?tab=content&version={number}"))>{format!("v{number}")}</a>
                    <LabelChips labels=version.labels/>
                </div>
                <p class="mt-0.5">{message}</p>
                // A dot stays with what is before it.
                <p class="mt-1 text-xs break-words text-muted">
                    {version.created_by}
                    "\u{a0}· "
                    <Time at=version.created_at/>
                    "\u{a0}· "
                    <code title=version.content_hash>{hash}</code>
                    {lint}
                </p>
            </div>
            {fared.map(|fared| outcomes(&fared, scale))}
            <div class="entry-actions">
                {compare(number, version.parent, asked)}
                {menu(number, &to_version(number, labels, may), asked)}
            </div>
        </li>
    }
    .into_any()
}

fn compare(number: i64, parent: i64, asked: &Asked) -> impl IntoView + use<> {
    let before = if parent > 0 { parent } else { number - 1 };
    (before > 0).then(|| {
        view! {
            <a class="btn btn-ghost btn-xs" href=asked.path(&format!("/diff?from={before}&to={number}"))>
                <Icon name=IconName::Compare class="size-3.5"/>
                {format!("Compare with v{before}")}
            </a>
        }
    })
}

/// The way back that a move offers to who may take it.
fn back(entry: &MoveEntry, labels: &[LabelNow], may: &dyn Fn(Permission) -> bool) -> Option<Offer> {
    let event = &entry.event;
    let offer = back_to(&event.label, (event.from_version, event.to_version), event.at, labels)?;
    may(Permission::to_move(&offer.label)).then_some(offer)
}

fn label_move(entry: MoveEntry, offer: Option<Offer>, asked: &Asked) -> AnyView {
    let MoveEntry { event, is_rollback } = entry;
    let chip = |version: i64| view! { <VersionChip version=(version > 0).then_some(version)/> };
    let hash: String = event.effective_hash.chars().take(7).collect();
    let hash =
        (!hash.is_empty()).then(|| view! { "\u{a0}· served " <code title=event.effective_hash.clone()>{hash}</code> });
    let what = match (event.from_version, event.to_version) {
        (_, 0) => "taken away",
        (0, _) => "set",
        _ if is_rollback => "rolled back",
        _ => "moved",
    };
    let reason = (!event.reason.is_empty()).then(|| view! { <p class="mt-0.5">{unturned(&event.reason)}</p> });
    view! {
        <li class="version-entry is-move">
            <div class="min-w-0 flex-1 max-md:basis-full">
                <p class="flex flex-wrap items-center gap-x-2 gap-y-1">
                    <LabelChip label=event.label/>
                    <span class="text-muted" class:is-rollback=is_rollback>{what}</span>
                    <span class="inline-flex items-center gap-1.5">
                        <span class="sr-only">"from"</span>
                        {chip(event.from_version)}
                        <Icon name=IconName::ArrowRight class="size-3 text-muted"/>
                        <span class="sr-only">"to"</span>
                        {chip(event.to_version)}
                    </span>
                </p>
                {reason}
                <p class="mt-1 text-xs break-words text-muted">{event.actor}"\u{a0}· "<Time at=event.at/>{hash}</p>
            </div>
            {offer.map(|offer| button(&offer, asked))}
        </li>
    }
    .into_any()
}
