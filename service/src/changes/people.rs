//! Who is asked to review a change request.

use domain::ids::UserId;
use domain::user::check_email;
use uuid::Uuid;

use crate::ctx::Ctx;
use crate::db::Tx;
use crate::error::Result;

/// The active members of these addresses, each once.
pub(super) async fn members(ctx: &Ctx, addresses: &[String]) -> Result<Vec<UserId>> {
    let mut found = Vec::new();
    for (index, address) in addresses.iter().enumerate() {
        let place = format!("reviewers[{index}]");
        let email = check_email(address).map_err(|why| domain::Error::field(place.as_str(), why))?;
        let row: Option<(Uuid,)> = ctx
            .db()
            .opt(
                "select u.id from \"user\" u join membership m on m.user_id = u.id
                 where m.project_id = $1 and u.email = $2 and not m.is_disabled",
                (ctx.project.0, &email),
            )
            .await?;
        let missing = || domain::Error::field(place.as_str(), format!("{email} is no active member of this project"));
        found.push(UserId(row.ok_or_else(missing)?.0));
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// Asks these people and no others.
pub(super) async fn replace_reviewers(tx: &mut Tx, change: Uuid, people: &[UserId]) -> Result<()> {
    tx.exec("delete from change_reviewer where change_id = $1", (change,)).await?;
    let rows = people.iter().map(|person| (change, person.0));
    tx.batch("insert into change_reviewer (change_id, user_id) values {rows}", rows).await?;
    Ok(())
}

/// The addresses of those who are asked.
pub(super) async fn reviewers(ctx: &Ctx, change: Uuid) -> Result<Vec<String>> {
    let sql = "select u.email from change_reviewer r join \"user\" u on u.id = r.user_id
               where r.change_id = $1 order by u.email";
    let rows: Vec<(String,)> = ctx.db().all(sql, (change,)).await?;
    Ok(rows.into_iter().map(|(email,)| email).collect())
}
