//! What NocoDB and Unomi show, held against the ledger while everything runs: each difference with what to do about it.
//! What differs is looked at again, so that news on its way is no difference.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use anyhow::Context;
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::{
    clock::{Clock, SystemClock},
    config::Settings,
    programme::product::UNKNOWN,
    store::{Store, progress::FeedProgress},
    systems::{
        difference::{Difference, Remedy},
        nocodb::{self, Nocodb},
        unomi::{Client, Unomi},
    },
    values::count::counted,
    writer::programmes::LiveProgrammes,
};

/// Members compared together; their ids fit one filter.
const TOGETHER: usize = 50;
/// Dead letters that are known to explain a difference.
const LETTERS: usize = 10_000;

enum System {
    Nocodb(Nocodb),
    Unomi(Client, usize, LiveProgrammes),
}

/// Compares the systems that were asked for; how many differences there are.
pub async fn run(
    settings: &Settings,
    (store, live): (&Store, LiveProgrammes),
    (nocodb, unomi): (bool, bool),
    again: bool,
) -> anyhow::Result<usize> {
    let mut systems = Vec::new();
    if nocodb {
        let nocodb = Nocodb::connect(&settings.nocodb)?;
        systems.push(System::Nocodb(nocodb.context("--nocodb: setting nocodb.url is missing")?));
    }
    if unomi {
        let unomi = Unomi::connect(&settings.unomi)?.context("--unomi: setting unomi.url is missing")?;
        systems.push(System::Unomi(unomi.client, settings.unomi.parallel, live));
    }
    let mut count = 0;
    for system in systems {
        let progress = store.progress(system.names().0).await?;
        let differences = system.differences(store, &progress).await?;
        count += differences.len();
        system.report(store, &progress, differences, again).await?;
    }
    Ok(count)
}

impl System {
    fn names(&self) -> (&'static str, &'static str) {
        match self {
            Self::Nocodb(_) => (nocodb::NAME, "NocoDB"),
            Self::Unomi(..) => ("unomi", "Unomi"),
        }
    }

    /// Pauses before each further look at what differs. Unomi finds events by an index that follows about a second later.
    fn looks_again(&self) -> &'static [Duration] {
        const SECOND: Duration = Duration::from_secs(1);
        match self {
            Self::Nocodb(_) => &[Duration::ZERO],
            Self::Unomi(..) => &[SECOND, SECOND, SECOND, SECOND],
        }
    }

    /// What differs of what was delivered.
    async fn differences(&self, store: &Store, progress: &[FeedProgress]) -> anyhow::Result<Vec<Difference>> {
        let name = self.names().0;
        let known: BTreeSet<String> = store.streams().await?.into_iter().map(|(_, member)| member).collect();
        let mut differences = self.compare(store, progress).await?;
        for pause in self.looks_again() {
            if differences.is_empty() {
                break;
            }
            tokio::time::sleep(*pause).await;
            let doubtful: BTreeSet<&str> = differences.iter().map(|found| found.member.as_str()).collect();
            let now = store.progress(name).await?;
            let now: Vec<FeedProgress> =
                now.into_iter().filter(|progress| doubtful.contains(progress.member.as_str())).collect();
            differences = self.compare(store, &now).await?;
        }
        let due: BTreeSet<&str> = progress.iter().map(|one| one.member.as_str()).collect();
        let never = known.iter().filter(|member| !due.contains(member.as_str())).count();
        if never > 0 {
            anyhow::bail!(
                "{name}: never due to be shown: {}; `loyalty setup {name}` has all of them shown",
                counted(never, "member")
            );
        }
        if let Self::Nocodb(nocodb) = self {
            differences.extend(nocodb.strangers(&known).await?);
        }
        Ok(differences)
    }

    async fn compare(&self, store: &Store, progress: &[FeedProgress]) -> anyhow::Result<Vec<Difference>> {
        let mut differences = Vec::new();
        for chunk in progress.chunks(TOGETHER) {
            let items = store.delivered(chunk).await?;
            let settled = chunk.iter().filter(|one| one.is_settled()).map(|one| one.member.clone()).collect();
            differences.extend(match self {
                Self::Nocodb(nocodb) => nocodb.compare(&items, &settled, SystemClock.now()).await?,
                Self::Unomi(client, parallel, live) => {
                    let each = items.iter().map(async |item| {
                        let programme = live.in_force(&item.brand);
                        let products = programme.as_ref().map_or(&UNKNOWN, |programme| &programme.products);
                        client.compare(item, settled.contains(&item.member.id), products).await
                    });
                    let each: Vec<_> = stream::iter(each.collect::<Vec<_>>()).buffered(*parallel).try_collect().await?;
                    each.into_iter().flatten().collect()
                }
            });
        }
        Ok(differences)
    }

    /// Says each difference with what to do, and has sent again what that mends.
    async fn report(
        &self,
        store: &Store,
        progress: &[FeedProgress],
        found: Vec<Difference>,
        again: bool,
    ) -> anyhow::Result<()> {
        let (name, title) = self.names();
        let letters = letters(store, name).await?;
        let mut mended = BTreeSet::new();
        for difference in &found {
            let letter = letters.get(&(difference.member.clone(), difference.key.clone()));
            let how = match (&difference.remedy, letter) {
                (Remedy::ByHand(how), _) => how.clone(),
                (Remedy::TellAgain, Some(id)) => format!("it was refused: `loyalty dead-letters replay {id}`"),
                (Remedy::TellAgain, None) => {
                    mended.insert((difference.brand.clone(), difference.member.clone()));
                    format!("send it again: `loyalty verify --{name} --again`")
                }
            };
            println!("WRONG  {title} {}\n       -> {how}", difference.what);
        }
        for line in by_segment(&found) {
            println!("{title}: {line}");
        }
        let (members, waiting) = (progress.len(), progress.iter().filter(|one| one.version == 0).count());
        let end =
            if found.is_empty() { "all agree".to_owned() } else { counted(found.len(), "difference").to_string() };
        println!("{title}: {} compared: {end}", counted(members, "member"));
        if waiting > 0 {
            println!("{title}: nothing was sent yet of {waiting} of them: the running service does");
        }
        if again {
            // Rows that a person deletes are missing at the next look, and sent again then.
            let again = store.deliver_again(name, mended.into_iter().collect(), SystemClock.now()).await?;
            println!("{title}: {} will be sent again by the running service", counted(again, "member"));
        }
        Ok(())
    }
}

/// Of each segment, how many members are not in it there although they should be, or are and should not.
fn by_segment(found: &[Difference]) -> Vec<String> {
    let mut strays = BTreeMap::<&str, [usize; 2]>::new();
    for stray in found.iter().flat_map(|difference| &difference.segments) {
        strays.entry(&stray.segment).or_default()[usize::from(stray.is_there)] += 1;
    }
    let line = |(segment, [missing, too_many]): (&str, [usize; 2])| {
        let (missing, too_many) = (counted(missing, "member"), counted(too_many, "member"));
        format!("segment `{segment}`: {missing} missing there, {too_many} there who are not in it")
    };
    strays.into_iter().map(line).collect()
}

/// Ids of what a destination refused, by member and key.
async fn letters(store: &Store, destination: &str) -> anyhow::Result<BTreeMap<(String, String), String>> {
    let mut letters = Vec::new();
    for (brand, _) in store.members().await? {
        letters.extend(store.dead_letters(&brand, LETTERS).await?);
    }
    let letters = letters.into_iter().filter(|letter| letter.destination == destination);
    let by_key = letters.map(|letter| {
        let key = letter.content["key"].as_str().unwrap_or_default().to_owned();
        ((letter.member_id, key), letter.id)
    });
    Ok(by_key.collect())
}
