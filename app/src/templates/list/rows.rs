//! The rows of the list: each template, why the search found it, and the box that selects it.

use domain::label::ENVIRONMENTS;
use domain::page::Page;
use domain::search::{Found, Match, Part, Piece};
use domain::template::Template;
use leptos::prelude::*;

use super::bulk::FORM;
use super::selection::Selection;
use crate::ui::{Badge, NextPage, Pieces, Time, Tone, VersionChip};

/// Tags of a row; a list is to be run through by eye.
const SHOWN_TAGS: usize = 2;
const COLUMNS: [&str; 8] =
    ["Template", "Kind", "Tags", "Development", "Staging", "Production", "Latest", "Last change"];

#[component]
pub fn Rows(page: Page<Found>, project: String, selection: Selection) -> impl IntoView {
    selection.show(page.items.iter().map(|found| found.template.key.clone()).collect());
    let row = |found: Found| view! { <Row found selection project=project.clone()/> };
    let rows = page.items.into_iter().map(row).collect_view();
    let head = COLUMNS.map(|text| view! { <th scope="col">{text}</th> });
    view! {
        <div class="table-box">
            <table class="table find-table">
                <thead>
                    <tr>
                        <th scope="col" class="row-pick"><PickAll selection/></th>
                        {head}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <NextPage next=page.next/>
    }
}

#[component]
fn PickAll(selection: Selection) -> impl IntoView {
    view! {
        <span class="sr-only no-js-only">"Selected"</span>
        <input
            type="checkbox"
            class="checkbox checkbox-sm js-only"
            aria-label="Select all on this page"
            prop:checked=move || selection.is_all()
            prop:indeterminate=move || selection.is_some()
            on:change:target=move |event| selection.choose_all(event.target().checked())
        />
    }
}

#[component]
fn Pick(key: String, name: String, selection: Selection) -> impl IntoView {
    let (own, value) = (key.clone(), key.clone());
    view! {
        <input
            type="checkbox"
            class="checkbox checkbox-sm"
            name="keys[]"
            value=value
            form=FORM
            aria-label=format!("Select {name}")
            prop:checked=move || selection.has(&own)
            on:click:target=move |event| selection.choose(&key, event.target().checked(), event.shift_key())
        />
    }
}

/// The pieces in which a part was found; the text as it is when it wasn't.
fn marked(matches: &[Match], part: Part, text: &str) -> Vec<Piece> {
    let found = matches.iter().find(|found| found.part == part).map(|found| found.pieces.clone());
    found.unwrap_or_else(|| vec![Piece { text: text.to_owned(), is_match: false }])
}

#[component]
fn Row(found: Found, project: String, selection: Selection) -> impl IntoView {
    let Found { template, matches } = found;
    let [development, staging, production] = ENVIRONMENTS.map(|label| template.version_on(label));
    let latest = (template.latest_version > 0).then_some(template.latest_version);
    let is_ahead = latest > production;
    let href = format!("/p/{project}/templates/{}", template.key);
    let name = marked(&matches, Part::DisplayName, &template.fields.display_name);
    let key = marked(&matches, Part::Key, &template.key);
    let archived = template.is_archived.then(|| view! { <Badge tone=Tone::Warning>"archived"</Badge> });
    let (kind, category) = (template.fields.kind.replace('_', " "), template.fields.category.replace('_', " "));
    let category = (!category.is_empty()).then(|| view! { <span class="block text-xs text-muted">{category}</span> });
    view! {
        <tr>
            <td class="row-pick">
                <Pick key=template.key.clone() name=template.fields.display_name.clone() selection/>
            </td>
            <th scope="row">
                <div class="min-w-0">
                    <span class="flex items-center gap-2">
                        <a class="link-plain font-medium" href=href data-row><Pieces pieces=name/></a>
                        {archived}
                    </span>
                    <code class="text-xs text-muted"><Pieces pieces=key/></code>
                    <Folder folder=template.fields.folder.clone()/>
                    <Reasons matches/>
                </div>
            </th>
            <td data-label="Kind"><div class="whitespace-nowrap">{kind}{category}</div></td>
            <td data-label="Tags"><Tags template=template.clone()/></td>
            <td data-label="Development"><VersionChip version=development/></td>
            <td data-label="Staging"><VersionChip version=staging/></td>
            <td data-label="Production"><VersionChip version=production/></td>
            <td data-label="Latest"><VersionChip version=latest is_new=is_ahead/></td>
            <td data-label="Last change">
                <div>
                    <Time at=template.updated_at/>
                    <span class="found-author" title=template.updated_by.clone()>{template.updated_by.clone()}</span>
                </div>
            </td>
        </tr>
    }
}

#[component]
fn Folder(folder: String) -> impl IntoView {
    (!folder.is_empty()).then(|| {
        let href = format!("?folder={folder}");
        view! { <span class="text-xs text-muted">" in "<a class="link-plain" href=href>{folder}</a></span> }
    })
}

#[component]
fn Tags(template: Template) -> impl IntoView {
    let tags = template.fields.tags;
    let tag = |tag: String| {
        let href = format!("?tag={tag}");
        view! { <a class="chip" href=href>{tag}</a> }
    };
    let more = tags.get(SHOWN_TAGS..).filter(|rest| !rest.is_empty()).map(|rest| {
        view! { <span class="chip" title=rest.join(", ")>{format!("+{}", rest.len())}</span> }
    });
    view! { <div class="tag-list">{tags.into_iter().take(SHOWN_TAGS).map(tag).collect_view()}{more}</div> }
}

/// Why the search found the template, beside its key and name, which are marked themselves.
#[component]
fn Reasons(matches: Vec<Match>) -> impl IntoView {
    let is_shown = |found: &Match| !matches!(found.part, Part::Key | Part::DisplayName);
    let reason = |found: Match| {
        let place = place(&found);
        view! { <li><span class="found-place">{place}</span>" "<Pieces pieces=found.pieces/></li> }
    };
    let reasons: Vec<_> = matches.into_iter().filter(is_shown).map(reason).collect();
    (!reasons.is_empty()).then(|| view! { <ul class="found-list">{reasons}</ul> })
}

/// Where it was found: `user message, v3 on production`.
pub fn place(found: &Match) -> String {
    let version = found.version.map(|version| format!(", v{version}")).unwrap_or_default();
    let label = found.label.as_ref().map(|label| format!(" on {label}")).unwrap_or_default();
    let part = match found.part {
        Part::Key => "key".to_owned(),
        Part::DisplayName => "name".to_owned(),
        Part::Tag => "tag".to_owned(),
        Part::Description => "description".to_owned(),
        Part::Message => format!("{} message", found.role.unwrap_or_default().name()),
        Part::CommitMessage => "commit message".to_owned(),
    };
    format!("{part}{version}{label}")
}
