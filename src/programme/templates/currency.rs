//! What a template counts in: of each currency a round amount that is about what 1.00 EUR buys. One point is given for each.
//! Guarantees: no rate of the day is in it, so that a template fills in the same tomorrow.

/// Whole units, by currency. Of another one the average order says how large its money is.
const ROUND: [(i64, &[&str]); 12] = [
    (1, &["EUR", "USD", "GBP", "CHF", "CAD", "AUD", "NZD", "SGD"]),
    (2, &["BGN", "BAM", "GEL", "AZN"]),
    (5, &["PLN", "RON", "ILS", "BRL", "AED", "SAR", "QAR", "MYR"]),
    (10, &["SEK", "NOK", "DKK", "CNY", "HKD"]),
    (20, &["CZK", "MDL", "ZAR", "MXN"]),
    (50, &["UAH", "TRY", "THB", "MKD", "PHP", "TWD"]),
    (100, &["JPY", "RUB", "ISK", "RSD", "ALL", "INR"]),
    (500, &["HUF", "AMD", "KZT"]),
    (1_000, &["KRW", "CLP"]),
    (5_000, &["COP"]),
    (10_000, &["UZS"]),
    (20_000, &["VND", "IDR"]),
];

/// The round amount of a currency, in whole units.
pub(super) fn round(currency: &str) -> Option<i64> {
    ROUND.iter().find(|(_, currencies)| currencies.contains(&currency)).map(|(round, _)| *round)
}

/// All currencies of which it is known.
pub fn known() -> impl Iterator<Item = &'static str> {
    ROUND.iter().flat_map(|(_, currencies)| currencies.iter().copied())
}

/// The nearest of 1, 2, 5, 10, 20, 50 ... from below, at least 1.
pub(super) fn rounded(amount: i64) -> i64 {
    let mut round = 1_i64;
    for times in [2, 5, 10].into_iter().cycle() {
        let decade = 10_i64.pow(round.ilog10());
        let next = if times == 10 { decade * 10 } else { decade * times };
        if next > amount || next >= 1_000_000_000 {
            break;
        }
        round = next;
    }
    round
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_amount_is_one_two_or_five_of_a_power_of_ten() {
        let cases = [(0, 1), (1, 1), (3, 2), (9, 5), (13, 10), (133, 100), (499, 200), (500, 500), (1_999, 1_000)];
        for (amount, expected) in cases {
            assert_eq!(rounded(amount), expected, "{amount}");
        }
        assert!(ROUND.iter().all(|(round, _)| rounded(*round) == *round));
    }
}
