//! Versions of the programme for people: what waits for a second person, and who made which version.

use std::sync::Arc;

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use minijinja::{Value, context};
use serde::Deserialize;

use super::{
    session::Visitor,
    view::{self, moment},
};
use crate::{
    intake::draft::{RollbackBody, TooMuch},
    service::{App, mercy, publishing},
    web::body::Form,
};

pub async fn page(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Response, Response> {
    let zone = view::zone(&app, &visitor.brand);
    let waits = publishing::waiting(&app, &visitor.brand).await.map_err(view::problem)?;
    let waits = waits.map(|waits| {
        let mine = waits.asked_by == visitor.caller.name;
        context! { fingerprint => waits.fingerprint, live => waits.live, by => waits.asked_by, mine,
        since => moment(waits.asked_at, &zone), changes => waits.changes, back => waits.rolls_back_to,
        takes_back => waits.takes_back, takes_back_effects => waits.takes_back_effects }
    });
    let versions = publishing::versions(&app, &visitor.brand).await.map_err(view::problem)?.versions;
    let versions: Vec<Value> = versions
        .into_iter()
        .map(|one| {
            let since = moment(one.effective_at, &zone);
            context! { version => one.version, since, by => one.by, agreed => one.agreed, changes => one.changes,
            back => one.rolled_back_to, reason => one.reason }
        })
        .collect();
    Ok(view::page("publish.html", context! { csrf => visitor.csrf, here => "publish", waits, versions }))
}

#[derive(Deserialize)]
pub struct DraftForm {
    csrf: String,
    fingerprint: String,
}

pub async fn agree(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Form(form): Form<DraftForm>,
) -> Result<Response, Response> {
    visitor.check(&form.csrf)?;
    publishing::agree(&app, &visitor.caller, &form.fingerprint).await.map_err(view::problem)?;
    Ok(Redirect::to("/publish").into_response())
}

pub async fn withdraw(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Form(form): Form<DraftForm>,
) -> Result<Response, Response> {
    visitor.check(&form.csrf)?;
    publishing::withdraw(&app, &visitor.brand, &form.fingerprint).await.map_err(view::problem)?;
    Ok(Redirect::to("/publish").into_response())
}

#[derive(Deserialize)]
pub struct RollbackQuery {
    to: String,
}

/// What rolling back to a version would do.
pub async fn rollback(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(RollbackQuery { to }): Query<RollbackQuery>,
) -> Result<Response, Response> {
    let zone = view::zone(&app, &visitor.brand);
    let live = app.programmes.of(&visitor.brand).map_or(0, |programmes| programmes.live().number);
    let body = RollbackBody {
        to,
        live: format!("v{live}"),
        reason: String::new(),
        too_much: TooMuch::Keep,
        effects: TooMuch::Keep,
    };
    let view = mercy::preview(&app, &visitor.brand, body).await.map_err(view::problem)?;
    let (too_much, effects) = (view.too_much, view.effects);
    let rows = effects.rows.into_iter();
    let rows: Vec<Value> =
        rows.map(|row| context! { name => row.name, id => row.challenge, members => row.members, tiers => row.tiers, badges => row.badges }).collect();
    let some = effects.some.into_iter();
    let some: Vec<Value> = some
        .map(|one| context! { id => one.member_id, challenge => one.challenge, tier => one.tier, badge => one.badge })
        .collect();
    let effects = context! { members => effects.members, rows, some };
    let most = too_much.most.into_iter();
    let most: Vec<Value> =
        most.map(|one| context! { id => one.member_id, points => one.points, there => one.there }).collect();
    let texts = view.texts.into_iter();
    let texts: Vec<Value> =
        texts.map(|(language, text)| context! { language, subject => text.subject, body => text.body }).collect();
    Ok(view::page(
        "rollback.html",
        context! { csrf => visitor.csrf, here => "publish", to => view.to, live => view.live, changes => view.changes,
        since => moment(view.since, &zone), members => too_much.members, points => too_much.points,
        there => too_much.there, every => too_much.every, most, texts, effects },
    ))
}

#[derive(Deserialize)]
pub struct RollbackForm {
    csrf: String,
    to: String,
    live: String,
    reason: String,
    #[serde(default)]
    take_back: bool,
    #[serde(default)]
    take_back_effects: bool,
}

pub async fn roll_back(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Form(form): Form<RollbackForm>,
) -> Result<Response, Response> {
    visitor.check(&form.csrf)?;
    let RollbackForm { to, live, reason, take_back, take_back_effects, .. } = form;
    let wanted = |take_back| if take_back { TooMuch::TakeBack } else { TooMuch::Keep };
    let (too_much, effects) = (wanted(take_back), wanted(take_back_effects));
    let body = RollbackBody { to, live, reason, too_much, effects };
    mercy::roll_back(&app, &visitor.caller, body).await.map_err(view::problem)?;
    Ok(Redirect::to("/publish").into_response())
}
