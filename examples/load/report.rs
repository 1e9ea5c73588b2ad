//! Tables for people: columns as wide as their widest cell, medians of the rounds.

use crate::client::Round;

/// Prints rows under their headings, the first two columns to the left.
pub fn table(title: &str, headings: &[&str], rows: &[Vec<String>]) {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([headings[column].chars().count()]).max().unwrap_or(0)
    };
    let line = |cells: &[String]| {
        let cells = cells.iter().enumerate().map(|(column, cell)| match column {
            0 | 1 => format!("{cell:<width$}", width = width(column)),
            _ => format!("{cell:>width$}", width = width(column)),
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    println!("\n{title}\n{}", line(&headings.iter().map(|heading| (*heading).to_owned()).collect::<Vec<_>>()));
    for row in rows {
        println!("{}", line(row));
    }
}

/// The middle one.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// Medians of several rounds: answers a second, p50 and p99 in milliseconds.
pub fn medians(rounds: &[Round]) -> (f64, f64, f64) {
    let of = |value: fn(&Round) -> f64| median(rounds.iter().map(value).collect());
    (of(|round| round.per_second), of(|round| round.quantile_ms(500)), of(|round| round.quantile_ms(990)))
}

/// A number as people read it in a table.
pub fn decimals(number: f64, places: usize) -> String {
    format!("{number:.places$}")
}
