//! Rolling back with mercy: an earlier version of the programme goes live once more, and who was given too much since is told by
//! name and points. That stays theirs, or is taken back: once per member, never more than is there.
//! Tiers and badges of challenges that it does not have are listed and stay or end likewise.
//! Guarantees: nothing is deleted; taking back goes on where it was broken off, and takes from nobody twice.

mod effects;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::Timestamp;
use serde::Serialize;

pub use effects::{EffectOfMember, EffectOfRow, EffectsView};

use super::{
    App, approve,
    publishing::{PublishAnswer, answer, person, publishing, trusted_clock},
};
use crate::{
    access::Caller,
    forecast::{Failed, Latest, MUCH_MEMORY, Request},
    intake::{
        draft::{RollbackBody, TooMuch},
        incoming::Origin,
        problem::Problem,
    },
    loyalty::{Programmes, Refusal, event::Adjustment},
    programme::{LANGUAGES, changes::changes},
    simulation::{Forecast, Window, forecast::Difference},
    store::{Store, StoreError},
    words::{compose::Draft as Words, notice},
    writer::{
        NotAccepted, Writer, known,
        programmes::LiveProgrammes,
        publishing::{Draft, Note, RolledBack, SOURCE, TAKE_BACK},
    },
};

/// Members named one by one.
const NAMED: usize = 10;
/// Between two tries where the ledger takes nothing just now.
const AGAIN: Duration = Duration::from_secs(5);

/// What rolling back would do. Nothing was changed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RollbackView {
    pub to: String,
    pub live: String,
    /// What it changes, a sentence each.
    pub changes: Vec<String>,
    /// Since then others were in force.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    pub too_much: TooMuchView,
    pub effects: EffectsView,
    /// By language: what a member may be told whose points are taken back.
    #[schema(value_type = Object)]
    pub texts: BTreeMap<String, MercyText>,
}

/// What rules gave since, and those of the earlier version would not have given.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TooMuchView {
    pub members: i64,
    pub points: i64,
    /// Of these, points that are still there to be taken.
    pub there: i64,
    /// One in so many members was looked at; where it is more than 1, nothing can be taken back.
    pub every: u32,
    /// Who got most of it.
    pub most: Vec<MemberTooMuch>,
}

/// A member that was given too much.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MemberTooMuch {
    pub member_id: String,
    pub points: i64,
    /// Of these, points that are still there to be taken.
    pub there: i64,
}

/// A text with places to be filled, like those of the table Texts.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MercyText {
    pub subject: String,
    pub body: String,
}

/// Says what rolling back would do.
pub async fn preview(app: &App, brand: &str, body: RollbackBody) -> Result<RollbackView, Problem> {
    let (to, live) = body.checked(true)?;
    is_earlier(app, brand, to)?;
    let (before, after) = (tables(&app.store, brand, live).await?, tables(&app.store, brand, to).await?);
    let since = Since { brand, to, live, until: app.clock.now() };
    let effects = EffectsView::of(&effects::found(&app.store, &app.programmes_of(brand)?, &since).await?);
    let forecast = since.forecast(&app.store, &app.programmes, &app.latest).await?;
    let every = i64::from(forecast.every);
    let mut most: Vec<MemberTooMuch> = too_much(&forecast).map(MemberTooMuch::of).collect();
    // Each who is looked at stands for so many.
    let sum = |of: fn(&MemberTooMuch) -> i64| most.iter().map(of).map(i128::from).sum::<i128>() * i128::from(every);
    let shown =
        |number: i128| i64::try_from(number).map_err(|_| Problem::unavailable("The sums are beyond all bounds"));
    let members = shown(sum(|_| 1))?;
    let (points, there) = (shown(sum(|one| one.points))?, shown(sum(|one| one.there))?);
    most.sort_by(|one, other| other.points.cmp(&one.points).then_with(|| one.member_id.cmp(&other.member_id)));
    most.truncate(NAMED);
    let text = |language: &str| {
        let Words { subject, body } = notice::taken_back(language);
        (language.to_owned(), MercyText { subject, body })
    };
    Ok(RollbackView {
        to: format!("v{to}"),
        live: format!("v{live}"),
        changes: changes(&before, &after).iter().map(ToString::to_string).collect(),
        since: forecast.window.from,
        too_much: TooMuchView { members, points, there, every: forecast.every, most },
        effects,
        texts: LANGUAGES.into_iter().map(text).collect(),
    })
}

/// Makes an earlier version live once more, and begins to take back where that is wanted.
pub async fn roll_back(app: &App, caller: &Caller, body: RollbackBody) -> Result<PublishAnswer, Problem> {
    let brand = &caller.brand;
    let (to, live) = body.checked(false)?;
    is_earlier(app, brand, to)?;
    trusted_clock(app)?;
    let (take_back, take_back_effects) = (body.too_much == TooMuch::TakeBack, body.effects == TooMuch::TakeBack);
    if take_back {
        can_be_taken_back(app, Since { brand, to, live, until: app.clock.now() }).await?;
    }
    let tables = tables(&app.store, brand, to).await?;
    let rolled_back = Some(RolledBack { to, reason: body.reason, take_back, take_back_effects });
    let draft = Draft { fingerprint: tables.fingerprint(), tables, live, rolled_back };
    let published = publishing(app, brand).publish(draft, person(app, caller).await).await?;
    answer(app, brand, published).await
}

/// Who was given too much must be known of everybody: of a part of the members nothing is taken from the others.
async fn can_be_taken_back(app: &App, since: Since<'_>) -> Result<(), Problem> {
    let every = since.forecast(&app.store, &app.programmes, &app.latest).await?.every;
    let of_all = format!("cannot be `take_back`: only one member in {every} can be looked at; choose `keep`");
    if every > 1 { Err(Problem::invalid_field("/too_much", of_all)) } else { Ok(()) }
}

/// Only what was live before can be live once more.
fn is_earlier(app: &App, brand: &str, to: u32) -> Result<(), Problem> {
    let programmes = app.programmes_of(brand)?;
    let live = programmes.live().number;
    let is_there = to < live && programmes.iter().any(|version| version.number == to);
    let no_such = || Problem::invalid_field("/to", format!("is no version before the live one, v{live}"));
    if is_there { Ok(()) } else { Err(no_such()) }
}

async fn tables(store: &Store, brand: &str, number: u32) -> Result<crate::programme::Tables, StoreError> {
    known::published_tables(store, brand, number).await.map(crate::programme::Tables::named)
}

impl MemberTooMuch {
    fn of(one: &Difference) -> Self {
        let points = one.too_much();
        Self { member_id: one.member.clone(), points, there: points.min(one.now.spendable.max(0)) }
    }
}

fn too_much(forecast: &Forecast) -> impl Iterator<Item = &Difference> {
    forecast.differences.iter().filter(|one| one.too_much() > 0)
}

/// The time in which later versions were in force than the one that is wanted again.
struct Since<'a> {
    brand: &'a str,
    to: u32,
    live: u32,
    until: Timestamp,
}

impl Since<'_> {
    /// What the later versions did, version by version, beside what that one would have done. The same whenever it is asked.
    async fn forecast(&self, store: &Store, live: &LiveProgrammes, latest: &Latest) -> Result<Forecast, Problem> {
        let programmes = live.of(self.brand).ok_or_else(|| Problem::unavailable("The brand has no programme yet"))?;
        let programmes = programmes.as_of(self.live);
        let first = |programmes: &Programmes| programmes.iter().find(|version| version.number > self.to).cloned();
        let from = first(&programmes).map_or(self.until, |version| version.effective_at);
        let request = Request {
            brand: self.brand.to_owned(),
            draft: tables(store, self.brand, self.to).await?,
            programme: Arc::clone(&programmes.number(self.to).programme),
            live: tables(store, self.brand, self.live).await?,
            programmes,
            window: Window { from, until: self.until.max(from) },
            memory: MUCH_MEMORY,
            quietly: true,
            against_all: true,
        };
        match latest.aside(&request).await {
            Some(Ok(forecast)) => Ok(forecast),
            Some(Err(Failed::Store(error))) => Err(error.into()),
            Some(Err(error)) => Err(Problem::unavailable(format!("It could not be worked out: {error}"))),
            None => Err(Problem::unavailable("A draft is being simulated; it comes after that").after(10)),
        }
    }
}

/// Takes back what is noted to be taken back, beside whatever else is done, until it is done.
pub fn take_back_aside(app: &App, brand: &str) {
    let job = TakingBack {
        store: app.store.clone(),
        writer: app.writer.clone(),
        programmes: app.programmes.clone(),
        latest: app.latest.clone(),
        brand: brand.to_owned(),
    };
    let stop = app.tasks.stop.clone();
    app.tasks.spawn_aside("taking back", async move {
        while !stop.is_cancelled() {
            match job.next().await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    tracing::warn!(
                        detail = error.detail,
                        "what was given too much is not taken back yet; it is tried again"
                    );
                    tokio::select! { () = tokio::time::sleep(AGAIN) => {}, () = stop.cancelled() => {} }
                }
            }
        }
    });
}

/// Takes back what one version after the other left to be taken back.
pub struct TakingBack {
    pub store: Store,
    pub writer: Writer,
    pub programmes: LiveProgrammes,
    pub latest: Latest,
    pub brand: String,
}

impl TakingBack {
    /// One of them; false where there is none.
    pub async fn next(&self) -> Result<bool, Problem> {
        let Some(row) = self.store.parked_fact(&self.brand, SOURCE, TAKE_BACK).await? else { return Ok(false) };
        let published = self.store.published().await?;
        let version = published.iter().find(|rows| rows.brand == self.brand && rows.number == row.number);
        let Some(version) = version else { return Ok(false) }; // it is just being published, or never was
        let note = Note::of(version);
        let since = |back: &RolledBack| {
            let (to, live, until) = (back.to, version.number - 1, version.effective_at);
            Since { brand: &self.brand, to, live, until }
        };
        if let Some(back) = note.rolled_back.as_ref().filter(|back| back.take_back_effects)
            && let Some(programmes) = self.programmes.of(&self.brand)
        {
            let found = effects::found(&self.store, &programmes, &since(back)).await?;
            self.withdraw(version.number, (&note, back), found).await?;
        }
        if let Some(back) = note.rolled_back.as_ref().filter(|back| back.take_back) {
            let since = since(back);
            let forecast = since.forecast(&self.store, &self.programmes, &self.latest).await?;
            if forecast.every > 1 {
                tracing::error!("too many members to say exactly who was given too much: nothing is taken back");
            } else {
                self.take(version.number, (&note, back), &forecast).await?;
            }
        }
        Ok(self.store.unpark(&self.brand, SOURCE, TAKE_BACK, row.number).await?)
    }

    async fn take(&self, number: u32, (note, back): (&Note, &RolledBack), forecast: &Forecast) -> Result<(), Problem> {
        let (mut members, mut points) = (0, 0);
        for one in too_much(forecast) {
            let taken = self.take_from(number, (note, back), one).await?;
            members += i64::from(taken > 0);
            points += taken;
        }
        tracing::info!(brand = self.brand, members, points, "v{number}: what was given too much is taken back");
        Ok(())
    }

    /// As much as is there of what one member was given too much; nothing where it was taken before.
    async fn take_from(
        &self,
        number: u32,
        (note, back): (&Note, &RolledBack),
        one: &Difference,
    ) -> Result<i64, Problem> {
        let asker = Origin { brand: &self.brand, name: &note.by };
        let id = format!("take-back-v{number}-{}", one.member);
        let source = asker.source(approve::CALL);
        while self.store.event(&self.brand, &source, &id).await?.is_none() {
            let Some(member) = self.store.led(&self.brand, one.member.clone()).await? else { break };
            let points = one.too_much().min(member.member.balance.spendable());
            if points <= 0 {
                break;
            }
            let (by, agreed) = (Some(note.by.clone()), note.agreed.clone());
            let adjustment = Adjustment { points: -points, reason: back.reason.clone(), by, agreed };
            match self.writer.accept(approve::event(asker, &id, &one.member, adjustment)).await {
                Ok(_) => return Ok(points),
                Err(NotAccepted::Refused(Refusal::NotEnoughPoints { .. })) => {} // spent in this moment: look again
                Err(NotAccepted::Conflict { .. }) => break, // another connector took it in this moment
                Err(passing) if passing.is_passing() => return Err(passing.into()),
                Err(refused) => {
                    tracing::error!(%refused, member = one.member, "what was given too much stays");
                    break;
                }
            }
        }
        Ok(0)
    }
}
