//! The known name that a mistyped one probably means.

/// Few letters away, or the one that holds it, or that it holds; case makes no difference.
pub fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    Near::of(known.iter().copied()).to(name)
}

/// The question whether that one is meant, to be put after what is wrong; nothing where none is near.
pub fn is_it_meant(name: &str, known: &[&str]) -> String {
    Near::of(known.iter().copied()).is_it_meant(name)
}

/// Known names, made ready once to be held against many others.
#[derive(Debug, Default)]
pub struct Near<'a>(Vec<Known<'a>>);

#[derive(Debug)]
struct Known<'a> {
    name: &'a str,
    /// In small letters, and how many these are.
    lower: String,
    length: usize,
    letters: Letters,
}

impl<'a> Known<'a> {
    fn of(name: &'a str) -> Self {
        let lower = name.to_lowercase();
        Self { name, length: lower.chars().count(), letters: Letters::of(&lower), lower }
    }

    fn holds(&self, other: &Known<'_>) -> bool {
        self.letters.lack(other.letters) == 0 && self.lower.contains(&other.lower)
    }
}

impl<'a> Near<'a> {
    pub fn of(known: impl IntoIterator<Item = &'a str>) -> Self {
        Self(known.into_iter().map(Known::of).collect())
    }

    /// The nearest of them.
    pub fn to(&self, name: &str) -> Option<&'a str> {
        let wanted = Known::of(name);
        let held = |known: &&Known| known.holds(&wanted) || wanted.holds(known);
        self.slip(name).or_else(|| self.0.iter().find(held).map(|known| known.name))
    }

    /// The nearest of those that are few letters away. Letters are compared one by one only where enough of them can be the same.
    pub fn slip(&self, name: &str) -> Option<&'a str> {
        let name = Known::of(name);
        let far = name.length / 3;
        let may_be = |known: &&Known| {
            let (one, other) = (known.letters.lack(name.letters), name.letters.lack(known.letters));
            known.length.abs_diff(name.length) <= far && one.max(other) <= far
        };
        let away = |known: &Known<'a>| (strsim::osa_distance(&name.lower, &known.lower), known.name);
        self.0.iter().filter(may_be).map(away).min().filter(|(away, _)| *away <= far).map(|(_, near)| near)
    }

    /// The question whether that one is meant; nothing where none is near.
    pub fn is_it_meant(&self, name: &str) -> String {
        self.to(name).map_or_else(String::new, |near| format!("; is `{near}` meant?"))
    }
}

/// Which letters a name has, and which more than once; some letters are taken for the same.
#[derive(Debug, Clone, Copy, Default)]
struct Letters {
    once: u64,
    twice: u64,
}

impl Letters {
    fn of(text: &str) -> Self {
        text.chars().fold(Self::default(), |Self { once, twice }, letter| {
            let bit = 1 << (u32::from(letter) % 64);
            Self { once: once | bit, twice: twice | once & bit }
        })
    }

    /// So many letters, at least, of the other that this lacks.
    fn lack(self, other: Self) -> usize {
        ((other.once & !self.once).count_ones() + (other.twice & !self.twice).count_ones()) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_few_letters_away_or_holds_it() {
        let known = ["points", "until", "per amount", "Ümbrik"];
        let near = |name| nearest(name, &known);
        assert_eq!(
            ["pionts", "UNTILL", "amount", "ümbrik"].map(near),
            [Some("points"), Some("until"), Some("per amount"), Some("Ümbrik")]
        );
        assert_eq!(["zzzzzz", "tier"].map(near), [None, None]);
        assert_eq!(nearest("x", &[]), None);
        assert_eq!(["pionts", "amount"].map(|name| Near::of(known).slip(name)), [Some("points"), None]);
        assert_eq!(
            (is_it_meant("pionts", &known), is_it_meant("zzzzzz", &known)),
            ("; is `points` meant?".to_owned(), String::new())
        );
    }
}
