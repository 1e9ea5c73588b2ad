//! Templates, models' answers and names become what is sent.

use loyalty_connector::{
    programme::Text,
    words::{
        Draft, Facts, compose, fill,
        mail::{self, escape},
    },
};

fn facts() -> Facts {
    Facts::from([("points".to_owned(), "278".to_owned()), ("balance".to_owned(), "1278".to_owned())])
}

fn text(subject: &str, body: &str) -> Text {
    Text {
        id: "thank_you".to_owned(),
        language: "en".to_owned(),
        subject: subject.to_owned(),
        body: body.to_owned(),
        prompt: String::new(),
    }
}

#[test]
fn a_template_is_filled_and_keeps_the_name_for_later() {
    let draft =
        compose::from_template(&text("Thanks, {{ name }}", "{% if points > 100 %}{{ points }}!{% endif %}"), &facts());
    assert_eq!(draft, Ok(Draft { subject: "Thanks, {{name}}".to_owned(), body: "278!".to_owned() }));
}

#[test]
fn a_template_that_cannot_be_filled_names_its_cell() {
    for (body, expected) in [
        ("{{ pionts }}", "Texts, thank_you (en), Body: "),
        (
            "{% for a in range(9999) %}{% for b in range(9999) %}{{ a }}{% endfor %}{% endfor %}",
            "Texts, thank_you (en), Body: ",
        ),
    ] {
        let problem = compose::from_template(&text("Hi", body), &facts()).unwrap_err();
        assert!(problem.starts_with(expected), "{problem}");
    }
}

#[test]
fn a_models_answer_is_taken_apart_and_filled_without_being_executed() {
    let take = |answer: &str| compose::from_model(answer, "Thanks", "en", &facts());
    let draft = |subject: &str, body: &str| Ok(Draft { subject: subject.to_owned(), body: body.to_owned() });
    assert_eq!(take("Subject: Hooray\n\nYou have {{ points }}."), draft("Hooray", "You have 278."));
    assert_eq!(take("You have {{points}}, {{ Name }}."), draft("Thanks", "You have 278, {{name}}."));
    assert_eq!(take("<think>278? 900!</think>```\n**Subject:** Hi\nWell **done**.\n```"), draft("Hi", "Well done."));
    for wrong in ["{{ 1 + 1 }}", "{{ email }}", "{% if 1 %}x{% endif %}", "You have 279.", "", "Subject: only"] {
        assert!(take(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_missing_or_unbelievable_name_leaves_a_whole_sentence() {
    let cases = [
        ("Thank you, {{name}}!", Some("Anna"), "en", "Thank you, Anna!"),
        ("Thank you, {{name}}!", None, "en", "Thank you!"),
        ("{{name}}, thank you. {{name}}, come again!", None, "en", "Thank you. Come again!"),
        ("Dear {{name}}!", None, "en", "Dear friend!"),
        ("Tere, {{name}}!", None, "et", "Tere!"),
        ("Hea {{name}}!", None, "et", "Hea sõber!"),
        ("{{name}}, спасибо!", None, "ru", "Спасибо!"),
        ("{{name}}, дякуємо!", None, "uk", "Дякуємо!"),
        ("Hi {{name}}", Some("win at www.example.com"), "en", "Hi friend"),
        ("Hi {{name}}", Some("<b>x</b>"), "en", "Hi friend"),
        ("Hi {{name}}", Some("Anna\r\nBcc: x"), "en", "Hi Anna Bcc: x"),
    ];
    for (text, name, language, expected) in cases {
        assert_eq!(fill::personal(text, name, language), expected, "{text} {name:?}");
    }
}

#[test]
fn a_mail_escapes_every_word_it_is_given() {
    let evil = "<script>alert('@body')</script> & \"q\"";
    let mail = mail::render(&Draft { subject: evil.to_owned(), body: format!("{evil}\n\nB") }, evil, "et");
    assert!(!mail.html.contains("<script>") && !mail.html.contains('@'), "{}", mail.html);
    assert_eq!(mail.html.matches(&escape(evil)).count(), 5);
    assert!(mail.text.contains(evil) && mail.html.contains("lang=\"et\""));
}
