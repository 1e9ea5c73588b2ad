//! Sentences in a language: what `explain` says without one, from `locales/*.ftl` (Fluent, which knows each language's plurals).
//! Guarantees: a language without a sentence falls back to English; instants are told in the programme's time zone.

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use jiff::tz::TimeZone;
use std::{collections::BTreeMap, sync::LazyLock};

use crate::{
    loyalty::explain::{Sentence, Value},
    programme::Translations,
};

type Bundle = FluentBundle<FluentResource>;

const LOCALES: [(&str, &str); 4] = [
    ("en", include_str!("../../locales/en.ftl")),
    ("et", include_str!("../../locales/et.ftl")),
    ("ru", include_str!("../../locales/ru.ftl")),
    ("uk", include_str!("../../locales/uk.ftl")),
];

// The files are part of the program and read by a test.
static BUNDLES: LazyLock<BTreeMap<&'static str, Bundle>> = LazyLock::new(|| {
    LOCALES.iter().filter_map(|(language, text)| Some((*language, bundle(language, text)?))).collect()
});

fn bundle(language: &str, text: &str) -> Option<Bundle> {
    let mut bundle = FluentBundle::new_concurrent(vec![language.parse().ok()?]);
    bundle.set_use_isolating(false); // all four are written from left to right
    bundle.add_resource(FluentResource::try_new(text.to_owned()).ok()?).ok()?;
    Some(bundle)
}

/// How somebody is spoken to.
#[derive(Debug, Clone, Copy)]
pub struct Speech<'a> {
    pub language: &'a str,
    /// Of instants.
    pub zone: &'a TimeZone,
    /// What names of the programme are in that language.
    names: Option<&'a Translations>,
}

impl<'a> Speech<'a> {
    /// Names as they were recorded.
    pub fn of(language: &'a str, zone: &'a TimeZone) -> Self {
        Self { language, zone, names: None }
    }

    /// Names as they are translated.
    #[must_use]
    pub fn with(self, names: &'a Translations) -> Self {
        Self { names: Some(names), ..self }
    }
}

/// The sentence in the language of this speech.
pub fn say(sentence: &Sentence, Speech { language, zone, names }: Speech<'_>) -> String {
    let mut facts = FluentArgs::new();
    for (name, value) in &sentence.facts {
        let value = match value {
            Value::Number(number) => FluentValue::from(*number),
            Value::Text(text) => {
                FluentValue::from(names.map_or(text.as_str(), |names| names.of(language, text)).to_owned())
            }
            Value::Instant(at) => FluentValue::from(at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()),
        };
        facts.set(*name, value);
    }
    let said = [language, "en"].iter().find_map(|language| {
        let bundle = BUNDLES.get(language)?;
        let pattern = bundle.get_message(sentence.id)?.value()?;
        let mut problems = Vec::new();
        let text = bundle.format_pattern(pattern, Some(&facts), &mut problems).into_owned();
        problems.is_empty().then_some(text)
    });
    said.unwrap_or_else(|| sentence.id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loyalty::{NotAllowed, Refusal, quote::Limit};

    fn message_ids(text: &str) -> Vec<&str> {
        let ids = text.lines().filter_map(|line| line.split_once(" =").map(|(id, _)| id));
        ids.filter(|id| !id.starts_with([' ', '#'])).collect()
    }

    #[test]
    fn every_language_says_everything() {
        for (language, text) in LOCALES {
            assert!(BUNDLES.contains_key(language), "{language} is readable");
            assert_eq!(message_ids(text), message_ids(LOCALES[0].1), "{language}");
        }
    }

    #[test]
    fn what_cannot_be_had_is_said_in_english_as_whoever_calls_is_told() {
        let all = [
            NotAllowed::SpendingOff,
            NotAllowed::OnHold,
            NotAllowed::Unaccepted,
            NotAllowed::Left,
            NotAllowed::TooSmall,
            NotAllowed::WrongStep,
            NotAllowed::OtherGoods(1),
            NotAllowed::EnoughToday,
            NotAllowed::OutOfStock,
            NotAllowed::MemberLimit,
            NotAllowed::OutsideDates,
            NotAllowed::OtherMembers,
            NotAllowed::CodeUsedUp,
            NotAllowed::NoSteps,
            NotAllowed::PartnersOnly,
        ];
        let limits = [1, 2000].into_iter().flat_map(|n| {
            [Limit::Balance(n), Limit::Day(n), Limit::Share(n), Limit::Goods, Limit::Step(n), Limit::Smallest(n)]
        });
        let zone = TimeZone::UTC;
        let english = Speech::of("en", &zone);
        for limit in all.map(Limit::NotAllowed).into_iter().chain(limits) {
            assert_eq!(say(&limit.sentence(), english), limit.to_string());
        }
        let none = Refusal::NoSuch { what: "code", id: "X".to_owned() };
        assert_eq!(say(&none.sentence().unwrap(), english), none.to_string());
    }

    #[test]
    fn plurals_are_those_of_the_language() {
        let fixed = |points| Sentence { id: "why-fixed", facts: vec![("points", Value::Number(points))] };
        let cases = [
            ("en", 1, "A fixed 1 point."),
            ("en", 20, "A fixed 20 points."),
            ("et", 1, "Kindel summa: 1 punkt."),
            ("ru", 1, "Фиксированно 1 балл."),
            ("ru", 3, "Фиксированно 3 балла."),
            ("ru", 11, "Фиксированно 11 баллов."),
            ("ru", 21, "Фиксированно 21 балл."),
            ("uk", 2, "Фіксовано 2 бали."),
            ("uk", 15, "Фіксовано 15 балів."),
            ("fi", 2, "A fixed 2 points."),
        ];
        for (language, points, expected) in cases {
            assert_eq!(say(&fixed(points), Speech::of(language, &TimeZone::UTC)), expected);
        }
    }
}
