//! Birthdays: each morning those born on this day get an event, where the live programme gives something for it or has a segment
//! that asks for it. The date is looked up among the personal facts, so nothing of it lies in the ledger before it is celebrated, and
//! nothing once it is forgotten. A week that was missed is made up for; a day twice is the same events.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use tokio_util::sync::CancellationToken;

use crate::{
    clock::Clock,
    intake::{Incoming, Who},
    loyalty::{Fact, mechanics::birthdays::Birthday},
    programme::BIRTHDAY,
    store::{Store, StoreError},
    values::id::derived_uuid,
    writer::{Writer, programmes::LiveProgrammes},
};

/// How often the calendar is looked at.
const LOOK: Duration = Duration::from_secs(60);
/// Members taken at once: few enough to leave the writer to callers.
const AT_ONCE: usize = 256;
/// The hour, in the programme's zone, at which nobody is woken by a message.
const MORNING: i8 = 9;
/// Days that are made up for after a stop. What was celebrated before is known by its id.
const MISSED_DAYS: i32 = 7;

pub struct Birthdays {
    pub store: Store,
    pub writer: Writer,
    pub clock: Arc<dyn Clock>,
    pub programmes: LiveProgrammes,
    /// The last day that is done, by brand.
    pub done: BTreeMap<String, Date>,
}

impl Birthdays {
    /// Looks until told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.look().await {
                tracing::error!(%error, "birthdays could not be looked up; it is tried again");
            }
            tokio::select! { () = tokio::time::sleep(LOOK) => {}, () = stop.cancelled() => {} }
        }
    }

    /// Celebrates all days that are not done yet; a day on which somebody was not served is done again. Returns how many
    /// members there were.
    pub async fn look(&mut self) -> Result<usize, StoreError> {
        if self.clock.doubt().is_some() {
            return Ok(0); // what day it is is not known
        }
        let mut members = 0;
        for (brand, programmes) in self.programmes.all() {
            let zone = &programmes.live().programme.settings.zone;
            let today = day_of(self.clock.now(), zone);
            let first =
                self.done.get(&brand).map_or_else(|| today.saturating_sub(MISSED_DAYS.days()), |done| after(*done));
            for day in first.series(1.day()).take_while(|day| *day <= today) {
                let Some(morning) = morning(day, zone) else { continue };
                let programme = &programmes.at(morning).programme;
                let wanted = programme.rules.iter().any(|rule| rule.event == BIRTHDAY)
                    || programme.mechanics.segments.asks_for_birthdays();
                let days = if wanted { born_on(day) } else { Vec::new() };
                for born in days {
                    let Some(celebrated) = self.celebrate(&brand, (day, morning), &born).await? else {
                        return Ok(members);
                    };
                    members += celebrated;
                }
                self.done.insert(brand.clone(), day);
            }
        }
        Ok(members)
    }

    /// `None` when somebody has to wait.
    async fn celebrate(&self, brand: &str, day: (Date, Timestamp), born: &str) -> Result<Option<usize>, StoreError> {
        let (mut last, mut all) = (String::new(), 0);
        loop {
            let members = self.store.born_on(brand, born, &last, AT_ONCE).await?;
            let Some(end) = members.last().cloned() else { return Ok(Some(all)) };
            for answer in members.iter().map(|member| self.writer.submit(happy(brand, member, day))).collect::<Vec<_>>()
            {
                match answer {
                    Err(_) => return Ok(None), // the writer is busy
                    Ok(answer) => match answer.await {
                        Ok(Ok(_)) => {}
                        Err(_) => return Ok(None),
                        Ok(Err(passing)) if passing.is_passing() => return Ok(None),
                        Ok(Err(refused)) => tracing::error!(%refused, "a birthday was not accepted"),
                    },
                }
            }
            (last, all) = (end, all + members.len());
        }
    }
}

/// The day whose birthdays are due: today from the morning on.
fn day_of(now: Timestamp, zone: &TimeZone) -> Date {
    let local = now.to_zoned(zone.clone());
    if local.hour() >= MORNING { local.date() } else { local.date().saturating_sub(1.day()) }
}

fn after(day: Date) -> Date {
    day.saturating_add(1.day())
}

/// Days of birth that are celebrated on this day: those of 29 February on the 28th, in years without it.
fn born_on(day: Date) -> Vec<String> {
    let mut days = vec![day.strftime("%m-%d").to_string()];
    if (day.month(), day.day()) == (2, 28) && !day.in_leap_year() {
        days.push("02-29".to_owned());
    }
    days
}

fn morning(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    Some(day.at(MORNING, 0, 0, 0).to_zoned(zone.clone()).ok()?.timestamp())
}

fn happy(brand: &str, member: &str, (day, morning): (Date, Timestamp)) -> Incoming {
    Incoming {
        brand: brand.to_owned(),
        source: "time".to_owned(),
        id: derived_uuid(&[member, BIRTHDAY, &day.to_string()]).to_string(),
        occurred_at: Some(morning),
        fact: Fact::Birthday(Birthday { on: day }),
        who: Who { id: Some(member.to_owned()), ..Who::default() },
    }
}
