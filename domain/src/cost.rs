//! Money: whole nano-dollars inside, decimals on the wire.

/// One US dollar.
pub const DOLLAR: i64 = 1_000_000_000;

/// Reads a decimal dollar amount into nano-dollars, rounding half away from zero once.
pub fn nanos_from_decimal(text: &str) -> Result<i64, String> {
    let wrong = || format!("`{text}` is not an amount in dollars such as 0.0042");
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((m, e)) => (m, e.parse::<i32>().map_err(|_| wrong())?),
        None => (text, 0),
    };
    let (negative, digits) = mantissa.strip_prefix('-').map_or((false, mantissa), |d| (true, d));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all: String = [whole, fraction].concat();
    if all.is_empty() || all.len() > 30 || !all.bytes().all(|b| b.is_ascii_digit()) || !(-30..=30).contains(&exponent) {
        return Err(wrong());
    }
    let value: i128 = all.parse().map_err(|_| wrong())?;
    let shift = 9 + exponent - fraction.len() as i32;
    let nanos = if shift >= 0 {
        10_i128.checked_pow(shift as u32).and_then(|p| value.checked_mul(p)).ok_or_else(wrong)?
    } else {
        let divisor = 10_i128.checked_pow(shift.unsigned_abs()).ok_or_else(wrong)?;
        (value + divisor / 2) / divisor
    };
    i64::try_from(if negative { -nanos } else { nanos }).map_err(|_| wrong())
}

/// Writes nano-dollars as a plain decimal: `0.0042`.
pub fn decimal_from_nanos(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let (whole, part) = (nanos.unsigned_abs() / DOLLAR as u64, nanos.unsigned_abs() % DOLLAR as u64);
    let text = format!("{sign}{whole}.{part:09}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimals_are_read_exactly_and_rounded_once() {
        for (text, nanos) in [
            ("0", 0),
            ("1", DOLLAR),
            ("0.0042", 4_200_000),
            ("-2.5", -2_500_000_000),
            ("1e-9", 1),
            ("4.9e-10", 0),
            ("5e-10", 1),
            ("1.5E1", 15 * DOLLAR),
        ] {
            assert_eq!(nanos_from_decimal(text), Ok(nanos), "{text}");
        }
        for bad in ["", "-", ".", "1,5", "NaN", "1e99", "9999999999999", "1e", "0x1"] {
            assert!(nanos_from_decimal(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(nanos in any::<i64>()) {
            prop_assert_eq!(nanos_from_decimal(&decimal_from_nanos(nanos)), Ok(nanos));
        }
    }
}
