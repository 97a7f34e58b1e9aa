//! What is served, in memory: no database read on a hit.
//!
//! A change that touches serving raises the project's revision in its transaction. This node forgets the project's
//! entries right after the commit; every node polls the revisions twice a second and forgets what changed.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use domain::api_key::Scope;
use domain::compose::Own;
use domain::composition::Resolved;
use domain::ids::{ProjectId, TemplateId};
use domain::label::LATEST;
use domain::permission::Permission;
use domain::render::Renderer;
use domain::template::TemplateKey;
use domain::topic::{BatchEntry, BatchRequest, MAX_BATCH, TopicPrompts, by_role};
use domain::version::VersionContent;
use sqlx::types::Json;
use uuid::Uuid;

use crate::api_keys::KeyRecord;
use crate::compositions::{self, From};
use crate::ctx::{Actor, Ctx, Services};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::versions;

/// A version ready to be fetched and rendered.
pub struct Served {
    pub template: TemplateId,
    pub key: String,
    pub version: i64,
    /// The label that chose it; none when the version was named.
    pub label: Option<String>,
    /// SHA-256 of the content below.
    pub effective_hash: String,
    /// What the version is made of, itself first.
    pub closure: Vec<Resolved>,
    /// In one piece: inheritance flattened, fragments in place.
    pub content: VersionContent,
    pub model: Option<String>,
    pub provider: Option<String>,
    pub renderer: Renderer,
    /// The bodies of `GET /prompts/{key}`, without and with parameters.
    pub bodies: [Bytes; 2],
}

/// The entries of one project; replaced whole when anything changed, so that a slow load can't put an old entry back.
#[derive(Default)]
struct ProjectEntries {
    /// By label, then by template key.
    served: RwLock<HashMap<String, HashMap<String, Arc<Served>>>>,
}

#[derive(Default)]
pub struct Serving {
    projects: RwLock<HashMap<ProjectId, Arc<ProjectEntries>>>,
    keys: RwLock<Keys>,
    revisions: RwLock<HashMap<Uuid, i64>>,
}

#[derive(Default)]
struct Keys {
    by_public_id: HashMap<String, Arc<KeyRecord>>,
    /// Counts the times that keys were forgotten.
    mark: u64,
}

impl Serving {
    fn entries(&self, project: ProjectId) -> Arc<ProjectEntries> {
        if let Some(found) = self.projects.read().unwrap_or_else(PoisonError::into_inner).get(&project) {
            return found.clone();
        }
        self.projects.write().unwrap_or_else(PoisonError::into_inner).entry(project).or_default().clone()
    }

    /// Drops everything of a project: the next request reads it anew.
    pub fn forget(&self, project: ProjectId) {
        self.projects.write().unwrap_or_else(PoisonError::into_inner).remove(&project);
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        keys.mark += 1;
        keys.by_public_id.retain(|_, key| key.project != project);
    }

    pub(crate) fn find_key(&self, public_id: &str) -> Option<Arc<KeyRecord>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).by_public_id.get(public_id).cloned()
    }
    /// To be taken before a key is read from the database, and handed to [`Serving::keep_key`] after.
    pub(crate) fn keys_mark(&self) -> u64 {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).mark
    }
    pub(crate) fn keep_key(&self, mark: u64, key: &Arc<KeyRecord>) {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        if keys.mark == mark {
            keys.by_public_id.insert(key.public_id.clone(), key.clone());
        }
    }
}

/// Notes a serving change: every node will forget the project's entries.
pub(crate) async fn touch(ctx: &Ctx, tx: &mut Tx) -> Result<()> {
    tx.exec("update project set revision = revision + 1 where id = $1", (ctx.project.0,)).await?;
    Ok(())
}

/// Forgets the projects whose revision changed since the last call. A job, twice a second.
pub async fn poll(services: &Services) -> Result<()> {
    let rows: Vec<(Uuid, i64)> = services.db.all("select id, revision from project", ()).await?;
    for (id, revision) in rows {
        let known = services.serving.revisions.write().unwrap_or_else(PoisonError::into_inner).insert(id, revision);
        // An unknown project too: something of it may have been kept before its revision was first seen.
        if known.is_none_or(|known| known != revision) {
            services.serving.forget(ProjectId(id));
        }
    }
    Ok(())
}

/// Which version is wanted: a number, a label, or what the key's environment serves.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    pub label: Option<&'a str>,
    pub version: Option<i64>,
}

/// Finds what to serve, from memory when it is there.
pub(crate) async fn resolve(ctx: &Ctx, key: &str, wanted: Wanted<'_>) -> Result<Arc<Served>> {
    if wanted.label.is_some() && wanted.version.is_some() {
        return Err(domain::Error::field("version", "name a label or a version, not both").into());
    }
    let label = wanted.label.unwrap_or_else(|| ctx.environment());
    if wanted.version.is_none() && label != LATEST {
        let served = by_label(ctx, key, label).await?;
        if label != ctx.environment() {
            allow(ctx, &served).await?;
        }
        return Ok(served);
    }
    let served = Arc::new(load_version(ctx, key, wanted.version).await?);
    allow(ctx, &served).await?;
    Ok(served)
}

async fn by_label(ctx: &Ctx, key: &str, label: &str) -> Result<Arc<Served>> {
    let entries = ctx.services.serving.entries(ctx.project);
    {
        let served = entries.served.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(hit) = served.get(label).and_then(|of_label| of_label.get(key)) {
            return Ok(hit.clone());
        }
    }
    let loaded = Arc::new(load_label(ctx, key, label).await?);
    let mut served = entries.served.write().unwrap_or_else(PoisonError::into_inner);
    served.entry(label.to_owned()).or_default().insert(key.to_owned(), loaded.clone());
    Ok(loaded)
}

/// A key without `versions:any` gets only what is or was on its environment's label.
async fn allow(ctx: &Ctx, served: &Served) -> Result<()> {
    let Actor::Key(key) = &ctx.actor else { return Ok(()) };
    if key.has(Scope::VersionsAny) {
        return Ok(());
    }
    let was_there: i64 = ctx
        .db()
        .scalar(
            "select count(*) from label_event where template_id = $1 and label = $2 and to_version = $3
               and ($4 or effective_hash = $5)",
            (served.template.0, &key.environment, served.version, served.closure.len() <= 1, &served.effective_hash),
        )
        .await?;
    if was_there > 0 {
        return Ok(());
    }
    Err(domain::Error::forbidden(format!(
        "version {} of `{}` was never on `{}`, which is all that this key may read; scope versions:any allows more",
        served.version, served.key, key.environment
    ))
    .into())
}

fn not_published(key: &str, label: &str) -> Error {
    domain::Error::new(
        domain::error::Kind::NotFound,
        "not_published",
        format!("`{key}` has no version on `{label}` yet; point the label at one"),
    )
    .into()
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    key: String,
    number: Option<i64>,
    content: Option<Json<VersionContent>>,
    content_hash: Option<String>,
    closure: Option<Json<serde_json::Value>>,
    composed: Option<Json<VersionContent>>,
}

async fn load_label(ctx: &Ctx, key: &str, label: &str) -> Result<Served> {
    let row: Option<Row> = ctx
        .db()
        .opt(
            "select t.id, t.key, v.number, v.content, v.content_hash, l.closure, l.composed from template t
             left join label l on l.template_id = t.id and l.name = $3
             left join version v on v.template_id = t.id and v.number = l.version
             where t.project_id = $1 and t.key = $2 and not t.is_archived",
            (ctx.project.0, key, label),
        )
        .await?;
    let mut row = row.ok_or_else(|| domain::Error::not_found("template"))?;
    let is_published = row.number.is_some() && row.content.as_ref().is_some_and(|content| !content.is_empty());
    if !is_published {
        return Err(not_published(key, label));
    }
    let (closure, composed) = (stored(&mut row), row.composed.take());
    served(row, Some(label), closure, composed.map(|content| content.0))
}

async fn load_version(ctx: &Ctx, key: &str, number: Option<i64>) -> Result<Served> {
    let row: Option<Row> = ctx
        .db()
        .opt(
            "select t.id, t.key, v.number, v.content, v.content_hash, e.closure, null as composed from template t
             left join label_event e on e.id = (
               select id from label_event where template_id = t.id and label = $4 and to_version = $3
               order by id desc limit 1)
             left join version v on v.template_id = t.id and v.number = coalesce($3, t.latest)
             where t.project_id = $1 and t.key = $2 and not t.is_archived",
            (ctx.project.0, key, number, ctx.environment()),
        )
        .await?;
    let row = row.ok_or_else(|| domain::Error::not_found("template"))?;
    if row.number.is_none() || row.content.as_ref().is_none_or(|content| content.is_empty()) {
        return Err(match number {
            Some(_) => domain::Error::not_found("version").into(),
            None => not_published(key, LATEST),
        });
    }
    compose_version(ctx, row, number.is_none().then_some(LATEST)).await
}

/// A version that no label serves now: as the environment served it last, or else with the latest of what it names.
async fn compose_version(ctx: &Ctx, mut row: Row, label: Option<&str>) -> Result<Served> {
    let stored = Some(stored(&mut row)).filter(|closure| !closure.is_empty());
    let (Some(version), Some(Json(content))) = (row.number, row.content.as_ref()) else {
        return Err(Error::internal("a version without content is refused before"));
    };
    let of = Own { key: &row.key, version, content };
    let (stored, closure) = match stored {
        Some(stored) => {
            let closure = compositions::load_stored(ctx, From::Now(ctx.db()), &stored).await?;
            (stored, closure)
        }
        None => {
            let mut loaded = compositions::load(ctx, From::Now(ctx.db()), of, LATEST).await?;
            let closure = std::mem::take(&mut loaded.closure);
            (loaded.stored(of, row.content_hash.as_deref().unwrap_or_default()), closure)
        }
    };
    let composed = compositions::composed(of, &closure)?.content;
    served(row, label, stored, Some(composed))
}

/// The closure as it was stored; none of the first labels have one.
fn stored(row: &mut Row) -> Vec<Resolved> {
    let stored = row.closure.take().and_then(|closure| serde_json::from_value(closure.0).ok());
    stored.unwrap_or_default()
}

fn served(row: Row, label: Option<&str>, closure: Vec<Resolved>, composed: Option<VersionContent>) -> Result<Served> {
    let (Some(version), Some(content)) = (row.number, composed.or(row.content.map(|content| content.0))) else {
        return Err(Error::internal("a version without content is refused before"));
    };
    let text = |name: &str| content.config.get(name).and_then(|v| v.as_str()).map(str::to_owned);
    Ok(Served {
        template: TemplateId(row.id),
        version,
        label: label.map(str::to_owned),
        effective_hash: versions::content_hash(&content)?,
        closure,
        model: text("model").or_else(|| text("default_model")),
        provider: text("provider"),
        renderer: Renderer::new(&content)?,
        bodies: [body(&row.key, &content, false)?, body(&row.key, &content, true)?],
        key: row.key,
        content,
    })
}

fn body(key: &str, content: &VersionContent, with_parameters: bool) -> Result<Bytes> {
    let data = TopicPrompts {
        topic_id: key.to_owned(),
        prompts: by_role(content),
        allowed_parameters: with_parameters.then(|| content.parameters.clone()),
    };
    Ok(serde_json::to_vec(&serde_json::json!({ "data": data }))?.into())
}

/// What a service fetches: the texts of one topic.
pub async fn fetch(ctx: &Ctx, key: &str, wanted: Wanted<'_>) -> Result<Arc<Served>> {
    ctx.authorise(Permission::FetchPrompts)?;
    resolve(ctx, key, wanted).await
}

/// The texts of up to a hundred topics. Those that don't exist or serve nothing are listed apart.
pub async fn fetch_batch(ctx: &Ctx, request: &BatchRequest) -> Result<(Vec<(String, BatchEntry)>, Vec<String>)> {
    ctx.authorise(Permission::FetchPrompts)?;
    if request.topic_ids.is_empty() || request.topic_ids.len() > MAX_BATCH {
        return Err(domain::Error::field("topic_ids", format!("name 1 to {MAX_BATCH} topics")).into());
    }
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for key in &request.topic_ids {
        let wanted = Wanted { label: request.label.as_deref(), version: None };
        let known = TemplateKey::parse(key).is_ok();
        match if known { resolve(ctx, key, wanted).await } else { Err(domain::Error::not_found("topic").into()) } {
            Ok(served) => found.push((key.clone(), BatchEntry { prompts: by_role(&served.content) })),
            Err(Error::User(e)) if e.kind == domain::error::Kind::NotFound => missing.push(key.clone()),
            Err(other) => return Err(other),
        }
    }
    Ok((found, missing))
}
