//! What is found out about a proposal without a person.

use std::collections::HashSet;

use domain::change::CheckResult;
use domain::diff::contract_changes;
use domain::ids::TemplateId;
use domain::lint::Severity;
use domain::policy::Check;
use domain::version::VersionContent;

use super::items::{Proposal, add_followers};
use super::record::{Item, Record};
use crate::compositions::From;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::{lint, versions};

/// The most lines that a check says.
const MAX_DETAILS: usize = 20;

/// What each check finds in what is proposed.
pub(super) async fn run(ctx: &Ctx, record: &Record) -> Result<Vec<CheckResult>> {
    let moves: Vec<&Item> = record.items.iter().filter(|item| item.template_id.is_some()).collect();
    if moves.is_empty() {
        return Ok(Vec::new());
    }
    let (mut contract, mut findings) = (Vec::new(), Vec::new());
    let off = lint::off(ctx).await?;
    for item in moves.iter().filter(|item| item.to_version > 0 && !item.follows) {
        let Some(template) = item.template() else { continue };
        let to = versions::read(ctx, template, item.to_version).await?.content;
        contract.extend(breaks(ctx, template, item, &to).await?);
        findings.extend(errors(item, to, &off).await?);
    }
    let mut results =
        vec![result(record, Check::ContractCompatible, contract), result(record, Check::LintClean, findings)];
    if record.state.status.is_open() {
        let broken = broken(ctx, &moves).await?;
        results.push(result(record, Check::DependantsRender, broken));
    }
    Ok(results)
}

fn result(record: &Record, check: Check, mut details: Vec<String>) -> CheckResult {
    let left_out = details.len().saturating_sub(MAX_DETAILS);
    details.truncate(MAX_DETAILS);
    if left_out > 0 {
        details.push(format!("and {left_out} more"));
    }
    let is_required = record.policy.as_ref().is_some_and(|policy| policy.required_checks.contains(&check));
    CheckResult { check, passed: details.is_empty(), is_required, details }
}

/// What callers of the version that the label serves would stumble over.
async fn breaks(ctx: &Ctx, template: TemplateId, item: &Item, to: &VersionContent) -> Result<Vec<String>> {
    if item.from_version == 0 {
        return Ok(Vec::new());
    }
    let from = versions::read(ctx, template, item.from_version).await?.content;
    let changes = contract_changes(&from.parameters, &to.parameters).into_iter().filter(|change| change.is_breaking);
    Ok(changes.map(|change| format!("{}: `{}` {}", item.name(), change.name, change.detail)).collect())
}

async fn errors(item: &Item, content: VersionContent, off: &HashSet<String>) -> Result<Vec<String>> {
    let findings = lint::findings(content, off.clone()).await?.into_iter().filter(|f| f.severity == Severity::Error);
    Ok(findings.map(|f| format!("{}: {}: {}", item.name(), f.at.field, f.at.message)).collect())
}

async fn broken(ctx: &Ctx, moves: &[&Item]) -> Result<Vec<String>> {
    let items = moves.iter().filter(|item| !item.follows).map(|item| (*item).clone()).collect();
    let mut proposal = Proposal { items, ..Proposal::default() };
    add_followers(ctx, &mut From::Now(ctx.db()), &mut proposal).await?;
    Ok(proposal.broken)
}

/// Why it can't be published: the checks that the policy asks for and that fail.
pub(super) async fn failing(ctx: &Ctx, record: &Record) -> Result<Option<domain::Error>> {
    let failing = run(ctx, record).await?.into_iter().filter(|result| result.is_required && !result.passed);
    let texts: Vec<_> =
        failing.map(|result| format!("{} ({})", result.check.title(), result.details.join("; "))).collect();
    let error = || domain::Error::conflict("checks_failed", format!("required checks fail: {}", texts.join(", ")));
    Ok((!texts.is_empty()).then(error))
}
