//! What the connector tells a member about the account itself: fixed words, in the member's language, never a model's.

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
