//! Lines of a comparison, put together for reading: what is unchanged far from a change is folded.

use domain::comparison::{DiffLine, DiffTag, near_changes};

/// A run of lines.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    Shown(Vec<DiffLine>),
    Folded(Vec<DiffLine>),
    /// So many unchanged lines, which are not here.
    LeftOut(u32),
}

/// Cuts the lines into runs that are shown and runs that are folded. A fold of one line would save nothing.
pub fn blocks(lines: Vec<DiffLine>) -> Vec<Block> {
    let is_near = near_changes(&lines);
    let mut blocks: Vec<Block> = Vec::new();
    let mut last = (0, 0);
    for (i, line) in lines.into_iter().enumerate() {
        let jump = |line: Option<u32>, last: u32| line.map_or(0, |number| number.saturating_sub(last + 1));
        match jump(line.old_line, last.0).max(jump(line.new_line, last.1)) {
            0 => {}
            count => blocks.push(Block::LeftOut(count)),
        }
        last = (line.old_line.unwrap_or(last.0), line.new_line.unwrap_or(last.1));
        let is_lone = !is_near[i] && (i == 0 || is_near[i - 1]) && is_near.get(i + 1).copied().unwrap_or(true);
        match (is_near[i] || is_lone, blocks.last_mut()) {
            (true, Some(Block::Shown(run))) | (false, Some(Block::Folded(run))) => run.push(line),
            (true, _) => blocks.push(Block::Shown(vec![line])),
            (false, _) => blocks.push(Block::Folded(vec![line])),
        }
    }
    blocks
}

/// A line on each side.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    pub old: Option<DiffLine>,
    pub new: Option<DiffLine>,
}

impl Pair {
    pub fn is_change(&self) -> bool {
        [&self.old, &self.new].into_iter().flatten().any(|line| line.tag != DiffTag::Equal)
    }
}

/// Sets deleted lines beside the inserted ones that follow them.
pub fn pairs(lines: Vec<DiffLine>) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    // The first deleted line that has nothing beside it yet.
    let mut open = None;
    for line in lines {
        match line.tag {
            DiffTag::Equal => {
                open = None;
                pairs.push(Pair { old: Some(line.clone()), new: Some(line) });
            }
            DiffTag::Delete => {
                open.get_or_insert(pairs.len());
                pairs.push(Pair { old: Some(line), new: None });
            }
            DiffTag::Insert => match open.filter(|at| *at < pairs.len()) {
                Some(at) => {
                    pairs[at].new = Some(line);
                    open = Some(at + 1);
                }
                None => {
                    open = None;
                    pairs.push(Pair { old: None, new: Some(line) });
                }
            },
        }
    }
    pairs
}

/// A text without its line end, and with what can't be seen written out.
pub fn visible(text: &str) -> String {
    domain::text::visible(text.strip_suffix('\n').unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One line a character: `=`, `-`, `+`.
    fn lines(tags: &str) -> Vec<DiffLine> {
        let tag = |c| match c {
            '-' => DiffTag::Delete,
            '+' => DiffTag::Insert,
            _ => DiffTag::Equal,
        };
        tags.chars().map(|c| DiffLine { tag: tag(c), old_line: None, new_line: None, parts: Vec::new() }).collect()
    }

    fn shape(blocks: &[Block]) -> String {
        let text = |block: &Block| match block {
            Block::Shown(run) => format!("s{}", run.len()),
            Block::Folded(run) => format!("f{}", run.len()),
            Block::LeftOut(count) => format!("l{count}"),
        };
        blocks.iter().map(text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_is_far_from_a_change_is_folded() {
        assert_eq!(shape(&blocks(lines("=====-+======"))), "f2 s8 f3");
        assert_eq!(shape(&blocks(lines("====-+===="))), "s10");
        assert_eq!(shape(&blocks(lines("-========+"))), "s4 f2 s4");
        assert_eq!(shape(&blocks(lines("====="))), "f5");
        assert_eq!(shape(&blocks(lines("-"))), "s1");
    }

    #[test]
    fn what_was_left_out_is_counted() {
        let line = |number| DiffLine { old_line: Some(number), new_line: Some(number + 2), ..lines("=").remove(0) };
        let change = DiffLine { new_line: Some(12), ..lines("+").remove(0) };
        assert_eq!(shape(&blocks(vec![line(8), line(9), change, line(11)])), "l9 s3 l1 s1");
    }

    #[test]
    fn deleted_lines_stand_beside_inserted_ones() {
        let shape = |tags: &str| -> String {
            pairs(lines(tags))
                .iter()
                .map(|pair| match (&pair.old, &pair.new) {
                    (Some(_), Some(_)) if pair.is_change() => '|',
                    (Some(_), Some(_)) => '=',
                    (Some(_), None) => '-',
                    _ => '+',
                })
                .collect()
        };
        assert_eq!(shape("=--+="), "=|-=");
        assert_eq!(shape("-++"), "|+");
        assert_eq!(shape("--+++++="), "||+++=");
        assert_eq!(shape("+-"), "+-");
        assert_eq!(shape("-=+"), "-=+");
    }

    #[test]
    fn what_can_not_be_seen_is_written_out() {
        assert_eq!(visible("a\u{200b}b\n"), "a⟨U+200B⟩b");
        assert_eq!(visible("\ttab"), "\ttab");
    }
}
