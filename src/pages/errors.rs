//! The page of a problem type: what `type` in a problem+json points to. Open to everybody; the texts are docs/errors/*.md.

use axum::{extract::Path, response::Response};
use minijinja::context;
use rust_embed::Embed;

use super::view;

#[derive(Embed)]
#[folder = "docs/errors/"]
struct Texts;

pub async fn page(Path(kind): Path<String>) -> Response {
    let Some(text) = Texts::get(&format!("{kind}.md")) else { return view::not_found("problem") };
    let text = String::from_utf8_lossy(&text.data).into_owned();
    let (title, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let title = title.trim_start_matches('#').trim();
    let blocks: Vec<_> = rest.trim().split("\n\n").map(block).collect();
    view::page("problem.html", context! { title, blocks, csrf => "", here => "" })
}

/// Of Markdown what these texts use: paragraphs with `code` in them, and indented samples.
fn block(text: &str) -> minijinja::Value {
    if let Some(sample) = text.strip_prefix("    ") {
        return context! { sample => sample.replace("\n    ", "\n"), parts => Vec::<minijinja::Value>::new() };
    }
    let parts = text.split('`').enumerate().map(|(at, part)| context! { code => at % 2 == 1, text => part });
    context! { sample => "", parts => parts.collect::<Vec<_>>() }
}
