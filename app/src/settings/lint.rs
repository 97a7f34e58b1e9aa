//! Rules of lint: what each looks for and why, and which of them the project has on.

use domain::lint::{Group, LintSettings, RuleSetting, Severity};
use domain::permission::Permission;
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};

use super::Done;
use crate::data::Data;
use crate::error::{AppError, AppResult};
use crate::layout::{may, use_me, use_project};
use crate::outcome::{Outcome, Refused};
use crate::post::{Post, PostForm};
use crate::ui::{Badge, ErrorSummary, ErrorView, Loading, PageHeader, Skeleton, Time, Tone, wait};

const DONE: [(&str, &str); 1] = [("saved", "Saved. Editors and scores follow these rules from now on.")];

/// The rules that the page showed, and those of them that are ticked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LintForm {
    /// The settings' revision as the page showed them.
    pub revision: String,
    pub known: Vec<String>,
    pub on: Vec<String>,
}

#[cfg(feature = "ssr")]
impl LintForm {
    /// What the form asks for, and the revision that it was made from. A form of no rules would switch all of them on.
    fn patch(&self) -> domain::Result<(domain::lint::LintPatch, Option<i64>)> {
        let mut problems = domain::error::Problems::default();
        problems.require(!self.known.is_empty(), "known", "name the rules that the form showed");
        let revision = match self.revision.as_str() {
            "" => None,
            text => problems.take("revision", text.parse().map_err(|_| "use the revision of the settings".to_owned())),
        };
        problems.finish()?;
        let off = self.known.iter().filter(|id| !self.on.contains(id)).cloned().collect();
        Ok((domain::lint::LintPatch { off }, revision))
    }
}

fn page(project: &str) -> String {
    format!("/p/{project}/settings/lint")
}

/// Every rule, and whether it is on.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_lint(project: String) -> AppResult<LintSettings> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    service::lint::get(&ctx).await.for_page()
}

/// Switches off what is not ticked.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn save_lint(project: String, form: LintForm) -> AppResult<Outcome<()>> {
    use crate::context::{ForPage, ctx};
    use crate::outcome::answer;
    let ctx = ctx(&project).await?;
    let saved = match form.patch() {
        Ok((patch, revision)) => service::lint::update(&ctx, &patch, revision).await.for_page().map(drop),
        Err(error) => Err(AppError(error)),
    };
    let page = page(&project);
    answer(&page, form, saved, &format!("{page}?done=saved"))
}

#[component]
pub fn LintPage() -> impl IntoView {
    let (project, me, save) = (use_project(), use_me(), Post::to::<SaveLint>());
    let again = move || save.count();
    let settings = Data::again(again, move || LoadLint { project: project.get() });
    let refused = Data::<Option<Refused<LintForm>>>::left(move || page(&project.get()));
    let content = move || {
        wait(async move {
            let may_change = may(me, Permission::ManagePolicy).await;
            let typed = refused.found().await.filter(|_| save.count() == 0).map(|refused| refused.form);
            match settings.await.map(|settings| as_ticked(settings, typed)) {
                Ok(settings) => view! { <Rules settings may_change save project=project.get_untracked()/> }.into_any(),
                Err(error) => view! { <div class="card-box"><ErrorView error/></div> }.into_any(),
            }
        })
    };
    let errors = move || {
        wait(async move {
            let earlier = refused.found().await.map(|refused| refused.error);
            view! { <SaveErrors save earlier/> }
        })
    };
    view! {
        <Title text="Lint rules"/>
        <PageHeader title="Lint rules" lead="What Promptory notices in a prompt while it is written. Nothing here stops a save; each finding takes points off the version's score."/>
        <Done texts=&DONE/>
        <Loading view=errors/>
        <Loading fallback=|| view! { <div class="card-box"><Skeleton rows=12/></div> } view=content/>
    }
}

/// The rules as a refused form had them ticked: nobody is to tick them twice.
fn as_ticked(mut settings: LintSettings, typed: Option<LintForm>) -> LintSettings {
    if let Some(form) = typed {
        for rule in settings.rules.iter_mut().filter(|rule| form.known.contains(&rule.id)) {
            rule.is_on = form.on.contains(&rule.id);
        }
    }
    settings
}

#[component]
fn SaveErrors(save: Post<Outcome<()>>, earlier: Option<AppError>) -> impl IntoView {
    let error = save.refusal(earlier);
    view! { <ErrorSummary error/> }
}

#[component]
fn Rules(settings: LintSettings, may_change: bool, save: Post<Outcome<()>>, project: String) -> impl IntoView {
    let LintSettings { rules, revision, updated_at, updated_by } = settings;
    let (all, on) = (rules.len(), rules.iter().filter(|rule| rule.is_on).count());
    let numbered: Vec<_> = rules.into_iter().enumerate().collect();
    let group = |group: Group| {
        let rules = numbered.iter().filter(|(_, rule)| rule.group == group).cloned().collect();
        view! { <GroupCard group rules/> }
    };
    let groups = Group::ALL.map(group).collect_view();
    let last = updated_at.map(|at| view! { ", changed by "{updated_by}", "<Time at/> });
    let button = match may_change {
        true => view! {
            <button type="submit" class="btn btn-primary btn-sm" disabled=save.is_pending()>"Save rules"</button>
        }
        .into_any(),
        false => {
            view! { <p class="text-muted">"Content managers and super admins switch rules on and off."</p> }.into_any()
        }
    };
    view! {
        <PostForm to=save class="max-w-4xl">
            <input type="hidden" name="project" value=project/>
            <input type="hidden" name="form[revision]" value=revision/>
            <fieldset class="contents" disabled=!may_change>
                <legend class="sr-only">"Rules"</legend>
                {groups}
            </fieldset>
            <footer class="save-bar justify-between">
                <p class="text-xs text-muted">{format!("{on} of {all} on")}{last}</p>
                {button}
            </footer>
        </PostForm>
    }
}

#[component]
fn GroupCard(group: Group, rules: Vec<(usize, RuleSetting)>) -> impl IntoView {
    let (all, on) = (rules.len(), rules.iter().filter(|(_, rule)| rule.is_on).count());
    let rows = rules.into_iter().map(|(i, rule)| view! { <RuleRow i rule/> }).collect_view();
    view! {
        <fieldset class="card-box section lint-group">
            <legend class="sr-only">{group.title()}</legend>
            <div class="card-head" aria-hidden="true">
                <span class="font-semibold">{group.title()}</span>
                <span class="text-xs text-muted">{format!("{on} of {all} on")}</span>
            </div>
            {rows}
        </fieldset>
    }
}

#[component]
fn RuleRow(i: usize, rule: RuleSetting) -> impl IntoView {
    let tone = match rule.severity {
        Severity::Hint => Tone::Neutral,
        Severity::Warning => Tone::Warning,
        Severity::Error => Tone::Danger,
    };
    view! {
        <input type="hidden" name=format!("form[known][{i}]") value=rule.id.clone()/>
        <label class="lint-rule">
            <input class="checkbox checkbox-sm mt-0.5" type="checkbox" name=format!("form[on][{i}]") value=rule.id.clone() checked=rule.is_on/>
            <span class="min-w-0 flex-1">
                <code class="font-medium">{rule.id}</code>
                <span class="field-hint">{rule.why}</span>
            </span>
            <span class="lint-weight">
                <Badge tone>{rule.severity.name()}</Badge>
                <span class="text-xs text-muted">{format!("−{} each", rule.severity.points())}</span>
            </span>
        </label>
    }
}
