//! The forms that change who is logged in: plain posts, so that they work before and without the wasm.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Form};
use domain::error::Kind;
use domain::permission::Role;
use domain::user::NewUser;
use serde::Deserialize;
use service::{Services, access, files, setup, users};
use tower_sessions::Session;

use crate::api::extract::Named;
use crate::api::files::uploads;
use crate::request::RequestId;
use crate::session;

#[derive(Deserialize)]
pub struct LogIn {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    /// Where to go after.
    #[serde(default)]
    next: String,
}

/// Only paths of our own may follow a log-in.
fn local(path: &str) -> &str {
    let is_local =
        path.starts_with('/') && !path.starts_with("//") && !path.contains('\\') && !path.chars().any(char::is_control);
    if is_local { path } else { "/" }
}

fn user_agent(headers: &HeaderMap) -> String {
    headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned()
}

/// `a=1&b=2`, encoded.
pub fn query(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// `POST /login`.
pub async fn log_in(
    State(services): State<Arc<Services>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    session: Session,
    headers: HeaderMap,
    Form(form): Form<LogIn>,
) -> Response {
    let next = local(&form.next);
    let checked = users::log_in(&services, &form.email, &form.password, &peer.ip().to_string()).await;
    let error = match checked {
        Ok(user) => match session::begin(&services, &session, user, &user_agent(&headers)).await {
            Ok(()) => return Redirect::to(next).into_response(),
            Err(_) => domain::Error::internal(),
        },
        Err(error) => error.public(),
    };
    // A code and no text: an address must not put words into our mouth.
    let seconds = error.retry_after.unwrap_or_default().to_string();
    let query = query(&[("error", &error.code), ("seconds", &seconds), ("email", &form.email), ("next", next)]);
    Redirect::to(&format!("/login?{query}")).into_response()
}

/// `POST /logout`.
pub async fn log_out(session: Session) -> Response {
    if session.flush().await.is_err() {
        return crate::problem::Failure(domain::Error::internal()).into_response();
    }
    Redirect::to("/login").into_response()
}

#[derive(Deserialize)]
pub struct SetUp {
    #[serde(default)]
    token: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
}

/// `POST /setup`: the first super admin, logged in at once.
pub async fn set_up(
    State(services): State<Arc<Services>>,
    session: Session,
    headers: HeaderMap,
    Form(form): Form<SetUp>,
) -> Response {
    let (email, name) = (form.email.clone(), form.name.clone());
    let new = NewUser { email: form.email, name: form.name, role: Role::SuperAdmin, password: form.password };
    let error = match setup::complete(&services, &form.token, new).await {
        Ok(user) => match session::begin(&services, &session, user, &user_agent(&headers)).await {
            Ok(()) => return Redirect::to("/").into_response(),
            Err(_) => domain::Error::internal(),
        },
        Err(error) => error.public(),
    };
    let token: String = form.token.chars().filter(char::is_ascii_alphanumeric).take(64).collect();
    // Without a token there is no page; any other word leads to the one that says that the link opens nothing.
    let token = if token.is_empty() { "none".to_owned() } else { token };
    Redirect::to(&format!("/setup/{token}?{}", refusal(&error, &email, &name))).into_response()
}

/// What was wrong with a set-up, as a whole and by field, and what was typed except for the password.
fn refusal(error: &domain::Error, email: &str, name: &str) -> String {
    const FIELDS: [(&str, &str); 3] =
        [("name", "name_error"), ("email", "email_error"), ("password", "password_error")];
    let of = |field: &str| error.errors.iter().find(|e| e.field == field);
    let wrong = FIELDS.into_iter().filter_map(|(field, key)| Some((key, of(field)?.message.as_str())));
    let whole = [("error", error.message.as_str()), ("email", email), ("name", name)];
    query(&whole.into_iter().chain(wrong).collect::<Vec<_>>())
}

/// `POST /p/{project}/settings/files/upload`: keeps what was chosen, and shows what an import would do.
pub async fn upload(
    State(services): State<Arc<Services>>,
    Named(project): Named<String>,
    Extension(RequestId(request_id)): Extension<RequestId>,
    session: Session,
    request: Request,
) -> Response {
    let page = format!("/p/{project}/settings/files");
    let login = match session::login(&session).await {
        Ok(Some(login)) => login,
        Ok(None) => return Redirect::to(&format!("/login?{}", query(&[("next", &page)]))).into_response(),
        Err(failure) => return failure.into_response(),
    };
    let held = async {
        let ctx = access::for_login(&services, login, &project, request_id).await?;
        files::hold(&ctx, uploads(request).await?)
    };
    match held.await.map_err(service::Error::public) {
        Ok(()) => Redirect::to(&page).into_response(),
        // A code and no text: an address must not put words into our mouth.
        Err(error) if error.kind != Kind::NotFound => {
            Redirect::to(&format!("{page}?{}", query(&[("refused", &error.code)]))).into_response()
        }
        Err(error) => crate::problem::Failure(error).into_response(),
    }
}

/// `GET /`: the person's first project, or the log-in.
pub async fn start(State(services): State<Arc<Services>>, session: Session) -> Response {
    let login = match session::login(&session).await {
        Ok(Some(login)) => login,
        Ok(None) => return Redirect::to("/login").into_response(),
        Err(failure) => return failure.into_response(),
    };
    match service::projects::list_of(&services, login).await {
        Ok(projects) => match projects.first() {
            Some(project) => Redirect::to(&format!("/p/{}", project.key)).into_response(),
            None => Redirect::to("/login").into_response(),
        },
        Err(error) => crate::problem::Failure::from(error).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::{local, refusal};

    #[test]
    fn a_refused_set_up_names_the_fields() {
        let errors = vec![domain::error::FieldError::new("password", "too short")];
        let query = refusal(&domain::Error::invalid(errors), "a@b", "Ada");
        assert_eq!(query, "error=password%3A+too+short&email=a%40b&name=Ada&password_error=too+short");
    }

    #[test]
    fn a_log_in_never_leads_to_another_site() {
        assert_eq!(local("/p/default?x=1"), "/p/default?x=1");
        for bad in ["", "https://evil.example", "//evil.example", "/\\evil.example", "/a\r\nb", "javascript:alert(1)"] {
            assert_eq!(local(bad), "/", "{bad}");
        }
    }
}
