//! Projects: the tenant boundary.

use domain::Timestamp;
use domain::error::Problems;
use domain::ids::ProjectId;
use domain::permission::{Permission, Role};
use domain::project::{NewProject, Project, check_key};
use uuid::Uuid;

use crate::access::Login;
use crate::audit;
use crate::ctx::{Ctx, Services};
use crate::db::error::ResultExt;
use crate::error::{Error, Result};
use crate::users;

type Row = (Uuid, String, String, String, i64);

fn project((id, key, name, role, created_at): Row) -> Result<Project> {
    let role = Role::parse(&role).map_err(Error::internal)?;
    Ok(Project { id: ProjectId(id), key, name, role, created_at: Timestamp(created_at) })
}

/// The projects that a person is a member of, by name.
pub async fn list_of(services: &Services, login: Login) -> Result<Vec<Project>> {
    let rows: Vec<Row> = services
        .db
        .all(
            "select p.id, p.key, p.name, m.role, p.created_at from project p
             join membership m on m.project_id = p.id where m.user_id = $1 and not m.is_disabled order by p.name, p.key",
            (login.user.0,),
        )
        .await?;
    rows.into_iter().map(project).collect()
}

/// Every project; for the command line.
pub async fn list_all(ctx: &Ctx) -> Result<Vec<Project>> {
    ctx.authorise(Permission::ManageProjects)?;
    let sql = "select id, key, name, 'super_admin', created_at from project order by key";
    ctx.db().all::<Row>(sql, ()).await?.into_iter().map(project).collect()
}

/// The one project of an API key.
pub async fn list_of_key(ctx: &Ctx) -> Result<Vec<Project>> {
    ctx.authorise(Permission::ReadTemplates)?;
    let sql = "select id, key, name, 'viewer', created_at from project where id = $1";
    ctx.db().all::<Row>(sql, (ctx.project.0,)).await?.into_iter().map(project).collect()
}

/// Makes a project; who makes it is its first super admin.
pub async fn create(ctx: &Ctx, new: NewProject) -> Result<Project> {
    ctx.authorise(Permission::ManageProjects)?;
    let mut problems = Problems::default();
    problems.take("key", check_key(&new.key));
    let name = new.name.trim().to_owned();
    users::check_name(&name, &mut problems);
    problems.finish()?;
    let (id, now) = (ctx.new_id(), ctx.now());
    let mut tx = ctx.db().begin().await?;
    tx.exec("insert into project (id, key, name, created_at) values ($1, $2, $3, $4)", (id, &new.key, &name, now.0))
        .await
        .on_unique::<Error>("project_key_key", || {
            domain::Error::conflict("key_taken", format!("there already is a project `{}`", new.key)).into()
        })?;
    if let Some(user) = ctx.user_id() {
        tx.exec(
            "insert into membership (project_id, user_id, role, created_at) values ($1, $2, 'super_admin', $3)",
            (id, user.0, now.0),
        )
        .await?;
    }
    let object = format!("project:{}", new.key);
    audit::write(ctx, &mut tx, "project.create", &object, (), &NewProject { key: new.key.clone(), name: name.clone() })
        .await?;
    tx.commit().await?;
    Ok(Project { id: ProjectId(id), key: new.key, name, role: Role::SuperAdmin, created_at: now })
}

/// The id of a project by its key; for the command line and the set-up.
pub async fn find_id(services: &Services, key: &str) -> Result<Option<ProjectId>> {
    let row: Option<(Uuid,)> = services.db.opt("select id from project where key = $1", (key,)).await?;
    Ok(row.map(|(id,)| ProjectId(id)))
}
