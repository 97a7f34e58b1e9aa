//! Byte-pair encoding over a vocabulary that stays in the binary.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use regex::Regex;

/// The tokens of one tokenizer, found by their bytes.
pub(super) struct Vocabulary {
    /// Length and bytes of every token, in the order of the ranks.
    packed: &'static [u8],
    /// Where each rank's length stands.
    places: Vec<u32>,
    /// A hash table of ranks with open addressing; a power of two long.
    slots: Vec<u32>,
    /// What a text is cut into before pieces are encoded. None only if the pattern were wrong, which tests would see.
    pieces: Option<Regex>,
}

const EMPTY: u32 = u32::MAX;

impl Vocabulary {
    pub(super) fn new(packed: &'static [u8], pattern: &str) -> Self {
        let mut places = Vec::new();
        let mut place = 0;
        while place < packed.len() {
            places.push(place as u32);
            place += 1 + packed[place] as usize;
        }
        let slots = vec![EMPTY; (2 * places.len()).next_power_of_two()];
        let mut vocabulary = Self { packed, places, slots, pieces: Regex::new(pattern).ok() };
        for rank in 0..vocabulary.places.len() as u32 {
            let slot = vocabulary.slot(vocabulary.token(rank));
            vocabulary.slots[slot] = rank;
        }
        vocabulary
    }

    fn token(&self, rank: u32) -> &'static [u8] {
        let place = self.places[rank as usize] as usize;
        &self.packed[place + 1..place + 1 + self.packed[place] as usize]
    }

    /// Where a token stands, or would.
    fn slot(&self, token: &[u8]) -> usize {
        let mut slot = hash(token) as usize & (self.slots.len() - 1);
        while self.slots[slot] != EMPTY && self.token(self.slots[slot]) != token {
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        slot
    }

    /// The lower, the earlier two parts are joined to it.
    fn rank(&self, token: &[u8]) -> Option<u32> {
        Some(self.slots[self.slot(token)]).filter(|rank| *rank != EMPTY)
    }

    /// How many tokens a text makes.
    pub(super) fn count(&self, text: &str) -> u64 {
        let Some(pieces) = &self.pieces else { return 0 };
        let (mut tokens, mut at) = (0, 0);
        while let Some(found) = pieces.find_at(text, at) {
            at = end_of_piece(text, found.start(), found.end());
            tokens += self.count_piece(&text.as_bytes()[found.start()..at]);
        }
        tokens
    }

    /// Joins the two neighbours of the lowest rank until none make a token; `n log n` for a piece of `n` bytes.
    fn count_piece(&self, piece: &[u8]) -> u64 {
        if piece.len() < 2 || self.rank(piece).is_some() {
            return 1;
        }
        let mut parts = Parts::new(piece.len());
        let mut queue = BinaryHeap::new();
        let offer = |queue: &mut BinaryHeap<_>, start: u32, end: u32| {
            let token = &piece[start as usize..end as usize];
            queue.extend(self.rank(token).map(|rank| Reverse((rank, start, end))));
        };
        (1..piece.len() as u32).for_each(|middle| offer(&mut queue, middle - 1, middle + 1));
        while let Some(Reverse((_, start, end))) = queue.pop() {
            if !parts.join(start, end) {
                continue;
            }
            if let Some(before) = parts.before(start) {
                offer(&mut queue, before, end);
            }
            if let Some(after) = parts.end_at(end) {
                offer(&mut queue, start, after);
            }
        }
        parts.count
    }
}

/// White space leaves its last character to the word after it. The tokenizers say so with a look-ahead, which the
/// regular expressions at hand don't have.
fn end_of_piece(text: &str, start: usize, end: usize) -> usize {
    let piece = &text[start..end];
    let is_space = piece.chars().all(char::is_whitespace) && !piece.ends_with(['\r', '\n']);
    match piece.char_indices().next_back() {
        Some((last, _)) if is_space && last > 0 && end < text.len() => start + last,
        _ => end,
    }
}

/// The parts that a piece is made of at the moment. Places in 32 bits: a text of a megabyte has a million of them.
struct Parts {
    /// The end of the part that starts here; 0 where none does.
    ends: Vec<u32>,
    /// The start of the part before the one that starts here.
    starts: Vec<u32>,
    count: u64,
}

impl Parts {
    fn new(bytes: usize) -> Self {
        let starts = (0..bytes as u32).map(|start| start.saturating_sub(1)).collect();
        Self { ends: (1..=bytes as u32).collect(), starts, count: bytes as u64 }
    }

    /// Joins the part at `start` with the one after it, when they still end at `end`.
    fn join(&mut self, start: u32, end: u32) -> bool {
        let middle = self.ends[start as usize];
        if middle == 0 || middle >= end || self.ends[middle as usize] != end {
            return false;
        }
        self.ends[start as usize] = end;
        self.ends[middle as usize] = 0;
        if let Some(after) = self.starts.get_mut(end as usize) {
            *after = start;
        }
        self.count -= 1;
        true
    }

    fn before(&self, start: u32) -> Option<u32> {
        (start > 0).then(|| self.starts[start as usize])
    }
    fn end_at(&self, start: u32) -> Option<u32> {
        self.ends.get(start as usize).copied()
    }
}

/// FNV-1a, with the upper half mixed into the lower.
fn hash(bytes: &[u8]) -> u64 {
    let hash = bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3_u64));
    hash ^ (hash >> 32)
}
