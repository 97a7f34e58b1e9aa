//! Change requests: proposals to move labels, and the one state machine that decides on them.

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::ids::UserId;
use crate::permission::{Permission, Role, allows};
use crate::policy::Policy;
use crate::time::Timestamp;

mod comments;
mod data;

pub use comments::*;
pub use data::*;

/// Where a change request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Status {
    /// Approvals are missing.
    InReview,
    /// Somebody asked for something else.
    ChangesRequested,
    /// It may be published.
    Approved,
    /// It is published at its time.
    Scheduled,
    Published,
    Withdrawn,
    /// Another change request took its place.
    Superseded,
}

impl Status {
    pub const ALL: [Status; 7] = [
        Self::InReview,
        Self::ChangesRequested,
        Self::Approved,
        Self::Scheduled,
        Self::Published,
        Self::Withdrawn,
        Self::Superseded,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::InReview => "in_review",
            Self::ChangesRequested => "changes_requested",
            Self::Approved => "approved",
            Self::Scheduled => "scheduled",
            Self::Published => "published",
            Self::Withdrawn => "withdrawn",
            Self::Superseded => "superseded",
        }
    }
    /// For people: `Changes requested`.
    pub fn title(self) -> &'static str {
        match self {
            Self::InReview => "In review",
            Self::ChangesRequested => "Changes requested",
            Self::Approved => "Approved",
            Self::Scheduled => "Scheduled",
            Self::Published => "Published",
            Self::Withdrawn => "Withdrawn",
            Self::Superseded => "Superseded",
        }
    }
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|status| status.name() == text).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|status| status.name()).collect();
            format!("`{text}` is not a status; use one of {}", names.join(", "))
        })
    }
    /// Whether anything can still happen to it.
    pub fn is_open(self) -> bool {
        matches!(self, Self::InReview | Self::ChangesRequested | Self::Approved | Self::Scheduled)
    }
}

/// What a reviewer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Verdict {
    /// Neither for nor against.
    Comment,
    Approve,
    RequestChanges,
}

impl Verdict {
    pub fn name(self) -> &'static str {
        match self {
            Self::Comment => "comment",
            Self::Approve => "approve",
            Self::RequestChanges => "request_changes",
        }
    }
    pub fn parse(text: &str) -> Result<Self, String> {
        let all = [Self::Comment, Self::Approve, Self::RequestChanges];
        let found = all.into_iter().find(|verdict| verdict.name() == text);
        found.ok_or_else(|| format!("`{text}` is not a verdict; use comment, approve or request_changes"))
    }
}

/// What counts of a reviewer's words: the last verdict on what is proposed now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Standing {
    pub by: UserId,
    /// Never a comment.
    pub verdict: Verdict,
    /// An author's approval of their own work, as the only one who may approve.
    pub is_own: bool,
}

/// All of a change request that decides what can happen to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct State {
    pub status: Status,
    /// At most one a person, by person.
    pub reviews: Vec<Standing>,
    pub publish_at: Option<Timestamp>,
}

/// What somebody does to a change request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    Review(Verdict),
    /// Proposes something else: what was said about what was proposed before does not count any more.
    Revise,
    Schedule(Timestamp),
    Unschedule,
    Publish,
    /// Publishes in an emergency, whatever is missing.
    Bypass,
    Withdraw,
    Supersede,
}

/// Who acts: a person in their role, or a job or key, which can't review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct By {
    pub person: Option<UserId>,
    pub role: Option<Role>,
}

/// What the rules look at beside the change request itself.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// None where none of the labels is protected.
    pub policy: Option<&'a Policy>,
    /// Who opened or revised it, and who wrote the versions that it proposes.
    pub authors: &'a [UserId],
    /// The members of the project whose approval counts.
    pub approvers: &'a [UserId],
    /// The one active member whose role may review at all, whatever the policies say; none while there are others: a policy
    /// that names fewer roles must not make anybody the only one.
    pub sole: Option<UserId>,
    /// Every label goes back to what it served before.
    pub is_roll_back: bool,
}

impl Rules<'_> {
    /// How many approvals it needs.
    pub fn required(&self) -> usize {
        match self.policy {
            Some(policy) if self.is_roll_back && policy.free_roll_back => 0,
            Some(policy) => policy.required_approvals as usize,
            None => 0,
        }
    }

    /// Whether this author may approve their own work: as the one member of the project who may review.
    fn may_approve_own(&self, person: UserId) -> bool {
        self.sole == Some(person)
    }
}

impl State {
    /// A change request as it is opened.
    pub fn open(rules: &Rules<'_>) -> Self {
        Self { status: Status::InReview, reviews: Vec::new(), publish_at: None }.settled(rules)
    }

    /// What becomes of it when this is done.
    ///
    /// # Errors
    /// Why it can't be done: `closed`, `forbidden`, `own_work`, `not_approved` or `not_scheduled`.
    pub fn apply(&self, act: Act, by: By, rules: &Rules<'_>) -> Result<Self, Error> {
        self.require_open()?;
        let mut next = self.clone();
        match act {
            Act::Review(verdict) => next.review(verdict, by, rules)?,
            Act::Revise => (next.reviews, next.publish_at) = (Vec::new(), None),
            Act::Schedule(at) => {
                self.require_approved(rules)?;
                next.publish_at = Some(at);
            }
            Act::Unschedule if self.publish_at.is_none() => {
                return Err(Error::conflict("not_scheduled", "this change request has no time to be published at"));
            }
            Act::Unschedule => next.publish_at = None,
            Act::Publish => {
                self.require_approved(rules)?;
                return Ok(Self { status: Status::Published, ..next });
            }
            Act::Bypass => {
                check_bypass(by, rules)?;
                return Ok(Self { status: Status::Published, ..next });
            }
            Act::Withdraw => {
                check_withdraw(by, rules)?;
                return Ok(Self { status: Status::Withdrawn, publish_at: None, ..next });
            }
            Act::Supersede => {
                check_withdraw(by, rules)?;
                return Ok(Self { status: Status::Superseded, publish_at: None, ..next });
            }
        }
        Ok(next.settled(rules))
    }

    /// That something can still happen to it.
    ///
    /// # Errors
    /// `closed`.
    pub fn require_open(&self) -> Result<(), Error> {
        let message = || format!("this change request is {} already", self.status.title().to_lowercase());
        if self.status.is_open() { Ok(()) } else { Err(Error::conflict("closed", message())) }
    }

    /// What it comes to when the policy or the members have changed since: approvals that count no more are gone.
    #[must_use]
    pub fn settled(mut self, rules: &Rules<'_>) -> Self {
        if !self.status.is_open() {
            return self;
        }
        self.reviews.retain(|review| review.verdict != Verdict::Approve || counts(review, rules));
        self.status = match (self.objections(), self.approvals() < rules.required(), self.publish_at) {
            (1.., _, _) => Status::ChangesRequested,
            (0, true, _) => Status::InReview,
            (0, false, None) => Status::Approved,
            (0, false, Some(_)) => Status::Scheduled,
        };
        if !matches!(self.status, Status::Scheduled) {
            self.publish_at = None;
        }
        self
    }

    fn review(&mut self, verdict: Verdict, by: By, rules: &Rules<'_>) -> Result<(), Error> {
        if verdict == Verdict::Comment {
            return Ok(());
        }
        let Some(person) = by.person.filter(|_| by.role.is_some()) else {
            return Err(Error::forbidden("only people review; log in to do so"));
        };
        let is_own = rules.authors.contains(&person);
        if is_own && (verdict == Verdict::RequestChanges || !rules.may_approve_own(person)) {
            let message = "you are an author of this change: somebody else has to review it";
            return Err(Error::new(crate::error::Kind::Forbidden, "own_work", message));
        }
        if verdict == Verdict::Approve && rules.required() > 0 && !rules.approvers.contains(&person) {
            return Err(Error::forbidden(refusal(rules)));
        }
        self.reviews.retain(|review| review.by != person);
        self.reviews.push(Standing { by: person, verdict, is_own });
        self.reviews.sort_unstable();
        Ok(())
    }

    /// How many people approve.
    pub fn approvals(&self) -> usize {
        self.reviews.iter().filter(|review| review.verdict == Verdict::Approve).count()
    }
    /// How many people want something else.
    pub fn objections(&self) -> usize {
        self.reviews.iter().filter(|review| review.verdict == Verdict::RequestChanges).count()
    }

    fn require_approved(&self, rules: &Rules<'_>) -> Result<(), Error> {
        let (has, needs) = (self.approvals(), rules.required());
        let missing = match self.status {
            Status::Approved | Status::Scheduled => return Ok(()),
            Status::ChangesRequested => "a reviewer has requested changes".to_owned(),
            _ => format!("{has} of {needs} {}", if needs == 1 { "approval" } else { "approvals" }),
        };
        Err(Error::conflict("not_approved", format!("this change request can't be published yet: {missing}")))
    }
}

/// Whether an approval counts under the rules of now.
fn counts(review: &Standing, rules: &Rules<'_>) -> bool {
    let may = rules.required() == 0 || rules.approvers.contains(&review.by);
    may && (!rules.authors.contains(&review.by) || rules.may_approve_own(review.by))
}

fn check_bypass(by: By, rules: &Rules<'_>) -> Result<(), Error> {
    let allowed = rules.policy.map(|policy| policy.bypass.as_slice()).unwrap_or_default();
    if by.role.is_some_and(|role| allowed.contains(&role)) {
        return Ok(());
    }
    let names: Vec<_> = allowed.iter().map(|role| role.name()).collect();
    Err(Error::forbidden(match names.as_slice() {
        [] => "the policy of this label lets nobody publish without approval".to_owned(),
        names => format!("the policy of this label lets only {} publish without approval", names.join(", ")),
    }))
}

/// An author takes their proposal back, or a reviewer closes it.
fn check_withdraw(by: By, rules: &Rules<'_>) -> Result<(), Error> {
    let is_author = by.person.is_some_and(|person| rules.authors.contains(&person));
    let may_review = by.role.is_some_and(|role| allows(role, Permission::ReviewChanges));
    let allowed = is_author || may_review;
    if allowed { Ok(()) } else { Err(Error::forbidden("only its authors and reviewers withdraw a change request")) }
}

fn refusal(rules: &Rules<'_>) -> String {
    let roles = rules.policy.map(|policy| policy.approvers.as_slice()).unwrap_or_default();
    let names: Vec<_> = roles.iter().map(|role| role.name()).collect();
    format!("the policy of this label asks for the approval of {}", names.join(" or "))
}

#[cfg(test)]
mod tests;
