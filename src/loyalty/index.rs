//! The rules of a version by what they look at, so that an order or event is held against those alone that may concern it.
//! Guarantees: what is left out would have given nothing and kept nothing else from giving; what is found stands in the order of the
//! table.

use std::collections::{BTreeMap, BTreeSet};

use super::{earn::Good, order::OrderState, pins::Pins};
use crate::programme::{JOINED, PURCHASE, Rule, Stacking, names};

/// Places in the list of rules.
type Places = BTreeMap<String, Vec<usize>>;

/// Made once when a version is read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Index {
    by_id: BTreeMap<String, Vec<usize>>,
    by_event: Places,
    first_purchase: Vec<usize>,
    /// Whether a rule asks for the number of a purchase.
    numbers: bool,
    joining: bool,
    purchases: Purchases,
}

/// Rules of purchases, each in one place: that of the first thing it is limited to, of what leaves out most.
#[derive(Debug, Clone, PartialEq, Default)]
struct Purchases {
    products: Places,
    product_brands: Places,
    categories: Places,
    stores: Places,
    channels: Places,
    segments: Places,
    tiers: Places,
    others: Vec<usize>,
}

impl Index {
    pub fn of(rules: &[Rule]) -> Self {
        let mut index = Self::default();
        // Where rules choose among each other, one that gives nothing may be told that it stands back.
        let plain = rules.iter().filter(|rule| rule.event == PURCHASE).all(|rule| rule.stacking == Stacking::Add);
        for (place, rule) in rules.iter().enumerate() {
            index.by_id.entry(rule.id.clone()).or_default().push(place);
            index.by_event.entry(names::key(&rule.event)).or_default().push(place);
            index.first_purchase.extend(rule.first_purchase.then_some(place));
            index.numbers |= rule.nth_purchase.is_some();
            index.joining |= rule.event == JOINED;
            if rule.event == PURCHASE {
                index.purchases.put(rule, place, plain);
            }
        }
        index
    }

    /// Places of the rules with these ids.
    pub fn of_ids<'i>(&self, ids: impl IntoIterator<Item = &'i String>) -> Vec<usize> {
        in_order(ids.into_iter().filter_map(|id| self.by_id.get(id)))
    }

    /// Places of the rules for this event.
    pub fn of_event(&self, event: &str) -> &[usize] {
        self.by_event.get(&names::key(event)).map_or(&[], Vec::as_slice)
    }

    pub fn first_purchase(&self) -> &[usize] {
        &self.first_purchase
    }

    pub fn numbers(&self) -> bool {
        self.numbers
    }

    pub fn has_joining(&self) -> bool {
        self.joining
    }

    /// Places of the rules that may apply to an order in this state and give something.
    pub fn of_order(&self, state: &OrderState, pins: &Pins, goods: &[Good<'_>]) -> Vec<usize> {
        let Purchases { products, product_brands, categories, stores, channels, segments, tiers, others } =
            &self.purchases;
        let mut found: Vec<&Vec<usize>> = vec![others];
        let mut look = |places, name: &str| found.extend(at(places, name));
        state.store.iter().for_each(|store| look(stores, store));
        state.channel.iter().for_each(|channel| look(channels, channel));
        pins.segments.iter().for_each(|segment| look(segments, segment));
        look(tiers, &pins.tier);
        let articles: BTreeSet<_> = goods
            .iter()
            .map(|good| good.line.article())
            .map(|it| (it.category, it.product, it.product_brand))
            .collect();
        for (_, product, product_brand) in &articles {
            if let Some(product) = product {
                look(products, product);
            }
            if let Some(brand) = product_brand {
                look(product_brands, brand);
            }
        }
        for path in articles.iter().filter_map(|(category, ..)| *category).filter(|_| !categories.is_empty()) {
            let path = names::key(path);
            let above = path.match_indices('/').map(|(at, _)| &path[..at]);
            above.chain([path.as_str()]).for_each(|path| found.extend(categories.get(path)));
        }
        in_order(found.into_iter())
    }
}

fn at<'p>(places: &'p Places, name: &str) -> Option<&'p Vec<usize>> {
    if places.is_empty() { None } else { places.get(&names::key(name)) }
}

/// Each once, in the order of the table.
fn in_order<'p>(found: impl Iterator<Item = &'p Vec<usize>>) -> Vec<usize> {
    let mut all: Vec<usize> = found.flatten().copied().collect();
    all.sort_unstable();
    all.dedup();
    all
}

impl Purchases {
    fn put(&mut self, rule: &Rule, place: usize, plain: bool) {
        let goods = &rule.goods;
        let limits = [
            (&goods.products, &mut self.products, plain),
            (&goods.product_brands, &mut self.product_brands, plain),
            (&goods.categories, &mut self.categories, plain),
            (&rule.stores, &mut self.stores, true),
            (&rule.segments, &mut self.segments, true),
            (&rule.channels, &mut self.channels, true),
            (&rule.tiers, &mut self.tiers, true),
        ];
        let first = limits.into_iter().find(|(names, _, counts)| *counts && !names.is_empty());
        match first {
            Some((names, places, _)) => {
                let keys: BTreeSet<String> = names.iter().map(|name| names::key(name)).collect();
                for key in keys {
                    places.entry(key).or_default().push(place);
                }
            }
            None => self.others.push(place),
        }
    }
}
