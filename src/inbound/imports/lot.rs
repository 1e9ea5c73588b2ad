//! An opening lot: points that a member brings, with the end that was promised for them.

use serde::Deserialize;

use super::{Desk, when::When, whole};
use crate::{
    inbound::{body::Decimal, orders::check_id, problem::FieldError},
    loyalty::{
        Fact,
        event::{Opening, OpeningHold, OpeningState},
        span::Span,
    },
    store::{Incoming, Who},
};

/// Columns beside those that say whose it is.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LotRow {
    /// Tells it from another lot of the same member with the same dates.
    id: Option<String>,
    points: Decimal,
    /// available, pending, reserved or debt; available when left out.
    #[schema(value_type = Option<String>)]
    state: Option<OpeningState>,
    available_from: Option<When>,
    expires_at: Option<When>,
    /// How long points that wait live once they can be spent: `12M_M`.
    expires_after: Option<String>,
    awaits: Option<String>,
    held: Option<String>,
    /// Path prefixes, separated by `|`.
    goods: Option<String>,
    hold: Option<String>,
    hold_expires_at: Option<When>,
    order_id: Option<String>,
}

impl LotRow {
    pub(super) fn incoming(self, desk: &Desk<'_>, mut who: Who, errors: &mut Vec<FieldError>) -> Option<Incoming> {
        let points = whole(&self.points.0, "/points", 1, errors);
        let available_from = self.available_from.and_then(|at| at.start(&desk.zone, "/available_from", errors));
        let expires_at = self.expires_at.and_then(|at| at.end(&desk.zone, "/expires_at", errors));
        if let (Some(from), Some(end)) = (available_from, expires_at)
            && end <= from
        {
            errors.push(FieldError::at("/expires_at", "lies before available_from"));
        }
        let hold_ends = self.hold_expires_at.and_then(|at| at.end(&desk.zone, "/hold_expires_at", errors));
        let state = self.state.unwrap_or_default();
        let hold = match (state, self.hold, hold_ends) {
            (OpeningState::Reserved, Some(id), Some(expires_at)) => {
                who.identities.push(("hold", id.clone()));
                Some(OpeningHold { id, expires_at, order: self.order_id })
            }
            (OpeningState::Reserved, ..) => {
                errors.push(FieldError::at("/hold", "reserved points need hold and hold_expires_at"));
                None
            }
            _ => None,
        };
        let goods = self.goods.iter().flat_map(|goods| goods.split('|'));
        let goods: Vec<String> = goods.map(|path| path.trim().trim_matches('/').to_owned()).collect();
        let id = match self.id {
            Some(id) => {
                check_id(&id, "/id", errors);
                format!("lot:{id}")
            }
            None => {
                let [from, end] = [available_from, expires_at].map(|at| at.map_or(String::new(), |at| at.to_string()));
                let awaits = self.awaits.clone().unwrap_or_default();
                let kind = format!("{state:?}");
                desk.identity(&who, &["lot", &kind, &from, &end, &awaits, &goods.join("|")])
            }
        };
        let expires_after = self.expires_after.and_then(|span| match span.parse::<Span>() {
            Ok(span) => Some(span),
            Err(error) => {
                errors.push(FieldError::at("/expires_after", error.to_string()));
                None
            }
        });
        let held = self.held.is_some_and(|held| held.trim() == "true");
        let awaits = self.awaits;
        let opening = Opening { points, state, available_from, expires_at, expires_after, awaits, held, goods, hold };
        Some(Incoming {
            brand: desk.brand.to_owned(),
            source: "import:lot".to_owned(),
            id,
            occurred_at: None,
            fact: Fact::Opening(Box::new(opening)),
            who,
        })
    }
}
