//! Whether a text is in the language it was asked for in: by the small words that no sentence of a language goes without, and
//! by letters that only one of them has. Pure. It tells our four languages apart, and others from them; it judges no style.

/// Longer texts without one small word of their language are in another one.
const WORDS_ENOUGH: usize = 12;

/// A language: its small words (none that another of the same script has, too) and the letters that only it has.
struct Marks {
    language: &'static str,
    words: &'static [&'static str],
    letters: &'static [char],
}

const MARKS: [Marks; 4] = [
    Marks {
        language: "en",
        words: &[
            "the", "and", "you", "your", "for", "of", "to", "have", "has", "is", "are", "this", "that", "with", "we",
            "our", "it", "at", "from", "will", "can", "thank", "thanks", "now", "more", "points", "point", "purchase",
            "balance", "be", "by", "as", "was", "just", "been", "earned", "there", "until", "next", "been", "us", "if",
            "or", "so",
        ],
        letters: &[],
    },
    Marks {
        language: "et",
        words: &[
            "ja",
            "sa",
            "sul",
            "sulle",
            "sinu",
            "teie",
            "teil",
            "teile",
            "et",
            "ei",
            "kui",
            "mis",
            "selle",
            "oled",
            "olete",
            "oma",
            "nüüd",
            "veel",
            "ka",
            "eest",
            "aitäh",
            "tänan",
            "täname",
            "tänud",
            "punkti",
            "punktid",
            "punktide",
            "ostu",
            "ost",
            "ostust",
            "saad",
            "saate",
            "kokku",
            "kontol",
            "kontole",
            "jääk",
            "kuni",
            "teenisid",
            "kogusid",
            "uus",
            "palun",
            "meie",
            "või",
            "aga",
            "ning",
            "sind",
            "teid",
            "tere",
            "hea",
            "kallis",
            "järgmise",
            "olid",
            "oli",
        ],
        letters: &['õ'],
    },
    Marks {
        language: "ru",
        words: &[
            "и",
            "вы",
            "что",
            "это",
            "с",
            "со",
            "из",
            "спасибо",
            "баллов",
            "баллы",
            "балл",
            "балла",
            "сейчас",
            "теперь",
            "есть",
            "или",
            "как",
            "от",
            "ты",
            "мы",
            "уже",
            "еще",
            "получили",
            "начислено",
            "счету",
            "счете",
            "ваши",
            "твои",
            "если",
            "когда",
            "только",
            "чтобы",
            "был",
            "была",
            "были",
            "можно",
            "следующего",
        ],
        letters: &['ы', 'э', 'ъ', 'ё'],
    },
    Marks {
        language: "uk",
        words: &[
            "і",
            "й",
            "та",
            "ви",
            "що",
            "це",
            "з",
            "із",
            "зі",
            "дякуємо",
            "дякую",
            "бал",
            "бали",
            "балів",
            "бала",
            "зараз",
            "тепер",
            "є",
            "або",
            "як",
            "від",
            "ми",
            "вже",
            "ще",
            "отримали",
            "нараховано",
            "рахунку",
            "ваші",
            "твої",
            "ти",
            "якщо",
            "коли",
            "щоб",
            "був",
            "була",
            "були",
            "можна",
            "наступного",
        ],
        letters: &['і', 'ї', 'є', 'ґ'],
    },
];

/// False when it speaks another language more than this one, or, where it is long enough to tell, not this one at all. What
/// is not one of our languages is not judged.
pub fn speaks(text: &str, language: &str) -> bool {
    let text = text.to_lowercase();
    let words: Vec<&str> =
        text.split(|c: char| !c.is_alphabetic() && c != '\'' && c != '’').filter(|word| !word.is_empty()).collect();
    let marked = |marks: &Marks| {
        let marked = |word: &&&str| marks.words.contains(*word) || word.contains(marks.letters);
        words.iter().filter(marked).count()
    };
    let Some(own) = MARKS.iter().find(|marks| marks.language == language).map(marked) else { return true };
    let others = MARKS.iter().filter(|marks| marks.language != language).map(marked).max();
    own >= others.unwrap_or_default() && (own > 0 || words.len() < WORDS_ENOUGH)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: [(&str, &str); 7] = [
        ("en", "Thank you for your purchase! You earned 278 points and now have 500."),
        ("et", "Aitäh ostu eest! Teenisid 278 punkti ja sul on nüüd kokku 500 punkti."),
        ("et", "Palju õnne sünnipäevaks, kingime 100 punkti."),
        ("ru", "Спасибо за покупку! Вы получили 278 баллов, и теперь у вас 500."),
        ("ru", "Поздравляем с днём рождения, дарим 100 баллов."),
        ("uk", "Дякуємо за покупку! Ви отримали 278 балів, і тепер у вас 500."),
        ("uk", "Вітаємо з днем народження, даруємо 100 балів."),
    ];

    #[test]
    fn each_language_is_told_from_the_three_others() {
        for (spoken, text) in SAID {
            for wanted in ["en", "et", "ru", "uk"] {
                assert_eq!(speaks(text, wanted), wanted == spoken, "{wanted}: {text}");
            }
        }
    }

    #[test]
    fn a_fifth_language_is_none_of_ours() {
        let german =
            "Vielen Dank für Ihren Einkauf, Sie haben heute wieder einmal 278 Punkte gesammelt und besitzen jetzt 500.";
        assert!(!speaks(german, "en") && !speaks(german, "et") && speaks(german, "de"));
        assert!(speaks("278 punkti", "et") && speaks("OK", "ru"), "too short to tell");
    }
}
