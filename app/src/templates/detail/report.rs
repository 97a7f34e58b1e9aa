//! What lint says of a saved version: its score, explained line by line. The server renders it, the browser shows it.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::Shown;
use super::api::LoadReport;
use crate::data::Data;
use crate::ui::Rendered;

/// Of the version that the address names, or of the latest.
#[component]
pub fn LintReport(shown: Shown) -> impl IntoView {
    let (query, project, key) = (use_query_map(), shown.project, shown.template.key);
    let number = move || query.read().get("version").and_then(|v| v.parse().ok()).unwrap_or_default();
    let html = Data::of(move || LoadReport { project: project.clone(), key: key.clone(), number: number() });
    view! { <Rendered html/> }
}

#[cfg(feature = "ssr")]
pub use rendered::html;

#[cfg(feature = "ssr")]
mod rendered {
    use domain::lint::{Finding, Report, ScoreLine};
    use leptos::prelude::*;

    use crate::templates::form::place;
    use crate::ui::Table;

    /// The report on a version of the project.
    pub fn html(project: &str, report: Report) -> String {
        let Report { findings, score, score_at_save } = report;
        let points = i64::from(score.points);
        let then = score_at_save
            .filter(|then| *then != points)
            .map(|then| format!(" It was {then} at its save: the rules that are on have changed since."));
        let lead = match score.lines.len() {
            0 => "The rules that are on find nothing.",
            _ => "100 less what the rules take that are on now; of each rule at most three findings count.",
        };
        let lines = (!score.lines.is_empty()).then(|| lines(score.lines, &findings));
        crate::ui::html(view! {
            <section class="section" id="lint" aria-labelledby="lint-title">
                <h2 class="section-title" id="lint-title">
                    {format!("Lint score {points} of 100")}
                    <a class="link-accent text-xs font-normal" href=format!("/p/{project}/settings/lint")>"Lint rules"</a>
                </h2>
                <p class="mb-2 text-[0.8125rem] text-muted">{lead}{then}</p>
                {lines}
            </section>
        })
    }

    /// A row for each rule: what it takes, and what it found where.
    fn lines(lines: Vec<ScoreLine>, findings: &[Finding]) -> impl IntoView + use<> {
        let row = |line: ScoreLine| {
            let own: Vec<&Finding> = findings.iter().filter(|finding| finding.rule == line.rule).collect();
            let why = own.first().map(|finding| finding.why.clone());
            let places = own.into_iter().map(found).collect_view();
            view! {
                <tr>
                    <th scope="row"><span class="row-stack"><code>{line.rule}</code><span class="row-more">{why}</span></span></th>
                    <td data-label="Found"><ul class="report-places">{places}</ul></td>
                    <td data-label="Points" class="num">{format!("−{}", line.points)}</td>
                </tr>
            }
        };
        let rows = lines.into_iter().map(row).collect_view();
        view! { <Table columns=&["Rule", "Found", "Points"] numeric=1>{rows}</Table> }
    }

    fn found(finding: &Finding) -> impl IntoView + use<> {
        let line = finding.at.line.map(|line| format!(", line {line}")).unwrap_or_default();
        view! { <li><span class="font-medium">{format!("{}{line}: ", place(&finding.at.field))}</span>{finding.at.message.clone()}</li> }
    }
}
