//! The known name that a mistyped one probably means.

/// Few letters away, or the one that holds it, or that it holds; case makes no difference.
pub fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let name = name.to_lowercase();
    let away = |known: &str| strsim::levenshtein(&name, &known.to_lowercase());
    let (away, near) = known.iter().map(|known| (away(known), *known)).min()?;
    let held = |known: &&&str| known.to_lowercase().contains(&name) || name.contains(&known.to_lowercase());
    if away * 3 <= name.chars().count() { Some(near) } else { known.iter().find(held).copied() }
}

/// The question whether that one is meant, to be put after what is wrong; nothing where none is near.
pub fn is_it_meant(name: &str, known: &[&str]) -> String {
    nearest(name, known).map_or_else(String::new, |near| format!("; is `{near}` meant?"))
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
        assert_eq!(
            (is_it_meant("pionts", &known), is_it_meant("zzzzzz", &known)),
            ("; is `points` meant?".to_owned(), String::new())
        );
    }
}
