//! The model that writes texts: reached, key accepted, model known. Asks for no text, which would be billed.

use super::Findings;
use crate::{
    config::Settings,
    systems::openai::account::{self, Account},
    values::count::counted,
};

pub async fn look(settings: &Settings, findings: &mut Findings) {
    let model = &settings.openai.model;
    match account::look(&settings.openai).await {
        None => findings.off("texts are made from their templates"),
        Some(Ok(Account::Models(models))) if models.iter().any(|known| known == model) => {
            findings.ok(format!("key accepted, model {model} is there"));
        }
        Some(Ok(Account::Models(models))) => {
            let detail = format!("the server lists {}, and not {model}", counted(models.len(), "model"));
            let todo = "choose one that it has (LOYALTY__OPENAI__MODEL)";
            // OpenAI lists all of them; other servers take names that they do not list
            if account::is_openai(&settings.openai) {
                findings.wrong(detail, todo);
            } else {
                findings.note(detail, todo);
            }
        }
        Some(Ok(Account::NoList)) => findings.note(
            format!("reached; it has no list of models, so key and model {model} show with the first text"),
            "send a sample purchase and look at the text",
        ),
        Some(Err(problem)) => findings.wrong(problem, "check LOYALTY__OPENAI__URL and LOYALTY__OPENAI__API_KEY"),
    }
}
