//! API keys: which there are, what they may do, when they were last used.

use domain::Timestamp;
use domain::api_key::{ApiKey, CreatedApiKey};
use domain::page::Page;
use domain::permission::Permission;
use domain::time::DAY;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};

use super::new_key::{CreateKey, CreatedKey, KeyForm, NewKeyForm, shelf};
use super::{Confirm, Done};
use crate::data::Data;
use crate::error::AppResult;
use crate::layout::{may, use_me, use_project};
use crate::outcome::{Outcome, Refused};
use crate::post::{Post, PostForm};
use crate::ui::{
    Badge, EmptyState, ErrorSummary, ErrorView, IconName, LabelChip, Loading, NextPage, PageHeader, Skeleton, Table,
    Time, Tone, wait,
};

const DONE: [(&str, &str); 1] = [("revoked", "Revoked. Requests with that key are refused from now on.")];

/// The keys, and the moment at which their states are told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeyList {
    pub keys: Page<ApiKey>,
    pub now: Timestamp,
}

pub(super) fn page(project: &str) -> String {
    format!("/p/{project}/settings/keys")
}

/// The project's keys, newest first.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_keys(project: String, cursor: Option<String>) -> AppResult<KeyList> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let keys = service::api_keys::list(&ctx, &domain::page::PageRequest { cursor, limit: None }).await.for_page()?;
    Ok(KeyList { keys, now: ctx.now() })
}

/// Ends a key.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn revoke_key(project: String, id: String) -> AppResult<Outcome<()>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let id = id.parse().map_err(|_| domain::Error::not_found("API key"))?;
    service::api_keys::revoke(&ctx, id).await.for_page()?;
    leptos_axum::redirect(&format!("{}?done=revoked", page(&project)));
    Ok(Outcome::Done(()))
}

#[component]
pub fn KeysPage() -> impl IntoView {
    let project = use_project();
    let (create, revoke) = (Post::to::<CreateKey>(), Post::to::<RevokeKey>());
    let query = use_query_map();
    let again = move || create.count() + revoke.count();
    let keys = Data::again(again, move || LoadKeys { project: project.get(), cursor: query.read().get("cursor") });
    let created = Data::<Option<CreatedApiKey>>::left(move || shelf(&project.get()));
    let refused = Data::<Option<Refused<KeyForm>>>::left(move || page(&project.get()));
    let table = move || {
        wait(async move {
            match keys.await {
                Ok(list) => view! { <Keys list revoke project=project.get_untracked()/> }.into_any(),
                Err(error) => view! { <div class="card-box section"><ErrorView error/></div> }.into_any(),
            }
        })
    };
    let me = use_me();
    // Apart from the table: a new list must not make the form again and lose what is typed in it.
    let form = move || {
        wait(async move {
            let refused = refused.found().await;
            may(me, Permission::ManageKeys).await.then(|| {
                view! { <NewKeyForm create refused project=project.get_untracked()/> }
            })
        })
    };
    let secret = move || {
        wait(async move {
            let created = created.found().await;
            view! { <CreatedKey create created/> }
        })
    };
    let error = revoke.refusal(None);
    view! {
        <Title text="API keys"/>
        <PageHeader title="API keys" lead="Agents and services fetch and render prompts with a key. A key belongs to one environment and serves what its label points to."/>
        <Done texts=&DONE/>
        <ErrorSummary error/>
        <Loading view=secret/>
        <Loading fallback=|| view! { <div class="card-box"><Skeleton/></div> } view=table/>
        <Loading view=form/>
    }
}

#[component]
fn Keys(list: KeyList, revoke: Post<Outcome<()>>, project: String) -> impl IntoView {
    if list.keys.items.is_empty() {
        return view! {
            <div class="card-box section">
                <EmptyState icon=IconName::KeyRound title="No keys yet" text="Create one for the first agent or service that should fetch prompts."/>
            </div>
        }
        .into_any();
    }
    let now = list.now;
    let row = |key: ApiKey| view! { <KeyRow key_=key now revoke project=project.clone()/> };
    let rows = list.keys.items.into_iter().map(row).collect_view();
    view! {
        <div class="section">
            <Table columns=&["Key", "Environment", "Scopes", "State", "Last used", "Created"] has_actions=true>{rows}</Table>
        </div>
        <NextPage next=list.keys.next/>
    }
    .into_any()
}

/// What a key is worth now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Active,
    /// Within two weeks.
    Ending,
    Expired,
    Revoked,
}

impl State {
    fn of(key: &ApiKey, now: Timestamp) -> Self {
        match (key.revoked_at, key.expires_at) {
            (Some(_), _) => Self::Revoked,
            (None, Some(at)) if at <= now => Self::Expired,
            (None, Some(at)) if at <= now.plus(14 * DAY) => Self::Ending,
            _ => Self::Active,
        }
    }
    fn badge(self) -> (Tone, &'static str) {
        match self {
            Self::Active => (Tone::Success, "Active"),
            Self::Ending => (Tone::Warning, "Expires soon"),
            Self::Expired => (Tone::Neutral, "Expired"),
            Self::Revoked => (Tone::Danger, "Revoked"),
        }
    }
}

#[component]
fn KeyRow(key_: ApiKey, now: Timestamp, revoke: Post<Outcome<()>>, project: String) -> impl IntoView {
    let key = key_;
    let state = State::of(&key, now);
    let (tone, text) = state.badge();
    let end = key.revoked_at.or(key.expires_at).map(|at| {
        let word = if state == State::Revoked { "on " } else { "until " };
        view! { <span class="row-more whitespace-nowrap">{word}<Time at/></span> }
    });
    let used = match key.last_used_at {
        Some(at) => view! { <Time at/> }.into_any(),
        None => view! { <span class="text-muted">"Never"</span> }.into_any(),
    };
    let scopes = key.scopes.iter().map(|scope| view! { <code class="scope">{scope.name()}</code> }).collect_view();
    let (id, name) = (key.id.to_string(), key.name.clone());
    let question = format!("Every agent and service that uses {name} is refused at once. This can't be undone.");
    let action = (state != State::Revoked).then(|| {
        view! {
            <Confirm button="Revoke…" of=name question>
                <PostForm to=revoke>
                    <input type="hidden" name="project" value=project/>
                    <input type="hidden" name="id" value=id/>
                    <button type="submit" class="btn btn-error btn-sm">"Revoke key"</button>
                </PostForm>
            </Confirm>
        }
    });
    view! {
        <tr class:is-over=matches!(state, State::Expired | State::Revoked)>
            <th scope="row">
                <span class="row-stack">
                    <span>{key.name}</span>
                    <code class="row-more whitespace-nowrap">{key.prefix}"…"</code>
                </span>
            </th>
            <td data-label="Environment"><LabelChip label=key.environment/></td>
            <td data-label="Scopes"><span class="scopes">{scopes}</span></td>
            <td data-label="State"><span class="row-stack"><Badge tone>{text}</Badge>{end}</span></td>
            <td data-label="Last used">{used}</td>
            <td data-label="Created">
                <span class="row-stack"><Time at=key.created_at/><span class="row-more">{key.created_by}</span></span>
            </td>
            <td class="row-actions">{action}</td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::{ApiKeyId, uuid_v7};

    use super::*;

    #[test]
    fn a_key_tells_its_state() {
        let key = |expires: Option<i64>, revoked: Option<i64>| ApiKey {
            id: ApiKeyId(uuid_v7(0, [0; 10])),
            name: String::new(),
            environment: String::new(),
            prefix: String::new(),
            scopes: Vec::new(),
            created_at: Timestamp(0),
            created_by: String::new(),
            expires_at: expires.map(Timestamp),
            last_used_at: None,
            revoked_at: revoked.map(Timestamp),
        };
        let state = |expires, revoked| State::of(&key(expires, revoked), Timestamp(1_000));
        assert_eq!(state(None, None), State::Active);
        assert_eq!(state(Some(100 * DAY), None), State::Active);
        assert_eq!(state(Some(2_000), None), State::Ending);
        assert_eq!(state(Some(1_000), None), State::Expired);
        assert_eq!(state(Some(1_000), Some(5)), State::Revoked);
    }
}
