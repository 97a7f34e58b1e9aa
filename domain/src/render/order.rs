//! Filters that compare: `sort`, `unique`, `min`, `max`, `groupby`, `dictsort`. As in Python, numbers compare with
//! numbers, texts with texts, lists item by item, and nothing else with anything.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use minijinja::value::{Enumerator, Kwargs, Object, ObjectRepr, ValueKind};
use minijinja::{Error, ErrorKind, Value};

type Result<T> = std::result::Result<T, Error>;

/// Which of two values comes first, or why they can't be told.
fn compare(a: &Value, b: &Value) -> Result<Ordering> {
    let is_number = |value: &Value| matches!(value.kind(), ValueKind::Number | ValueKind::Bool);
    match (a.as_str(), b.as_str()) {
        (Some(a), Some(b)) => return Ok(a.cmp(b)),
        _ if is_number(a) && is_number(b) => return Ok(plain(a).cmp(&plain(b))),
        _ if a.kind() == ValueKind::Seq && b.kind() == ValueKind::Seq => return compare_lists(a, b),
        _ => {}
    }
    let is_undefined = a.is_undefined() || b.is_undefined();
    let kind = if is_undefined { ErrorKind::UndefinedError } else { ErrorKind::InvalidOperation };
    Err(Error::new(kind, format!("{} and {} can't be compared", a.kind(), b.kind())))
}

fn compare_lists(a: &Value, b: &Value) -> Result<Ordering> {
    let mut others = b.try_iter()?;
    for item in a.try_iter()? {
        let Some(other) = others.next() else { return Ok(Ordering::Greater) };
        match if item == other { Ordering::Equal } else { compare(&item, &other)? } {
            Ordering::Equal => {}
            order => return Ok(order),
        }
    }
    Ok(if others.next().is_some() { Ordering::Less } else { Ordering::Equal })
}

/// A truth value as the number that it is to Python.
fn plain(value: &Value) -> Value {
    if value.kind() == ValueKind::Bool { Value::from(i64::from(value.is_true())) } else { value.clone() }
}

/// The values in the order of their keys; equal ones stay as they were. A sort of our own: one whose comparison can
/// fail half way.
pub(super) fn sorted(items: Vec<Value>, key: impl Fn(&Value) -> Result<Value>, reverse: bool) -> Result<Vec<Value>> {
    let keyed = items.into_iter().map(|item| Ok((key(&item)?, item))).collect::<Result<Vec<_>>>()?;
    Ok(merge_sort(keyed, reverse)?.into_iter().map(|(_, item)| item).collect())
}

fn merge_sort(mut left: Vec<(Value, Value)>, reverse: bool) -> Result<Vec<(Value, Value)>> {
    if left.len() < 2 {
        return Ok(left);
    }
    let right = merge_sort(left.split_off(left.len() / 2), reverse)?;
    let left = merge_sort(left, reverse)?;
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let order = if reverse { compare(&a.0, &b.0)? } else { compare(&b.0, &a.0)? };
        merged.extend(if order == Ordering::Less { right.next() } else { left.next() });
    }
    merged.extend(left);
    merged.extend(right);
    Ok(merged)
}

/// What is found at a path such as `team.id` or `tags.0`; undefined when its last part is not there.
pub(super) fn attribute(item: &Value, path: &str) -> Result<Value> {
    path.split('.').try_fold(item.clone(), |value, part| match part.parse::<usize>() {
        Ok(index) => value.get_item(&Value::from(index)),
        Err(_) => value.get_attr(part),
    })
}

fn folded(value: Value, case_sensitive: bool) -> Value {
    match value.as_str() {
        Some(text) if !case_sensitive => Value::from(text.to_lowercase()),
        _ => value,
    }
}

/// The arguments that these filters share.
struct By<'a> {
    attribute: Option<&'a str>,
    case_sensitive: bool,
}

impl<'a> By<'a> {
    fn read(kwargs: &'a Kwargs) -> Result<Self> {
        let case_sensitive = kwargs.get::<Option<bool>>("case_sensitive")?.unwrap_or(false);
        Ok(Self { attribute: kwargs.get("attribute")?, case_sensitive })
    }
    fn key(&self, item: &Value) -> Result<Value> {
        let value = self.attribute.map_or_else(|| Ok(item.clone()), |path| attribute(item, path))?;
        Ok(folded(value, self.case_sensitive))
    }
    /// Several attributes, as in `sort(attribute='age,name')`.
    fn keys(&self, item: &Value) -> Result<Value> {
        let paths = self.attribute.unwrap_or_default();
        if !paths.contains(',') {
            return self.key(item);
        }
        let key = |path| attribute(item, path).map(|value| folded(value, self.case_sensitive));
        Ok(Value::from(paths.split(',').map(key).collect::<Result<Vec<_>>>()?))
    }
}

/// What a list holds, and undefined nothing.
pub(super) fn items(value: &Value) -> Result<Vec<Value>> {
    if value.is_none() {
        return Err(Error::new(ErrorKind::InvalidOperation, "none is not iterable"));
    }
    Ok(value.try_iter()?.collect())
}

pub(super) fn sort(value: &Value, reverse: Option<bool>, kwargs: Kwargs) -> Result<Value> {
    let by = By::read(&kwargs)?;
    let reverse = reverse.or(kwargs.get("reverse")?).unwrap_or(false);
    kwargs.assert_all_used()?;
    Ok(Value::from(sorted(items(value)?, |item| by.keys(item), reverse)?))
}

/// The first of each; texts that differ only in case are the same.
pub(super) fn unique(value: &Value, kwargs: Kwargs) -> Result<Value> {
    let by = By::read(&kwargs)?;
    kwargs.assert_all_used()?;
    let (mut seen, mut kept) = (BTreeSet::new(), Vec::new());
    for item in items(value)? {
        let key = plain(&by.key(&item)?);
        if matches!(key.kind(), ValueKind::Seq | ValueKind::Map) && !key.is_tuple() {
            return Err(Error::new(ErrorKind::InvalidOperation, "`unique` compares texts and numbers only"));
        }
        if seen.insert(key) {
            kept.push(item);
        }
    }
    Ok(Value::from(kept))
}

pub(super) fn min(value: &Value, kwargs: Kwargs) -> Result<Value> {
    outermost(value, &kwargs, Ordering::Less)
}
pub(super) fn max(value: &Value, kwargs: Kwargs) -> Result<Value> {
    outermost(value, &kwargs, Ordering::Greater)
}

/// The first of the outermost items; undefined when there is none.
fn outermost(value: &Value, kwargs: &Kwargs, wanted: Ordering) -> Result<Value> {
    let by = By::read(kwargs)?;
    kwargs.assert_all_used()?;
    let mut best: Option<(Value, Value)> = None;
    for item in items(value)? {
        let key = by.key(&item)?;
        let is_better = best.as_ref().map_or(Ok(true), |(other, _)| compare(&key, other).map(|order| order == wanted));
        if is_better? {
            best = Some((key, item));
        }
    }
    Ok(best.map_or(Value::UNDEFINED, |(_, item)| item))
}

/// Pairs of an object, sorted by key or by value.
pub(super) fn dictsort(value: &Value, case_sensitive: Option<bool>, kwargs: Kwargs) -> Result<Value> {
    let case_sensitive = case_sensitive.or(kwargs.get("case_sensitive")?).unwrap_or(false);
    let place = usize::from(kwargs.get::<Option<&str>>("by")? == Some("value"));
    let reverse = kwargs.get::<Option<bool>>("reverse")?.unwrap_or(false);
    kwargs.assert_all_used()?;
    if value.kind() != ValueKind::Map {
        let kind = if value.is_undefined() { ErrorKind::UndefinedError } else { ErrorKind::InvalidOperation };
        return Err(Error::new(kind, "`dictsort` takes an object"));
    }
    let pair = |key: Value| value.get_item(&key).map(|item| Value::from((key, item)));
    let pairs = value.try_iter()?.map(pair).collect::<Result<Vec<_>>>()?;
    let key = |pair: &Value| pair.get_item(&Value::from(place)).map(|value| folded(value, case_sensitive));
    Ok(Value::from(sorted(pairs, key, reverse)?))
}

/// A group of `groupby`: a pair whose parts also have names.
#[derive(Debug)]
pub(super) struct Group {
    grouper: Value,
    list: Value,
}

impl Object for Group {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match (key.as_usize(), key.as_str()) {
            (Some(0), _) | (_, Some("grouper")) => Some(self.grouper.clone()),
            (Some(1), _) | (_, Some("list")) => Some(self.list.clone()),
            _ => None,
        }
    }
    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(2)
    }
}

pub(super) fn groupby(value: &Value, path: Option<&str>, kwargs: Kwargs) -> Result<Value> {
    let case_sensitive = kwargs.get::<Option<bool>>("case_sensitive")?.unwrap_or(false);
    let default = kwargs.get::<Option<Value>>("default")?.unwrap_or_default();
    let path = path.map_or_else(|| kwargs.get("attribute"), Ok)?;
    kwargs.assert_all_used()?;
    let name = |item: &Value| attribute(item, path).map(|v| if v.is_undefined() { default.clone() } else { v });
    let key = |item: &Value| name(item).map(|value| folded(value, case_sensitive));
    let mut groups: Vec<(Value, Vec<Value>)> = Vec::new();
    for item in sorted(items(value)?, key, false)? {
        let key = key(&item)?;
        match groups.last_mut() {
            Some((last, list)) if plain(last) == plain(&key) => list.push(item),
            _ => groups.push((key, vec![item])),
        }
    }
    // A group is called what its first item is called.
    let group = |(_, list): (Value, Vec<Value>)| {
        let grouper = list.first().map(name).transpose()?.unwrap_or_default();
        Ok(Value::from_object(Group { grouper, list: Value::from(list) }))
    };
    Ok(Value::from(groups.into_iter().map(group).collect::<Result<Vec<_>>>()?))
}
