//! The picture of uses: users on the left, what is used on the right, one column for each step away. Made on the server:
//! the page needs no code for it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use domain::composition::Dependencies;

/// Templates of a picture; a larger one could not be read.
const MOST: usize = 60;
const WIDTH: i64 = 176;
const HEIGHT: i64 = 30;
const GAP_X: i64 = 56;
const GAP_Y: i64 = 14;
const EDGE: i64 = 8;
/// Characters of a name that fit.
const FITS: usize = 21;

/// SVG, and how many templates it leaves out. Empty when there is nothing to draw.
pub fn draw(dependencies: &Dependencies, key: &str, project: &str) -> (String, usize) {
    let columns = columns(dependencies, key);
    let all = columns.len();
    if all < 2 {
        return (String::new(), 0);
    }
    let places = places(columns);
    let (mut edges, mut nodes) = (String::new(), String::new());
    let mut drawn = Vec::new();
    for one in dependencies.used_by.iter().chain(&dependencies.uses) {
        let ends = (one.from.as_str(), one.to.as_str());
        if let (Some(from), Some(to), false) = (places.get(ends.0), places.get(ends.1), drawn.contains(&ends)) {
            edge(&mut edges, *from, *to);
            drawn.push(ends);
        }
    }
    for (name, place) in &places {
        node(&mut nodes, name, *place, name == key, project);
    }
    let right = places.values().map(|(x, _)| x + WIDTH).max().unwrap_or_default() + EDGE;
    let bottom = places.values().map(|(_, y)| y + HEIGHT).max().unwrap_or_default() + EDGE;
    let svg = format!(
        "<svg class=\"graph\" xmlns=\"http://www.w3.org/2000/svg\" width=\"{right}\" height=\"{bottom}\" \
         viewBox=\"0 0 {right} {bottom}\" aria-hidden=\"true\" focusable=\"false\">{edges}{nodes}</svg>"
    );
    (svg, all - places.len())
}

/// How many steps each template is away: users below zero.
fn columns(dependencies: &Dependencies, key: &str) -> BTreeMap<String, i64> {
    let mut columns = BTreeMap::from([(key.to_owned(), 0)]);
    for one in &dependencies.uses {
        columns.entry(one.to.clone()).or_insert(i64::from(one.depth));
    }
    for one in &dependencies.used_by {
        columns.entry(one.from.clone()).or_insert(-i64::from(one.depth));
    }
    columns
}

/// Where each template stands, the nearest ones when there are too many.
fn places(columns: BTreeMap<String, i64>) -> BTreeMap<String, (i64, i64)> {
    let mut all: Vec<(String, i64)> = columns.into_iter().collect();
    all.sort_by_key(|(_, column)| column.abs());
    all.truncate(MOST);
    let first = all.iter().map(|(_, column)| *column).min().unwrap_or_default();
    let mut counts: BTreeMap<i64, i64> = BTreeMap::new();
    all.iter().for_each(|(_, column)| *counts.entry(*column).or_default() += 1);
    let most = counts.values().copied().max().unwrap_or(1);
    let mut next: BTreeMap<i64, i64> = BTreeMap::new();
    let place = |(name, column): (String, i64)| {
        let row = next.entry(column).or_default();
        let free = (most - counts.get(&column).copied().unwrap_or(1)) * (HEIGHT + GAP_Y) / 2;
        let y = EDGE + free + *row * (HEIGHT + GAP_Y);
        *row += 1;
        (name, (EDGE + (column - first) * (WIDTH + GAP_X), y))
    };
    all.into_iter().map(place).collect()
}

/// From the right side of who uses to the left side of what is used.
fn edge(out: &mut String, from: (i64, i64), to: (i64, i64)) {
    let (x1, y1, x2, y2) = (from.0 + WIDTH, from.1 + HEIGHT / 2, to.0, to.1 + HEIGHT / 2);
    let bend = GAP_X / 2;
    let (a, b) = (x1 + bend, x2 - bend);
    // Writing to a string never fails.
    let _ = write!(out, "<path class=\"graph-edge\" d=\"M{x1} {y1}C{a} {y1} {b} {y2} {x2} {y2}\"/>");
    let _ = write!(out, "<path class=\"graph-tip\" d=\"M{x2} {y2}l-6 -3.5v7z\"/>");
}

fn node(out: &mut String, name: &str, (x, y): (i64, i64), is_own: bool, project: &str) {
    let short: String = match name.chars().count() {
        n if n > FITS => name.chars().take(FITS - 1).chain(['…']).collect(),
        _ => name.to_owned(),
    };
    let class = if is_own { "graph-node is-own" } else { "graph-node" };
    let (href, title, text) =
        (escaped(&format!("/p/{project}/templates/{name}/graph")), escaped(name), escaped(&short));
    let (middle_x, middle_y) = (x + WIDTH / 2, y + HEIGHT / 2);
    let _ = write!(
        out,
        "<a class=\"{class}\" href=\"{href}\" tabindex=\"-1\"><title>{title}</title>\
         <rect x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"6\"/>\
         <text x=\"{middle_x}\" y=\"{middle_y}\" text-anchor=\"middle\" dominant-baseline=\"central\">{text}</text></a>"
    );
}

/// Keys hold nothing that needs it; what doesn't come from here is not trusted all the same.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use domain::composition::Dependency;

    use super::*;

    fn one(from: &str, to: &str, depth: u32) -> Dependency {
        Dependency { from: from.into(), to: to.into(), reference: to.into(), depth, through: Vec::new() }
    }

    #[test]
    fn users_stand_left_and_what_is_used_right() {
        let uses = vec![one("mid", "base", 1), one("base", "deep", 2)];
        let dependencies = Dependencies { uses, used_by: vec![one("top", "mid", 1)] };
        let places = places(columns(&dependencies, "mid"));
        let x = |name: &str| places[name].0;
        assert!(x("top") < x("mid") && x("mid") < x("base") && x("base") < x("deep"));
        let (svg, left_out) = draw(&dependencies, "mid", "<p>");
        assert_eq!((svg.matches("graph-edge").count(), left_out), (3, 0));
        assert!(svg.contains("/p/&lt;p&gt;/templates/top/graph") && !svg.contains("<p>"), "{svg}");
    }

    #[test]
    fn a_large_picture_keeps_the_near_ones() {
        let used_by = (0..100).map(|n| one(&format!("user_{n}"), "x", 1)).collect();
        let dependencies = Dependencies { uses: Vec::new(), used_by };
        assert_eq!(draw(&dependencies, "x", "p").1, 41);
        assert_eq!(draw(&Dependencies::default(), "x", "p"), (String::new(), 0));
    }
}
