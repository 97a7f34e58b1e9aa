//! People of the project, and the caller's own sessions.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use domain::ids::{SessionId, UserId};
use domain::page::Page;
use domain::user::{Member, MemberPatch, NewUser, Session};
use service::{sessions, users};

use super::extract::{Body, Caller, Named, Params};
use super::page::{Listed, PageQuery};
use crate::problem::{Failure, Problem};

/// The project's people, by address.
#[utoipa::path(get, path = "/admin/users", tag = "users", params(PageQuery),
    responses((status = 200, body = Listed<Member>), (status = 403, body = Problem)))]
pub async fn list(Caller(ctx): Caller, Params(query): Params<PageQuery>) -> Result<Json<Listed<Member>>, Failure> {
    Ok(Json(users::list(&ctx, &query.page()).await?.into()))
}

/// Adds a person to the project.
#[utoipa::path(post, path = "/admin/users", tag = "users", request_body = NewUser,
    responses((status = 201, body = Member), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn create(Caller(ctx): Caller, Body(new): Body<NewUser>) -> Result<impl IntoResponse, Failure> {
    Ok((StatusCode::CREATED, Json(users::create(&ctx, new).await?)))
}

/// Changes a member's role or access.
#[utoipa::path(patch, path = "/admin/users/{id}", tag = "users", request_body = MemberPatch, params(("id" = UserId, Path)),
    responses((status = 200, body = Member), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn update(
    Caller(ctx): Caller,
    Named(id): Named<UserId>,
    Body(patch): Body<MemberPatch>,
) -> Result<Json<Member>, Failure> {
    Ok(Json(users::update(&ctx, id, patch).await?))
}

/// The caller's own log-ins.
#[utoipa::path(get, path = "/admin/sessions", tag = "users", params(PageQuery),
    responses((status = 200, body = Listed<Session>), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub async fn sessions(Caller(ctx): Caller, Params(query): Params<PageQuery>) -> Result<Json<Listed<Session>>, Failure> {
    let page = Page::of_all(sessions::list(&ctx).await?, &query.page(), |s: &Session| s.id.to_string())?;
    Ok(Json(page.into()))
}

/// Ends one of the caller's own log-ins, and the tokens tied to it.
#[utoipa::path(delete, path = "/admin/sessions/{id}", tag = "users", params(("id" = SessionId, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn revoke_session(Caller(ctx): Caller, Named(id): Named<SessionId>) -> Result<StatusCode, Failure> {
    sessions::revoke(&ctx, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
