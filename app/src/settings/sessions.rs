//! The person's own log-ins, and the way to end one.

use domain::user::Session;
use leptos::prelude::*;
use leptos_meta::Title;

use super::Done;
use super::password::{self, ChangePassword};
use crate::data::Data;
use crate::error::AppResult;
use crate::layout::use_project;
use crate::outcome::Outcome;
use crate::post::{Post, PostForm};
use crate::ui::{
    Badge, ErrorSummary, ErrorView, Icon, IconName, Loading, PageHeader, Skeleton, Table, Time, Tone, wait,
};

const DONE: [(&str, &str); 2] =
    [("ended", "That session is over."), ("password", "Your password is changed; your other sessions are over.")];

/// The asking person's sessions, newest first.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_sessions(project: String) -> AppResult<Vec<Session>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    service::sessions::list(&ctx).await.for_page()
}

/// Ends one of them.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn end_session(project: String, id: String) -> AppResult<Outcome<()>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let id = id.parse().map_err(|_| domain::Error::not_found("session"))?;
    let ended = service::sessions::revoke(&ctx, id).await.for_page();
    if ended.is_ok() {
        leptos_axum::redirect(&format!("/p/{project}/settings/sessions?done=ended"));
    }
    Outcome::of(ended)
}

#[component]
pub fn SessionsPage() -> impl IntoView {
    let project = use_project();
    let end = Post::to::<EndSession>();
    let change = Post::to::<ChangePassword>();
    let again = move || end.count() + change.count();
    let sessions = Data::again(again, move || LoadSessions { project: project.get() });
    let error = end.refusal(None);
    let content = move || {
        wait(async move {
            match sessions.await {
                Ok(sessions) => view! { <Sessions sessions end project=project.get_untracked()/> }.into_any(),
                Err(error) => view! { <div class="card-box"><ErrorView error/></div> }.into_any(),
            }
        })
    };
    view! {
        <Title text="Sessions"/>
        <PageHeader title="Sessions" lead="Where you are logged in. End what you don't recognise, then change your password. Times are in UTC."/>
        <Done texts=&DONE/>
        <ErrorSummary error/>
        <Loading fallback=|| view! { <div class="card-box"><Skeleton rows=3/></div> } view=content/>
        <password::ChangePassword project change/>
    }
}

#[component]
fn Sessions(sessions: Vec<Session>, end: Post<Outcome<()>>, project: String) -> impl IntoView {
    let row = |session: Session| view! { <Row session end project=project.clone()/> };
    let rows = sessions.into_iter().map(row).collect_view();
    view! {
        <div class="section">
            <Table columns=&["Device", "Logged in", "Last seen", "Ends"] has_actions=true>{rows}</Table>
        </div>
    }
}

/// The names in a user agent that say something to people; the whole text is in the title.
fn device(agent: &str) -> String {
    let named = |names: &[(&'static str, &'static str)]| {
        names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    let browser = named(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = named(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) if agent.is_empty() => "Unknown device".to_owned(),
        (None, None) => agent.chars().take(40).collect(),
    }
}

#[component]
fn Row(session: Session, end: Post<Outcome<()>>, project: String) -> impl IntoView {
    let name = device(&session.user_agent);
    let of = name.clone();
    let action = match session.is_current {
        true => view! { <Badge tone=Tone::Accent>"This one"</Badge> }.into_any(),
        false => view! {
            <PostForm to=end>
                <input type="hidden" name="project" value=project/>
                <input type="hidden" name="id" value=session.id.to_string()/>
                <button type="submit" class="btn btn-sm">"End"<span class="sr-only">" the session of "{of}</span></button>
            </PostForm>
        }
        .into_any(),
    };
    view! {
        <tr>
            <th scope="row">
                <span class="device" title=session.user_agent>
                    <Icon name=IconName::Monitor class="size-4 text-muted"/>
                    {name}
                </span>
            </th>
            <td data-label="Logged in"><Time at=session.created_at/></td>
            <td data-label="Last seen"><Time at=session.last_seen_at/></td>
            <td data-label="Ends"><Time at=session.expires_at/></td>
            <td class="row-actions">{action}</td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::device;

    #[test]
    fn devices_have_names_for_people() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
        assert_eq!(device(chrome), "Chrome on Linux");
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1";
        assert_eq!(device(safari), "Safari on iPhone");
        assert_eq!(device(""), "Unknown device");
        assert_eq!(device("my-script 1.0"), "my-script 1.0");
    }
}
