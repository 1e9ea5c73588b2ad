//! What a member is told about the account itself: fixed words, in the member's language, never a model's.

use super::Draft;
use crate::loyalty::intent::Moved;

/// The id of the text.
pub fn id(what: Moved) -> &'static str {
    match what {
        Moved::Email => "address_changed",
        Moved::Phone => "phone_changed",
    }
}

/// To the address known until now, once a fact moved by which the member is reached. It does not tell the new one.
pub fn moved(what: Moved, language: &str) -> Draft {
    let (subject, body) = match (what, language) {
        (Moved::Email, "et") => (
            "Sinu e-posti aadress muudeti",
            "Sinu püsikliendikonto e-posti aadress muudeti. Edaspidi me sellele aadressile kirju ei saada.",
        ),
        (Moved::Email, "ru") => (
            "Ваш адрес электронной почты изменён",
            "Адрес электронной почты вашего счёта лояльности изменён. Письма больше не приходят на этот адрес.",
        ),
        (Moved::Email, "uk") => (
            "Вашу адресу електронної пошти змінено",
            "Адресу електронної пошти вашого рахунку лояльності змінено. Листи більше не надходять на цю адресу.",
        ),
        (Moved::Email, _) => (
            "Your e-mail address was changed",
            "The e-mail address of your loyalty account was changed. Messages do not come to this one any more.",
        ),
        (Moved::Phone, "et") => ("Sinu telefoninumber muudeti", "Sinu püsikliendikonto telefoninumber muudeti."),
        (Moved::Phone, "ru") => ("Ваш номер телефона изменён", "Номер телефона вашего счёта лояльности изменён."),
        (Moved::Phone, "uk") => ("Ваш номер телефону змінено", "Номер телефону вашого рахунку лояльності змінено."),
        (Moved::Phone, _) => ("Your phone number was changed", "The phone number of your loyalty account was changed."),
    };
    let unless = match language {
        "et" => "Kui see polnud sina, anna poele kohe teada.",
        "ru" => "Если это были не вы, сразу сообщите магазину.",
        "uk" => "Якщо це були не ви, одразу повідомте магазин.",
        _ => "If it was not you, tell the shop at once.",
    };
    Draft { subject: subject.to_owned(), body: format!("{body}\n\n{unless}") }
}

/// To a member whose points are taken back, as a text with places to be filled.
pub fn taken_back(language: &str) -> Draft {
    let (subject, body) = match language {
        "et" => (
            "Parandasime sinu punkte",
            "{{ name }}, meie viga tõttu said punkte rohkem, kui reeglid lubavad. Võtsime tagasi {{ points }} punkti, \
             mis olid veel alles; mida juba kasutasid, jääb sulle. Sul on nüüd {{ balance }} punkti. Vabandame!",
        ),
        "ru" => (
            "Мы исправили ваши баллы",
            "{{ name }}, из-за нашей ошибки вам начислили больше баллов, чем положено по правилам. Мы списали баллы, \
             которые ещё не потрачены: {{ points }}; потраченное остаётся вам. Теперь на счету: {{ balance }}. Извините нас!",
        ),
        "uk" => (
            "Ми виправили ваші бали",
            "{{ name }}, через нашу помилку вам нарахували більше балів, ніж належить за правилами. Ми списали бали, \
             які ще не витрачено: {{ points }}; витрачене лишається вам. Тепер на рахунку: {{ balance }}. Вибачте нам!",
        ),
        _ => (
            "We corrected your points",
            "{{ name }}, by a mistake of ours you were given more points than the rules say. We took back {{ points }} \
             that were still there; what you have used stays yours. You now have {{ balance }}. We are sorry!",
        ),
    };
    Draft { subject: subject.to_owned(), body: body.to_owned() }
}
