//! From a template, or a model's answer, to a draft: subject and body with facts filled and the name still a placeholder.

use super::{Facts, fill, guard};
use crate::programme::Text;

/// A finished text, still without the name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub subject: String,
    pub body: String,
}

/// Fills the programme's own text. The error says what is wrong with it, for the person who wrote it.
pub fn from_template(text: &Text, facts: &Facts) -> Result<Draft, String> {
    let fill = |part: &str, source: &str| {
        fill::template(source, facts)
            .map_err(|error| format!("Texts, {} ({}), {part}: {error}", text.id, text.language))
    };
    let subject = fill("Subject", &text.subject)?;
    Ok(Draft { subject: subject.split_whitespace().collect::<Vec<_>>().join(" "), body: fill("Body", &text.body)? })
}

/// Takes a model's answer apart, fills and guards it. `subject` serves when the answer has none. The error is the reason to
/// use the template instead.
pub fn from_model(answer: &str, subject: &str, language: &str, facts: &Facts) -> Result<Draft, String> {
    let answer = tidy(answer);
    let (own_subject, body) = take_apart(&answer);
    let unknown = |key: String| format!("the model used an unknown placeholder: `{key}`");
    let subject = fill::placeholders(own_subject.unwrap_or(subject), facts).map_err(unknown)?;
    let body = fill::placeholders(body, facts).map_err(unknown)?;
    guard::check(&subject, &body, language, facts)
        .map_err(|refused| format!("the model's text is refused: {refused}"))?;
    Ok(Draft { subject, body })
}

/// What small models add around a text: their thoughts, a fence, bold marks.
fn tidy(answer: &str) -> String {
    let answer = answer.rsplit_once("</think>").map_or(answer, |(_, rest)| rest);
    let lines = answer.trim().lines().map(str::trim).filter(|line| !line.starts_with("```"));
    lines.collect::<Vec<_>>().join("\n").replace("**", "").replace("\u{200b}", "").trim().to_owned()
}

/// `Subject: ...` on the first line, the text after it.
fn take_apart(answer: &str) -> (Option<&str>, &str) {
    const LABELS: [&str; 4] = ["subject", "teema", "тема", "pealkiri"];
    let (first, rest) = answer.split_once('\n').unwrap_or((answer, ""));
    match first.split_once(':') {
        Some((label, subject)) if LABELS.contains(&label.trim().to_lowercase().as_str()) => {
            (Some(subject.trim().trim_matches('"')), rest.trim())
        }
        _ => (None, answer),
    }
}

impl Draft {
    /// The text as it goes out.
    #[must_use]
    pub fn addressed(&self, name: Option<&str>, language: &str) -> Self {
        let fill = |text: &str| fill::personal(text, name, language);
        Self { subject: fill(&self.subject), body: fill(&self.body) }
    }
}
