//! An opening lot: points that a member brings, with the end that was promised for them.

use serde::Deserialize;

use super::{RowReader, Strongest, points, when::When};
use crate::{
    intake::{
        GivenId, Incoming, Who,
        fields::{Decimal, FieldError},
    },
    loyalty::{
        Fact,
        event::{Opening, OpeningHold, OpeningState},
    },
    values::span::Span,
};

/// Columns beside those that say whose it is.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LotRow {
    /// Tells it from another lot of the same member with the same dates.
    #[schema(value_type = Option<String>)]
    id: Option<GivenId>,
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
    /// Path prefixes, separated by `|`; or a list in JSON, for those that hold a `|`.
    goods: Option<String>,
    #[schema(value_type = Option<String>)]
    hold: Option<GivenId>,
    hold_expires_at: Option<When>,
    #[schema(value_type = Option<String>)]
    order_id: Option<GivenId>,
}

impl LotRow {
    pub(super) fn incoming(
        self,
        rows: &RowReader<'_>,
        mut who: Who,
        strongest: &Strongest,
        errors: &mut Vec<FieldError>,
    ) -> Incoming {
        let opening = self.opening(rows, errors);
        let id = self.identity(rows, strongest, &opening, errors);
        who.identities.extend(opening.hold.iter().map(|hold| ("hold", hold.id.clone())));
        Incoming {
            brand: rows.brand.to_owned(),
            source: "import:lot".to_owned(),
            id,
            occurred_at: None,
            fact: Fact::Opening(Box::new(opening)),
            who,
        }
    }

    fn opening(&self, rows: &RowReader<'_>, errors: &mut Vec<FieldError>) -> Opening {
        let points = points(&self.points.0, "/points", 1, errors);
        let from = self.available_from.as_ref().and_then(|at| at.start(&rows.zone, "/available_from", errors));
        let end = self.expires_at.as_ref().and_then(|at| at.end(&rows.zone, "/expires_at", errors));
        for (at, pointer) in [(from, "/available_from"), (end, "/expires_at")] {
            if let Some(at) = at {
                rows.reader.promised(at, pointer, errors);
            }
        }
        if let (Some(from), Some(end)) = (from, end)
            && end <= from
            && !rows.reader.kept
        {
            errors.push(FieldError::at("/expires_at", "lies before available_from"));
        }
        let span = self.expires_after.as_ref().map(|span| span.parse::<Span>());
        if let Some(Err(error)) = &span {
            errors.push(FieldError::at("/expires_after", error.to_string()));
        }
        let goods = self.goods.iter().flat_map(|goods| paths(goods));
        Opening {
            points,
            state: self.state.unwrap_or_default(),
            available_from: from,
            expires_at: end,
            expires_after: span.and_then(Result::ok),
            awaits: self.awaits.clone(),
            held: self.held.as_ref().is_some_and(|held| held.trim() == "true"),
            goods: goods.collect(),
            hold: self.hold(rows, errors),
        }
    }

    fn hold(&self, rows: &RowReader<'_>, errors: &mut Vec<FieldError>) -> Option<OpeningHold> {
        if self.state != Some(OpeningState::Reserved) {
            return None;
        }
        let ends = self.hold_expires_at.as_ref().and_then(|at| at.end(&rows.zone, "/hold_expires_at", errors));
        let id = self.hold.as_ref().map(|id| id.lenient("/hold", errors));
        let order = self.order_id.as_ref().map(|id| rows.reader.id(id, "/order_id", errors));
        let (Some(id), Some(expires_at)) = (id, ends) else {
            errors.push(FieldError::at("/hold", "reserved points need hold and hold_expires_at"));
            return None;
        };
        Some(OpeningHold { id, expires_at, order })
    }

    /// The points are no part of it: a corrected file is a conflict, not a second lot.
    fn identity(
        &self,
        rows: &RowReader<'_>,
        strongest: &Strongest,
        opening: &Opening,
        errors: &mut Vec<FieldError>,
    ) -> String {
        if let Some(id) = &self.id {
            return format!("lot:{}", id.lenient("/id", errors));
        }
        let Opening { state, available_from, expires_at, awaits, goods, .. } = opening;
        let [from, end] = [available_from, expires_at].map(|at| at.map_or(String::new(), |at| at.to_string()));
        let state = format!("{state:?}");
        let awaits = awaits.as_deref().unwrap_or_default();
        rows.identity(strongest, &["lot", &state, &from, &end, awaits, &goods.join("|")])
    }
}

fn paths(goods: &str) -> Vec<String> {
    if let Ok(list) = serde_json::from_str(goods) {
        return list;
    }
    goods.split('|').map(|path| path.trim().trim_matches('/').to_owned()).collect()
}
