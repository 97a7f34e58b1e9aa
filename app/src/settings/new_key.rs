//! A new API key: its form, and its secret, shown once.

use domain::api_key::{CreatedApiKey, Scope};
use domain::label::ENVIRONMENTS;
use leptos::html::Form;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::{AppError, AppResult};
use crate::outcome::{Outcome, Refused};
use crate::post::{Post, PostForm};
use crate::ui::{CopyButton, ErrorSummary, Field, Icon, IconName, TextInput, described_by, field_error, field_id};

/// Days a key may live, and how the form calls them.
const LIVES: [(&str, &str); 4] = [("30", "30 days"), ("90", "90 days"), ("365", "1 year"), ("", "Never")];

/// A key to create, as typed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeyForm {
    pub name: String,
    pub environment: String,
    pub scopes: Vec<String>,
    /// Days until it expires; empty for never.
    pub life: String,
}

impl Default for KeyForm {
    fn default() -> Self {
        Self { name: String::new(), environment: ENVIRONMENTS[0].to_owned(), scopes: Vec::new(), life: String::new() }
    }
}

#[cfg(feature = "ssr")]
impl KeyForm {
    /// The key that the form asks for.
    fn new_key(&self, now: domain::Timestamp) -> domain::Result<domain::api_key::NewApiKey> {
        let mut problems = domain::error::Problems::default();
        let scopes = problems.take("scopes", self.scopes.iter().map(|scope| Scope::parse(scope)).collect());
        let is_offered = LIVES.iter().any(|(days, _)| *days == self.life);
        problems.require(is_offered, "life", "choose one of the times offered");
        problems.finish()?;
        let (name, environment) = (self.name.clone(), self.environment.clone());
        let expires_at = self.life.parse().ok().map(|days: i64| now.plus(days * domain::time::DAY));
        Ok(domain::api_key::NewApiKey { name, environment, scopes: scopes.unwrap_or_default(), expires_at })
    }
}

/// What a fresh form offers: fetch and render, for ninety days.
fn blank() -> KeyForm {
    let scopes = [Scope::PromptsRead, Scope::PromptsRender].map(|scope| scope.name().to_owned()).to_vec();
    KeyForm { scopes, life: "90".to_owned(), ..KeyForm::default() }
}

/// Where a new key waits for the page that shows it once.
pub(super) fn shelf(project: &str) -> String {
    format!("{}#created", super::keys::page(project))
}

/// Makes a key. Its secret is in the answer, or waits in memory for the next page: never in an address.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn create_key(project: String, form: KeyForm) -> AppResult<Outcome<CreatedApiKey>> {
    use crate::context::{ForPage, ctx};
    use crate::flash;
    let ctx = ctx(&project).await?;
    let created = match form.new_key(ctx.now()) {
        Ok(new) => service::api_keys::create(&ctx, new).await.for_page(),
        Err(error) => Err(AppError(error)),
    };
    let page = super::keys::page(&project);
    match &created {
        Ok(key) if flash::is_plain_form() => {
            flash::put(&shelf(&project), key);
            leptos_axum::redirect(&page);
        }
        Ok(_) => {}
        Err(error) => flash::back(&page, &Refused { form, error: error.clone() }),
    }
    Outcome::of(created)
}

/// The secret of the key just made. Nothing shows it again.
#[component]
pub fn CreatedKey(create: Post<Outcome<CreatedApiKey>>, created: Option<CreatedApiKey>) -> impl IntoView {
    let key = move || match create.answer() {
        Some(Ok(Outcome::Done(key))) => Some(key),
        Some(_) => None,
        None => created.clone(),
    };
    view! {
        <div role="status">
            {move || key().map(|key| view! { <Secret name=key.key.name secret=key.secret/> })}
        </div>
    }
}

#[component]
fn Secret(name: String, secret: String) -> impl IntoView {
    view! {
        <section class="secret-card section" aria-labelledby="secret-title">
            <Icon name=IconName::KeyRound class="size-5"/>
            <div class="min-w-0">
                <h2 id="secret-title">{format!("{name} is ready")}</h2>
                <p>"Copy the key now: it is shown only once, and Promptory keeps no copy of it."</p>
                <p class="secret-text">
                    <code>{secret.clone()}</code>
                    <CopyButton text=secret label="key"/>
                </p>
            </div>
        </section>
    }
}

#[component]
pub fn NewKeyForm(
    create: Post<Outcome<CreatedApiKey>>,
    refused: Option<Refused<KeyForm>>,
    project: String,
) -> impl IntoView {
    let typed = refused.as_ref().map_or_else(blank, |r| r.form.clone());
    let earlier = refused.map(|r| r.error);
    let error = create.refusal(earlier);
    let form = NodeRef::<Form>::new();
    create.reset_when_done(form);
    let environments = ENVIRONMENTS.map(|name| (name, name));
    view! {
        <section class="card-box form-card section" aria-labelledby="new-key-title">
            <header class="card-head">
                <h2 id="new-key-title">"New key"</h2>
            </header>
            <PostForm to=create node_ref=form class="form-body">
                <input type="hidden" name="project" value=project/>
                <ErrorSummary error/>
                <div class="form-grid form-thirds">
                    <TextInput label="Name" name="name" start=typed.name placeholder="Order agent" error/>
                    <Choice label="Environment" name="environment" options=environments.to_vec() chosen=typed.environment error/>
                    <Choice label="Expires" name="life" options=LIVES.to_vec() chosen=typed.life error/>
                </div>
                <Scopes chosen=typed.scopes error/>
                <button type="submit" class="btn btn-primary btn-sm" disabled=create.is_pending()>"Create key"</button>
            </PostForm>
        </section>
    }
}

#[component]
fn Choice(
    label: &'static str,
    name: &'static str,
    options: Vec<(&'static str, &'static str)>,
    chosen: String,
    error: Signal<Option<AppError>>,
) -> impl IntoView {
    let own = Signal::derive(move || field_error(&error.read(), name));
    let option = move |(value, text): (&'static str, &'static str)| {
        view! { <option value=value selected=value == chosen>{text}</option> }
    };
    view! {
        <Field label name error=own>
            <select class="select" id=field_id(name) name=format!("form[{name}]") aria-describedby=described_by(name)>
                {options.into_iter().map(option).collect_view()}
            </select>
        </Field>
    }
}

/// What a scope allows, for people.
fn meaning(scope: Scope) -> &'static str {
    match scope {
        Scope::PromptsRead => "Fetch the prompts that are live",
        Scope::PromptsRender => "Render prompts, and report outcomes",
        Scope::VersionsAny => "Fetch and render any version or label",
        Scope::ExecutionsRead => "Read executions with their texts",
        Scope::TemplatesRead => "See templates and versions",
        Scope::TemplatesWrite => "Change templates and save versions",
    }
}

#[component]
fn Scopes(chosen: Vec<String>, error: Signal<Option<AppError>>) -> impl IntoView {
    let own = Signal::derive(move || field_error(&error.read(), "scopes"));
    let choice = |(i, scope): (usize, Scope)| {
        let is_chosen = chosen.iter().any(|name| name == scope.name());
        view! {
            <label class="scope-choice">
                <input class="checkbox checkbox-sm" type="checkbox" name=format!("form[scopes][{i}]") value=scope.name() checked=is_chosen/>
                <span>
                    <code>{scope.name()}</code>
                    <span class="field-hint">{meaning(scope)}</span>
                </span>
            </label>
        }
    };
    view! {
        <fieldset class="scope-list" id=field_id("scopes") tabindex="-1">
            <legend class="field-label">"Scopes"</legend>
            {Scope::ALL.into_iter().enumerate().map(choice).collect_view()}
            <p class="field-error">{move || own.get()}</p>
        </fieldset>
    }
}
