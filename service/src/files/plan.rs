//! What an import would do: each template compared with what is here, and checked as a save checks it, together with
//! the others of the import.

use std::collections::{HashMap, HashSet};

use domain::compose::Own;
use domain::error::{FieldError, Problems};
use domain::files::{FilePrompt, ImportOptions, ImportPlan, ImportState, Reading};
use domain::template::TemplateKey;

use super::Source;
use super::compare::{Change, Compared, compare, in_file};
use super::turns::Turn;
use crate::compositions::{self, Together};
use crate::crypto::json_hash;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::{templates, versions};

/// Templates of the project whose contents are in memory at once.
const AT_ONCE: usize = 20;

/// A plan, and what carrying it out takes.
pub(super) struct Made {
    pub(super) plan: ImportPlan,
    /// Those that are new or changed, in the order of their keys.
    pub(super) changes: Vec<Change>,
}

impl Made {
    /// The plan holds what each template becomes, as a hash of its fields and content; what it follows is said here.
    fn digested(mut self) -> Result<Self> {
        let parents: Vec<i64> = self.changes.iter().map(Change::parent).collect();
        self.plan.digest = json_hash(&(&self.plan, parents))?;
        Ok(self)
    }
}

pub(super) async fn make(ctx: &Ctx, turn: &Turn, source: Source, options: &ImportOptions) -> Result<Made> {
    let reading = turn.run(move || Ok::<_, domain::Error>(domain::files::read(&source.open()?))).await??;
    let Reading { prompts, problems, notes } = reading;
    let mut plan = ImportPlan { problems, notes, ..ImportPlan::default() };
    let mut message = Problems::default();
    versions::check_commit_message(&options.commit_message, &mut message);
    plan.problems.extend(message.0);
    let compared = compared(ctx, turn, prompts).await?;
    let told = checked(ctx, &compared).await?;
    let mut changes = Vec::new();
    for (Compared { mut entry, change, problems }, (more, warnings)) in compared.into_iter().zip(told) {
        let in_file = |problem| in_file(&change.prompt, problem);
        plan.problems.extend(problems.0.into_iter().chain(more.0).map(in_file));
        entry.warnings = warnings.into_iter().map(in_file).collect();
        changes.extend(Some(change).filter(|_| entry.state != ImportState::Same));
        plan.templates.push(entry);
    }
    turn.run(move || Made { plan, changes }.digested()).await?
}

/// Each template beside what is here, the first of each key.
async fn compared(ctx: &Ctx, turn: &Turn, prompts: Vec<FilePrompt>) -> Result<Vec<Compared>> {
    let (mut all, mut seen) = (Vec::with_capacity(prompts.len()), HashSet::new());
    let mut prompts = prompts.into_iter().filter(|p| TemplateKey::parse(&p.key).is_ok() && seen.insert(p.key.clone()));
    loop {
        let some: Vec<FilePrompt> = prompts.by_ref().take(AT_ONCE).collect();
        if some.is_empty() {
            return Ok(all);
        }
        let keys: Vec<String> = some.iter().map(|prompt| prompt.key.clone()).collect();
        let found = templates::many(ctx, &keys, keys.len()).await?;
        let mut latest = versions::latest_of(ctx, &found).await?;
        let here = found.into_iter().map(|template| {
            let content = latest.remove(&template.id).map(|version| version.content).unwrap_or_default();
            (template.key.clone(), (template, content))
        });
        let mut here: HashMap<_, _> = here.collect();
        let pairs: Vec<_> = some.into_iter().map(|prompt| (here.remove(&prompt.key), prompt)).collect();
        let compare = |(before, prompt)| compare(prompt, before);
        let some = turn.run(move || pairs.into_iter().map(compare).collect::<Result<Vec<_>>>()).await??;
        all.extend(some);
    }
}

/// What a check of the new texts finds: problems and warnings of each template. They may name one another.
async fn checked(ctx: &Ctx, all: &[Compared]) -> Result<Vec<(Problems, Vec<FieldError>)>> {
    let prompts = all.iter().map(|one| &one.change.prompt);
    let together: Together<'_> = prompts.map(|prompt| (prompt.key.clone(), &prompt.content)).collect();
    let mut told = Vec::with_capacity(all.len());
    for Change { prompt, has_new_content, .. } in all.iter().map(|one| &one.change) {
        let (mut problems, mut warnings) = (Problems::default(), Vec::new());
        if *has_new_content {
            let own = Own { key: &prompt.key, version: 0, content: &prompt.content };
            warnings = compositions::check_together(ctx, own, &together, &mut problems).await?;
            // One check takes no longer than that of a save; a thousand in a row would hold others up.
            tokio::task::yield_now().await;
        }
        told.push((problems, warnings));
    }
    Ok(told)
}
