//! The rules of a version, and what its rows count, by what they look at: an order or event is held against those alone that may
//! concern it.
//! Guarantees: what is left out would have given nothing and kept nothing else from giving; what is found stands in the order of the
//! table.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    earn::Good,
    order::{Line, OrderState},
    pins::Pins,
};
use crate::programme::{JOINED, PURCHASE, Rule, Stacking, goods::Goods, names};

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
    purchases: Contents,
}

/// What a rule, or what a row counts, is limited to.
pub struct Limits<'a> {
    pub goods: &'a Goods,
    pub stores: &'a [String],
    pub channels: &'a [String],
    pub segments: &'a [String],
    pub tiers: &'a [String],
}

impl<'a> Limits<'a> {
    /// To goods alone.
    pub fn of_goods(goods: &'a Goods) -> Self {
        Self { goods, stores: &[], channels: &[], segments: &[], tiers: &[] }
    }
}

/// Places of what looks at orders, each found by one thing: the first that it is limited to, of what leaves out most.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Contents {
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
        let (mut index, all_goods) = (Self::default(), Goods::default());
        // Where rules choose among each other, one that gives nothing may be told that it stands back.
        let plain = rules.iter().filter(|rule| rule.event == PURCHASE).all(|rule| rule.stacking == Stacking::Add);
        for (place, rule) in rules.iter().enumerate() {
            index.by_id.entry(rule.id.clone()).or_default().push(place);
            index.by_event.entry(names::key(&rule.event)).or_default().push(place);
            index.first_purchase.extend(rule.first_purchase.then_some(place));
            index.numbers |= rule.nth_purchase.is_some();
            index.joining |= rule.event == JOINED;
            if rule.event == PURCHASE {
                let Rule { goods, stores, channels, segments, tiers, .. } = rule;
                let limits = Limits { goods, stores, channels, segments, tiers };
                index.purchases.put(&if plain { limits } else { Limits { goods: &all_goods, ..limits } }, place);
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
        self.purchases.found(state, Some(pins), goods.iter().map(|good| good.line))
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

impl Contents {
    pub fn put(&mut self, limits: &Limits<'_>, place: usize) {
        let Limits { goods, stores, channels, segments, tiers } = *limits;
        let all: [(&[String], &mut Places); 7] = [
            (&goods.products, &mut self.products),
            (&goods.product_brands, &mut self.product_brands),
            (&goods.categories, &mut self.categories),
            (stores, &mut self.stores),
            (segments, &mut self.segments),
            (channels, &mut self.channels),
            (tiers, &mut self.tiers),
        ];
        match all.into_iter().find(|(names, _)| !names.is_empty()) {
            Some((names, places)) => {
                let keys: BTreeSet<String> = names.iter().map(|name| names::key(name)).collect();
                for key in keys {
                    places.entry(key).or_default().push(place);
                }
            }
            None => self.others.push(place),
        }
    }

    /// Places of what may look at an order in this state, whatever of its lines counts.
    pub fn of_lines(&self, state: &OrderState) -> Vec<usize> {
        self.found(state, None, state.lines.iter())
    }

    /// The same by these lines, and by what the member was.
    fn found<'l>(&self, state: &OrderState, pins: Option<&Pins>, lines: impl Iterator<Item = &'l Line>) -> Vec<usize> {
        let Self { products, product_brands, categories, stores, channels, segments, tiers, others } = self;
        let mut found: Vec<&Vec<usize>> = vec![others];
        let mut look = |places, name: &str| found.extend(at(places, name));
        state.store.iter().for_each(|store| look(stores, store));
        state.channel.iter().for_each(|channel| look(channels, channel));
        if let Some(pins) = pins {
            pins.segments.iter().for_each(|segment| look(segments, segment));
            look(tiers, &pins.tier);
        }
        let articles: BTreeSet<_> =
            lines.map(Line::article).map(|it| (it.category, it.product, it.product_brand)).collect();
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
