//! Log-in and the first start's set-up. Both are plain posts, so that they work before and without the wasm.

use domain::error::Kind;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::data::Data;
use crate::error::{AppError, AppResult, set_status};
use crate::layout::Mark;
use crate::ui::{Field, Loading, Notice, Tone, described_by, field_id, sentence, wait};

/// A parameter of the query as it was when the page came.
fn query(name: &str) -> String {
    use_query_map().read_untracked().get(name).unwrap_or_default()
}

/// What the server found wrong with a field.
fn wrong(field: &str) -> Option<String> {
    Some(query(&format!("{field}_error"))).filter(|text| !text.is_empty())
}

#[component]
pub fn LogInPage() -> impl IntoView {
    let next = query("next");
    let is_new = query("email").is_empty();
    view! {
        <Title text="Log in"/>
        <Card title="Log in to Promptory" lead="Governed, typed, tested, measured prompts.">
            <Refusal error=refused_log_in(&query("error"), &query("seconds"))/>
            <form method="post" action="/login" class="flex flex-col gap-4">
                <input type="hidden" name="next" value=next/>
                <Email autofocus=is_new/>
                <Password autocomplete="current-password" autofocus=!is_new/>
                <button type="submit" class="btn btn-primary w-full">"Log in"</button>
            </form>
        </Card>
    }
}

/// Why the last try failed. Anybody can write an address: it chooses one of our sentences and brings none.
fn refused_log_in(code: &str, seconds: &str) -> String {
    match (code, seconds.parse::<u16>().map(u32::from)) {
        ("", _) => String::new(),
        // Nobody has an address with a NUL in it.
        ("unauthenticated" | "nul", _) => domain::Error::wrong_log_in().message,
        ("too_many_attempts", Ok(seconds)) => domain::Error::too_many_attempts(seconds).message,
        _ => domain::Error::internal().message,
    }
}

/// Why the last try failed; only who has a good set-up link sees it.
fn refused_set_up() -> String {
    match ["name", "email", "password"].into_iter().filter_map(wrong).count() {
        0 => query("error"),
        1 => "one field needs a change".to_owned(),
        n => format!("{n} fields need a change"),
    }
}

/// Whether a set-up link is still good.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_setup(token: String) -> AppResult<()> {
    use crate::context::{ForPage, visit};
    service::setup::check_link(&visit()?.services, &token).await.for_page()
}

#[component]
pub fn SetUpPage() -> impl IntoView {
    let params = use_params_map();
    let token = move || params.read().get("token").unwrap_or_default();
    let link = Data::of(move || LoadSetup { token: token() });
    let form = move || {
        wait(async move {
            match link.await {
                Ok(()) => view! { <SetUpForm token=token()/> }.into_any(),
                Err(error) => view! { <NoSetUp error/> }.into_any(),
            }
        })
    };
    view! {
        <Title text="Set up"/>
        <Loading view=form/>
    }
}

/// The link opens nothing; whoever has an account can log in.
#[component]
fn NoSetUp(error: AppError) -> impl IntoView {
    set_status(&error.0);
    let title = match error.0.kind {
        Kind::NotFound => "Set-up link expired",
        _ => "Set up Promptory",
    };
    view! {
        <Card title lead="A set-up link makes the first account.">
            <p>{sentence(&error.0.message)}</p>
            <a class="btn w-full" href="/login" rel="external">"Log in"</a>
        </Card>
    }
}

#[component]
fn SetUpForm(token: String) -> impl IntoView {
    let first = ["name", "email", "password"].into_iter().find(|field| wrong(field).is_some()).unwrap_or("name");
    let minimum = domain::user::MIN_PASSWORD;
    view! {
        <Card title="Set up Promptory" lead="You are the first here: this account becomes the super admin.">
            <Refusal error=refused_set_up()/>
            <form method="post" action="/setup" class="flex flex-col gap-4">
                <input type="hidden" name="token" value=token/>
                <Field label="Your name" name="name" error=Signal::stored(wrong("name"))>
                    <input
                        class="input"
                        id=field_id("name")
                        aria-describedby=described_by("name")
                        aria-invalid=wrong("name").map(|_| "true")
                        name="name"
                        value=query("name")
                        autocomplete="name"
                        maxlength="120"
                        required
                        autofocus=first == "name"
                    />
                </Field>
                <Email autofocus=first == "email" error=wrong("email")/>
                <Password
                    error=wrong("password")
                    autofocus=first == "password"
                    autocomplete="new-password"
                    hint=format!("At least {minimum} characters; a sentence does well. Pasting is fine.")
                    minlength=minimum
                />
                <button type="submit" class="btn btn-primary w-full">"Create account"</button>
            </form>
        </Card>
    }
}

#[component]
fn Card(title: &'static str, lead: &'static str, children: Children) -> impl IntoView {
    view! {
        <main class="grid min-h-dvh place-items-center px-4 py-10">
            <div class="w-full max-w-sm">
                <div class="mb-6 flex flex-col items-center gap-1 text-center">
                    <span class="mb-2 inline-flex scale-125"><Mark/></span>
                    <h1>{title}</h1>
                    <p class="text-[0.8125rem] text-muted">{lead}</p>
                </div>
                <div class="card-box flex flex-col gap-4 p-6">{children()}</div>
            </div>
        </main>
    }
}

#[component]
fn Refusal(error: String) -> impl IntoView {
    (!error.is_empty()).then(|| {
        view! {
            <div role="alert">
                <Notice tone=Tone::Danger>{sentence(&error)}</Notice>
            </div>
        }
    })
}

#[component]
fn Email(#[prop(optional)] autofocus: bool, #[prop(optional_no_strip)] error: Option<String>) -> impl IntoView {
    let is_wrong = error.is_some().then_some("true");
    view! {
        <Field label="E-mail" name="email" error=Signal::stored(error)>
            <input
                class="input"
                id=field_id("email")
                aria-describedby=described_by("email")
                aria-invalid=is_wrong
                name="email"
                type="email"
                value=query("email")
                autocomplete="username"
                maxlength="254"
                required
                autofocus=autofocus
            />
        </Field>
    }
}

#[component]
fn Password(
    autocomplete: &'static str,
    #[prop(optional, into)] hint: String,
    #[prop(optional)] minlength: usize,
    #[prop(optional)] autofocus: bool,
    #[prop(optional_no_strip)] error: Option<String>,
) -> impl IntoView {
    let is_wrong = error.is_some().then_some("true");
    view! {
        <Field label="Password" name="password" hint error=Signal::stored(error)>
            <input
                class="input"
                id=field_id("password")
                aria-describedby=described_by("password")
                aria-invalid=is_wrong
                name="password"
                type="password"
                autocomplete=autocomplete
                minlength=(minlength > 0).then(|| minlength.to_string())
                maxlength="256"
                required
                autofocus=autofocus
            />
        </Field>
    }
}
