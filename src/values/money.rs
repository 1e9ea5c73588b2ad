//! Exact amounts: money as integer minor units, quantities as integer thousandths, and how a whole is spread over parts.
//! No float is ever involved; a text that cannot be represented exactly is an error.

use serde::{Deserialize, Serialize};

use super::{bounds::AMOUNT, count::counted};

/// Why a decimal text is not an amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    #[error("is not a decimal number: write it like \"89.90\"")]
    NotDecimal,
    #[error("has more than {}", counted(.max, "decimal place"))]
    TooManyPlaces { max: u32 },
    #[error("is too large")]
    TooLarge,
    #[error("must not be negative")]
    Negative,
}

/// Decimal places of a currency (ISO 4217 minor units); unknown codes have two.
pub fn places(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "VND" | "VUV"
        | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

/// Reads `text` as a non-negative decimal with at most `places` digits after the point, in units of the last place.
/// Trailing zeros beyond `places` are fine (`"89.900"` is `8990` with two places).
pub fn parse_units(text: &str, places: u32) -> Result<i64, AmountError> {
    parse_within(text, places, AMOUNT)
}

/// The same, with at most `most` units.
pub fn parse_within(text: &str, places: u32, most: i64) -> Result<i64, AmountError> {
    if text.starts_with('-') {
        return Err(AmountError::Negative);
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || text.ends_with('.') {
        return Err(AmountError::NotDecimal);
    }
    let fraction = fraction.trim_end_matches('0');
    let given = u32::try_from(fraction.len()).unwrap_or(u32::MAX);
    if given > places {
        return Err(AmountError::TooManyPlaces { max: places });
    }
    let padding = std::iter::repeat_n(b'0', (places - given) as usize);
    let mut all = whole.bytes().chain(fraction.bytes()).chain(padding);
    let units = all.try_fold(0_i64, |units, digit| units.checked_mul(10)?.checked_add(i64::from(digit - b'0')));
    units.filter(|units| *units <= most).ok_or(AmountError::TooLarge)
}

/// Writes units of the last place as a decimal text, always with all places: `8990` with two places is `"89.90"`.
pub fn format_units(units: i64, places: u32) -> String {
    if places == 0 {
        return units.to_string();
    }
    let sign = if units < 0 { "-" } else { "" };
    let scale = 10u64.pow(places);
    let magnitude = units.unsigned_abs();
    format!("{sign}{}.{:0width$}", magnitude / scale, magnitude % scale, width = places as usize)
}

/// [`format_units`] without decimals that say nothing: `5`, `7.5`, `0`.
pub fn plain_decimal(units: i64, places: u32) -> String {
    let text = format_units(units, places);
    if places == 0 { text } else { text.trim_end_matches('0').trim_end_matches('.').to_owned() }
}

/// A quantity in thousandths: `1500` is one and a half.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Quantity(pub i64);

/// Whether a number says nothing.
pub fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// `amount * part / whole`, rounded half up; zero when `whole` is zero. All arguments non-negative.
pub fn share(amount: i64, part: i64, whole: i64) -> i64 {
    if whole == 0 {
        return 0;
    }
    let product = i128::from(amount) * i128::from(part);
    let whole = i128::from(whole);
    i64::try_from((product * 2 + whole) / (whole * 2)).unwrap_or(i64::MAX)
}

/// Spreads `total` over `weights` by the largest remainder (Hamilton's method): the parts sum to `total` exactly and
/// differ from the proportional share by less than one. Ties go to the earlier part. Nothing weighs, or
/// there is nothing to spread: all zero.
pub fn spread(total: i64, weights: &[i64]) -> Vec<i64> {
    let sum: i128 = weights.iter().map(|w| i128::from(*w)).sum();
    if sum == 0 || total == 0 {
        return vec![0; weights.len()];
    }
    let exact = |w: i64| i128::from(total) * i128::from(w);
    let mut parts: Vec<i64> = weights.iter().map(|w| i64::try_from(exact(*w) / sum).unwrap_or(0)).collect();
    let mut by_remainder: Vec<usize> = (0..weights.len()).collect();
    by_remainder.sort_by_key(|i| (std::cmp::Reverse(exact(weights[*i]) % sum), *i));
    let left = total - parts.iter().sum::<i64>();
    for i in by_remainder.into_iter().take(usize::try_from(left).unwrap_or(0)) {
        parts[i] += 1;
    }
    parts
}

/// Spreads `total` over `weights` with no part above its cap, as long as there is room; those that are full leave the rest to
/// the others. Where none that weighs has room, room is what weighs. Returns what found none.
pub fn spread_within(total: i64, weights: &[i64], caps: &[i64]) -> (Vec<i64>, i64) {
    let (mut parts, mut rest) = (vec![0; weights.len()], total);
    while rest > 0 {
        let room: Vec<i64> = caps.iter().zip(&parts).map(|(cap, part)| cap - part).collect();
        let weighs = |(weight, room): (&i64, &i64)| if *room > 0 { *weight } else { 0 };
        let open: Vec<i64> = weights.iter().zip(&room).map(weighs).collect();
        let open = if open.iter().any(|weight| *weight > 0) { open } else { room.clone() };
        let wanted = spread(rest, &open);
        let placed: Vec<i64> = wanted.iter().zip(&room).map(|(wanted, room)| *wanted.min(room)).collect();
        let sum: i64 = placed.iter().sum();
        if sum == 0 {
            break;
        }
        parts.iter_mut().zip(placed).for_each(|(part, placed)| *part += placed);
        rest -= sum;
    }
    (parts, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_exactly_or_refused() {
        let cases = [
            ("89.90", 2, Ok(8990)),
            ("89.9", 2, Ok(8990)),
            ("89.900", 2, Ok(8990)),
            ("0", 2, Ok(0)),
            ("1000", 0, Ok(1000)),
            ("0.125", 3, Ok(125)),
            ("89.901", 2, Err(AmountError::TooManyPlaces { max: 2 })),
            ("-1", 2, Err(AmountError::Negative)),
            ("1e3", 2, Err(AmountError::NotDecimal)),
            ("1,5", 2, Err(AmountError::NotDecimal)),
            ("", 2, Err(AmountError::NotDecimal)),
            (".5", 2, Err(AmountError::NotDecimal)),
            ("5.", 2, Err(AmountError::NotDecimal)),
            ("+5", 2, Err(AmountError::NotDecimal)),
            ("99999999999999999999", 2, Err(AmountError::TooLarge)),
        ];
        for (text, places, expected) in cases {
            assert_eq!(parse_units(text, places), expected, "{text}");
        }
        assert_eq!(format_units(8990, 2), "89.90");
        assert_eq!(format_units(-5, 2), "-0.05");
        assert_eq!(format_units(12, 0), "12");
    }

    proptest::proptest! {
        #[test]
        fn a_spread_within_caps_fills_them_before_it_leaves_anything(
            total in 0i64..5_000, lines in proptest::collection::vec((0i64..1_000, 0i64..1_000), 1..8),
        ) {
            let (weights, caps): (Vec<i64>, Vec<i64>) = lines.into_iter().unzip();
            let (parts, rest) = spread_within(total, &weights, &caps);
            proptest::prop_assert_eq!(parts.iter().sum::<i64>() + rest, total);
            proptest::prop_assert!(parts.iter().zip(&caps).all(|(part, cap)| (0..=*cap).contains(part)));
            proptest::prop_assert!(rest == 0 || parts == caps);
        }

        #[test]
        fn a_spread_sums_to_its_total(total in 0i64..1_000_000, weights in proptest::collection::vec(0i64..100_000, 1..12)) {
            let parts = spread(total, &weights);
            let expected = if weights.iter().all(|w| *w == 0) { 0 } else { total };
            proptest::prop_assert_eq!(parts.iter().sum::<i64>(), expected);
            let sum: i64 = weights.iter().sum();
            for (part, weight) in parts.iter().zip(&weights) {
                // |part - total * weight / sum| < 1, without division
                let difference = i128::from(*part) * i128::from(sum) - i128::from(total) * i128::from(*weight);
                proptest::prop_assert!(sum == 0 || difference.abs() < i128::from(sum));
            }
        }
    }
}
