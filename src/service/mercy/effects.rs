//! Tiers and badges that later versions gave by challenges which the earlier one does not have: who has them, and ending them where
//! that is wanted.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Since, TakingBack};
use crate::{
    clock::to_micros,
    intake::{
        incoming::{Origin, Who},
        problem::Problem,
    },
    loyalty::{
        Fact, Programmes,
        mechanics::challenges::{ChallengeWithdrawn, GivenLater, given_later, later_has_more},
    },
    store::{Store, window},
    writer::{
        NotAccepted,
        publishing::{Note, RolledBack},
    },
};

/// Members named one by one.
const NAMED: usize = 10;
/// Members loaded at once.
const AT_ONCE: usize = 500;
/// Of the events that take back.
const CALL: &str = "withdraw";

/// Tiers and badges that members have by challenges of later versions alone.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub struct EffectsView {
    pub members: usize,
    /// By challenge.
    pub rows: Vec<EffectOfRow>,
    /// The first of the members.
    pub some: Vec<EffectOfMember>,
}

/// How many have a tier or a badge by one challenge.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub struct EffectOfRow {
    pub challenge: String,
    pub name: String,
    pub members: usize,
    pub tiers: usize,
    pub badges: usize,
}

/// What one member has by one challenge.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EffectOfMember {
    pub member_id: String,
    pub challenge: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    pub badge: bool,
}

impl EffectsView {
    pub(super) fn of(found: &[(String, GivenLater)]) -> Self {
        let mut rows = BTreeMap::<&str, EffectOfRow>::new();
        for (_, given) in found {
            let row = rows.entry(&given.challenge).or_default();
            (row.challenge, row.name) = (given.challenge.clone(), given.name.clone());
            row.members += 1;
            row.tiers += usize::from(given.tier.is_some());
            row.badges += usize::from(given.badge);
        }
        let some = found.iter().take(NAMED).map(|(member, given)| EffectOfMember {
            member_id: member.clone(),
            challenge: given.challenge.clone(),
            tier: given.tier.clone(),
            badge: given.badge,
        });
        let members: BTreeSet<&String> = found.iter().map(|(member, _)| member).collect();
        Self { members: members.len(), rows: rows.into_values().collect(), some: some.collect() }
    }
}

/// What members have now by challenges that the earlier version does not have, by member. It was given since: whoever has it has an
/// event since then.
pub(super) async fn found(
    store: &Store,
    programmes: &Programmes,
    since: &Since<'_>,
) -> Result<Vec<(String, GivenLater)>, Problem> {
    let (programmes, to) = (programmes.as_of(since.live), since.to);
    let mut found = Vec::new();
    let Some(first) = programmes.iter().find(|version| version.number > to).filter(|_| later_has_more(&programmes, to))
    else {
        return Ok(found);
    };
    let (brand, from, until) = (since.brand.to_owned(), to_micros(first.effective_at), i64::MAX);
    let members = store.marks(window::Query { brand, from, until, wanted: |_| false, code_of: "" }).await?.members;
    for some in members.chunks(AT_ONCE) {
        let keys = some.iter().map(|member| (since.brand.to_owned(), member.clone())).collect();
        let loaded = store.load(keys).await?.into_iter().flatten().filter(|loaded| !loaded.member.test);
        for loaded in loaded {
            let given = given_later(&programmes, &loaded.member, (to, since.until));
            found.extend(given.into_iter().map(|given| (loaded.member.id.clone(), given)));
        }
    }
    Ok(found)
}

impl TakingBack {
    /// Ends what is found; what is done already is not found any more.
    pub(super) async fn withdraw(
        &self,
        number: u32,
        (note, back): (&Note, &RolledBack),
        found: Vec<(String, GivenLater)>,
    ) -> Result<(), Problem> {
        let origin = Origin { brand: &self.brand, name: &note.by };
        let ended = found.len();
        for (member, GivenLater { challenge, .. }) in found {
            let id = format!("withdraw-v{number}-{member}-{challenge}");
            let withdrawn = ChallengeWithdrawn { challenge, after: back.to, reason: back.reason.clone() };
            let event = origin.event((CALL, id), Who::of(member.clone()), Fact::ChallengeWithdrawn(withdrawn));
            match self.writer.accept(event).await {
                Ok(_) | Err(NotAccepted::Conflict { .. }) => {}
                Err(passing) if passing.is_passing() => return Err(passing.into()),
                Err(refused) => tracing::error!(%refused, member, "what a version gave by mistake stays"),
            }
        }
        tracing::info!(brand = self.brand, ended, "v{number}: tiers and badges that were given by mistake are ended");
        Ok(())
    }
}
