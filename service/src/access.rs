//! From credentials to a [`Ctx`]: session, token or API key.

use std::sync::Arc;

use domain::Error as UserError;
use domain::Timestamp;
use domain::ids::{ProjectId, SessionId, UserId};
use domain::permission::Role;
use uuid::Uuid;

use crate::api_keys;
use crate::ctx::{Actor, Ctx, Services};
use crate::error::Result;
use crate::sessions;

/// A person whose session is good; not yet in any project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Login {
    pub user: UserId,
    pub session: SessionId,
}

/// The context of a logged-in person in a project. Someone who is not a member learns only that it doesn't exist.
pub async fn for_login(services: &Arc<Services>, login: Login, project: &str, request_id: String) -> Result<Ctx> {
    let row: Option<(Uuid, String, String, String)> = services
        .db
        .opt(
            "select p.id, m.role, u.email, u.name from membership m
             join project p on p.id = m.project_id join \"user\" u on u.id = m.user_id
             where m.user_id = $1 and p.key = $2 and not m.is_disabled",
            (login.user.0, project),
        )
        .await?;
    let Some((id, role, email, name)) = row else {
        let text = "there is no such project, or you are not a member of it";
        return Err(UserError::new(domain::error::Kind::NotFound, "not_found", text).into());
    };
    let role = Role::parse(&role).map_err(crate::error::Error::internal)?;
    let actor = Actor::User { id: login.user, email, name, role, session: login.session };
    Ok(Ctx { services: services.clone(), project: ProjectId(id), actor, request_id })
}

/// The person a token speaks for, while it has not expired and its session was not revoked.
pub async fn login_of_token(services: &Services, token: &str) -> Result<Login> {
    let refused =
        || UserError::unauthenticated("the token is not valid or has expired; get a new one at /api/v1/auth/token");
    let claims = services.secrets.read_token(token).ok_or_else(refused)?;
    if Timestamp(claims.exp * 1_000) <= services.now() {
        return Err(refused().into());
    }
    let session = sessions::find_live(services, SessionId(claims.sid)).await?;
    match session {
        Some(user) if user.0 == claims.sub => Ok(Login { user, session: SessionId(claims.sid) }),
        _ => Err(refused().into()),
    }
}

/// The context of an API key, in the key's own project.
pub async fn for_api_key(services: &Arc<Services>, text: &str, request_id: String) -> Result<Ctx> {
    let key = api_keys::authenticate(services, text).await?;
    Ok(Ctx { services: services.clone(), project: key.project, actor: Actor::Key(key), request_id })
}
