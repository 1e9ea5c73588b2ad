//! The number guard, case by case.

use loyalty_connector::words::{Facts, guard};
use proptest::prelude::*;

fn facts(pairs: &[(&str, &str)]) -> Facts {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn known() -> Facts {
    facts(&[
        ("points", "278"),
        ("balance", "12345"),
        ("tier", "Bronze"),
        ("missing", "222 points"),
        ("amount", "89.90 EUR"),
        ("rate", "10%"),
        ("ends", "2026-12-31"),
        ("goods", "Trail runner 42, 3M tape"),
    ])
}

#[test]
fn every_number_in_a_text_is_one_of_its_facts() {
    for text in [
        "You earned 278 points.",
        "You earned 278, and now have 12345!",
        "You now have 12,345 points.",
        "You now have 12.345 points.",
        "You now have 12 345 points.",
        "You now have 12\u{a0}345 points.",
        "You now have 12\u{202f}345 points.",
        "You now have 12’345 points.",
        "Points: 0278",
        "+278 points",
        "Only 222 points to go.",
        "You paid 89.90 EUR, that is 89,90 €, or € 89.9.",
        "You save 10% or 10 percent.",
        "Enjoy your Trail runner 42, 3M tape.",
        "Valid until 2026-12-31.",
        "Thank you, {{name}}!",
        "One more thing: thank you.",
    ] {
        assert_eq!(guard::check("Hello", text, "en", &known()), Ok(()), "{text}");
    }
    for (language, text) in [
        ("et", "Teenisid 278 punkti, nüüd on sul 12 345."),
        ("ru", "Начислено баллов: 278. Теперь у вас 12 345."),
        ("uk", "Нараховано балів: 278. Тепер у вас 12 345."),
    ] {
        assert_eq!(guard::check(text, text, language, &known()), Ok(()), "{text}");
    }
}

#[test]
fn a_number_that_is_no_fact_is_refused() {
    for (language, text) in [
        ("en", "You earned 279 points."),
        ("en", "You earned 27 8 points."),
        ("en", "You earned 2780 points."),
        ("en", "You earned 2.78 points."),
        ("en", "You earned 278.5 points."),
        ("en", "You earned 278,000 points."),
        ("en", "You earned 278 000 points."),
        ("en", "You earned 278 278 points."),
        ("en", "You earned 1.2.3 points."),
        ("en", "You now have 1,2345 points."),
        ("en", "You owe us -278 points."),
        ("en", "You owe us −278 points."),
        ("en", "Your points: ２７８."),
        ("en", "Your points: ٢٧٨."),
        ("en", "Only ½ of it."),
        ("en", "Level Ⅻ reached."),
        ("en", "You save 278%."),
        ("en", "You save 278 percent."),
        ("en", "You save 278 €."),
        ("en", "You save $278."),
        ("en", "You earned 10 points."),
        ("en", "You earned 89.90 points."),
        ("en", "You earned 42 points."),
        ("en", "You earned 12 points until 31."),
        ("en", "Your 1st purchase."),
        ("en", "You get x2 points."),
        ("en", "Two hundred points for you."),
        ("en", "Double points for you."),
        ("et", "Said kakssada punkti."),
        ("et", "Said sada punkti."),
        ("ru", "Вам начислено двести баллов."),
        ("ru", "У вас тысяча баллов."),
        ("uk", "У вас п’ять балів."),
        ("uk", "У вас 279 балів."),
    ] {
        let refused = guard::check(
            if language == "en" || language == "et" { "Aitah" } else { "Баллы" },
            text,
            language,
            &known(),
        );
        assert!(matches!(refused, Err(guard::Refused::Number(_))), "{text}: {refused:?}");
    }
}

#[test]
fn a_text_offers_no_way_out_and_no_markup() {
    use guard::Refused::{Alphabet, Contact, Empty, Invisible, Markup, TooLong};
    let long = "word ".repeat(500);
    for (subject, body, expected) in [
        ("Hi", "Write to anna@example.com.", Contact("an e-mail address")),
        ("Hi", "Visit https://example", Contact("a link")),
        ("Hi", "Visit shop.example/offer now.", Contact("a link")),
        ("Hi", "Visit магазин.рф now, please.", Contact("a link")),
        ("Hi", "Call +372 278 2782.", Contact("a phone number")),
        ("Hi", "Call 278-278-278.", Contact("a phone number")),
        ("Hi", "Dear [Customer], thank you.", Markup('[')),
        ("Hi", "Thank you <b>much</b>.", Markup('<')),
        ("Hi", "Thank you, {{ email }}.", Markup('{')),
        ("Hi", "Thank \u{200b}you.", Invisible),
        ("Hi", "Thank \u{e0041}you.", Invisible),
        ("Hi\nBcc: x", "Thank you.", Invisible),
        ("Hi", " \n ", Empty("text")),
        ("{{name}}!", "Thank you.", Empty("subject")),
        ("Hi", &long, TooLong { part: "text", max: 2000 }),
        ("Привет", "Спасибо за покупку.", Alphabet("en".to_owned())),
    ] {
        assert_eq!(guard::check(subject, body, "en", &known()), Err(expected), "{body}");
    }
    assert!(matches!(guard::check("Hi", "Thank you.", "ru", &known()), Err(Alphabet(_))));
    for fine in ["Thank you.Come again, e.g. soon.", "Nice, i.e. good."] {
        assert_eq!(guard::check("Hi", fine, "en", &known()), Ok(()), "{fine}");
    }
}

#[test]
fn a_text_in_another_language_than_the_members_is_refused() {
    let english = "Thank you for your purchase! You earned 278 points.";
    let german = "Vielen Dank für Ihren Einkauf, Sie haben heute wieder einmal Punkte gesammelt und besitzen jetzt insgesamt 278.";
    for (language, text) in [
        ("et", english),
        ("en", "Aitäh ostu eest! Teenisid 278 punkti."),
        ("ru", "Дякуємо за покупку! Ви отримали 278 балів."),
        ("uk", "Спасибо за покупку! Вы получили 278 баллов."),
        ("en", german),
        ("et", german),
    ] {
        assert_eq!(
            guard::check("278", text, language, &known()),
            Err(guard::Refused::Language(language.to_owned())),
            "{text}"
        );
    }
    let goods = facts(&[("goods", "The Best of You and the Rest"), ("points", "278")]);
    let estonian = "Aitäh, The Best of You and the Rest on sinu oma: 278 punkti.";
    assert_eq!(guard::check("Tere", estonian, "et", &goods), Ok(()), "goods may be called anything");
}

proptest! {
    #[test]
    fn no_other_number_passes_however_it_is_written(points in 0u32..2_000_000, other in 0u32..2_000_000, style in 0usize..5) {
        let facts = facts(&[("points", &points.to_string())]);
        let separator = [",", ".", " ", "\u{a0}", ""][style];
        let text = format!("You earned {} points.", grouped(other, separator));
        let passes = guard::check("Hi", &text, "en", &facts).is_ok();
        prop_assert_eq!(passes, other == points, "{}", text);
    }

    #[test]
    fn no_text_makes_the_guard_panic(text in "\\PC{0,200}", fact in "\\PC{0,40}") {
        let _ = guard::check(&text, &text, "en", &facts(&[("goods", &fact), ("points", &fact)]));
    }
}

fn grouped(number: u32, separator: &str) -> String {
    let digits = number.to_string();
    let first = (digits.len() - 1) % 3 + 1;
    let mut groups = vec![digits[..first].to_owned()];
    groups.extend(digits.as_bytes()[first..].chunks(3).map(|group| String::from_utf8_lossy(group).into_owned()));
    groups.join(separator)
}
