//! Every state that change requests can come into, walked through exhaustively, beside a ledger that knows the rule.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::*;

const PERSONS: u128 = 4;

fn person(n: u128) -> UserId {
    UserId(Uuid::from_u128(n))
}

/// Ada and Ben manage content, Cy engineers prompts, Dee is a super admin; 5 is a key that nobody made.
fn role(n: u128) -> Option<Role> {
    [None, Some(Role::ContentManager), Some(Role::ContentManager), Some(Role::PromptEngineer), Some(Role::SuperAdmin)]
        .get(n as usize)
        .copied()
        .flatten()
}

fn by(n: u128) -> By {
    By { person: (n <= PERSONS).then(|| person(n)), role: role(n) }
}

/// Who said what about what is proposed now, written down apart from the code under test.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Ledger {
    said: BTreeMap<UserId, Verdict>,
    is_scheduled: bool,
}

impl Ledger {
    fn note(&mut self, act: Act, by: By) {
        match act {
            Act::Review(verdict) if verdict != Verdict::Comment => drop(self.said.insert(by.person.unwrap(), verdict)),
            Act::Revise => *self = Self::default(),
            Act::Schedule(_) => self.is_scheduled = true,
            Act::Unschedule => self.is_scheduled = false,
            _ => {}
        }
    }
    fn approvers(&self) -> impl Iterator<Item = UserId> {
        self.said.iter().filter(|(_, verdict)| **verdict == Verdict::Approve).map(|(by, _)| *by)
    }
    /// What the policy asks for, in its own words.
    fn satisfies(&self, rules: &Rules<'_>) -> bool {
        let Some(policy) = rules.policy else { return !self.has_objection() };
        let is_free = policy.free_roll_back && rules.is_roll_back;
        let needed = if is_free { 0 } else { policy.required_approvals as usize };
        let is_sole = |who: UserId| rules.sole == Some(who);
        let good = self.approvers().filter(|who| rules.approvers.contains(who));
        let good = good.filter(|who| !rules.authors.contains(who) || is_sole(*who)).count();
        !self.has_objection() && good >= needed
    }
    fn has_objection(&self) -> bool {
        self.said.values().any(|verdict| *verdict == Verdict::RequestChanges)
    }
}

fn acts() -> Vec<Act> {
    let reviews = [Verdict::Comment, Verdict::Approve, Verdict::RequestChanges].map(Act::Review);
    let others = [
        Act::Revise,
        Act::Schedule(Timestamp(1)),
        Act::Unschedule,
        Act::Publish,
        Act::Bypass,
        Act::Withdraw,
        Act::Supersede,
    ];
    reviews.into_iter().chain(others).collect()
}

/// One step, with what must hold of every step.
fn check_step(state: &State, ledger: &Ledger, (act, by): (Act, By), rules: &Rules<'_>) -> Option<(State, Ledger)> {
    let next = state.apply(act, by, rules).ok()?;
    let context = format!("{act:?} by {by:?} on {state:?} gave {next:?}");
    assert!(state.status.is_open(), "closed ones stay as they are: {context}");
    let mut after = ledger.clone();
    after.note(act, by);
    match act {
        Act::Publish => assert!(ledger.satisfies(rules), "published unseen: {context}"),
        Act::Schedule(_) => assert!(ledger.satisfies(rules), "scheduled unseen: {context}"),
        Act::Bypass => {
            let allowed = rules.policy.expect("there is a policy to bypass").bypass.clone();
            assert!(allowed.contains(&by.role.expect("a person")), "{context}");
        }
        Act::Review(Verdict::Approve | Verdict::RequestChanges) => assert!(by.person.is_some(), "{context}"),
        _ => assert!(next.status != Status::Published, "{context}"),
    }
    if !next.status.is_open() {
        return Some((next, after));
    }
    if !matches!(next.status, Status::Scheduled) {
        after.is_scheduled = false;
    }
    assert_eq!(next.status == Status::ChangesRequested, after.has_objection(), "{context}");
    let ready = matches!(next.status, Status::Approved | Status::Scheduled);
    assert_eq!(ready, after.satisfies(rules), "{context}, but the ledger says {after:?}");
    assert_eq!(next.publish_at.is_some(), next.status == Status::Scheduled, "{context}");
    Some((next, after))
}

/// Walks through every state that can be reached; how many there are.
fn walk(rules: &Rules<'_>) -> usize {
    let mut seen = BTreeSet::new();
    let mut pending = vec![(State::open(rules), Ledger::default())];
    let mut published = 0;
    while let Some((state, ledger)) = pending.pop() {
        if !seen.insert((state.clone(), ledger.clone())) {
            continue;
        }
        published += usize::from(state.status == Status::Published);
        for act in acts() {
            for n in 1..=PERSONS + 1 {
                pending.extend(check_step(&state, &ledger, (act, by(n)), rules));
            }
        }
    }
    let can = rules.policy.is_none_or(|policy| {
        let others = rules.approvers.iter().filter(|who| !rules.authors.contains(who)).count();
        let own = rules.sole.filter(|who| rules.approvers.contains(who) && rules.authors.contains(who)).iter().count();
        others + own >= rules.required() || !policy.bypass.is_empty()
    });
    assert_eq!(published > 0, can, "what can be published is, and nothing else: {rules:?}");
    seen.len()
}

#[test]
fn no_way_leads_past_the_policy() {
    let roles = [Role::ContentManager, Role::SuperAdmin, Role::PromptEngineer];
    let (mut models, mut states) = (0, 0);
    for required_approvals in 0..=3 {
        for (bypass, free_roll_back, is_roll_back) in [
            (vec![], false, false),
            (vec![Role::SuperAdmin], false, true),
            (vec![Role::SuperAdmin], true, true),
            (vec![], true, false),
        ] {
            let approvers = roles.to_vec();
            let policy = Policy { required_approvals, approvers, bypass, free_roll_back, ..Policy::default() };
            for authors in [&[][..], &[person(1)], &[person(3)], &[person(1), person(3)]] {
                for approvers in [&[][..], &[person(1)], &[person(1), person(2)], &[person(1), person(2), person(4)]] {
                    for sole in [None, Some(person(1))] {
                        let rules = Rules { policy: Some(&policy), authors, approvers, sole, is_roll_back };
                        (models, states) = (models + 1, states + walk(&rules));
                    }
                }
            }
        }
    }
    let free = Rules { policy: None, authors: &[person(3)], approvers: &[], sole: None, is_roll_back: false };
    states += walk(&free);
    println!("{} models, {states} states", models + 1);
}

fn rules_of<'a>(policy: &'a Policy, authors: &'a [UserId], approvers: &'a [UserId]) -> Rules<'a> {
    Rules { policy: Some(policy), authors, approvers, sole: None, is_roll_back: false }
}

#[test]
fn an_approval_is_of_what_was_proposed() {
    let policy = Policy::default();
    let (authors, approvers) = ([person(3)], [person(1), person(2)]);
    let rules = rules_of(&policy, &authors, &approvers);
    let approved = State::open(&rules).apply(Act::Review(Verdict::Approve), by(1), &rules).unwrap();
    assert_eq!(approved.status, Status::Approved);
    let revised = approved.apply(Act::Revise, by(3), &rules).unwrap();
    assert_eq!((revised.status, revised.approvals()), (Status::InReview, 0));
}

#[test]
fn an_approver_who_left_or_became_an_author_counts_no_more() {
    let policy = Policy::default();
    let (authors, approvers) = ([person(3)], [person(1), person(2)]);
    let rules = rules_of(&policy, &authors, &approvers);
    let approved = State::open(&rules).apply(Act::Review(Verdict::Approve), by(1), &rules).unwrap();
    let left = rules_of(&policy, &authors, &approvers[1..]);
    assert_eq!(approved.clone().settled(&left).status, Status::InReview);
    let both = [person(1), person(3)];
    assert_eq!(approved.settled(&rules_of(&policy, &both, &approvers)).status, Status::InReview);
}

#[test]
fn the_one_who_may_approve_approves_their_own_work_and_it_says_so() {
    let policy = Policy::default();
    let one = [person(1)];
    let rules = Rules { sole: Some(person(1)), ..rules_of(&policy, &one, &one) };
    let approved = State::open(&rules).apply(Act::Review(Verdict::Approve), by(1), &rules).unwrap();
    assert!(approved.reviews[0].is_own && approved.status == Status::Approved);
    // A policy that names fewer roles makes nobody the only one.
    let refused = State::open(&rules).apply(Act::Review(Verdict::Approve), by(1), &rules_of(&policy, &one, &one));
    assert_eq!(refused.unwrap_err().code, "own_work");
}

#[test]
fn names_are_read_back() {
    for status in Status::ALL {
        assert_eq!(Status::parse(status.name()), Ok(status));
    }
    assert!(Status::parse("done").is_err() && Verdict::parse("maybe").is_err());
}
