//! A member as the former programme knew it.

use serde::Deserialize;

use super::{RowReader, Strongest, when::When};
use crate::{
    intake::{Incoming, Who, fields::FieldError},
    loyalty::{
        Fact,
        event::{Carried, MemberImported, TierKept},
    },
};

/// Columns beside those that say who it is.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberRow {
    joined_at: Option<When>,
    /// A tier by the id it has in `Tiers`.
    tier: Option<String>,
    /// Until when it was promised.
    tier_until: Option<When>,
    /// How the member stood in another installation of this service, as its export says it; `tier` is then not needed.
    #[schema(value_type = Option<Object>)]
    carried: Option<Box<Carried>>,
}

impl MemberRow {
    pub(super) fn incoming(
        self,
        rows: &RowReader<'_>,
        who: Who,
        strongest: &Strongest,
        errors: &mut Vec<FieldError>,
    ) -> Incoming {
        let joined_at = self.joined_at.and_then(|at| at.start(&rows.zone, "/joined_at", errors));
        if let Some(at) = joined_at {
            rows.reader.happened(at, "/joined_at", errors);
        }
        let until = self.tier_until.and_then(|at| at.end(&rows.zone, "/tier_until", errors));
        let tier = match (self.tier, until) {
            (Some(id), Some(until)) => Some(TierKept { id, until }),
            (Some(_), None) => {
                errors.push(FieldError::at("/tier_until", "is missing: until when was the tier promised?"));
                None
            }
            _ => None,
        };
        Incoming {
            brand: rows.brand.to_owned(),
            source: "import:member".to_owned(),
            id: rows.identity(strongest, &["member"]),
            occurred_at: None,
            fact: Fact::MemberImported(MemberImported {
                language: who.facts.language.clone(),
                joined_at,
                tier: tier.filter(|_| self.carried.is_none()),
                carried: self.carried,
            }),
            who,
        }
    }
}
