//! Presence: who is on a template's pages now. Not audited; nothing of it is kept.
//!
//! Each open page is a row, made when it connects and gone when it leaves. A node writes the rows of its own pages again
//! and again, also those that another node took for dead; the rows of a node that died are too old after some seconds.
//! What the rows say is looked at once for all pages of a node: at once when one of its own comes or goes, and every
//! second for those of the others.

use std::sync::{Arc, Mutex, PoisonError};

use domain::ids::{TemplateId, UserId};
use domain::permission::Permission;
use domain::presence::Present;
use domain::time::SECOND;
use tokio::sync::{oneshot, watch};
use uuid::Uuid;

use crate::access::{self, Login};
use crate::clock::Random;
use crate::crypto::random_text;
use crate::ctx::{Actor, Ctx, Services};
use crate::error::{Error, Result};
use crate::{sessions, templates};

/// A row that was not kept alive for so long no longer counts.
const LIFE: i64 = 12 * SECOND;
/// The most pages that one person has open on one node: a browser holds six connections to a host, and needs some to load
/// pages with. The oldest is told to end.
pub const MAX_PAGES: usize = 4;

/// One open page, as the rows tell it.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
struct Row {
    template_id: Uuid,
    user_id: Uuid,
    name: String,
    is_editing: bool,
}

/// What this node knows of all pages, and which are its own.
pub struct Presence {
    node: String,
    all: watch::Sender<Arc<Vec<Row>>>,
    /// In the order in which they came.
    own: Mutex<Vec<Own>>,
}

struct Own {
    id: Uuid,
    template: TemplateId,
    user: UserId,
    is_editing: bool,
    /// Dropped to tell the page to end.
    _stay: oneshot::Sender<()>,
}

impl Presence {
    /// Of this run of a node: the pages of the one before are gone.
    pub(crate) fn new(node: &str, random: &dyn Random) -> Self {
        let (all, own) = (watch::Sender::new(Arc::default()), Mutex::default());
        Self { node: format!("{node}-{}", random_text(8, random)), all, own }
    }

    /// Adds an own page, and ends the person's oldest when they have too many.
    fn add(&self, id: Uuid, template: TemplateId, user: UserId, is_editing: bool) -> oneshot::Receiver<()> {
        let (stay, ended) = oneshot::channel();
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        if own.iter().filter(|page| page.user == user).count() >= MAX_PAGES
            && let Some(oldest) = own.iter().position(|page| page.user == user)
        {
            own.remove(oldest);
        }
        own.push(Own { id, template, user, is_editing, _stay: stay });
        ended
    }

    /// The rows of this node's pages.
    fn rows(&self, now: i64) -> Vec<(Uuid, String, Uuid, Uuid, bool, i64)> {
        let own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        let row = |page: &Own| (page.id, self.node.clone(), page.template.0, page.user.0, page.is_editing, now);
        own.iter().map(row).collect()
    }

    fn remove(&self, id: Uuid) {
        self.own.lock().unwrap_or_else(PoisonError::into_inner).retain(|page| page.id != id);
    }
}

/// An open page. Dropped, the person leaves.
pub struct Place {
    services: Arc<Services>,
    id: Uuid,
    login: Login,
    project: String,
    template: TemplateId,
    all: watch::Receiver<Arc<Vec<Row>>>,
    ended: oneshot::Receiver<()>,
    /// Runs the clean-up wherever the place is dropped.
    runtime: tokio::runtime::Handle,
}

/// The asking person comes to a template, to write or to look.
pub async fn join(ctx: &Ctx, project: &str, key: &str, is_editing: bool) -> Result<Place> {
    ctx.authorise(Permission::ReadTemplates)?;
    let Actor::User { id: user, session, .. } = &ctx.actor else {
        return Err(domain::Error::forbidden("only a person is somewhere").into());
    };
    let template = templates::require(ctx, key).await?.id;
    let (id, services) = (ctx.new_id(), ctx.services.clone());
    let all = services.presence.all.subscribe();
    // From here on whatever ends this leaves the place.
    let place = Place {
        ended: services.presence.add(id, template, *user, is_editing),
        login: Login { user: *user, session: *session },
        runtime: tokio::runtime::Handle::current(),
        project: project.to_owned(),
        services,
        id,
        template,
        all,
    };
    // In a task of its own: cut off half-way, the row could come after it was taken away.
    tokio::spawn(enter(place)).await.map_err(|error| Error::internal(error.to_string()))?
}

async fn enter(place: Place) -> Result<Place> {
    keep(&place.services, |id| id == place.id).await?;
    look(&place.services).await?;
    Ok(place)
}

impl Place {
    /// The others who are here: each once, editing when one of their pages does.
    pub fn others(&mut self) -> Vec<Present> {
        let (all, mut others) = (self.all.borrow_and_update().clone(), Vec::<(Uuid, Present)>::new());
        for row in all.iter().filter(|row| row.template_id == self.template.0 && row.user_id != self.login.user.0) {
            match others.iter_mut().find(|(user, _)| *user == row.user_id) {
                Some((_, known)) => known.is_editing |= row.is_editing,
                None => others.push((row.user_id, Present { name: row.name.clone(), is_editing: row.is_editing })),
            }
        }
        others.into_iter().map(|(_, present)| present).collect()
    }

    /// Resolves when [`Place::others`] may have something new to say; false when the person opened too many pages and
    /// this one is to end.
    pub async fn changed(&mut self) -> bool {
        tokio::select! {
            changed = self.all.changed() => changed.is_ok(),
            _ = &mut self.ended => false,
        }
    }

    /// Whether the person may still be here: their session lasts, and their role allows it.
    pub async fn is_allowed(&self) -> bool {
        let Login { user, session } = self.login;
        let is_live = matches!(sessions::find_live(&self.services, session).await, Ok(Some(found)) if found == user);
        let ctx = access::for_login(&self.services, self.login, &self.project, String::new()).await;
        is_live && ctx.is_ok_and(|ctx| ctx.authorise(Permission::ReadTemplates).is_ok())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let (services, id) = (self.services.clone(), self.id);
        services.presence.remove(id);
        self.runtime.spawn(async move {
            let gone = services.db.exec("delete from presence where id = $1", (id,)).await;
            let seen = look(&services).await;
            if let Some(error) = gone.err().map(Error::from).or(seen.err()) {
                tracing::warn!(%error, "a page that was left is shown for some seconds more");
            }
        });
    }
}

/// Keeps this node's pages alive, and removes what a node that died left behind. A job.
pub async fn beat(services: &Services) -> Result<()> {
    if services.presence.all.receiver_count() == 0 {
        return Ok(());
    }
    keep(services, |_| true).await?;
    services.db.exec("delete from presence where seen_at <= $1", (services.now().0 - LIFE,)).await?;
    Ok(())
}

/// Writes the rows of some of this node's pages: another node took them for dead when this one could not reach the database
/// for long. A page that is left meanwhile is not among them the next time.
async fn keep(services: &Services, which: impl Fn(Uuid) -> bool) -> Result<()> {
    let rows = services.presence.rows(services.now().0).into_iter().filter(|(id, ..)| which(*id));
    let mut tx = services.db.begin().await?;
    tx.batch(
        "insert into presence (id, node, template_id, user_id, is_editing, seen_at) values {rows}
         on conflict (id) do update set seen_at = excluded.seen_at",
        rows,
    )
    .await?;
    Ok(tx.commit().await?)
}

/// Looks who is where, and tells this node's pages when that is new. A job.
pub async fn look(services: &Services) -> Result<()> {
    if services.presence.all.receiver_count() == 0 {
        return Ok(());
    }
    let rows: Vec<Row> = services
        .db
        .all(
            "select p.template_id, p.user_id, u.name, p.is_editing from presence p join \"user\" u on u.id = p.user_id
             where p.seen_at > $1 order by p.id",
            (services.now().0 - LIFE,),
        )
        .await?;
    services.presence.all.send_if_modified(|known| {
        let is_new = **known != rows;
        *known = Arc::new(rows);
        is_new
    });
    Ok(())
}
