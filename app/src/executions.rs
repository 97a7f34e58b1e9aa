//! Executions: what was rendered, for whom, how it ended and what it cost.

mod detail;
mod list;

pub use detail::ExecutionPage;
pub use list::ExecutionsPage;

/// A model's time for people: `850 ms`, `1.2 s`.
pub fn latency(ms: i64) -> String {
    if ms < 1_000 { format!("{ms} ms") } else { format!("{:.1} s", ms as f64 / 1_000.0) }
}

/// The time of a render for people.
fn render_time(us: i64) -> String {
    if us < 1_000 { format!("{us} µs") } else { format!("{:.1} ms", us as f64 / 1_000.0) }
}

/// Dollars for people: at least two digits after the point, and no more than are needed.
fn dollars(decimal: &str) -> String {
    let (whole, part) = decimal.split_once('.').unwrap_or((decimal, ""));
    format!("${whole}.{part:0<2}")
}

/// Dollars for a column: four digits after the point, so that rows can be compared.
pub fn short_dollars(decimal: &str) -> String {
    match decimal.parse::<f64>() {
        Ok(amount) if amount > 0.0 && amount < 0.000_05 => "<$0.0001".to_owned(),
        Ok(amount) => format!("${amount:.4}"),
        Err(_) => dollars(decimal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        assert_eq!(latency(850), "850 ms");
        assert_eq!(latency(1_240), "1.2 s");
        assert_eq!(render_time(40), "40 µs");
        assert_eq!(render_time(1_530), "1.5 ms");
        assert_eq!(dollars("0.0042"), "$0.0042");
        assert_eq!(dollars("3"), "$3.00");
        assert_eq!(short_dollars("0.003708"), "$0.0037");
        assert_eq!(short_dollars("0.00001"), "<$0.0001");
        assert_eq!(short_dollars("0"), "$0.0000");
        assert_eq!(dollars("0.5"), "$0.50");
    }
}
