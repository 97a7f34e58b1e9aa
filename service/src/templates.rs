//! Templates: create, list, change, archive.

use std::str::FromStr;

use domain::Timestamp;
use domain::error::{Kind, Problems};
use domain::ids::TemplateId;
use domain::page::{Page, PageRequest};
use domain::permission::Permission;
use domain::storable;
use domain::template::{
    LabelTarget, NewTemplate, Template, TemplateFacets, TemplateFields, TemplateFilter, TemplateKey, TemplateSort,
};
use domain::version::{NewVersion, VersionContent};
use sqlx::AssertSqlSafe;
use sqlx::types::Json;
use uuid::Uuid;

use crate::audit;
use crate::compositions;
use crate::ctx::Ctx;
use crate::db::Tx;
use crate::db::error::ResultExt;
use crate::error::{Error, Result};
use crate::search;
use crate::versions;

mod fields;

pub(crate) use fields::Change;
pub use fields::update;

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    key: String,
    folder: String,
    kind: String,
    display_name: String,
    description: String,
    category: String,
    tags: Json<Vec<String>>,
    owner: String,
    display_order: i64,
    review_by: Option<String>,
    is_archived: bool,
    latest: i64,
    revision: i64,
    created_at: i64,
    created_by: String,
    updated_at: i64,
    updated_by: String,
}

const COLUMNS: &str = "id, key, folder, kind, display_name, description, category, tags, owner, display_order,
    review_by, is_archived, latest, revision, created_at, created_by, updated_at, updated_by";

impl Row {
    fn template(self, labels: Vec<LabelTarget>) -> Template {
        Template {
            id: TemplateId(self.id),
            key: self.key,
            fields: TemplateFields {
                display_name: self.display_name,
                kind: self.kind,
                category: self.category,
                folder: self.folder,
                description: self.description,
                tags: self.tags.0,
                owner: self.owner,
                display_order: self.display_order,
                review_by: self.review_by,
            },
            latest_version: self.latest,
            labels,
            is_archived: self.is_archived,
            revision: self.revision,
            created_at: Timestamp(self.created_at),
            created_by: self.created_by,
            updated_at: Timestamp(self.updated_at),
            updated_by: self.updated_by,
        }
    }
}

/// The template of a key or of an id in text form.
pub async fn get(ctx: &Ctx, key: &str) -> Result<Template> {
    ctx.authorise(Permission::ReadTemplates)?;
    require(ctx, key).await
}

/// As [`get`], without asking for a permission: for functions that have asked for theirs.
pub(crate) async fn require(ctx: &Ctx, key: &str) -> Result<Template> {
    find(ctx, key).await?.ok_or_else(|| domain::Error::not_found("template").into())
}

/// As [`require`], where there may be none.
pub(crate) async fn find(ctx: &Ctx, key: &str) -> Result<Option<Template>> {
    let id = Uuid::parse_str(key).ok().filter(|_| key.len() == 36);
    let sql = AssertSqlSafe(format!("select {COLUMNS} from template where project_id = $1 and (key = $2 or id = $3)"));
    let row: Option<Row> = ctx.db().opt(sql, (ctx.project.0, key, id.unwrap_or_default())).await?;
    let Some(row) = row else { return Ok(None) };
    let labels: Vec<(String, i64)> =
        ctx.db().all("select name, version from label where template_id = $1 order by name", (row.id,)).await?;
    let labels = labels.into_iter().map(|(label, version)| LabelTarget { label, version }).collect();
    Ok(Some(row.template(labels)))
}

/// The templates of these keys, in the order of their keys; without keys all that are not archived. Asks for no permission.
pub(crate) async fn many(ctx: &Ctx, keys: &[String], most: usize) -> Result<Vec<Template>> {
    let sql = AssertSqlSafe(format!(
        "select {COLUMNS} from template where project_id = $1
           and case when $3 then not is_archived else key in (select atom from json_each($2)) end
         order by key limit $4"
    ));
    let rows: Vec<Row> = ctx.db().all(sql, (ctx.project.0, Json(keys), keys.is_empty(), most as i64)).await?;
    with_labels(ctx, rows).await
}

async fn with_labels(ctx: &Ctx, rows: Vec<Row>) -> Result<Vec<Template>> {
    let keys: Vec<&str> = rows.iter().map(|r| r.key.as_str()).collect();
    let labels = labels_of(ctx, &keys).await?;
    let with_labels = |row: Row| {
        let own = labels.iter().filter(|(id, _)| *id == row.id).map(|(_, target)| target.clone()).collect();
        row.template(own)
    };
    Ok(rows.into_iter().map(with_labels).collect())
}

/// A page of the project's templates.
pub async fn list(ctx: &Ctx, filter: &TemplateFilter, page: &PageRequest) -> Result<Page<Template>> {
    ctx.authorise(Permission::ReadTemplates)?;
    let part = format!("%{}%", escape_like(&filter.search.trim().to_lowercase()));
    let (after, limit) = (page.after::<Cursor>()?.unwrap_or_default(), page.limit()?);
    let after_number = after.number(filter.sort)?;
    let words = search::expression(ctx.db(), &search::parsed(&filter.search)?);
    let sql = list_sql(search::matching(ctx.db(), &words), filter.sort);
    let rows: Vec<Row> = ctx
        .db()
        .all(
            AssertSqlSafe(sql),
            (
                ctx.project.0,
                part,
                &filter.kind,
                &filter.category,
                &filter.tag,
                &filter.label,
                &filter.folder,
                filter.with_archived,
                after.key,
                after.value,
                after_number,
                limit + 1,
                words,
            ),
        )
        .await?;
    let templates = with_labels(ctx, rows).await?;
    let next = after_number + limit;
    Ok(Page::cut(templates, limit, |t: &Template| format!("{}|{}", sort_value(filter.sort, t, next), t.key)))
}

/// The order of each sort, and the condition that skips the pages before.
fn list_sql(matching: &str, sort: TemplateSort) -> String {
    let (order, after) = match sort {
        TemplateSort::Key => ("key", "key > $9 or ($10 = '' and $11 = 0 and false)"),
        TemplateSort::Name => ("display_name, key", "(display_name, key) > ($10, $9) or ($11 = 0 and false)"),
        TemplateSort::Order => ("display_order, key", "(display_order, key) > ($11, $9) or ($10 = '' and false)"),
        TemplateSort::Updated => {
            ("updated_at desc, key", "updated_at < $11 or (updated_at = $11 and key > $9) or ($10 = '' and false)")
        }
        // How well something fits changes with what else there is: the place in the list is all that can be gone on from.
        // Of keys that hold what was typed none fits better than another.
        TemplateSort::Relevance => (
            "case when key like $2 escape '\\' then 0 else 1 end,
             case when key like $2 escape '\\' then 0 else coalesce(m.score, 0) end, key",
            "($10 = '' and false) or true",
        ),
    };
    let skip = if sort == TemplateSort::Relevance { "offset $11" } else { "" };
    format!(
        "with m as materialized ({matching})
         select {COLUMNS} from template t left join m on m.template_id = t.id
         where project_id = $1 and (m.template_id is not null or search_text like $2 escape '\\')
           and ($3 = '' or kind = $3) and ($4 = '' or category = $4)
           and ($5 = '' or exists (select 1 from json_each(t.tags) j where j.atom = $5))
           and ($6 = '' or exists (select 1 from label l where l.template_id = t.id and l.name = $6))
           and ($7 = '' or folder = $7 or substr(folder, 1, length($7) + 1) = $7 || '/')
           and ($8 or not is_archived) and ($9 = '' or {after})
         order by {order} limit $12 {skip}"
    )
}

/// The furthest place that a list by relevance goes on from.
const MAX_PLACE: i64 = 1_000_000;

/// The last row of the page before: its value in the list's order, and its key.
#[derive(Default)]
struct Cursor {
    value: String,
    key: String,
}

impl FromStr for Cursor {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let (value, key) = text.rsplit_once('|').filter(|(_, key)| !key.is_empty()).ok_or(())?;
        Ok(Self { value: value.to_owned(), key: key.to_owned() })
    }
}

impl Cursor {
    /// The value, where the list is ordered by a number. A cursor of another order is refused.
    fn number(&self, sort: TemplateSort) -> domain::Result<i64> {
        let is_place = sort == TemplateSort::Relevance;
        let is_number = is_place || matches!(sort, TemplateSort::Order | TemplateSort::Updated);
        if self.key.is_empty() || !is_number {
            return Ok(0);
        }
        let number = self.value.parse().ok().filter(|number| !is_place || (0..=MAX_PLACE).contains(number));
        number.ok_or_else(|| domain::Error::field("cursor", "comes from a list in another order"))
    }
}

/// `next` is the place in the list after the page.
fn sort_value(sort: TemplateSort, template: &Template, next: i64) -> String {
    match sort {
        TemplateSort::Key => String::new(),
        TemplateSort::Name => template.fields.display_name.clone(),
        TemplateSort::Order => template.fields.display_order.to_string(),
        TemplateSort::Updated => template.updated_at.0.to_string(),
        TemplateSort::Relevance => next.to_string(),
    }
}

pub(crate) fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// The labels of the templates of these keys, by the template's id.
pub(crate) async fn labels_of(ctx: &Ctx, keys: &[&str]) -> Result<Vec<(Uuid, LabelTarget)>> {
    let rows: Vec<(Uuid, String, i64)> = ctx
        .db()
        .all(
            "select l.template_id, l.name, l.version from label l join template t on t.id = l.template_id
             where t.project_id = $1 and t.key in (select atom from json_each($2)) order by l.name",
            (ctx.project.0, Json(keys)),
        )
        .await?;
    Ok(rows.into_iter().map(|(id, label, version)| (id, LabelTarget { label, version })).collect())
}

/// The values that the list can be filtered by.
pub async fn facets(ctx: &Ctx) -> Result<TemplateFacets> {
    ctx.authorise(Permission::ReadTemplates)?;
    let texts = async |sql: &'static str| -> Result<Vec<String>> {
        let rows: Vec<(String,)> = ctx.db().all(sql, (ctx.project.0,)).await?;
        let mut texts: Vec<_> = rows.into_iter().map(|(text,)| text).filter(|t| !t.is_empty()).collect();
        texts.sort();
        Ok(texts)
    };
    Ok(TemplateFacets {
        kinds: texts("select distinct kind from template where project_id = $1").await?,
        categories: texts("select distinct category from template where project_id = $1").await?,
        tags: texts("select distinct j.atom from template t cross join json_each(t.tags) j where t.project_id = $1")
            .await?,
        labels: texts(
            "select distinct l.name from label l join template t on t.id = l.template_id
             where t.project_id = $1",
        )
        .await?,
    })
}

/// Makes a template, and its first version when it has messages or a contract.
pub async fn create(ctx: &Ctx, new: NewTemplate) -> Result<(Template, Vec<domain::error::FieldError>)> {
    ctx.authorise(Permission::WriteTemplates)?;
    let (checked, warnings) = Checked::new(ctx, new).await?;
    let mut tx = ctx.db().begin().await?;
    checked.write(ctx, &mut tx).await?;
    tx.commit().await?;
    ctx.services.serving.forget(ctx.project);
    let key = checked.key.as_str();
    let template = find(ctx, key).await?.ok_or_else(|| Error::internal("the template just made is gone"))?;
    Ok((template, warnings))
}

/// A new template whose every field is as it should be.
pub(crate) struct Checked {
    pub key: TemplateKey,
    fields: TemplateFields,
    /// None when there is no content yet.
    version: Option<versions::Ready>,
}

impl Checked {
    /// All that is wrong at once, or the template and the warnings.
    pub(crate) async fn new(ctx: &Ctx, new: NewTemplate) -> Result<(Self, Vec<domain::error::FieldError>)> {
        let mut problems = Problems::default();
        let key = problems.take("key", TemplateKey::parse(&new.key));
        let content = new.content();
        let fields = new.fields.check(&mut problems);
        storable::refuse_others(&fields, &mut problems);
        let has_content = !content.messages.is_empty() || !content.parameters.is_empty() || !content.config.is_empty();
        let own = key.as_ref().map_or("", TemplateKey::as_str);
        let warnings = match has_content {
            true => compositions::check(ctx, own, &content, &mut problems).await?,
            false => Vec::new(),
        };
        versions::check_commit_message(&new.commit_message, &mut problems);
        problems.finish()?;
        let Some(key) = key else { return Err(Error::internal("a key without a problem is a key")) };
        let version = NewVersion { content, parent: 0, commit_message: new.commit_message };
        let version = if has_content { Some(versions::Ready::new(ctx, version).await?) } else { None };
        Ok((Self { key, fields, version }, warnings))
    }

    /// The first version's content.
    pub(crate) fn content(&self) -> Option<&VersionContent> {
        self.version.as_ref().map(|version| &version.new.content)
    }

    /// Writes template and version, with their audit events.
    pub(crate) async fn write(&self, ctx: &Ctx, tx: &mut Tx) -> Result<TemplateId> {
        let id = TemplateId(insert(ctx, tx, &self.key, &self.fields).await?);
        audit::write(ctx, tx, "template.create", &format!("template:{}", self.key), (), &self.fields).await?;
        match &self.version {
            Some(version) => drop(versions::insert(ctx, tx, id, self.key.as_str(), 0, version).await?),
            None => search::write(tx, id.0).await?,
        }
        Ok(id)
    }
}

/// Adds the row of a template, without its audit event. Its first version puts it into the search's index; without one
/// the caller does.
pub(crate) async fn insert(ctx: &Ctx, tx: &mut Tx, key: &TemplateKey, fields: &TemplateFields) -> Result<Uuid> {
    let (id, now) = (ctx.new_id(), ctx.now().0);
    tx.exec(
        "insert into template (id, project_id, key, folder, kind, display_name, description, category, tags, owner,
                               display_order, review_by, search_text, created_at, created_by, updated_at,
                               updated_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $14, $15)",
        (
            id,
            ctx.project.0,
            key.as_str(),
            &fields.folder,
            &fields.kind,
            &fields.display_name,
            &fields.description,
            &fields.category,
            Json(&fields.tags),
            &fields.owner,
            fields.display_order,
            fields.review_by.as_deref(),
            search_text(key.as_str(), fields),
            now,
            ctx.actor_name(),
        ),
    )
    .await
    .on_unique::<Error>("template_project_id_key_key", || {
        domain::Error::conflict("key_taken", format!("there already is a template `{key}` in this project")).into()
    })?;
    Ok(id)
}

fn search_text(key: &str, fields: &TemplateFields) -> String {
    format!("{key}\n{}\n{}", fields.display_name, fields.description).to_lowercase()
}

/// A lost update is refused, naming the revision there is.
pub(crate) fn check_revision(expected: Option<i64>, found: i64) -> domain::Result<()> {
    match expected {
        Some(revision) if revision != found => Err(domain::Error::new(
            Kind::PreconditionFailed,
            "stale",
            format!("somebody changed this meanwhile: it is at revision {found} now, not {revision}; load it again"),
        )),
        _ => Ok(()),
    }
}

/// The template's row, locked until the transaction ends, so that what is decided on it still holds when it is written.
///
/// `for no key update`: a version that names the template holds a key-share lock on it, which `for update` would wait for.
pub(crate) async fn lock(ctx: &Ctx, tx: &mut Tx, template: TemplateId, expected: Option<i64>) -> Result<i64> {
    let sql = match tx {
        Tx::Sqlite(_) => "select revision, latest from template where id = $1 and project_id = $2",
        Tx::Postgres(_) => "select revision, latest from template where id = $1 and project_id = $2 for no key update",
    };
    let (revision, latest): (i64, i64) = tx.one(sql, (template.0, ctx.project.0)).await?;
    check_revision(expected, revision)?;
    Ok(latest)
}

/// Locks several templates, each as [`lock`] does, always by id: two who lock some of the same never wait for each other. Before
/// anything else is locked.
pub(crate) async fn lock_all(
    ctx: &Ctx,
    tx: &mut Tx,
    templates: impl IntoIterator<Item = (TemplateId, Option<i64>)>,
) -> Result<()> {
    let by_id: std::collections::BTreeMap<_, _> = templates.into_iter().collect();
    for (template, expected) in by_id {
        lock(ctx, tx, template, expected).await?;
    }
    Ok(())
}

/// A transaction on a template as it was read: nobody changed it since, nor will until the end. Gives its latest version.
pub(crate) async fn begin(ctx: &Ctx, read: &Template, expected: Option<i64>) -> Result<(Tx, i64)> {
    check_revision(expected, read.revision)?;
    let mut tx = ctx.db().begin().await?;
    let latest = lock(ctx, &mut tx, read.id, Some(read.revision)).await?;
    Ok((tx, latest))
}

/// Notes a change of a template, after it: its revision, who and when, and its words for the search.
pub(crate) async fn touch(ctx: &Ctx, tx: &mut Tx, template: TemplateId) -> Result<()> {
    tx.exec(
        "update template set revision = revision + 1, updated_at = $2, updated_by = $3 where id = $1",
        (template.0, ctx.now().0, ctx.actor_name()),
    )
    .await?;
    search::write(tx, template.0).await?;
    Ok(())
}
