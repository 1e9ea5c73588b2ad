//! Programmes to begin with: the folders of nocodb-schema/templates, embedded as they are, with what a shop's currency, average order
//! and margin make of them filled in. Guarantees: each is a programme without a problem, and an ordinary purchase gives what is said.

mod currency;

use std::sync::LazyLock;

use rust_embed::RustEmbed;
use serde::Deserialize;

use super::{Tables, csv, sample, settings_rows, tables};
use crate::values::money::{format_units, parse_units, places, plain_decimal};
pub use currency::known as currencies;

#[derive(RustEmbed)]
#[folder = "nocodb-schema/templates"]
struct Files;

/// One of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Its folder.
    #[serde(skip)]
    pub name: String,
    place: u32,
    /// The kind of shop that it is for.
    pub title: String,
    pub meaning: String,
    /// In EUR.
    average_order: String,
    margin: i64,
    /// Of goods in an ordinary purchase.
    pub category: String,
    /// What it gives beside what an ordinary purchase does.
    also: String,
}

/// What a shop says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shop {
    pub currency: String,
    /// A point is given for so many minor units.
    pub unit: i64,
    /// Minor units; more than 0.
    pub average_order: i64,
    /// Percent of sales that are left after what goods cost; 1 to 99.
    pub margin: i64,
}

/// A purchase in so many reaches the first reward, the second tier and the third one.
const REWARD: i64 = 5;
const SILVER: i64 = 6;
const GOLD: i64 = 20;
/// What comes back is a tenth of the margin, but neither nothing nor more than this, in hundredths of a percent.
const SHARE: std::ops::RangeInclusive<i64> = 50..=1000;

static ALL: LazyLock<Vec<Template>> = LazyLock::new(|| {
    let read = |path: &str| {
        let name = path.strip_suffix("/about.json")?;
        let about: Template = serde_json::from_slice(&Files::get(path)?.data).ok()?;
        Some(Template { name: name.to_owned(), ..about })
    };
    let mut all: Vec<Template> = Files::iter().filter_map(|path| read(&path)).collect();
    all.sort_by_key(|template| template.place);
    all
});

/// All of them, in the order they are told.
pub fn all() -> &'static [Template] {
    &ALL
}

pub fn named(name: &str) -> Option<&'static Template> {
    all().iter().find(|template| template.name == name.trim().to_lowercase())
}

/// Each with what it is, a line each.
pub fn listed() -> String {
    let lines = all().iter().map(|template| format!("  {:<8} {}: {}", template.name, template.title, template.meaning));
    lines.collect::<Vec<_>>().join("\n")
}

impl Shop {
    /// What comes back of sales, in hundredths of a percent.
    fn share(&self) -> i64 {
        (self.margin * 10).clamp(*SHARE.start(), *SHARE.end())
    }

    /// The points of so many purchases at one for each unit, in round numbers.
    fn points_of(&self, purchases: i64, round: i64) -> i64 {
        up_to(self.average_order * purchases / self.unit, round)
    }

    fn amount(&self, minor: i64) -> String {
        format_units(minor, places(&self.currency))
    }

    /// What stands in the files between braces. Cashback in a currency of small units is counted in these, else in hundredths.
    fn words(&self) -> [(&'static str, String); 13] {
        let (share, points) = (self.share(), self.points_of(REWARD, 10));
        let (one, worth) = (10_i64.pow(places(&self.currency)), (self.unit * self.share() / 100).max(1));
        let small = self.unit > one;
        let each = if self.currency == "EUR" {
            "full euro".to_owned()
        } else {
            format!("{} {}", plain_decimal(self.unit, places(&self.currency)), self.currency)
        };
        let a_point = if small { one } else { (one / 100).max(1) };
        [
            ("{currency}", self.currency.clone()),
            ("{unit}", self.amount(self.unit)),
            ("{each}", each),
            ("{worth}", self.amount(worth)),
            ("{percent}", plain_decimal(share, 2)),
            ("{reward_points}", points.to_string()),
            ("{reward_worth}", self.amount((points * worth / 100).max(1))),
            ("{silver}", self.points_of(SILVER, 50).to_string()),
            ("{gold}", self.points_of(GOLD, 50).to_string()),
            ("{cash_points}", (one / a_point).to_string()),
            ("{cash}", self.amount(one)),
            ("{unit_points}", (self.unit / a_point).to_string()),
            ("{a_point}", format!("{} {}", plain_decimal(a_point, places(&self.currency)), self.currency)),
        ]
    }

    fn filled(&self, text: &str) -> String {
        self.words().iter().fold(text.to_owned(), |text, (word, value)| text.replace(word, value))
    }
}

/// The next multiple, at least one.
fn up_to(value: i64, multiple: i64) -> i64 {
    (value + multiple - 1) / multiple.max(1) * multiple + if value <= 0 { multiple } else { 0 }
}

impl Template {
    /// A shop of this kind as it usually is.
    pub fn usual(&self) -> Shop {
        let (average_order, margin) = (parse_units(&self.average_order, 2).unwrap_or(1), self.margin);
        Shop { currency: "EUR".to_owned(), unit: 100, average_order, margin }
    }

    /// The same in this currency, with its average order in minor units where that is said; none where it must be.
    pub fn usual_in(&self, currency: &str, average_order: Option<i64>) -> Option<Shop> {
        let (usual, one) = (self.usual(), 10_i64.pow(places(currency)));
        let by_order = || Some(currency::rounded(average_order? * usual.unit / usual.average_order / one));
        let unit = currency::round(currency).or_else(by_order)? * one;
        let average_order = average_order.unwrap_or(usual.average_order * unit / usual.unit);
        Some(Shop { currency: currency.to_owned(), unit, average_order, ..usual })
    }

    /// What it gives beside what an ordinary purchase does.
    pub fn also(&self, shop: &Shop) -> String {
        shop.filled(&self.also)
    }

    /// Its rows for such a shop. Texts are those of the sample where it has none of its own.
    pub fn tables(&self, shop: &Shop) -> Tables {
        let mut read = Tables::default();
        for table in tables::of_marketers() {
            let Some(file) = Files::get(&format!("{}/{}.csv", self.name, table.title)) else { continue };
            let text = shop.filled(&String::from_utf8_lossy(&file.data));
            read.0.insert(table.title.clone(), csv::read(&table.title, text).unwrap_or_default());
        }
        let mut folded = settings_rows::folded(read);
        folded.0.remove(settings_rows::SETTINGS);
        let texts = || sample::tables().rows(super::TEXTS).to_vec();
        folded.0.entry(super::TEXTS.to_owned()).or_insert_with(texts);
        folded
    }
}
