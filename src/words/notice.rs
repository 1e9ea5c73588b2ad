//! What the connector tells a member about the account itself: fixed words, in the member's language, never a model's.

use super::Draft;

/// The id of the text that goes to a former address.
pub const ADDRESS_CHANGED: &str = "address_changed";

/// To the former address, once messages go to another one. It does not tell the new one.
pub fn address_changed(language: &str) -> Draft {
    let (subject, body) = match language {
        "et" => (
            "Sinu e-posti aadress muudeti",
            "Sinu püsikliendikonto e-posti aadress muudeti. Edaspidi saadame kirjad uuele aadressile.\n\n\
             Kui see polnud sina, anna poele kohe teada.",
        ),
        "ru" => (
            "Ваш адрес электронной почты изменён",
            "Адрес электронной почты вашего счёта лояльности изменён. Письма теперь приходят на новый адрес.\n\n\
             Если это были не вы, сразу сообщите магазину.",
        ),
        "uk" => (
            "Вашу адресу електронної пошти змінено",
            "Адресу електронної пошти вашого рахунку лояльності змінено. Листи тепер надходять на нову адресу.\n\n\
             Якщо це були не ви, одразу повідомте магазин.",
        ),
        _ => (
            "Your e-mail address was changed",
            "The e-mail address of your loyalty account was changed. From now on messages go to the new address.\n\n\
             If it was not you, tell the shop at once.",
        ),
    };
    Draft { subject: subject.to_owned(), body: body.to_owned() }
}
