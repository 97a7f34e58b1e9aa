//! The ways from an entry to the form that moves a label: each names exactly what it replaces.

use domain::label::ENVIRONMENTS;
use domain::permission::Permission;
use domain::timeline::LabelNow;
use leptos::prelude::*;

use super::entries::Asked;
use crate::ui::{Icon, IconName, Time};

/// A move that is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub label: String,
    pub to: i64,
    /// What serves now, when anything does.
    pub replaces: Option<LabelNow>,
}

impl Offer {
    /// To an older version than the one that serves.
    pub fn is_rollback(&self) -> bool {
        self.replaces.as_ref().is_some_and(|now| self.to < now.version)
    }

    fn text(&self) -> String {
        match self.is_rollback() {
            true => format!("Roll back {} to v{}", self.label, self.to),
            false => format!("Point {} here", self.label),
        }
    }

    /// The form with label and version chosen, above the same page of the timeline.
    fn href(&self, asked: &Asked) -> String {
        format!("{}&move={}&to={}#labels", asked.here(), self.label, self.to)
    }
}

/// Which labels may be pointed to a version: the environments, and the others that point somewhere.
pub fn to_version(number: i64, labels: &[LabelNow], may: &dyn Fn(Permission) -> bool) -> Vec<Offer> {
    let now = |label: &str| labels.iter().find(|now| now.label == label && now.version > 0);
    let others = labels.iter().filter(|now| now.version > 0).map(|now| now.label.as_str());
    let others = others.filter(|label| !ENVIRONMENTS.contains(label));
    let offer = |label: &str| Offer { label: label.to_owned(), to: number, replaces: now(label).cloned() };
    let offers = ENVIRONMENTS.into_iter().chain(others).filter(|label| may(Permission::to_move(label))).map(offer);
    offers.filter(|offer| offer.replaces.as_ref().is_none_or(|now| now.version != number)).collect()
}

/// The way back that a move offers: the last move of a label can be undone, an older one returned to.
pub fn back_to(label: &str, (from, to): (i64, i64), at: domain::Timestamp, labels: &[LabelNow]) -> Option<Offer> {
    let now = labels.iter().find(|now| now.label == label && now.version > 0)?;
    let target = if now.since == at { from } else { to };
    let offer = Offer { label: label.to_owned(), to: target, replaces: Some(now.clone()) };
    (target > 0 && offer.is_rollback()).then_some(offer)
}

/// `replaces v5, serving since 2026-11-20 14:05`.
fn replaced(now: Option<&LabelNow>) -> impl IntoView + use<> {
    match now {
        Some(now) => view! { {format!("replaces v{}, serving since ", now.version)} <Time at=now.since/> }.into_any(),
        None => view! { "nothing serves there yet" }.into_any(),
    }
}

/// All moves to a version, in a menu that opens without a script.
pub fn menu(number: i64, offers: &[Offer], asked: &Asked) -> impl IntoView + use<> {
    let item = |offer: &Offer| {
        view! {
            <a class="menu-item menu-move" href=offer.href(asked)>
                <span>{offer.text()}</span>
                <span class="text-xs text-muted">{replaced(offer.replaces.as_ref())}</span>
            </a>
        }
    };
    let items = offers.iter().map(item).collect_view();
    (!offers.is_empty()).then(|| {
        view! {
            <button type="button" class="btn btn-xs" popovertarget=format!("point-{number}")>
                "Point here"
                <span class="sr-only">{format!(" (v{number})")}</span>
                <Icon name=IconName::ChevronDown class="size-3"/>
            </button>
            <div class="menu-drop" id=format!("point-{number}") popover="auto">{items}</div>
        }
    })
}

/// One move, named whole.
pub fn button(offer: &Offer, asked: &Asked) -> impl IntoView + use<> {
    view! {
        <p class="roll-back">
            <a class="btn btn-xs" href=offer.href(asked)>
                <Icon name=IconName::History class="size-3.5"/>
                {offer.text()}
            </a>
            <span class="text-xs text-muted">{replaced(offer.replaces.as_ref())}</span>
        </p>
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    fn now(label: &str, version: i64) -> LabelNow {
        LabelNow { label: label.into(), version, since: Timestamp(50) }
    }

    #[test]
    fn a_version_offers_what_does_not_point_to_it() {
        let labels = [now("canary", 3), now("gone", 0), now("production", 3), now("staging", 2)];
        let offers = |number, may: &dyn Fn(Permission) -> bool| {
            let texts = to_version(number, &labels, may).into_iter().map(|offer| offer.text());
            texts.collect::<Vec<_>>()
        };
        assert_eq!(
            offers(2, &|_| true),
            ["Point development here", "Roll back production to v2", "Roll back canary to v2"]
        );
        assert_eq!(offers(3, &|p| p == Permission::MoveLabels), ["Point development here", "Point staging here"]);
        assert_eq!(offers(3, &|_| false), [""; 0]);
    }

    #[test]
    fn the_last_move_is_undone_and_an_older_one_returned_to() {
        let labels = [now("production", 3)];
        let to = |step, at| back_to("production", step, Timestamp(at), &labels).map(|offer| offer.to);
        assert_eq!(to((2, 3), 50), Some(2));
        assert_eq!(to((1, 2), 40), Some(2));
        assert_eq!(to((0, 1), 30), Some(1));
        assert_eq!(to((0, 3), 50), None, "there was nothing before");
        assert_eq!(to((3, 0), 40), None, "it was taken away");
        assert_eq!(to((5, 4), 40), None, "that is no way back");
        assert_eq!(back_to("staging", (1, 2), Timestamp(40), &labels), None);
    }
}
