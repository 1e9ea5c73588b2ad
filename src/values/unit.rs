//! What people write beside a number: a currency, a percent sign, `x`. Guarantees: it is left out only where it says what the cell is
//! counted in anyway; what says something else is asked about, with the form that is meant.

/// What a cell is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit<'a> {
    /// Pieces, points: a number alone.
    Pieces,
    Percent,
    /// How many times.
    Times,
    /// Money, by the code of its currency.
    Money(&'a str),
}

/// Currencies by how people write them; of a sign that several share, the commonest first.
const CURRENCIES: [(&str, &str); 37] = [
    ("€", "EUR"),
    ("euro", "EUR"),
    ("euros", "EUR"),
    ("eurot", "EUR"),
    ("евро", "EUR"),
    ("євро", "EUR"),
    ("$", "USD"),
    ("$", "CAD"),
    ("$", "AUD"),
    ("$", "NZD"),
    ("$", "SGD"),
    ("$", "HKD"),
    ("£", "GBP"),
    ("¥", "JPY"),
    ("¥", "CNY"),
    ("₴", "UAH"),
    ("грн", "UAH"),
    ("гривня", "UAH"),
    ("гривні", "UAH"),
    ("гривень", "UAH"),
    ("₽", "RUB"),
    ("руб", "RUB"),
    ("рубль", "RUB"),
    ("рубля", "RUB"),
    ("рублей", "RUB"),
    ("₸", "KZT"),
    ("₺", "TRY"),
    ("₾", "GEL"),
    ("kr", "SEK"),
    ("kr", "NOK"),
    ("kr", "DKK"),
    ("kr", "ISK"),
    ("zł", "PLN"),
    ("kč", "CZK"),
    ("ft", "HUF"),
    ("lei", "RON"),
    ("fr", "CHF"),
];
const PERCENT: [&str; 8] = ["%", "percent", "per cent", "protsent", "protsenti", "процент", "процентов", "відсотків"];
const TIMES: [&str; 8] = ["x", "×", "times", "korda", "раза", "раз", "рази", "разів"];

/// Blanks that stand between thousands.
pub(super) const BLANKS: [char; 6] = [' ', '\u{a0}', '\u{202f}', '\u{2009}', '\u{2007}', '\u{2008}'];

/// A number, and what stands before and behind it, like `5 %`, `€5`, `20 EUR`; none where nothing does, or it is no number.
fn apart(text: &str) -> Option<(&str, [&str; 2])> {
    let text = text.trim();
    let is_unit = |c: char| c.is_alphabetic() || c.is_whitespace() || "%‰€$£¥₽₴₸₺₾×.".contains(c);
    let behind = text.trim_start_matches(|c: char| c != '.' && is_unit(c));
    let bare = behind.trim_end_matches(is_unit);
    let is_number = bare.starts_with(|c: char| c.is_ascii_digit()) && bare.ends_with(|c: char| c.is_ascii_digit());
    let only = bare.chars().all(|c| c.is_ascii_digit() || ".,-".contains(c) || BLANKS.contains(&c));
    let beside = [&text[..text.len() - behind.len()], &behind[bare.len()..]].map(str::trim);
    let says = beside.iter().any(|beside| beside.chars().any(|c| c != '.'));
    (is_number && only && says).then_some((bare, beside))
}

/// The number without what stands beside it, whatever that is; none where nothing does.
pub fn bare(text: &str) -> Option<&str> {
    apart(text).map(|(bare, _)| bare)
}

impl Unit<'_> {
    /// The number of a cell that is counted in this; or what is wrong with what stands beside it.
    pub fn number(self, text: &str) -> Result<&str, String> {
        let Some((bare, beside)) = apart(text) else { return Ok(text) };
        for word in beside.into_iter().filter(|word| !word.is_empty()) {
            let word = word.trim_end_matches('.').to_lowercase();
            if self.is_written(&word) {
                continue;
            }
            return Err(match (self, currency(&word)) {
                (Self::Money(ours), Some(other)) => {
                    format!("`{text}` is in {other}, and amounts here are in {ours}: write how much it is in {ours}")
                }
                _ => format!("`{text}`: write the number alone, like {bare}"),
            });
        }
        Ok(bare)
    }

    fn is_written(self, word: &str) -> bool {
        match self {
            Self::Pieces => false,
            Self::Percent => PERCENT.contains(&word),
            Self::Times => TIMES.contains(&word),
            // What is no code itself is a mistake of another cell.
            Self::Money(code) if code.len() != 3 => currency(word).is_some(),
            Self::Money(code) => word.eq_ignore_ascii_case(code) || CURRENCIES.contains(&(word, code)),
        }
    }
}

/// The currency that a word, in small letters, means.
fn currency(word: &str) -> Option<String> {
    let of_code = || CURRENCIES.iter().find(|(_, code)| word.eq_ignore_ascii_case(code));
    let known = CURRENCIES.iter().find(|(known, _)| *known == word).or_else(of_code);
    known.map(|(_, code)| (*code).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_cell_is_counted_in_may_stand_beside_its_number() {
        for (unit, text, number) in [
            (Unit::Money("EUR"), "50 €", "50"),
            (Unit::Money("EUR"), "€50", "50"),
            (Unit::Money("EUR"), "50,00 EUR", "50,00"),
            (Unit::Money("EUR"), "eur 1 234,50", "1 234,50"),
            (Unit::Money("EUR"), "50 eurot", "50"),
            (Unit::Money("UAH"), "800 грн.", "800"),
            (Unit::Money("NOK"), "100 kr", "100"),
            (Unit::Money("CAD"), "$5", "5"),
            (Unit::Money("JPY"), "¥ 800", "800"),
            (Unit::Percent, "10%", "10"),
            (Unit::Percent, "2,5 %", "2,5"),
            (Unit::Percent, "10 protsenti", "10"),
            (Unit::Times, "2x", "2"),
            (Unit::Times, "× 1.5", "1.5"),
            (Unit::Pieces, "12", "12"),
            (Unit::Pieces, "abc", "abc"),
            (Unit::Money("EUR"), "5.", "5."),
        ] {
            assert_eq!(unit.number(text), Ok(number), "{text}");
        }
    }

    #[test]
    fn what_says_something_else_is_asked_about() {
        let other = "is in USD, and amounts here are in EUR: write how much it is in EUR";
        for (unit, text, said) in [
            (Unit::Money("EUR"), "50 USD", other),
            (Unit::Money("EUR"), "$50", other),
            (Unit::Money("EUR"), "€50 USD", other),
            (Unit::Money("SEK"), "5 грн", "is in UAH, and amounts here are in SEK"),
            (Unit::Money("EUR"), "10 %", "write the number alone, like 10"),
            (Unit::Money("EUR"), "5 apples", "write the number alone, like 5"),
            (Unit::Percent, "10 €", "write the number alone, like 10"),
            (Unit::Percent, "10 ‰", "write the number alone, like 10"),
            (Unit::Pieces, "100 points", "write the number alone, like 100"),
            (Unit::Pieces, "5 %", "write the number alone, like 5"),
        ] {
            let wrong = unit.number(text).unwrap_err();
            assert!(wrong.contains(said), "{text}: {wrong}");
        }
        assert_eq!(["12", "abc", "%", "1/2", "", "1,5E+03"].map(bare), [None; 6]);
        assert_eq!(["5 %", "€5,00", "2x"].map(bare), [Some("5"), Some("5,00"), Some("2")]);
    }
}
