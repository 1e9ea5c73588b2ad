//! Exact decimal numbers: what conditions compare and reckon with. No float, no rounding; what grows too large is no number any more.

use std::cmp::Ordering;

/// Digits before and behind the point that may be written.
const WHOLE_DIGITS: usize = 15;
const DECIMAL_DIGITS: usize = 6;
/// Digits, and powers of ten, of a number that an event brings.
const EVENT_DIGITS: usize = 30;
const EVENT_POWER: i32 = 20;

/// So many units of the last of its decimal places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exact {
    units: i128,
    places: u32,
}

impl Exact {
    pub fn of_units(units: i64, places: u32) -> Self {
        Self { units: units.into(), places }
    }

    pub fn whole(number: i64) -> Self {
        Self::of_units(number, 0)
    }

    /// As it is written in a condition: `49.99`.
    pub fn written(text: &str) -> Result<Self, String> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        if whole.len() > WHOLE_DIGITS {
            return Err(format!("`{text}` is too large: at most {WHOLE_DIGITS} digits before the point"));
        }
        if decimals.len() > DECIMAL_DIGITS {
            return Err(format!("`{text}` is too fine: at most {DECIMAL_DIGITS} digits behind the point"));
        }
        Self::of_digits(whole, decimals).ok_or_else(|| format!("`{text}` is no number"))
    }

    /// As an event brings it: `4`, `-0.5`, `1.5e3`.
    pub fn of_json(text: &str) -> Option<Self> {
        let (text, power) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let power: i32 = power.parse().ok().filter(|power: &i32| power.abs() <= EVENT_POWER)?;
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
        let decimals = decimals.trim_end_matches('0');
        let number = Self::of_digits(whole, decimals).filter(|_| digits.len() <= EVENT_DIGITS)?;
        let sign = if text.starts_with('-') { -1 } else { 1 };
        let places = i32::try_from(number.places).ok()? - power;
        let up = 10_i128.checked_pow(u32::try_from(-places).unwrap_or(0))?;
        Some(Self { units: (number.units * sign).checked_mul(up)?, places: u32::try_from(places).unwrap_or(0) })
    }

    fn of_digits(whole: &str, decimals: &str) -> Option<Self> {
        let digits = format!("{whole}{decimals}");
        let all = !whole.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        let units = digits.parse().ok().filter(|_| all)?;
        Some(Self { units, places: u32::try_from(decimals.len()).ok()? })
    }

    /// Both in units of the same place.
    fn aligned(self, other: Self) -> Option<(i128, i128, u32)> {
        let places = self.places.max(other.places);
        let raised = |number: Self| number.units.checked_mul(10_i128.checked_pow(places - number.places)?);
        Some((raised(self)?, raised(other)?, places))
    }

    pub fn compare(self, other: Self) -> Option<Ordering> {
        self.aligned(other).map(|(one, other, _)| one.cmp(&other))
    }

    pub fn plus(self, other: Self) -> Option<Self> {
        let (one, other, places) = self.aligned(other)?;
        Some(Self { units: one.checked_add(other)?, places })
    }

    pub fn minus(self, other: Self) -> Option<Self> {
        self.plus(other.negative()?)
    }

    pub fn times(self, other: Self) -> Option<Self> {
        Some(Self { units: self.units.checked_mul(other.units)?, places: self.places.checked_add(other.places)? })
    }

    pub fn negative(self) -> Option<Self> {
        Some(Self { units: self.units.checked_neg()?, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_and_reckoned_with_exactly() {
        let number = |text: &str| Exact::of_json(text).unwrap();
        for (one, other, expected) in [
            ("49.99", "49.990", Ordering::Equal),
            ("0.1", "0.10000000000000000001", Ordering::Less),
            ("-5", "0.5", Ordering::Less),
            ("1.5e3", "1500", Ordering::Equal),
            ("15e-1", "1.5", Ordering::Equal),
        ] {
            assert_eq!(number(one).compare(number(other)), Some(expected), "{one} {other}");
        }
        let sum = number("0.1").plus(number("0.2")).unwrap();
        assert_eq!(sum.compare(number("0.3")), Some(Ordering::Equal));
        assert_eq!(number("49.99").times(number("0.1")).unwrap().compare(number("4.999")), Some(Ordering::Equal));
        assert_eq!(
            Exact::of_units(4999, 2).minus(number("50")).unwrap().compare(number("-0.01")),
            Some(Ordering::Equal)
        );
    }

    #[test]
    fn what_is_too_large_or_no_number_is_none() {
        let large = Exact::of_json("999999999999999999999999999999").unwrap();
        assert_eq!(large.times(large), None);
        assert_eq!(large.compare(Exact::of_json("0.00000000000000000001").unwrap()), None);
        for wrong in ["", "-", "1.2.3", "1e99", "NaN", "0x10", "1_000", "٣", "1e", "+1"] {
            assert_eq!(Exact::of_json(wrong), None, "{wrong}");
        }
        assert!(Exact::written("1234567890123456").is_err() && Exact::written("0.1234567").is_err());
    }
}
