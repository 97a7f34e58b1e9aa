//! The limits of a parameter in words, the same wherever they are told.

use domain::version::ParameterType;

/// `1 to 200 characters`, `at most 48 items`; nothing without a limit.
pub fn range(kind: ParameterType, least: Option<&str>, most: Option<&str>) -> Option<String> {
    let of = match kind {
        ParameterType::String => " characters",
        ParameterType::Array => " items",
        _ => "",
    };
    match (least, most) {
        (Some(least), Some(most)) => Some(format!("{least} to {most}{of}")),
        (Some(least), None) => Some(format!("at least {least}{of}")),
        (None, Some(most)) => Some(format!("at most {most}{of}")),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_count_what_the_type_is_made_of() {
        assert_eq!(range(ParameterType::Array, None, Some("48")).as_deref(), Some("at most 48 items"));
        assert_eq!(range(ParameterType::Number, Some("0.5"), None).as_deref(), Some("at least 0.5"));
        assert_eq!(range(ParameterType::String, None, None), None);
    }
}
