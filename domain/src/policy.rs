//! Label policies: what must hold before a protected label moves.

use serde::{Deserialize, Serialize};

use crate::error::Problems;
use crate::permission::{Permission, Role, allows};
use crate::time::Timestamp;

/// The most approvals that a policy can ask for.
pub const MAX_APPROVALS: u32 = 5;
/// The most spans of quiet hours of one policy.
pub const MAX_QUIET: usize = 10;

/// What must hold before a label moves. A label without a policy is not protected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Policy {
    /// How many people other than the authors must approve exactly what is proposed.
    pub required_approvals: u32,
    /// Whose approval counts.
    pub approvers: Vec<Role>,
    /// What must not fail.
    #[serde(default)]
    pub required_checks: Vec<Check>,
    /// When nothing is published.
    #[serde(default)]
    pub quiet_hours: Vec<QuietHours>,
    /// Who may publish in an emergency without all that, giving a reason. Empty for nobody.
    #[serde(default)]
    pub bypass: Vec<Role>,
    /// Whether the label may go back to exactly what it served before without new approvals.
    #[serde(default)]
    pub free_roll_back: bool,
}

/// Something about a proposal that is found out without a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Check {
    /// Callers of what the label serves now can go on as they do.
    ContractCompatible,
    /// Lint finds no error.
    LintClean,
    /// What is made of the template still renders.
    DependantsRender,
}

impl Check {
    pub const ALL: [Check; 3] = [Self::ContractCompatible, Self::LintClean, Self::DependantsRender];

    pub fn name(self) -> &'static str {
        match self {
            Self::ContractCompatible => "contract_compatible",
            Self::LintClean => "lint_clean",
            Self::DependantsRender => "dependants_render",
        }
    }
    /// For people.
    pub fn title(self) -> &'static str {
        match self {
            Self::ContractCompatible => "Contract compatible",
            Self::LintClean => "Lint clean",
            Self::DependantsRender => "Dependants render",
        }
    }
}

/// A time of the week in which nothing is published, such as Friday 16:00 to Monday 07:00 in two spans.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QuietHours {
    /// Monday is 1, Sunday 7.
    pub days: Vec<u8>,
    /// Minutes after midnight, 0 to 1439.
    pub from: u16,
    /// Minutes after midnight, 1 to 1440; not before `from`.
    pub to: u16,
    /// IANA name of the time zone, such as `Europe/Berlin`.
    pub zone: String,
}

impl QuietHours {
    /// Whether a local time falls into it.
    pub fn covers(&self, at: LocalTime) -> bool {
        self.days.contains(&at.day) && (self.from..self.to).contains(&at.minute)
    }
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// As people write it: `sat,sun 00:00-24:00 Europe/Berlin`.
impl std::fmt::Display for QuietHours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = |day: &u8| DAYS.get(usize::from(*day).wrapping_sub(1)).copied().unwrap_or("?");
        let days: Vec<_> = self.days.iter().map(name).collect();
        let (from, to) = (self.from, self.to);
        let (days, zone) = (days.join(","), &self.zone);
        write!(f, "{days} {:02}:{:02}-{:02}:{:02} {zone}", from / 60, from % 60, to / 60, to % 60)
    }
}

impl QuietHours {
    /// Reads what [`QuietHours`] is written as; the zone is the caller's to check.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{}`: write days, times and zone as in sat,sun 00:00-24:00 Europe/Berlin", text.trim());
        let mut words = text.split_whitespace();
        let (Some(days), Some(span), Some(zone), None) = (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(wrong());
        };
        let day = |name: &str| DAYS.iter().position(|day| *day == name.to_lowercase()).map(|at| at as u8 + 1);
        let days = days.split(',').map(day).collect::<Option<Vec<_>>>().ok_or_else(wrong)?;
        let minute = |time: &str| {
            let (hours, minutes) = time.split_once(':')?;
            let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
            (hours <= 24 && minutes < 60).then_some(hours * 60 + minutes)
        };
        let (from, to) = span.split_once('-').ok_or_else(wrong)?;
        let (from, to) = minute(from).zip(minute(to)).ok_or_else(wrong)?;
        Ok(Self { days, from, to, zone: zone.to_owned() })
    }
}

/// A moment as clocks in a time zone show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime {
    /// Monday is 1, Sunday 7.
    pub day: u8,
    /// Minutes after midnight.
    pub minute: u16,
}

/// Roles that can be asked to approve.
pub fn approving_roles() -> impl Iterator<Item = Role> {
    Role::ALL.into_iter().filter(|role| allows(*role, Permission::ReviewChanges))
}

/// The policy of `production` in a new project.
impl Default for Policy {
    fn default() -> Self {
        Self {
            required_approvals: 1,
            approvers: vec![Role::SuperAdmin, Role::ContentManager],
            required_checks: vec![Check::DependantsRender],
            quiet_hours: Vec::new(),
            bypass: vec![Role::SuperAdmin],
            free_roll_back: true,
        }
    }
}

impl Policy {
    /// Notes what is wrong with it; the time zones are the caller's to check.
    pub fn check(&self, problems: &mut Problems) {
        let few = self.required_approvals <= MAX_APPROVALS;
        problems.require(few, "required_approvals", format!("use 0 to {MAX_APPROVALS}"));
        let names: Vec<_> = approving_roles().map(Role::name).collect();
        let known = |roles: &[Role]| roles.iter().all(|role| names.contains(&role.name()));
        let some = !self.approvers.is_empty() || self.required_approvals == 0;
        problems.require(some, "approvers", "name at least one role whose approval counts");
        for (field, roles) in [("approvers", &self.approvers), ("bypass", &self.bypass)] {
            problems.require(known(roles), field, format!("use some of {}", names.join(", ")));
        }
        let few = self.quiet_hours.len() <= MAX_QUIET;
        problems.require(few, "quiet_hours", format!("give at most {MAX_QUIET} spans"));
        for (index, quiet) in self.quiet_hours.iter().enumerate() {
            let days = !quiet.days.is_empty() && quiet.days.iter().all(|day| (1..=7).contains(day));
            problems.require(days, &format!("quiet_hours[{index}].days"), "use days from 1 (Monday) to 7 (Sunday)");
            let span = quiet.from < quiet.to && quiet.to <= 24 * 60;
            let rule = "ends after it begins, and at 1440 at the latest; make two spans of one over midnight";
            problems.require(span, &format!("quiet_hours[{index}].to"), rule);
        }
    }

    /// Whether there is anything that this policy stops and the other lets through.
    ///
    /// `None` is a label without a policy. A change to a weaker policy is itself a change that needs approval under the
    /// stronger one.
    pub fn is_stronger_than(&self, other: Option<&Self>) -> bool {
        let Some(other) = other else { return true };
        let within = |some: &[Role], all: &[Role]| some.iter().all(|role| all.contains(role));
        other.required_approvals < self.required_approvals
            || (self.required_approvals > 0 && !within(&other.approvers, &self.approvers))
            || !self.required_checks.iter().all(|check| other.required_checks.contains(check))
            || !self.quiet_hours.iter().all(|quiet| other.quiet_hours.contains(quiet))
            || !within(&other.bypass, &self.bypass)
            || (other.free_roll_back && !self.free_roll_back)
    }

    /// The policy of a change that moves several labels: what each of theirs stops, it stops.
    ///
    /// Without any policy nothing is asked for.
    pub fn strictest<'a>(policies: impl IntoIterator<Item = &'a Self>) -> Option<Self> {
        policies.into_iter().cloned().reduce(|a, b| a.and(&b))
    }

    fn and(mut self, other: &Self) -> Self {
        // Where one of the two asks for no approval, the other alone says whose counts.
        match (self.required_approvals, other.required_approvals) {
            (0, _) => self.approvers.clone_from(&other.approvers),
            (_, 0) => {}
            _ => self.approvers.retain(|role| other.approvers.contains(role)),
        }
        self.required_approvals = self.required_approvals.max(other.required_approvals);
        self.required_checks.extend(&other.required_checks);
        self.required_checks.sort_unstable();
        self.required_checks.dedup();
        self.quiet_hours.extend(other.quiet_hours.iter().cloned());
        self.bypass.retain(|role| other.bypass.contains(role));
        self.free_roll_back &= other.free_roll_back;
        self
    }
}

/// A label's policy as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LabelPolicy {
    pub label: String,
    #[serde(flatten)]
    pub policy: Policy,
    /// Counts the changes of the policy.
    pub revision: i64,
    pub updated_at: Timestamp,
    pub updated_by: String,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn some<T: Copy + std::fmt::Debug + 'static>(all: Vec<T>) -> impl Strategy<Value = Vec<T>> {
        let most = all.len();
        prop::sample::subsequence(all, 0..=most)
    }

    fn quiet(day: u8) -> QuietHours {
        QuietHours { days: vec![day], from: 0, to: 1440, zone: "UTC".into() }
    }

    prop_compose! {
        fn policy()(
            required_approvals in 0..=3_u32,
            approvers in some(approving_roles().collect()),
            required_checks in some(Check::ALL.to_vec()),
            days in some(vec![1_u8, 6, 7]),
            bypass in some(approving_roles().collect()),
            free_roll_back: bool,
        ) -> Policy {
            let quiet_hours = days.into_iter().map(quiet).collect();
            Policy { required_approvals, approvers, required_checks, quiet_hours, bypass, free_roll_back }
        }
    }

    proptest! {
        #[test]
        fn the_strictest_is_no_weaker_than_any_of_them(all in prop::collection::vec(policy(), 1..4)) {
            let strictest = Policy::strictest(&all).expect("there is one");
            for one in &all {
                prop_assert!(!one.is_stronger_than(Some(&strictest)), "{one:?} stops more than {strictest:?}");
            }
        }

        #[test]
        fn a_policy_is_no_stronger_than_itself_and_stronger_than_none(one in policy()) {
            prop_assert!(!one.is_stronger_than(Some(&one)));
            prop_assert!(one.is_stronger_than(None));
        }

        /// Against one that weakens exactly one thing.
        #[test]
        fn each_weakening_is_seen(strong in policy(), which in 0..6) {
            let mut weak = strong.clone();
            match which {
                0 => weak.required_approvals = weak.required_approvals.saturating_sub(1),
                1 => weak.approvers = approving_roles().collect(),
                2 => drop(weak.required_checks.pop()),
                3 => drop(weak.quiet_hours.pop()),
                4 => weak.bypass = approving_roles().collect(),
                _ => weak.free_roll_back = true,
            }
            let same = |roles: &[Role], other: &[Role]| roles.iter().all(|role| other.contains(role));
            let asks_nobody = strong.required_approvals == 0;
            let is_same = weak == strong
                || (which == 1 && (asks_nobody || same(&weak.approvers, &strong.approvers)))
                || (which == 4 && same(&weak.bypass, &strong.bypass));
            prop_assert_eq!(strong.is_stronger_than(Some(&weak)), !is_same);
        }
    }

    #[test]
    fn quiet_hours_cover_their_minutes_and_no_others() {
        let evening = QuietHours { days: vec![5], from: 960, to: 1440, zone: "Europe/Berlin".into() };
        let covers = |day, minute| evening.covers(LocalTime { day, minute });
        assert_eq!([covers(5, 959), covers(5, 960), covers(5, 1439), covers(6, 960)], [false, true, true, false]);
    }

    #[test]
    fn quiet_hours_are_read_as_they_are_written() {
        for text in ["fri 16:00-24:00 Europe/Berlin", "sat,sun 00:00-24:00 UTC", "mon 09:05-09:06 America/New_York"] {
            assert_eq!(QuietHours::parse(text).map(|quiet| quiet.to_string()), Ok(text.to_owned()));
        }
        for bad in [
            "",
            "fri",
            "fri 16:00 UTC",
            "fri 16-17 UTC",
            "friday 16:00-17:00 UTC",
            "fri 16:00-25:00 UTC",
            "fri 1:1-2:2 A B",
        ] {
            assert!(QuietHours::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn nonsense_is_named_by_its_field() {
        let wrong = QuietHours { days: vec![0], from: 600, to: 500, zone: "UTC".into() };
        let policy = Policy {
            required_approvals: 6,
            approvers: vec![],
            bypass: vec![Role::Viewer],
            quiet_hours: vec![wrong],
            ..Policy::default()
        };
        let mut problems = Problems::default();
        policy.check(&mut problems);
        let fields: Vec<_> = problems.0.iter().map(|p| p.field.as_str()).collect();
        assert_eq!(fields, ["required_approvals", "approvers", "bypass", "quiet_hours[0].days", "quiet_hours[0].to"]);
        let mut problems = Problems::default();
        Policy::default().check(&mut problems);
        assert!(problems.0.is_empty());
    }
}
