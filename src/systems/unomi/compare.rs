//! A profile and its events in Unomi, held against the ledger. Reads only, as the administrator; events of other kinds and
//! scopes are nobody's business here.

use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};

use rust_decimal::Decimal;
use serde_json::Value;

use super::{
    client::{AdminError, Client},
    map::{self, KINDS, Part, SEGMENTS_PROPERTY, VERSION_PROPERTY},
};
use crate::{
    programme::product::Products,
    store::FeedItem,
    systems::difference::{Difference, Remedy, Stray},
    values::count::counted,
};

impl Client {
    /// Differences of one member: `events` are those that Unomi has been sent; when it is `settled`, nothing is on its way.
    pub async fn compare(
        &self,
        item: &FeedItem,
        settled: bool,
        products: &Products,
    ) -> Result<Vec<Difference>, AdminError> {
        if item.version_due == 0 {
            return Ok(Vec::new()); // nothing was sent yet
        }
        let member = &item.member.id;
        let Some(profile) = self.profile(member).await? else {
            return Ok(vec![difference(item, String::new(), format!("profile {member} is missing"))]);
        };
        let mut differences = of_profile(item, &profile["properties"], settled);
        // A profile that was merged into another one keeps its events there.
        let id = profile["itemId"].as_str().unwrap_or(member);
        differences.extend(of_events((item, products), &self.ours(id).await?));
        Ok(differences)
    }

    /// Our events of a profile, by id.
    async fn ours(&self, profile: &str) -> Result<BTreeMap<String, Vec<Value>>, AdminError> {
        let (mut ours, mut read) = (BTreeMap::<String, Vec<Value>>::new(), 0);
        loop {
            let (page, all) = self.events(profile, read).await?;
            read += page.len();
            let more = !page.is_empty() && read < all;
            let kept = page
                .into_iter()
                .filter(|event| KINDS.iter().any(|kind| event["eventType"] == *kind) && event["scope"] == self.scope());
            for event in kept {
                ours.entry(event["itemId"].as_str().unwrap_or_default().to_owned()).or_default().push(event);
            }
            if !more {
                return Ok(ours);
            }
        }
    }
}

fn of_profile(item: &FeedItem, properties: &Value, settled: bool) -> Vec<Difference> {
    let member = &item.member.id;
    let version = properties[VERSION_PROPERTY].as_u64().unwrap_or(0);
    if version < item.version_due {
        let what = format!("profile {member}: is of event {version}, event {} was sent", item.version_due);
        return vec![difference(item, String::new(), what)];
    }
    if version != item.member.version && !settled {
        return Vec::new(); // a newer state is on its way
    }
    let state = map::state(&item.member, item.member.recorded_at);
    let wanted = state.properties["update"].as_object().cloned().unwrap_or_default();
    // What concerns nobody there (a text was written) makes a version and is not sent.
    let shown = wanted.iter().filter(|(name, _)| !name.ends_with(VERSION_PROPERTY));
    let wrong = shown.filter_map(|(name, wanted)| {
        let name = name.trim_start_matches("properties.");
        let there = &properties[name];
        let what = || format!("profile {member}: {name} is {there}, the ledger has {wanted}");
        let segments = if name == SEGMENTS_PROPERTY { stray(there, wanted) } else { Vec::new() };
        (!same(there, wanted)).then(|| Difference { segments, ..difference(item, String::new(), what()) })
    });
    wrong.collect()
}

/// Segments that only one side sees the member in.
fn stray(there: &Value, wanted: &Value) -> Vec<Stray> {
    let names = |list: &Value| -> BTreeSet<String> {
        let names = list.as_array().into_iter().flatten().filter_map(Value::as_str);
        names.map(str::to_owned).collect()
    };
    let (there, wanted) = (names(there), names(wanted));
    let stray = there.symmetric_difference(&wanted);
    stray.map(|segment| Stray { segment: segment.clone(), is_there: there.contains(segment) }).collect()
}

fn of_events((item, products): (&FeedItem, &Products), there: &BTreeMap<String, Vec<Value>>) -> Vec<Difference> {
    let member = &item.member.id;
    let parts = map::parts(item, None, products);
    parts
        .iter()
        .filter(|part| !part.is_state())
        .flat_map(|part| of_event(item, part, there.get(&part.key), member))
        .collect()
}

fn of_event(item: &FeedItem, part: &Part, there: Option<&Vec<Value>>, member: &str) -> Vec<Difference> {
    let name = format!("profile {member}: event {} ({})", part.key, part.kind);
    let again = |what: String| difference(item, part.key.clone(), what);
    let Some(there) = there else { return vec![again(format!("{name} is missing"))] };
    let mut differences = Vec::new();
    if there.len() > 1 {
        let how = format!("delete it in Unomi (DELETE /cxs/events/{}), then --again", part.key);
        let doubled = again(format!("{name} stands there {}", counted(there.len(), "time")));
        differences.push(Difference { remedy: Remedy::ByHand(how), ..doubled });
    }
    let properties = part.properties.as_object().into_iter().flatten();
    let wrong = properties.filter_map(|(name, wanted)| {
        let is = there.iter().map(|event| &event["properties"][name]).find(|is| !same(is, wanted))?;
        Some(format!("{name} is {is}, the ledger has {wanted}"))
    });
    let wrong: Vec<String> = wrong.collect();
    if !wrong.is_empty() {
        differences.push(again(format!("{name}: {}", wrong.join("; "))));
    }
    differences
}

/// Equal by value: Unomi may write a number or nothing in another way.
fn same(there: &Value, wanted: &Value) -> bool {
    let number = |value: &Value| Decimal::from_str(&value.to_string()).ok();
    match (there, wanted) {
        (Value::Number(_), Value::Number(_)) => number(there) == number(wanted),
        (Value::Array(some), Value::Array(others)) => {
            some.len() == others.len() && some.iter().zip(others).all(|(one, other)| same(one, other))
        }
        (Value::Null, Value::Array(none)) => none.is_empty(),
        _ => there == wanted,
    }
}

fn difference(item: &FeedItem, key: String, what: String) -> Difference {
    let (brand, member) = (item.brand.clone(), item.member.id.clone());
    Difference { brand, member, key, what, remedy: Remedy::TellAgain, segments: Vec::new() }
}
