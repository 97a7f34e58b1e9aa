//! How near a name is to what somebody types.

use super::words;

/// How far a name is from what is typed: less is nearer, none is no match. The whole name, its start, starts of its words,
/// a part, and last the same letters in their order; of equals the shorter name.
pub fn distance(typed: &str, name: &str) -> Option<u32> {
    let (wanted, found) = (folded(typed), folded(name));
    if wanted.is_empty() {
        return None;
    }
    let steps = [
        found == wanted,
        found.starts_with(&wanted),
        starts_words(&wanted, &found),
        found.contains(&wanted),
        is_inside(&wanted, &found),
    ];
    let step = steps.into_iter().position(|fits| fits)? as u32;
    Some(step * 10_000 + found.chars().count().min(9_999) as u32)
}

/// Its words with single spaces between them.
fn folded(text: &str) -> String {
    words(text).into_iter().map(|word| word.text).collect::<Vec<_>>().join(" ")
}

fn starts_words(wanted: &str, found: &str) -> bool {
    wanted.split(' ').all(|start| found.split(' ').any(|word| word.starts_with(start)))
}

/// Whether all the letters occur in their order.
fn is_inside(wanted: &str, found: &str) -> bool {
    let mut left = found.chars();
    wanted.chars().filter(|c| *c != ' ').all(|c| left.any(|other| other == c))
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn the_nearer_name_comes_first() {
        let names = ["core_values", "core", "values_core", "hard_core", "encore", "cold_or_real", "nothing"];
        let mut found: Vec<_> = names.iter().filter_map(|name| Some((distance("core", name)?, *name))).collect();
        found.sort_unstable();
        let found: Vec<_> = found.into_iter().map(|(_, name)| name).collect();
        assert_eq!(found, ["core", "core_values", "hard_core", "values_core", "encore", "cold_or_real"]);
    }

    #[test]
    fn words_may_be_short_and_in_any_order() {
        assert!(distance("val co", "core_values").is_some());
        assert!(distance("CV", "core_values").is_some());
        assert_eq!(distance("vc", "core_values"), None);
        assert_eq!(distance(" %", "core_values"), None);
    }
}
