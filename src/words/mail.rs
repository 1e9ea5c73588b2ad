//! A message as a mail: the same words as HTML and as plain text. Everything that is not this file's own is escaped.

use super::Draft;

/// A mail ready to be sent or shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    pub subject: String,
    pub html: String,
    pub text: String,
}

/// Renders an addressed text in the programme's name.
pub fn render(message: &Draft, programme: &str, language: &str) -> Mail {
    let footer = footer(language);
    let html = HTML
        .replace("@language", &escape(language))
        .replace("@footer", &escape(footer))
        .replace("@programme", &escape(programme))
        .replace("@subject", &escape(&message.subject))
        .replace("@preview", &escape(&excerpt(&message.body)))
        .replace("@body", &paragraphs(&message.body));
    let text = format!("{}\n\n--\n{programme}\n{footer}\n", message.body.trim());
    Mail { subject: message.subject.clone(), html, text }
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
