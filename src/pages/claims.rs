//! What a member took or was given, as rows of its page: what, how it stands, what for.

use jiff::tz::TimeZone;
use minijinja::{Value, context};

use super::view::moment;
use crate::{
    intake::problem::Problem,
    service::{
        App,
        claims::{self, CauseView, ClaimOfMember, ClaimStands},
        page::PageQuery,
    },
};

/// Rows that are shown.
pub const ROWS: usize = 50;

/// The newest ones of a member.
pub async fn rows(app: &App, (brand, member): (&str, &str), zone: &TimeZone) -> Result<Vec<Value>, Problem> {
    let newest = PageQuery { limit: Some(ROWS), cursor: None };
    let claims = claims::of_member(app, brand, member, &newest).await?.items;
    let row = |claim: ClaimOfMember| {
        let (state, kind) = state(&claim);
        context! {
            id => claim.id, name => claim.name, state, kind, at => moment(claim.at, zone), code => claim.code,
            until => claim.until.map(|at| moment(at, zone)), points => claim.points,
            cause => claim.cause.as_ref().map(cause).unwrap_or_default(),
        }
    };
    Ok(claims.into_iter().map(row).collect())
}

/// How it stands in words, and the look of its chip.
fn state(claim: &ClaimOfMember) -> (&'static str, &'static str) {
    match (claim.state, &claim.reward) {
        (ClaimStands::Claimed, Some(_)) => ("to be handed over", "due"),
        (ClaimStands::Claimed, None) => ("not used yet", "due"),
        (ClaimStands::Used, _) => ("used", "done"),
        (ClaimStands::Fulfilled, _) => ("handed over", "done"),
        (ClaimStands::Cancelled, Some(_)) => ("cancelled", "expired"),
        (ClaimStands::Cancelled, None) => ("taken back", "expired"),
    }
}

fn cause(cause: &CauseView) -> String {
    let row = cause.id.as_ref().map_or_else(|| "own points".to_owned(), |row| format!("{} {row}", cause.kind));
    cause.order_id.as_ref().map_or_else(|| row.clone(), |order| format!("{row}, order {order}"))
}
