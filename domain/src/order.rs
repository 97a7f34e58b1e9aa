//! Order, in code that exists once.

/// Sorts by a number that each item has; items with the same one stay in their order.
///
/// The standard library's stable sort is compiled anew for each type, four kilobytes of the browser's engine each.
pub(crate) fn sort_by_number<T>(items: &mut Vec<T>, number: impl Fn(&T) -> usize) {
    let mut order: Vec<(usize, usize)> = items.iter().map(number).zip(0..).collect();
    order.sort_unstable();
    let mut taken: Vec<_> = std::mem::take(items).into_iter().map(Some).collect();
    items.extend(order.into_iter().filter_map(|(_, at)| taken[at].take()));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::sort_by_number;

    proptest! {
        #[test]
        fn it_sorts_as_the_standard_library_does(numbers in proptest::collection::vec(0_usize..20, 0..60)) {
            let mut items: Vec<(usize, usize)> = numbers.into_iter().zip(0..).collect();
            let mut expected = items.clone();
            expected.sort_by_key(|(number, _)| *number);
            sort_by_number(&mut items, |(number, _)| *number);
            prop_assert_eq!(items, expected);
        }
    }
}
