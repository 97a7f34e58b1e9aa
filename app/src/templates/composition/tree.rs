//! Uses as a tree: each template once with what is below it, and by name only where it comes again.

use std::collections::{BTreeMap, BTreeSet};

use domain::composition::Dependency;

/// One use, and the uses below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// The template at the far end.
    pub key: String,
    pub reference: String,
    pub through: Vec<String>,
    /// What is below it stands elsewhere in the tree.
    pub is_again: bool,
    pub below: Vec<Branch>,
}

/// The tree below a template. `ends` gives the near and the far end of a use.
pub fn tree(key: &str, uses: &[Dependency], ends: impl Fn(&Dependency) -> (&str, &str)) -> Vec<Branch> {
    let mut by_near: BTreeMap<&str, Vec<&Dependency>> = BTreeMap::new();
    for one in uses {
        by_near.entry(ends(one).0).or_default().push(one);
    }
    let mut seen = BTreeSet::from([key.to_owned()]);
    branches(key, &by_near, &ends, &mut seen)
}

fn branches(
    key: &str,
    by_near: &BTreeMap<&str, Vec<&Dependency>>,
    ends: &impl Fn(&Dependency) -> (&str, &str),
    seen: &mut BTreeSet<String>,
) -> Vec<Branch> {
    let uses = by_near.get(key).map(Vec::as_slice).unwrap_or_default();
    let branch = |one: &&Dependency| {
        let far = ends(one).1.to_owned();
        let is_again = !seen.insert(far.clone()) && by_near.contains_key(far.as_str());
        let below = if is_again { Vec::new() } else { branches(&far, by_near, ends, seen) };
        Branch { key: far, reference: one.reference.clone(), through: one.through.clone(), is_again, below }
    };
    uses.iter().map(branch).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uses(edges: &[(&str, &str)]) -> Vec<Dependency> {
        let one = |(from, to): &(&str, &str)| Dependency {
            from: (*from).to_owned(),
            to: (*to).to_owned(),
            reference: (*to).to_owned(),
            depth: 1,
            through: Vec::new(),
        };
        edges.iter().map(one).collect()
    }

    fn drawn(branches: &[Branch]) -> String {
        let one = |b: &Branch| format!("{}{}({})", b.key, if b.is_again { "*" } else { "" }, drawn(&b.below));
        branches.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_comes_again_is_not_unfolded_twice_and_a_circle_ends() {
        let uses = uses(&[("a", "b"), ("a", "c"), ("b", "d"), ("c", "b"), ("d", "a")]);
        assert_eq!(drawn(&tree("a", &uses, |one| (&one.from, &one.to))), "b(d(a*())) c(b*())");
        assert_eq!(drawn(&tree("b", &uses, |one| (&one.to, &one.from))), "a(d(b*())) c(a*())");
    }
}
