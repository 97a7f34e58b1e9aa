//! People: members of a project, and the check of their passwords.

use std::sync::Arc;

use domain::Timestamp;
use domain::error::Problems;
use domain::ids::UserId;
use domain::page::{Page, PageRequest};
use domain::permission::{Permission, Role};
use domain::user::{CurrentUser, Member, MemberPatch, NewUser, check_email, check_password};
use serde_json::json;
use uuid::Uuid;

use crate::access::Login;
use crate::audit;
use crate::changes;
use crate::crypto::random_bytes;
use crate::ctx::{Actor, Ctx, Services};
use crate::db::Tx;
use crate::db::error::ResultExt;
use crate::error::{Error, Result};
use crate::projects;

#[derive(sqlx::FromRow)]
struct MemberRow {
    id: Uuid,
    email: String,
    name: String,
    role: String,
    is_disabled: bool,
    created_at: i64,
    last_login_at: Option<i64>,
}

impl MemberRow {
    fn member(self) -> Result<Member> {
        Ok(Member {
            id: UserId(self.id),
            email: self.email,
            name: self.name,
            role: Role::parse(&self.role).map_err(Error::internal)?,
            is_disabled: self.is_disabled,
            created_at: Timestamp(self.created_at),
            last_login_at: self.last_login_at.map(Timestamp),
        })
    }
}

/// The project's people, by address.
pub async fn list(ctx: &Ctx, page: &PageRequest) -> Result<Page<Member>> {
    ctx.authorise(Permission::ManageUsers)?;
    let (after, limit) = (page.after::<String>()?.unwrap_or_default(), page.limit()?);
    let rows: Vec<MemberRow> = ctx
        .db()
        .all(
            "select u.id, u.email, u.name, m.role, m.is_disabled, m.created_at, u.last_login_at
             from membership m join \"user\" u on u.id = m.user_id where m.project_id = $1 and u.email > $2
             order by u.email limit $3",
            (ctx.project.0, after, limit + 1),
        )
        .await?;
    let members = rows.into_iter().map(MemberRow::member).collect::<Result<_>>()?;
    Ok(Page::cut(members, limit, |m: &Member| m.email.clone()))
}

pub(crate) fn check_name(text: &str, problems: &mut Problems) {
    let fits = domain::text::is_name(text.trim(), 120);
    problems.require(fits, "name", "give a name of 1 to 120 characters, without control characters");
}

/// Adds a person to the project; makes the account when the address is new here.
pub async fn create(ctx: &Ctx, new: NewUser) -> Result<Member> {
    ctx.authorise(Permission::ManageUsers)?;
    let mut problems = Problems::default();
    let email = problems.take("email", check_email(&new.email)).unwrap_or_default();
    let name = new.name.trim().to_owned();
    check_name(&name, &mut problems);
    let known = find_by_email(&ctx.services, &email).await?;
    if known.is_none() {
        problems.take("password", check_password(&new.password));
    }
    problems.finish()?;
    let hash = match known {
        Some(_) => None,
        None => Some(hash(&ctx.services, &new.password).await?),
    };
    let mut tx = ctx.db().begin().await?;
    let user = insert(ctx, &mut tx, known, &email, &name, hash).await?;
    join(ctx, &mut tx, user, new.role, &email).await?;
    tx.commit().await?;
    get(ctx, user).await
}

/// The hash to store of a checked password.
pub(crate) async fn hash(services: &Services, password: &str) -> Result<String> {
    services.passwords.hash(password, random_bytes(services.random.as_ref())).await
}

/// The first super admin, in the transaction that uses the set-up link. The fields are checked, the password is hashed.
pub(crate) async fn create_first(ctx: &Ctx, tx: &mut Tx, email: &str, name: &str, hash: String) -> Result<UserId> {
    let user = insert(ctx, tx, None, email, name, Some(hash)).await?;
    join(ctx, tx, user, Role::SuperAdmin, email).await?;
    Ok(user)
}

/// Changes the asking person's own password, and ends their other sessions.
pub async fn change_password(ctx: &Ctx, current: &str, new: &str) -> Result<()> {
    let Actor::User { id, email, session, .. } = &ctx.actor else {
        return Err(domain::Error::forbidden("only a person has a password").into());
    };
    let mut problems = Problems::default();
    problems.take("new_password", check_password(new));
    problems.finish()?;
    let keys = [format!("password:{id}")];
    ctx.services.throttle.take(&keys, ctx.now())?;
    let stored: Option<(String,)> = ctx.db().opt("select password_hash from \"user\" where id = $1", (id.0,)).await?;
    if !ctx.services.passwords.verify(current, stored.as_ref().map(|(hash,)| hash.as_str())).await? {
        return Err(domain::Error::field("current_password", "is not your password").into());
    }
    ctx.services.throttle.restore(&keys);
    set_password(ctx, *id, email, new, Some(session.0)).await
}

/// Gives a person a new password and ends their sessions, whatever the old one was; for the command line.
pub async fn reset_password(ctx: &Ctx, email: &str, new: &str) -> Result<()> {
    ctx.authorise(Permission::ManageProjects)?;
    let mut problems = Problems::default();
    problems.take("password", check_password(new));
    problems.finish()?;
    let email = email.trim().to_lowercase();
    let user = find_by_email(&ctx.services, &email).await?.ok_or_else(|| domain::Error::not_found("user"))?;
    set_password(ctx, user, &email, new, None).await
}

async fn set_password(ctx: &Ctx, user: UserId, email: &str, password: &str, keep: Option<Uuid>) -> Result<()> {
    let hash = hash(&ctx.services, password).await?;
    let mut tx = ctx.db().begin().await?;
    tx.exec("update \"user\" set password_hash = $2 where id = $1", (user.0, hash)).await?;
    let others = "delete from session where user_id = $1 and id <> $2";
    tx.exec(others, (user.0, keep.unwrap_or_default())).await?;
    audit::write(ctx, &mut tx, "user.password", &format!("user:{email}"), (), ()).await?;
    Ok(tx.commit().await?)
}

async fn insert(
    ctx: &Ctx,
    tx: &mut Tx,
    known: Option<UserId>,
    email: &str,
    name: &str,
    hash: Option<String>,
) -> Result<UserId> {
    let (Some(hash), None) = (hash, known) else { return known.ok_or_else(|| Error::internal("no user to add")) };
    let user = ctx.new_id();
    tx.exec(
        "insert into \"user\" (id, email, name, password_hash, created_at) values ($1, $2, $3, $4, $5)",
        (user, email, name, hash, ctx.now().0),
    )
    .await
    .on_unique::<Error>("user_email_key", || {
        domain::Error::conflict("user_exists", "this person was just added; try again").into()
    })?;
    Ok(UserId(user))
}

async fn join(ctx: &Ctx, tx: &mut Tx, user: UserId, role: Role, email: &str) -> Result<()> {
    tx.exec(
        "insert into membership (project_id, user_id, role, created_at) values ($1, $2, $3, $4)",
        (ctx.project.0, user.0, role.name(), ctx.now().0),
    )
    .await
    .on_unique::<Error>("membership_pkey", || {
        domain::Error::conflict("already_member", format!("{email} already is a member of this project")).into()
    })?;
    audit::write(ctx, tx, "user.create", &format!("user:{email}"), (), json!({ "role": role })).await?;
    changes::settle_open(ctx, tx).await
}

async fn get(ctx: &Ctx, user: UserId) -> Result<Member> {
    find(ctx, user).await?.ok_or_else(|| domain::Error::not_found("user").into())
}

const MEMBER: &str = "select u.id, u.email, u.name, m.role, m.is_disabled, m.created_at, u.last_login_at
    from membership m join \"user\" u on u.id = m.user_id where m.project_id = $1 and m.user_id = $2";

async fn find(ctx: &Ctx, user: UserId) -> Result<Option<Member>> {
    let row: Option<MemberRow> = ctx.db().opt(MEMBER, (ctx.project.0, user.0)).await?;
    row.map(MemberRow::member).transpose()
}

/// Changes role or access of a member. A project keeps at least one active super admin.
pub async fn update(ctx: &Ctx, user: UserId, patch: MemberPatch) -> Result<Member> {
    ctx.authorise(Permission::ManageUsers)?;
    let mut tx = ctx.db().begin().await?;
    // The lock on the project's row orders two such changes, so that they can't remove the last two admins.
    audit::lock(ctx, &mut tx).await?;
    let before: Option<MemberRow> = tx.opt(MEMBER, (ctx.project.0, user.0)).await?;
    let before = before.ok_or_else(|| domain::Error::not_found("user"))?.member()?;
    let (role, is_disabled) = (patch.role.unwrap_or(before.role), patch.is_disabled.unwrap_or(before.is_disabled));
    let after = Member { role, is_disabled, ..before.clone() };
    if after == before {
        return Ok(after);
    }
    audit::write(ctx, &mut tx, "user.update", &format!("user:{}", before.email), &before, &after).await?;
    tx.exec(
        "update membership set role = $3, is_disabled = $4 where project_id = $1 and user_id = $2",
        (ctx.project.0, user.0, role.name(), is_disabled),
    )
    .await?;
    if before.is_active_admin() && !after.is_active_admin() {
        keep_an_admin(ctx, &mut tx).await?;
    }
    // An approval counts while who gave it may approve.
    changes::settle_open(ctx, &mut tx).await?;
    if is_disabled {
        // Who may still come in to another project stays logged in there; every request asks for the membership.
        let sql = "delete from session where user_id = $1
            and not exists (select 1 from membership where user_id = $1 and not is_disabled)";
        tx.exec(sql, (user.0,)).await?;
    }
    tx.commit().await?;
    Ok(after)
}

/// Refuses what took the project's last active super admin away.
async fn keep_an_admin(ctx: &Ctx, tx: &mut Tx) -> Result<()> {
    let sql = "select count(*) from membership where project_id = $1 and role = 'super_admin' and not is_disabled";
    let admins: i64 = tx.scalar(sql, (ctx.project.0,)).await?;
    if admins == 0 {
        let text = "a project keeps at least one active super admin";
        return Err(domain::Error::conflict("last_super_admin", text).into());
    }
    Ok(())
}

/// The account of an address.
pub async fn find_by_email(services: &Services, email: &str) -> Result<Option<UserId>> {
    let row: Option<(Uuid,)> = services.db.opt("select id from \"user\" where email = $1", (email,)).await?;
    Ok(row.map(|(id,)| UserId(id)))
}

/// Checks address and password, throttled by address and by where the attempt comes from. The answer doesn't tell
/// whether the address is known, and takes as long either way.
pub async fn log_in(services: &Arc<Services>, email: &str, password: &str, from: &str) -> Result<UserId> {
    let email = email.trim().to_lowercase();
    let account = format!("email:{}", email.chars().take(254).collect::<String>());
    let keys = [account, format!("ip:{from}")];
    services.throttle.take(&keys, services.now())?;
    let row: Option<(Uuid, String)> = services
        .db
        .opt(
            "select u.id, u.password_hash from \"user\" u where u.email = $1
               and exists (select 1 from membership m where m.user_id = u.id and not m.is_disabled)",
            (&email,),
        )
        .await?;
    let is_right = services.passwords.verify(password, row.as_ref().map(|(_, hash)| hash.as_str())).await?;
    let (user, _) = row.filter(|_| is_right).ok_or_else(domain::Error::wrong_log_in)?;
    services.throttle.restore(&keys);
    services.db.exec("update \"user\" set last_login_at = $2 where id = $1", (user, services.now().0)).await?;
    Ok(UserId(user))
}

/// The asking person, for the frame around the pages.
pub async fn current(ctx: &Ctx, project: String) -> Result<CurrentUser> {
    ctx.authorise(Permission::ReadTemplates)?;
    let Actor::User { id, email, name, role, session } = ctx.actor.clone() else {
        return Err(domain::Error::forbidden("only a person has a profile").into());
    };
    let projects = projects::list_of(&ctx.services, Login { user: id, session }).await?;
    Ok(CurrentUser { id, email, name, project, role, projects })
}
