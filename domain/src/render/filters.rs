//! Filters, tests and functions as templates see them: minijinja's own, behind a charge for what they read.

use minijinja::value::{Rest, ValueOrKwargs};
use minijinja::{Environment, Error, ErrorKind, State, Value, filters, tests};

use super::MAX_RANGE;
use super::budget::{self, charge, left, surface, whole};
use crate::check::JSON_GROWTH;
use crate::contract::MAX_VARIABLES_BYTES;

/// What a call reads.
#[derive(Clone, Copy)]
enum Cost {
    /// Next to nothing.
    Constant,
    /// Texts, and the number of items of lists.
    Surface,
    /// Everything.
    Whole,
    /// Everything, several times over.
    Sorting,
    /// The shorter of two values.
    Shorter,
    /// Everything, and what it writes with an indent.
    Json,
}

impl Cost {
    fn of(self, args: &[Value]) -> usize {
        let sum =
            |cost: fn(&Value, usize) -> usize| args.iter().map(|arg| cost(arg, left())).fold(0, usize::saturating_add);
        match self {
            Self::Constant => budget::VALUE,
            Self::Surface => args.iter().map(surface).sum(),
            Self::Whole | Self::Json => sum(whole),
            Self::Sorting => sum(whole).saturating_mul(8),
            Self::Shorter => match args {
                [a, b] => {
                    let shorter = whole(b, left());
                    whole(a, shorter).min(shorter)
                }
                _ => budget::VALUE,
            },
        }
    }
}

/// Registers everything that the static check lets pass.
pub(super) fn register(environment: &mut Environment<'static>) {
    for (name, filter, cost) in all_filters() {
        environment.add_filter(name, charged(filter, cost));
    }
    for (name, test, cost) in all_tests() {
        environment.add_test(name, charged_test(test, cost));
    }
    environment.add_function("range", range);
}

fn charged(
    inner: Value,
    cost: Cost,
) -> impl Fn(&mut State<'_, '_>, Rest<ValueOrKwargs>) -> Result<Value, Error> + Send + Sync + 'static {
    move |state, args| {
        let args = args.into_values();
        charge(cost.of(&args))?;
        if matches!(cost, Cost::Json) {
            fits_as_json(&args)?;
        }
        inner.call(state, &args)
    }
}

fn charged_test(
    inner: Value,
    cost: Cost,
) -> impl Fn(&mut State<'_, '_>, Rest<ValueOrKwargs>) -> Result<bool, Error> + Send + Sync + 'static {
    let inner = charged(inner, cost);
    move |state, args| inner(state, args).map(|value| value.is_true())
}

/// With an indent, deep lists grow by more than a factor: measured before anything is built.
fn fits_as_json(args: &[Value]) -> Result<(), Error> {
    let ([value, indent] | [value, .., indent]) = args else { return Ok(()) };
    let indent = indent.get_attr("indent").ok().filter(|v| !v.is_undefined()).unwrap_or_else(|| indent.clone());
    // `true` stands for 2.
    let width = indent.as_usize().unwrap_or(2).max(2);
    let limit = JSON_GROWTH as usize * MAX_VARIABLES_BYTES;
    let size = budget::json(value, width, limit);
    charge(size)?;
    if size > limit {
        Err(Error::new(ErrorKind::InvalidOperation, "the value is too large for `tojson`"))
    } else {
        Ok(())
    }
}

/// Like Jinja2's, of at most [`MAX_RANGE`] items.
fn range(lower: i64, upper: Option<i64>, step: Option<i64>) -> Result<Value, Error> {
    let count = range_length(lower, upper, step).map_err(|wrong| Error::new(ErrorKind::InvalidOperation, wrong))?;
    let (start, step) = (upper.map_or(0, |_| lower), step.unwrap_or(1));
    Ok(Value::make_iterable(move || (0..count).map(move |i| start.wrapping_add(i.wrapping_mul(step)))))
}

/// How many numbers a range gives, or why it gives none.
pub(crate) fn range_length(lower: i64, upper: Option<i64>, step: Option<i64>) -> Result<i64, &'static str> {
    let (start, end) = upper.map_or((0, lower), |upper| (lower, upper));
    let step = i128::from(step.unwrap_or(1));
    if step == 0 {
        return Err("`range` takes a step other than 0");
    }
    let distance = (i128::from(end) - i128::from(start)) * step.signum();
    let count = (distance.max(0) + step.abs() - 1) / step.abs();
    let fits = i64::try_from(count).ok().filter(|count| *count <= MAX_RANGE);
    fits.ok_or("`range` gives at most 10,000 numbers")
}

fn all_filters() -> Vec<(&'static str, Value, Cost)> {
    use Cost::{Constant, Json, Sorting, Surface, Whole};
    macro_rules! all {
        ($($name:literal $function:ident $cost:ident),* $(,)?) => {
            vec![$(($name, Value::from_function(filters::$function), $cost)),*]
        };
    }
    all![
        "abs" abs Constant, "attr" attr Surface, "batch" batch Whole, "bool" bool Constant,
        "capitalize" capitalize Whole, "count" length Surface, "d" default Constant, "default" default Constant,
        "dictsort" dictsort Sorting, "e" escape Whole, "escape" escape Whole, "first" first Constant,
        "float" float Surface, "groupby" groupby Sorting, "indent" indent Whole, "int" int Surface,
        "items" items Constant, "join" join Whole, "last" last Surface, "length" length Surface,
        "lines" lines Whole, "list" list Whole, "lower" lower Whole, "map" map Whole, "max" max Whole,
        "min" min Whole, "reject" reject Whole, "rejectattr" rejectattr Whole, "replace" replace Whole,
        "reverse" reverse Whole, "round" round Constant, "safe" safe Whole, "select" select Whole,
        "selectattr" selectattr Whole, "slice" slice Whole, "sort" sort Sorting, "split" split Whole,
        "string" string Whole, "sum" sum Whole, "title" title Whole, "tojson" tojson Json, "trim" trim Whole,
        "unique" unique Sorting, "upper" upper Whole,
    ]
}

fn all_tests() -> Vec<(&'static str, Value, Cost)> {
    use Cost::{Constant, Shorter, Surface, Whole};
    macro_rules! all {
        ($($name:literal $function:ident $cost:ident),* $(,)?) => {
            vec![$(($name, Value::from_function(tests::$function), $cost)),*]
        };
    }
    all![
        "boolean" is_boolean Constant, "defined" is_defined Constant, "divisibleby" is_divisibleby Constant,
        "endingwith" is_endingwith Surface, "eq" is_eq Shorter, "equalto" is_eq Shorter, "escaped" is_safe Constant,
        "even" is_even Constant, "false" is_false Constant, "filter" is_filter Constant, "float" is_float Constant,
        "ge" is_ge Shorter, "greaterthan" is_gt Shorter, "gt" is_gt Shorter, "in" is_in Whole,
        "int" is_integer Constant, "integer" is_integer Constant, "iterable" is_iterable Surface, "le" is_le Shorter,
        "lessthan" is_lt Shorter, "lower" is_lower Whole, "lt" is_lt Shorter, "mapping" is_mapping Constant,
        "ne" is_ne Shorter, "none" is_none Constant, "number" is_number Constant, "odd" is_odd Constant,
        "safe" is_safe Constant, "sameas" is_sameas Shorter, "sequence" is_sequence Constant,
        "startingwith" is_startingwith Surface, "string" is_string Constant, "test" is_test Constant,
        "true" is_true Constant, "undefined" is_undefined Constant, "upper" is_upper Whole,
    ]
}

#[cfg(test)]
mod tests_of_registration {
    use super::*;

    #[test]
    fn every_filter_and_test_that_the_check_knows_is_registered() {
        let filters: Vec<_> = all_filters().iter().map(|(name, ..)| *name).collect();
        assert_eq!(filters, crate::check::filter_names().collect::<Vec<_>>());
        let tests: Vec<_> = all_tests().iter().map(|(name, ..)| *name).collect();
        assert_eq!(tests, crate::check::test_names());
    }

    #[test]
    fn ranges_are_like_pythons() {
        let items = |value: Result<Value, Error>| value.map(|v| v.to_string()).unwrap_or_default();
        assert_eq!(items(range(3, None, None)), "[0, 1, 2]");
        assert_eq!(items(range(5, Some(0), Some(-2))), "[5, 3, 1]");
        assert_eq!(items(range(5, Some(0), None)), "[]");
        assert_eq!(
            items(range(i64::MIN, Some(i64::MAX), Some(i64::MAX))),
            format!("[{}, -1, {}]", i64::MIN, i64::MAX - 1)
        );
        assert!(range(10_001, None, None).is_err());
        assert!(range(i64::MAX, Some(i64::MIN), Some(-1)).is_err());
        assert!(range(0, Some(1), Some(0)).is_err());
    }
}
