//! What an import would do, template by template, and the button that does it.

use domain::comparison::Comparison;
use domain::error::FieldError;
use domain::files::{FieldChange, ImportEntry, ImportPlan, ImportState};
use leptos::prelude::*;

use super::ImportForm;
use crate::outcome::{Outcome, Refused};
use crate::post::{Post, PostForm};
use crate::templates::{ChangedMessages, visible};
use crate::ui::{Badge, ErrorSummary, Icon, IconName, Notice, Tone};

#[component]
pub fn Review(
    plan: ImportPlan,
    project: String,
    apply: Post<Outcome<()>>,
    discard: Post<()>,
    /// What a browser without JavaScript was led back with.
    refused: Option<Refused<ImportForm>>,
) -> impl IntoView {
    let (form, earlier) = refused.map(|refused| (refused.form, refused.error)).unzip();
    let (form, error) = (form.unwrap_or_default(), apply.refusal(earlier));
    let count = |state| plan.count(state);
    let (new, changed, same) = (count(ImportState::New), count(ImportState::Changed), count(ImportState::Same));
    let stops = !plan.problems.is_empty();
    let title = match stops {
        true => "This can't be imported yet".to_owned(),
        false => format!("{new} new, {changed} changed, {same} the same"),
    };
    let (problems, notes) = (plan.problems.clone(), plan.notes.clone());
    let has_conflicts = plan.has_conflicts();
    let breaking: Vec<String> = plan.templates.iter().filter(|t| t.is_breaking()).map(|t| t.key.clone()).collect();
    let is_breaking = !breaking.is_empty();
    let can_apply = !stops && plan.has_changes();
    let digest = plan.digest.clone();
    let entry = |entry: ImportEntry| view! { <Entry entry project=project.clone()/> };
    let entries: Vec<_> = plan.templates.into_iter().filter(|t| t.state != ImportState::Same).map(entry).collect();
    let (to_apply, to_discard) = (project.clone(), project.clone());
    view! {
        <section class="section" aria-labelledby="review-title">
            <h2 class="section-title" id="review-title">{title}</h2>
            <ErrorSummary error/>
            <Told tone=Tone::Danger title="Mend these files and choose them again:" items=problems/>
            {is_breaking.then(|| view! {
                <div class="mb-4"><Notice tone=Tone::Warning>{format!("Callers can be refused after this: the contract changes of {}. Nothing is served before a label moves.", breaking.join(", "))}</Notice></div>
            })}
            <Told tone=Tone::Info title="Not taken over, or not as it was:" items=notes/>
            {(!stops && entries.is_empty()).then(|| view! {
                <div class="mb-4"><Notice>"Nothing differs from what is here."</Notice></div>
            })}
            <div class="diff-messages">{entries}</div>
            {can_apply.then(|| view! { <Apply project=to_apply apply form digest has_conflicts is_breaking count=new + changed/> })}
            <PostForm to=discard>
                <input type="hidden" name="project" value=to_discard/>
                <button type="submit" class="btn btn-sm">{if can_apply { "Discard" } else { "Choose other files" }}</button>
            </PostForm>
        </section>
    }
}

/// A list about files: path, line, what is to be said.
#[component]
fn Told(tone: Tone, title: &'static str, items: Vec<FieldError>) -> impl IntoView {
    let item = |about: FieldError| {
        let line = about.line.map(|line| format!(":{line}")).unwrap_or_default();
        view! { <li><code>{visible(&format!("{}{line}", about.field))}</code>" "{visible(&about.message)}</li> }
    };
    (!items.is_empty()).then(|| {
        view! {
            <div class="mb-4" role="note">
                <Notice tone>
                    <p class="font-medium">{title}</p>
                    <ul class="list-disc pl-4 break-words">{items.into_iter().map(item).collect_view()}</ul>
                </Notice>
            </div>
        }
    })
}

#[component]
fn Apply(
    project: String,
    apply: Post<Outcome<()>>,
    form: ImportForm,
    digest: String,
    has_conflicts: bool,
    is_breaking: bool,
    count: usize,
) -> impl IntoView {
    let conflicts = has_conflicts.then(|| {
        let hint = "Some templates were changed here since the export; what was changed stays in their history.";
        view! { <Consent name="form[new_version]" text="Save the files as new versions all the same" hint is_on=form.new_version/> }
    });
    let breaking = is_breaking.then(|| {
        let hint = "Callers who were fine before can be refused once a label moves to the new version.";
        view! { <Consent name="form[allow_breaking]" text="Save contracts that break callers" hint is_on=form.allow_breaking/> }
    });
    let text = if count == 1 { "Import 1 template".to_owned() } else { format!("Import {count} templates") };
    view! {
        <PostForm to=apply class="card-box form-card form-body mb-3">
            <input type="hidden" name="project" value=project/>
            <input type="hidden" name="form[expected]" value=digest/>
            {conflicts}
            {breaking}
            <div class="field w-full">
                <label class="field-label" for="field-message">"Why"</label>
                <input class="input" id="field-message" name="form[message]" value=form.message maxlength="500" placeholder="Imported from files" autocomplete="off"/>
            </div>
            <button type="submit" class="btn btn-primary btn-sm" disabled=apply.is_pending()>{text}</button>
        </PostForm>
    }
}

/// A choice without which the import is refused.
#[component]
fn Consent(name: &'static str, text: &'static str, hint: &'static str, is_on: bool) -> impl IntoView {
    view! {
        <label class="scope-choice">
            <input class="checkbox checkbox-sm" type="checkbox" name=name value="true" checked=is_on required/>
            <span>{text}<span class="field-hint">{hint}</span></span>
        </label>
    }
}

#[component]
fn Entry(entry: ImportEntry, project: String) -> impl IntoView {
    let versions = match (entry.state, entry.to_version) {
        (ImportState::New, 0) => "without a version".to_owned(),
        (ImportState::New, _) => "version 1".to_owned(),
        (_, to) if to == entry.from_version => format!("version {to} stays"),
        (_, to) => format!("version {} → {to}", entry.from_version),
    };
    let badge = match entry.state {
        ImportState::New => view! { <Badge tone=Tone::Success>"+ New"</Badge> },
        _ => view! { <Badge tone=Tone::Warning>"~ Changed"</Badge> },
    };
    let href = (entry.state != ImportState::New).then(|| format!("/p/{project}/templates/{}", entry.key));
    let conflict = entry.conflict.map(|why| {
        view! { <div class="m-3"><Notice tone=Tone::Warning>{format!("It {why}.")}</Notice></div> }
    });
    let warnings = entry.warnings;
    let has_body = conflict.is_some() || !entry.fields.is_empty() || entry.content.is_some() || !warnings.is_empty();
    let file = visible(&entry.file);
    view! {
        <details class="card-box disclosure diff-message" open=has_body>
            <summary class="card-head">
                <span class="diff-title">
                    <Icon name=IconName::ChevronRight class="size-3.5 chevron"/>
                    <span class="mono">{entry.key}</span>
                    {badge}
                </span>
                <span class="text-xs text-muted">{versions}</span>
            </summary>
            <p class="px-4 py-2 text-xs text-muted">
                <code>{file}</code>
                {href.map(|href| view! { " · "<a class="link" href=href>"open the template"</a> })}
            </p>
            {conflict}
            <div class="px-4"><Told tone=Tone::Info title="The check noticed:" items=warnings/></div>
            <Fields fields=entry.fields/>
            {entry.content.map(|content| view! { <Content content/> })}
        </details>
    }
}

#[component]
fn Fields(fields: Vec<FieldChange>) -> impl IntoView {
    let row = |change: FieldChange| {
        view! {
            <li class="break-words">
                <code>{change.name}</code>": "<del>{visible(&change.from)}</del>" → "<ins>{visible(&change.to)}</ins>
            </li>
        }
    };
    (!fields.is_empty()).then(|| {
        view! { <ul class="px-4 pb-3 text-[0.8125rem]">{fields.into_iter().map(row).collect_view()}</ul> }
    })
}

#[component]
fn Content(content: Comparison) -> impl IntoView {
    let parameter = |p: domain::comparison::ParameterChange| {
        let breaks = p.is_breaking.then(|| view! { <Badge tone=Tone::Danger>"Breaks callers"</Badge>" " });
        view! { <li class="break-words">{breaks}<code>{visible(&p.name)}</code>" "{visible(&p.detail)}</li> }
    };
    let setting = |c: domain::comparison::ConfigChange| {
        let text = |value: Option<String>| value.map_or("none".to_owned(), |value| visible(&value));
        view! { <li class="break-words"><code>{visible(&c.name)}</code>": "<del>{text(c.from)}</del>" → "<ins>{text(c.to)}</ins></li> }
    };
    let rows: Vec<_> = content
        .parameters
        .into_iter()
        .map(|p| parameter(p).into_any())
        .chain(content.config.into_iter().map(|c| setting(c).into_any()))
        .collect();
    view! {
        {(!rows.is_empty()).then(|| view! { <ul class="px-4 pb-3 text-[0.8125rem]">{rows}</ul> })}
        <ChangedMessages messages=content.messages/>
    }
}
