//! What the load sends: full states of orders, spread over members evenly or by Zipf. A member has at most
//! `ORDERS_EACH` orders; once they are there, a request is a later state of one of them, so documents stay as large as a
//! busy customer's and every request is decided in full, by all rules.

use std::{
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use jiff::{SignedDuration, Timestamp};
use loyalty_connector::programme::sample;

/// Orders of one member.
const ORDERS_EACH: u64 = 4;

/// Six rules, all of them judged for every order: an amount, two categories, a tier, a campaign, the first purchase.
const RULES: &str = "\
Rule,Name,Active,Event,Categories,Segments,Tiers,From,Until,Points,Per amount,Multiplier,First purchase,Qualifying,Expires
base,1 point per full euro,yes,purchase,,,,,,1,1.00,,no,yes,12M_M
shoes,Double points on sport shoes,yes,purchase,sport/shoes,,,,,,,2,no,yes,12M_M
tents,Half as much again on tents,yes,purchase,outdoor/tents,,,,,,,1.5,no,yes,12M_M
gold,A quarter more for gold,yes,purchase,,,gold,,,,,1.25,no,no,12M_M
campaign,5 points for every order,yes,purchase,,,,2020-01-01,2099-12-31,5,,,no,no,12M_M
first,100 points for the first purchase,yes,purchase,,,,,,100,,,yes,yes,12M_M
";

/// The programme's tables as CSV files: the sample's with six rules. `thank_you` says who thanks: `connector` or `n8n`.
pub fn programme(thank_you: &str) -> impl Iterator<Item = (&'static str, String)> {
    sample::files().map(move |(table, text)| match table {
        "Rules" => (table, RULES.to_owned()),
        "Programme" => (table, text.replace(",connector", &format!(",{thank_you}"))),
        _ => (table, text.to_owned()),
    })
}

/// Whose order comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// Each member as often as any other.
    Uniform,
    /// The member of rank k about 1/k as often as the first.
    Zipf,
}

impl Spread {
    pub fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Zipf => "zipf",
        }
    }
}

/// Where the requests of one connection come from.
pub struct Orders {
    key: Arc<str>,
    members: u64,
    spread: Spread,
    random: Random,
    shop: Shop,
    body: Vec<u8>,
}

/// What all connections share.
#[derive(Clone)]
pub struct Shop {
    /// The day before the run: no clock is behind it, and nothing that is earned expires.
    placed_at: Arc<str>,
    /// The next revision, above all of earlier runs on the same folder.
    revisions: Arc<AtomicU64>,
}

impl Shop {
    pub fn open(now: Timestamp) -> anyhow::Result<Self> {
        let placed_at = now.checked_sub(SignedDuration::from_hours(24))?.to_string().into();
        Ok(Self { placed_at, revisions: Arc::new(AtomicU64::new(u64::try_from(now.as_microsecond())?)) })
    }

    pub fn revision(&self) -> u64 {
        self.revisions.fetch_add(1, Ordering::Relaxed)
    }

    /// A paid order of two lines. Its amounts follow from the revision, so that each state changes what was earned.
    pub fn body(&self, into: &mut Vec<u8>, member: u64, revision: u64) {
        let (shoes, tent, placed_at) = (40 + revision % 60, 90 + revision % 7 * 10, &self.placed_at);
        let _ = write!(
            into,
            "{{\"member\":{{\"external_id\":\"c-{member:07}\",\"email\":\"c{member:07}@example.com\"}},\
             \"status\":\"paid\",\"revision\":{revision},\"placed_at\":\"{placed_at}\",\"paid_at\":\"{placed_at}\",\
             \"currency\":\"EUR\",\"channel\":\"web\",\"lines\":[\
             {{\"id\":\"1\",\"sku\":\"RUN-42\",\"category\":\"sport/shoes/running\",\"quantity\":1,\"unit_price\":\"{shoes}.90\"}},\
             {{\"id\":\"2\",\"sku\":\"TNT-3\",\"category\":\"outdoor/tents\",\"quantity\":1,\"unit_price\":\"{tent}.50\"}}],\
             \"shipping\":\"4.90\"}}"
        ); // a Vec takes everything
    }
}

impl Orders {
    pub fn new(key: &Arc<str>, members: u64, spread: Spread, seed: u64, shop: &Shop) -> Self {
        let random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        Self { key: Arc::clone(key), members, spread, random, shop: shop.clone(), body: Vec::new() }
    }

    /// Writes the next request into an empty buffer.
    pub fn next(&mut self, request: &mut Vec<u8>) {
        let member = match self.spread {
            Spread::Uniform => self.random.next() % self.members,
            Spread::Zipf => scattered(self.random.zipf(self.members), self.members),
        };
        let slot = self.random.next() % ORDERS_EACH;
        let revision = self.shop.revision();
        self.body.clear();
        self.shop.body(&mut self.body, member, revision);
        put(request, &self.key, member, slot, &self.body);
    }
}

/// Writes one request.
pub fn put(request: &mut Vec<u8>, key: &str, member: u64, slot: u64, body: &[u8]) {
    let _ = write!(
        request,
        "PUT /v1/orders/{} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        order_id(member, slot),
        body.len()
    ); // a Vec takes everything
    request.extend_from_slice(body);
}

pub fn order_id(member: u64, slot: u64) -> String {
    format!("{member:07}-{slot}")
}

/// Ranks next to each other belong to members far from each other.
fn scattered(rank: u64, members: u64) -> u64 {
    (rank * 7_368_787 + 11) % members
}

/// Xorshift: enough for choosing whose turn it is.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 8
    }

    /// A rank below `count` with probability about 1/(rank + 1): the logarithm of the rank is even.
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a draw")]
    fn zipf(&mut self, count: u64) -> u64 {
        let even = (self.next() % (1 << 32)) as f64 / (1_u64 << 32) as f64;
        ((count as f64 + 1.0).powf(even) as u64).saturating_sub(1).min(count - 1)
    }
}
