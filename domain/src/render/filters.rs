//! Filters, tests and functions as templates see them, behind a charge for what they read: minijinja's own, or ours
//! where those differ from Jinja2's.

use minijinja::value::{Rest, ValueOrKwargs};
use minijinja::{Environment, Error, ErrorKind, State, Value, filters, tests};

use super::MAX_RANGE;
use super::budget::{self, charge, left, surface, whole};
use super::{json, order, values};
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
        ($($name:literal $module:ident::$function:ident $cost:ident),* $(,)?) => {
            vec![$(($name, Value::from_function($module::$function), $cost)),*]
        };
    }
    all![
        "abs" values::abs Constant, "attr" filters::attr Surface, "batch" filters::batch Whole, "bool" filters::bool Constant,
        "capitalize" filters::capitalize Whole, "count" values::length Surface, "d" values::default Constant, "default" values::default Constant,
        "dictsort" order::dictsort Sorting, "e" values::escape Whole, "escape" values::escape Whole, "first" values::first Constant,
        "float" values::float Surface, "groupby" order::groupby Sorting, "indent" values::indent Whole, "int" values::int Surface,
        "items" values::items Constant, "join" values::join Whole, "last" values::last Surface, "length" values::length Surface,
        "lines" filters::lines Whole, "list" filters::list Whole, "lower" filters::lower Whole, "map" filters::map Whole, "max" order::max Whole,
        "min" order::min Whole, "reject" filters::reject Whole, "rejectattr" filters::rejectattr Whole, "replace" filters::replace Whole,
        "reverse" values::reverse Whole, "round" values::round Constant, "safe" filters::safe Whole, "select" filters::select Whole,
        "selectattr" filters::selectattr Whole, "slice" filters::slice Whole, "sort" order::sort Sorting, "split" filters::split Whole,
        "string" values::string Whole, "sum" filters::sum Whole, "title" filters::title Whole, "tojson" json::tojson Json, "trim" values::trim Whole,
        "unique" order::unique Sorting, "upper" filters::upper Whole,
    ]
}

fn all_tests() -> Vec<(&'static str, Value, Cost)> {
    use Cost::{Constant, Shorter, Surface, Whole};
    macro_rules! all {
        ($($name:literal $module:ident::$function:ident $cost:ident),* $(,)?) => {
            vec![$(($name, Value::from_function($module::$function), $cost)),*]
        };
    }
    all![
        "boolean" tests::is_boolean Constant, "defined" tests::is_defined Constant, "divisibleby" values::is_divisibleby Constant,
        "endingwith" tests::is_endingwith Surface, "eq" tests::is_eq Shorter, "equalto" tests::is_eq Shorter, "escaped" tests::is_safe Constant,
        "even" tests::is_even Constant, "false" tests::is_false Constant, "filter" tests::is_filter Constant, "float" tests::is_float Constant,
        "ge" tests::is_ge Shorter, "greaterthan" tests::is_gt Shorter, "gt" tests::is_gt Shorter, "in" tests::is_in Whole,
        "int" tests::is_integer Constant, "integer" tests::is_integer Constant, "iterable" values::is_iterable Surface, "le" tests::is_le Shorter,
        "lessthan" tests::is_lt Shorter, "lower" tests::is_lower Whole, "lt" tests::is_lt Shorter, "mapping" tests::is_mapping Constant,
        "ne" tests::is_ne Shorter, "none" tests::is_none Constant, "number" tests::is_number Constant, "odd" tests::is_odd Constant,
        "safe" tests::is_safe Constant, "sameas" tests::is_sameas Shorter, "sequence" values::is_sequence Constant,
        "startingwith" tests::is_startingwith Surface, "string" tests::is_string Constant, "test" tests::is_test Constant,
        "true" tests::is_true Constant, "undefined" tests::is_undefined Constant, "upper" tests::is_upper Whole,
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
