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
    view::page("message.html", context! { title, text => rest.trim(), csrf => "", here => "" })
}
