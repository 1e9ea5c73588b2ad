//! A message as a mail: the same words as HTML and as plain text. Everything that is not this file's own is escaped.

use super::Draft;

/// A mail ready to be sent or shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    pub subject: String,
    pub html: String,
    pub text: String,
}

/// Whether this names one mailbox and nothing else: no second one, no name beside it, nothing that begins a new line.
pub fn is_one_address(text: &str) -> bool {
    let foreign = |c: char| c.is_whitespace() || c.is_control() || ",;:<>()[]\"\\".contains(c);
    let parts: Vec<&str> = text.split('@').collect();
    text.len() <= 254 && !text.contains(foreign) && parts.len() == 2 && parts.iter().all(|part| !part.is_empty())
}

/// Renders an addressed text in the programme's name.
pub fn render(message: &Draft, programme: &str, language: &str) -> Mail {
    let footer = footer(language);
    let subject = inert(&message.subject.split_whitespace().collect::<Vec<_>>().join(" "));
    let html = HTML
        .replace("@language", &escape(language))
        .replace("@footer", &escape(footer))
        .replace("@programme", &escape(programme))
        .replace("@subject", &escape(&message.subject))
        .replace("@preview", &escape(&excerpt(&message.body)))
        .replace("@body", &paragraphs(&message.body));
    let text = inert(&format!("{}\n\n--\n{programme}\n{footer}\n", message.body.trim()));
    Mail { subject, html, text }
}

/// As plain text, without what a mail service would take for its own template: there is no other way to write it there.
fn inert(text: &str) -> String {
    let text: String = text.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
    text.replace("{{", "{ {").replace("}}", "} }").replace("{%", "{ %").replace("%}", "% }")
}

fn footer(language: &str) -> &'static str {
    match language {
        "et" => "Saad selle kirja, sest oled püsikliendiprogrammi liige ja see puudutab sinu punkte.",
        "ru" => "Вы получили это письмо как участник программы лояльности: оно касается ваших баллов.",
        "uk" => "Ви отримали цей лист як учасник програми лояльності: він стосується ваших балів.",
        _ => "You get this mail as a member of our loyalty programme: it is about your points.",
    }
}

fn paragraphs(body: &str) -> String {
    let paragraph =
        |text: &str| format!("<p style=\"margin:0 0 16px\">{}</p>", escape(text.trim()).replace('\n', "<br>"));
    body.split("\n\n").filter(|text| !text.trim().is_empty()).map(paragraph).collect::<Vec<_>>().join("\n")
}

/// What a mail program shows beside the subject.
fn excerpt(body: &str) -> String {
    body.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(120).collect()
}

/// For text and for attributes. `@` too, so that no text is taken for one of the places to be filled; and braces, so that no
/// mail service takes one for its own template.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_control() && c != '\n' => {}
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '@' => escaped.push_str("&#64;"),
            '{' => escaped.push_str("&#123;"),
            '}' => escaped.push_str("&#125;"),
            c => escaped.push(c),
        }
    }
    escaped
}

const HTML: &str = r#"<!doctype html>
<html lang="@language">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light">
<title>@subject</title>
</head>
<body style="margin:0;padding:0;background:#f3f1ec;color:#22252b;font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif">
<div style="display:none;max-height:0;overflow:hidden">@preview</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#f3f1ec">
<tr><td align="center" style="padding:32px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px;background:#ffffff;border-radius:14px">
<tr><td style="padding:22px 32px;background:#1f5b4d;border-radius:14px 14px 0 0;color:#ffffff;font-size:15px;font-weight:600">@programme</td></tr>
<tr><td style="padding:32px 32px 16px">
<h1 style="margin:0 0 20px;font-size:24px;line-height:1.3;font-weight:700">@subject</h1>
<div style="font-size:16px;line-height:1.6">
@body
</div>
</td></tr>
<tr><td style="padding:16px 32px 24px;border-top:1px solid #ece9e2;font-size:12px;line-height:1.5;color:#6b6f76">@footer</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mailbox_and_no_line_of_its_own() {
        for right in ["anna@example.com", "a.b+c@sub.example.ee", "õnne@näide.ee"] {
            assert!(is_one_address(right), "{right}");
        }
        let wrong = [
            "",
            "anna",
            "@example.com",
            "anna@",
            "a@b.ee,c@d.ee",
            "a@b.ee;c@d.ee",
            "a@b.ee c@d.ee",
            "Anna <a@b.ee>",
            "a@b.ee\r\nBcc: c@d.ee",
            "a@b.ee\nX: y",
            "a@b@c.ee",
            "a\u{0}@b.ee",
        ];
        for wrong in wrong {
            assert!(!is_one_address(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn every_part_of_a_mail_says_what_it_says_and_does_nothing() {
        let words = "Hi {{ contact.PASSWORD }}\u{7} <b>{% raw %}</b>";
        let draft = Draft { subject: format!("One\r\nBcc: x@y.ee {words}"), body: words.to_owned() };
        let mail = render(&draft, "Shop {{x}}", "en");
        for part in [&mail.subject, &mail.text, &mail.html] {
            assert!(!part.contains("{{") && !part.contains("{%") && !part.contains('\u{7}'), "{part}");
        }
        assert!(!mail.subject.contains(['\r', '\n']), "{}", mail.subject);
        assert!(mail.text.contains("<b>") && !mail.html.contains("<b>{"), "plain text is shown as it is");
    }
}
