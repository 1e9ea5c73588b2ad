//! From a row in the real NocoDB to what a member gets: each mechanic of `mechanics.toml`, published as a marketer does.

use std::{collections::BTreeSet, time::Duration};

use jiff::{Timestamp, ToSpan, Zoned, tz::TimeZone};
use loyalty_connector::clock::{Clock, SystemClock};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{Service, Spreadsheet, Stack, get, support::call, until, within};

#[derive(Deserialize)]
struct Mechanics {
    always: Rows,
    mechanic: Vec<Mechanic>,
}

/// Rows by table.
type Rows = Map<String, Value>;

#[derive(Deserialize)]
struct Mechanic {
    name: String,
    rows: Rows,
    step: Vec<Step>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Step {
    order: Option<String>,
    store: Option<String>,
    lines: Vec<Line>,
    returned: bool,
    joins: bool,
    joined_days_ago: Option<i32>,
    available: Option<i64>,
    tier: Option<String>,
    /// Until when the tier runs, in whole years from now.
    tier_years: Option<i16>,
    ends_in_days: Option<i32>,
    pays: Vec<Pays>,
    shows: Map<String, Value>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    price: String,
    category: String,
    #[serde(default)]
    sku: Option<String>,
    #[serde(default = "one")]
    quantity: u32,
    #[serde(default)]
    discount: Option<String>,
}

fn one() -> u32 {
    1
}

/// What points would pay of a cart with 10.00 of such goods.
#[derive(Deserialize)]
struct Pays {
    category: String,
    amount: String,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the real systems: tests/stack/run.sh"]
async fn each_mechanic_goes_from_a_row_in_the_real_nocodb_to_what_a_member_gets() {
    let mechanics: Mechanics = toml::from_str(include_str!("mechanics.toml")).unwrap();
    let base = format!("Mechanics {}", std::process::id());
    let mut stack = Stack::find();
    stack.settings.retain(|(name, _)| name.starts_with("LOYALTY__NOCODB") || name.starts_with("LOYALTY__SERVER"));
    stack.settings.push(("LOYALTY__NOCODB__BASE".to_owned(), base.clone()));
    let (fine, said) = stack.run(&["setup", "nocodb", "--empty"]);
    assert!(fine, "{said}");
    let shop = Shop { service: Service::start(&stack), sheet: Spreadsheet::of(&base).await, stack };
    shop.write(&mechanics.always).await;
    for mechanic in &mechanics.mechanic {
        println!("== {}", mechanic.name);
        shop.write(&mechanic.rows).await;
        shop.publish(&mechanic.rows).await;
        for (at, step) in mechanic.step.iter().enumerate() {
            shop.go(mechanic, at, step).await;
        }
        shop.is_in_the_spreadsheet(mechanic).await;
        shop.switch_off(&mechanic.rows).await;
    }
    let (fine, said) = shop.stack.run(&["verify"]);
    assert!(fine, "{said}");
    shop.sheet.remove().await;
}

struct Shop {
    service: Service,
    sheet: Spreadsheet,
    stack: Stack,
}

/// The member of a mechanic: its name, in letters and dashes.
fn member(mechanic: &Mechanic) -> String {
    let name: String = mechanic.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    name.chars().take(30).collect()
}

impl Shop {
    async fn write(&self, rows: &Rows) {
        for (table, rows) in rows {
            let rows = dated(rows);
            self.sheet.offer(table, &rows).await;
            self.sheet.add(table, rows).await;
        }
    }

    /// Ticks `Publish` once no row has a problem, and waits until it is live.
    async fn publish(&self, rows: &Rows) {
        let before = self.service.get("/v1/programme").await["version"].clone();
        let looked = |rows: &Value| {
            let rows = rows.as_array().unwrap();
            let problem = rows.iter().find(|row| row["Status"] == "problem");
            assert!(problem.is_none(), "{problem:?}");
            rows.iter().all(|row| row["Status"].is_string())
        };
        for table in rows.keys() {
            let rows = &mut async || self.sheet.rows(table).await;
            within("the rows have a status", Duration::from_secs(10), rows, looked).await;
        }
        self.sheet.publish().await;
        let mut live = async || self.service.get("/v1/programme").await;
        within("live", Duration::from_secs(10), &mut live, |live| live["version"] != before).await;
    }

    /// Nothing of it is given any more. A tier has no switch.
    async fn switch_off(&self, rows: &Rows) {
        for (table, written) in rows.iter().filter(|(table, _)| *table != "Tiers") {
            let key = table.trim_end_matches('s');
            let ids: Vec<&Value> = written.as_array().unwrap().iter().map(|row| &row[key]).collect();
            for row in self.sheet.rows(table).await.as_array().unwrap() {
                if ids.contains(&&row[key]) {
                    self.sheet.change(table, json!({"Id": row["Id"], "Active": false})).await;
                }
            }
        }
    }

    async fn call(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = call(&self.service.binary.url, &self.service.key, method, path, Some(body)).await;
        assert!(status < 300, "{path}: {status} {answer}");
        answer
    }

    async fn go(&self, mechanic: &Mechanic, at: usize, step: &Step) {
        let who = member(mechanic);
        if let Some(order) = &step.order {
            self.call("PUT", &format!("/v1/orders/{order}"), body(&who, at, step)).await;
        }
        if step.joins {
            self.call("POST", "/v1/members", json!({"external_id": who})).await;
        }
        if let Some(days) = step.joined_days_ago {
            let file = self.stack.folder.0.join("members.csv");
            let joined = now().date().saturating_sub(days.days());
            std::fs::write(&file, format!("external_id,joined_at\n{who},{joined}\n")).unwrap();
            let (fine, said) = self.stack.run(&["import", "members", file.to_str().unwrap()]);
            assert!(fine, "{said}");
        }
        self.member_has(&who, step).await;
    }

    async fn member_has(&self, who: &str, step: &Step) {
        let path = format!("/v1/members/external:{who}");
        let fits = |member: &Value| {
            step.available.is_none_or(|points| member["balance"]["available"] == points)
                && step.tier.as_ref().is_none_or(|tier| member["tier"]["id"] == **tier)
        };
        let what = format!(
            "{} points, tier {}",
            step.available.map_or("any".to_owned(), |points| points.to_string()),
            step.tier.as_deref().unwrap_or("any")
        );
        let member = until(&what, async || self.service.get(&path).await, fits).await;
        if let Some(years) = step.tier_years {
            let ends = |member: &Value| {
                let until: Option<Timestamp> = member["tier"]["until"].as_str().and_then(|until| until.parse().ok());
                let left =
                    until.map(|until| until.to_zoned(now().time_zone().clone()).date().year() - now().date().year());
                left == Some(years)
            };
            until(&format!("the tier ends in {years} years"), async || self.service.get(&path).await, ends).await;
        }
        if let Some(days) = step.ends_in_days {
            let ends: Timestamp = member["lots"][0]["expires_at"].as_str().unwrap().parse().unwrap();
            let days_left = now().date().until(ends.to_zoned(now().time_zone().clone()).date()).unwrap().get_days();
            assert_eq!(days_left, days, "{member}");
        }
        for (page, text) in &step.shows {
            let text = text.as_str().unwrap();
            let page_of = async || self.service.get(&format!("{path}/{page}")).await;
            until(&format!("{page} shows {text}"), page_of, |page| page.to_string().contains(text)).await;
        }
        for pays in &step.pays {
            let lines = json!([{"id": "1", "sku": "A", "name": "A", "category": pays.category, "quantity": 1, "unit_price": "10.00"}]);
            let cart = json!({"member": {"external_id": who}, "currency": "EUR", "lines": lines});
            let quote = self.call("POST", "/v1/quotes", cart).await;
            assert_eq!(quote["payable"]["amount"], pays.amount, "{quote}");
        }
    }

    /// The row of the member in `Members`, and the sum of the rows in `Points`, are what the ledger says.
    async fn is_in_the_spreadsheet(&self, mechanic: &Mechanic) {
        let who = member(mechanic);
        let available = self.service.get(&format!("/v1/members/external:{who}")).await["balance"]["available"].clone();
        let mine = |rows: &Value| -> Vec<Value> {
            rows.as_array().unwrap().iter().filter(|row| row["External id"] == who).cloned().collect()
        };
        let shown = |rows: &Value| mine(rows).first().is_some_and(|row| row["Available"] == available);
        until("Members shows it", async || self.sheet.rows("Members").await, shown).await;
        let sum = |rows: &Value| -> i64 {
            let available = |row: &&Value| row["Account"] == "available";
            mine(rows).iter().filter(available).map(|row| row["Points"].as_i64().unwrap()).sum()
        };
        until("Points sums up to it", async || self.sheet.rows("Points").await, |rows| available == sum(rows)).await;
    }
}

fn now() -> Zoned {
    SystemClock.now().to_zoned(TimeZone::get("Europe/Tallinn").unwrap())
}

/// A row with the days and hours that its cells name.
fn dated(row: &Value) -> Value {
    let begins = now().saturating_sub(1.hour());
    let day = |date: &Zoned| date.strftime("%A").to_string();
    let hours = format!("{}-{}", begins.strftime("%H:%M"), now().saturating_add(1.hour()).strftime("%H:%M"));
    let text = row.to_string().replace("{today}", &day(&begins)).replace("{around now}", &hours);
    serde_json::from_str(&text.replace("{another day}", &day(&now().saturating_add(3.days())))).unwrap()
}

/// The state of an order after so many steps; a returned one has nothing left.
fn body(who: &str, revision: usize, step: &Step) -> Value {
    let placed = SystemClock.now().to_string();
    let line = |(at, line): (usize, &Line)| {
        json!({
            "id": (at + 1).to_string(), "sku": line.sku.clone().unwrap_or_else(|| format!("SKU-{}", line.category)),
            "name": line.category, "category": line.category, "quantity": line.quantity, "unit_price": line.price,
            "discount": line.discount.clone().unwrap_or_else(|| "0.00".to_owned()),
            "returned": if step.returned { line.quantity } else { 0 },
        })
    };
    json!({
        "member": {"external_id": who, "name": "Anna", "language": "en"}, "status": "paid", "revision": revision + 1,
        "placed_at": placed, "paid_at": placed, "currency": "EUR", "store": step.store, "channel": "web",
        "lines": step.lines.iter().enumerate().map(line).collect::<Vec<_>>(),
    })
}

impl Spreadsheet {
    /// What cells of lists name, as an option there: a person types it into the cell, which does the same.
    pub async fn offer(&self, table: &str, rows: &Value) {
        let id = self.records(table).rsplit('/').nth(1).unwrap().to_owned();
        let meta = get(&format!("{}/api/v2/meta/tables/{id}", self.url), ("xc-token", &self.token)).await;
        let lists = meta["columns"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|column| column["uidt"].as_str().unwrap().ends_with("Select"));
        for column in lists {
            let cells =
                rows.as_array().unwrap().iter().filter_map(|row| row[column["title"].as_str().unwrap()].as_str());
            let named: BTreeSet<String> =
                cells.flat_map(|cell| cell.split(',')).map(|name| name.trim().to_owned()).collect();
            let mut options = column["colOptions"]["options"].as_array().cloned().unwrap_or_default();
            let mut titles = BTreeSet::new();
            options.retain(|option| titles.insert(option["title"].as_str().unwrap().to_owned()));
            let before = options.len();
            for name in named.into_iter().filter(|name| titles.insert(name.clone())) {
                options.push(json!({"title": name, "color": "#cfdffe", "order": options.len() + 1}));
            }
            if options.len() > before {
                let mut column = column.clone();
                column["colOptions"] = json!({"options": options});
                let url = format!("{}/api/v2/meta/columns/{}", self.url, column["id"].as_str().unwrap());
                let request = crate::support::client().patch(url).header("xc-token", &self.token).json(&column);
                let answer = loyalty_connector::systems::http::send(request).await.unwrap();
                assert!(answer.status.is_success(), "{}", answer.excerpt());
            }
        }
    }

    async fn remove(&self) {
        let bases = get(&format!("{}/api/v2/meta/bases", self.url), ("xc-token", &self.token)).await;
        for base in bases["list"].as_array().unwrap().iter().filter(|base| base["title"] == *self.base) {
            let url = format!("{}/api/v2/meta/bases/{}", self.url, base["id"].as_str().unwrap());
            let request = crate::support::client().delete(url).header("xc-token", &self.token);
            loyalty_connector::systems::http::send(request).await.unwrap();
        }
    }
}
