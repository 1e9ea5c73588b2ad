//! The segments that a member is in.

use serde::Serialize;

use super::{App, members};
use crate::{
    intake::problem::Problem,
    loyalty::{
        mechanics::segments::{TopSpend, placed},
        seen_at,
    },
};

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SegmentsOfMember {
    /// Of the programme, by position.
    pub segments: Vec<SegmentView>,
    /// Those that the profile system sees it in.
    pub profile: Vec<String>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SegmentView {
    pub id: String,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// As they are now, whether or not anything happened since they changed.
pub async fn of_member(app: &App, brand: &str, reference: &str) -> Result<SegmentsOfMember, Problem> {
    let member = members::with_past(app, brand, reference).await?;
    let (programmes, now) = (app.programmes_of(brand)?, app.clock.now());
    let programme = &programmes.live().programme;
    let member = seen_at(programme, &member, now);
    let newest = TopSpend::newest(member.placed.top_spend.as_ref(), programmes.top_spend(now));
    let placed = placed(programme, &member, newest, now);
    let ours = programme.mechanics.segments.segments.iter().filter(|segment| placed.segments.contains(&segment.id));
    let view = |segment: &crate::loyalty::mechanics::segments::Segment| SegmentView {
        id: segment.id.clone(),
        name: segment.name.clone(),
        group: segment.group.clone(),
    };
    Ok(SegmentsOfMember { segments: ours.map(view).collect(), profile: member.segments.iter().cloned().collect() })
}
