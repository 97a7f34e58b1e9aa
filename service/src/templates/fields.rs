//! What describes a template beside its versions, and whether it is in use.

use domain::error::Problems;
use domain::permission::Permission;
use domain::storable;
use domain::template::{Template, TemplateFields, TemplatePatch};
use sqlx::types::Json;

use super::{begin, require, search_text, touch};
use crate::audit;
use crate::compositions;
use crate::ctx::Ctx;
use crate::db::Tx;
use crate::error::Result;
use crate::labels;
use crate::policies;
use crate::serving;

/// Changes a template's fields, or archives it. An archived template is served no longer.
pub async fn update(ctx: &Ctx, key: &str, patch: TemplatePatch, expected: Option<i64>) -> Result<Template> {
    ctx.authorise(Permission::WriteTemplates)?;
    let before = require(ctx, key).await?;
    let mut problems = Problems::default();
    let change = Change::check(ctx, &before, patch, &mut problems)?;
    problems.finish()?;
    let (mut tx, _) = begin(ctx, &before, expected).await?;
    change.write(ctx, &mut tx, &before).await?;
    tx.commit().await?;
    ctx.services.serving.forget(ctx.project);
    require(ctx, &before.key).await
}

/// A checked change of a template's fields, to be written together with whatever else changes.
pub(crate) struct Change {
    fields: TemplateFields,
    is_archived: bool,
    /// The patch named no field: there is nothing to write.
    is_empty: bool,
}

impl Change {
    /// To archive what labels serve, or to bring it back, one must be allowed to move those labels.
    pub(crate) fn check(ctx: &Ctx, before: &Template, patch: TemplatePatch, problems: &mut Problems) -> Result<Self> {
        let is_empty = patch == TemplatePatch::default();
        let is_archived = patch.is_archived.unwrap_or(before.is_archived);
        if is_archived != before.is_archived {
            before.labels.iter().try_for_each(|l| ctx.authorise(Permission::to_move(&l.label)))?;
        }
        let fields = patch.apply(before.fields.clone()).check(problems);
        storable::refuse_others(&fields, problems);
        Ok(Self { fields, is_archived, is_empty })
    }

    /// New fields that were checked already.
    pub(crate) fn of_checked(before: &Template, fields: TemplateFields) -> Self {
        Self { fields, is_archived: before.is_archived, is_empty: false }
    }

    /// Writes the change of a locked template, with its audit event.
    pub(crate) async fn write(self, ctx: &Ctx, tx: &mut Tx, before: &Template) -> Result<()> {
        if self.is_empty {
            return Ok(());
        }
        if self.is_archived && !before.is_archived {
            compositions::refuse_archive(ctx, tx, &before.key).await?;
        }
        if self.is_archived != before.is_archived {
            keep_policies(ctx, tx, before).await?;
        }
        save_fields(tx, before, &self.fields, self.is_archived).await?;
        touch(ctx, tx, before.id).await?;
        let after = Template { fields: self.fields, is_archived: self.is_archived, ..before.clone() };
        audit::write(ctx, tx, "template.update", &format!("template:{}", before.key), before, &after).await?;
        if after.is_archived != before.is_archived {
            serving::touch(ctx, tx).await?;
        }
        Ok(())
    }
}

/// What a protected label serves can't be taken from it by archiving, nor given back to it by bringing a template back: in
/// between nobody approved it.
async fn keep_policies(ctx: &Ctx, tx: &mut Tx, before: &Template) -> Result<()> {
    for label in &before.labels {
        if !before.is_archived {
            policies::unprotected(ctx, tx, &label.label).await?;
        } else if policies::if_unprotected(ctx, tx, &label.label).await?.is_none() {
            labels::lose(ctx, tx, (before.id, &before.key), &label.label).await?;
        }
    }
    Ok(())
}

async fn save_fields(tx: &mut Tx, before: &Template, fields: &TemplateFields, is_archived: bool) -> Result<()> {
    tx.exec(
        "update template set folder = $2, kind = $3, display_name = $4, description = $5, category = $6, tags = $7,
                owner = $8, display_order = $9, review_by = $10, is_archived = $11, search_text = $12 where id = $1",
        (
            before.id.0,
            &fields.folder,
            &fields.kind,
            &fields.display_name,
            &fields.description,
            &fields.category,
            Json(&fields.tags),
            &fields.owner,
            fields.display_order,
            fields.review_by.as_deref(),
            is_archived,
            search_text(&before.key, fields),
        ),
    )
    .await?;
    Ok(())
}
