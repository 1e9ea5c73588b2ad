//! The feed `unomi`: brings profiles up to date, a few members at a time and each with one request at a time.
//! Guarantees: a delivery is done only when Unomi counted every event and shows the version it was sent; an event that it
//! refuses for ever is parked and blocks nothing; segments it names become an event of the member.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use futures_util::{StreamExt, stream};

use super::{
    batch::{self, Batch},
    client::{Client, Context, Trouble},
    map::{self, Part},
    segments, setup,
};
use crate::{
    delivery::{FeedDestination, FeedItem, IntentDestination, IntentItem, Outcome, Sending, turns::Turns},
    loyalty::intent::Action,
    programme::product::UNKNOWN,
    store::{Store, deliveries::Parked},
    values::count::counted,
    writer::{Writer, programmes::LiveProgrammes},
};

const NAME: &str = "unomi";
/// Each parallel place gets this many members in one turn: enough to keep all busy, little enough for one lease.
const TURN: usize = 4;
/// How often an event that was refused is sent once more before it is parked.
const AGAIN: usize = 2;

/// Why a member could not be brought up to date.
enum Stuck {
    /// This is what it is.
    Sure(Outcome),
    /// Unomi as a whole, or this member alone: whether the others arrived will tell.
    Unclear(Outcome),
}

/// The destination. Cloning shares its turns.
#[derive(Clone)]
pub struct Feed {
    client: Client,
    parallel: usize,
    store: Store,
    writer: Writer,
    programmes: LiveProgrammes,
    /// Two requests for one profile at once would lose one of the two changes: who sends holds the member's turn.
    turns: Arc<Turns>,
    /// Whether Unomi has shown that it takes our word. Until then nothing is sent that it would keep under ids of its own.
    trusted: Arc<AtomicBool>,
}

impl FeedDestination for Feed {
    fn name(&self) -> &'static str {
        NAME
    }

    fn batch(&self) -> usize {
        self.parallel * TURN
    }

    fn deliver<'a>(&'a self, items: &'a [FeedItem]) -> Sending<'a, Vec<Outcome>> {
        Box::pin(async move {
            let members: Vec<Sending<'a, Result<Outcome, Stuck>>> =
                items.iter().map(|item| Box::pin(self.bring(item)) as Sending<'a, _>).collect();
            let ends: Vec<Result<Outcome, Stuck>> = stream::iter(members).buffered(self.parallel).collect().await;
            let somebody_arrived = ends.iter().any(Result::is_ok);
            ends.into_iter().map(|end| end.unwrap_or_else(|stuck| stuck.outcome(somebody_arrived))).collect()
        })
    }
}

/// Parked events that a person sends again.
impl IntentDestination for Feed {
    fn name(&self) -> &'static str {
        NAME
    }

    fn parallel(&self) -> usize {
        self.parallel
    }

    fn carry_out<'a>(&'a self, item: &'a IntentItem) -> Sending<'a, Outcome> {
        Box::pin(async move {
            let part = match &item.action {
                Action::Parked { key, content, .. } => Part::from_content(key, content),
                _ => None,
            };
            let Some(part) = part else { return Outcome::Refused("is no event for Unomi".to_owned()) };
            let _turn = self.turns.take(&[&item.brand, &item.member]).await;
            match self.ask(&item.member, &Batch { at: part.at, parts: vec![part] }).await {
                Ok(_) => Outcome::Delivered,
                Err(Trouble::System(outcome)) => outcome,
                Err(Trouble::Doubt(problem)) => Outcome::Refused(problem),
            }
        })
    }
}

impl Feed {
    pub(super) fn new(
        (client, parallel): (Client, usize),
        store: Store,
        writer: Writer,
        programmes: LiveProgrammes,
    ) -> Self {
        Self { client, parallel, store, writer, programmes, turns: Arc::default(), trusted: Arc::default() }
    }

    /// Brings one member up to date.
    async fn bring(&self, item: &FeedItem) -> Result<Outcome, Stuck> {
        let _turn = self.turns.take(&[&item.brand, &item.member.id]).await;
        let before = item.events.first().map_or(0, |event| event.version.saturating_sub(1));
        let tier_before = self.store.tier_after(&item.brand, &item.member.id, before).await;
        let tier_before = tier_before.map_err(|error| Stuck::Sure(Outcome::Failed(error.to_string())))?;
        if !self.trusted.load(Ordering::Relaxed) {
            let context = self.state_alone(item).await?;
            self.trust(item, &context)?;
        }
        let mut parked = Vec::new();
        let mut context = Context::default();
        let programme = self.programmes.in_force(&item.brand);
        let products = programme.as_ref().map_or(&UNKNOWN, |programme| &programme.products);
        for batch in batch::gather(map::parts(item, tier_before.as_deref(), products)) {
            context = match self.ask(&item.member.id, &batch).await {
                Ok(context) => context,
                Err(Trouble::System(outcome)) => return Err(Stuck::Sure(outcome)),
                Err(Trouble::Doubt(problem)) => self.apart(item, &batch, &problem, &mut parked).await?,
            };
        }
        self.trust(item, &context)?;
        segments::tell(&self.writer, &item.brand, &item.member, context.profile_segments).await.map_err(Stuck::Sure)?;
        Ok(if parked.is_empty() { Outcome::Delivered } else { Outcome::DeliveredExcept(parked) })
    }

    /// The member's properties without any event; harmless, because they are absolute.
    async fn state_alone(&self, item: &FeedItem) -> Result<Context, Stuck> {
        let at = item.member.recorded_at;
        match self.ask(&item.member.id, &Batch { at, parts: vec![map::state(&item.member, at)] }).await {
            Ok(context) => Ok(context),
            Err(Trouble::System(outcome)) => Err(Stuck::Sure(outcome)),
            Err(Trouble::Doubt(problem)) => Err(takes_nothing(&problem)),
        }
    }

    /// A peer that Unomi does not trust is told 200 and counted, and its properties are left out.
    fn trust(&self, item: &FeedItem, context: &Context) -> Result<(), Stuck> {
        let trusted = context.version() == Some(item.member.version);
        self.trusted.store(trusted, Ordering::Relaxed);
        if trusted {
            return Ok(());
        }
        Err(Stuck::Unclear(Outcome::Locked(
            "counted the member's properties and did not take them: it does not trust us. Check unomi.peer_key, and that \
             the address Unomi sees us at is in its UNOMI_THIRDPARTY_PROVIDER1_IPADDRESSES"
                .to_owned(),
        )))
    }

    /// One request; everything in it must have been processed, for this member.
    async fn ask(&self, member: &str, batch: &Batch) -> Result<Context, Trouble> {
        let parts: Vec<&Part> = batch.parts.iter().collect();
        let context = self.client.context(member, Some(batch.at), &parts).await?;
        if context.profile_id != member && !self.merged(member, &context.profile_id).await {
            let problem = format!("answered for profile `{}` instead of `{member}`", context.profile_id);
            return Err(Trouble::Doubt(problem));
        }
        if context.processed_events != parts.len() {
            return Err(Trouble::Doubt(format!(
                "took {} of {}",
                context.processed_events,
                counted(parts.len(), "event")
            )));
        }
        Ok(context)
    }

    /// A profile that was merged into another one in Unomi is an alias of that one now; what we sent is in the right place.
    async fn merged(&self, member: &str, answered: &str) -> bool {
        let profile = self.client.profile(member).await.ok().flatten();
        profile.is_some_and(|profile| profile["itemId"] == answered)
    }

    /// Something in the batch may be refused: each event alone, in order. One is parked when Unomi refuses it, takes the
    /// member's state, and refuses it again, more than once: it overtakes nothing while Unomi only stumbles. Else it was Unomi that failed for a moment.
    async fn apart(
        &self,
        item: &FeedItem,
        batch: &Batch,
        problem: &str,
        parked: &mut Vec<Parked>,
    ) -> Result<Context, Stuck> {
        let mut refused: Vec<(&Part, String)> = Vec::new();
        let mut context = Context::default();
        for part in &batch.parts {
            let alone = Batch { at: part.at, parts: vec![part.clone()] };
            let mut answer = self.ask(&item.member.id, &alone).await;
            for _ in 0..AGAIN {
                if !matches!(answer, Err(Trouble::Doubt(_))) {
                    break;
                }
                context = self.state_alone(item).await?;
                answer = self.ask(&item.member.id, &alone).await;
            }
            match answer {
                Ok(taken) => context = taken,
                Err(Trouble::System(outcome)) => return Err(Stuck::Sure(outcome)),
                Err(Trouble::Doubt(_)) if part.is_state() => return Err(takes_nothing(problem)),
                Err(Trouble::Doubt(problem)) => refused.push((part, problem)),
            }
        }
        let parts: Vec<&Part> = refused.iter().map(|(part, _)| *part).collect();
        if self.client.is_administrator() && !parts.is_empty() {
            self.must_know(&parts).await?;
        }
        parked.extend(refused.into_iter().map(|(part, problem)| Parked {
            key: part.key.clone(),
            content: part.content(),
            problem: format!("Unomi refuses this {} again and again: {problem}", part.kind),
        }));
        Ok(context)
    }

    /// An event type without a schema is dropped, whatever is in it: then it is Unomi that is not ready.
    async fn must_know(&self, parts: &[&Part]) -> Result<(), Stuck> {
        match setup::lacks_schema(&self.client, parts).await {
            Ok(false) => Ok(()),
            Ok(true) => {
                let problem = "lacks the schema of an event: run `loyalty setup unomi`";
                Err(Stuck::Sure(Outcome::Down(problem.to_owned())))
            }
            Err(error) => Err(Stuck::Unclear(Outcome::Down(error.to_string()))),
        }
    }
}

fn takes_nothing(problem: &str) -> Stuck {
    let problem = format!("takes nothing of a member ({problem}); if it is new, run `loyalty setup unomi`");
    Stuck::Unclear(Outcome::Down(problem))
}

impl Stuck {
    fn outcome(self, somebody_arrived: bool) -> Outcome {
        match self {
            Self::Unclear(Outcome::Down(problem) | Outcome::Locked(problem)) if somebody_arrived => {
                Outcome::Failed(problem)
            }
            Self::Sure(outcome) | Self::Unclear(outcome) => outcome,
        }
    }
}
