//! `GET /v1/entries/{id}/why`: an entry's event decided again, and its arithmetic line by line, in the member's language.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, State},
};
use serde::{Deserialize, Serialize};

use super::{auth::Caller, problem::Problem};
use crate::{
    app::App,
    loyalty::{
        explain::{Explanation, as_recorded, explain},
        id::entry_place,
        receipt::EntryView,
    },
    programme::{LANGUAGES, Programmes},
    store::{Store, StoreError},
    verify::{self, Past},
    words::say::say,
};

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct In {
    /// `en`, `et`, `ru` or `uk`; the member's own when left out.
    pub language: Option<String>,
}

/// An entry and why it says what it says.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Why {
    pub entry: EntryView,
    pub member_id: String,
    /// Source and id of the event, as its sender named it.
    pub event: String,
    /// The programme version that judged.
    pub programme: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    pub language: String,
    /// The event, the rule, each line, the rate, caps, and what the entry did.
    pub because: Vec<String>,
}

/// Why an entry says what it says
#[utoipa::path(get, path = "/v1/entries/{id}/why", tag = "members",
    security(("key" = ["members"])),
    params(("id" = String, Path), In),
    responses((status = 200, body = Why), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
    Query(asked): Query<In>,
) -> Result<Json<Why>, Problem> {
    if let Some(language) = asked.language.as_deref().filter(|language| !LANGUAGES.contains(language)) {
        let detail = format!("`{language}` is none of {}", LANGUAGES.join(", "));
        return Err(Problem::invalid_field("/language", detail));
    }
    let programmes = app.programmes.of(&caller.brand);
    let programmes = programmes.ok_or_else(|| Problem::unavailable("The brand has no programme yet"))?;
    let why = why(&app.store, &programmes, &caller.brand, &id, asked.language).await?;
    why.map(Json).ok_or_else(|| Problem::not_found(format!("entry `{id}`")))
}

/// The entry, explained; `None` when there is none.
pub async fn why(
    store: &Store,
    programmes: &Programmes,
    brand: &str,
    id: &str,
    language: Option<String>,
) -> Result<Option<Why>, StoreError> {
    let place = match entry_place(id) {
        None if id.starts_with("ent_") => store.place_of_entry(brand, id).await?,
        place => place,
    };
    let Some((member, version)) = place else { return Ok(None) };
    let stream = store.stream(brand, &member).await?;
    let Some(past) = verify::past(&stream, programmes, version) else { return Ok(None) };
    let decided = past.ours.then(|| explain(&past.programmes, &past.before(), id).ok().flatten()).flatten();
    let recorded = || as_recorded(&past.programmes, &past.event, &past.recorded, id);
    let Some(explained) = decided.or_else(recorded) else { return Ok(None) };
    let language = language.or_else(|| past.member.language.clone());
    let language = language.unwrap_or_else(|| programmes.live().programme.settings.language.clone());
    Ok(Some(told(explained, &past, programmes, language)))
}

fn told(explained: Explanation, past: &Past, programmes: &Programmes, language: String) -> Why {
    let zone = &programmes.live().programme.settings.zone;
    Why {
        because: explained.sentences.iter().map(|sentence| say(sentence, &language, zone)).collect(),
        entry: EntryView::from(&explained.entry),
        member_id: past.member.id.clone(),
        event: format!("{} {}", past.event.source, past.event.id),
        programme: format!("v{}", explained.judged_by),
        rule: explained.rule,
        language,
    }
}
