//! A NocoDB in memory, as it is on PostgreSQL: tables, rows, columns that are really unique, `(Column,in,...)` filters.
//! It fails as it is told to.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use loyalty_connector::programme::tables;
use serde_json::{Map, Value, json};
use wiremock::{Match, Mock, MockServer, Request, Respond, ResponseTemplate, matchers::any};

/// What the next write does instead of answering properly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The rows are stored, the answer comes too late.
    StoredButSilent,
    /// Nothing is stored.
    Status(u16),
    /// A proxy's page; nothing is stored.
    Page(u16),
}

/// Longer than the tests' clients wait.
const LATE: Duration = Duration::from_secs(30);

#[derive(Default)]
pub struct State {
    pub tables: BTreeMap<String, Vec<Map<String, Value>>>,
    pub faults: VecDeque<Fault>,
    /// Every call ends like this.
    pub down: Option<Fault>,
    /// Columns that a person deleted.
    pub lost: Vec<&'static str>,
    /// Tables that a base of before does not have.
    pub absent: Vec<&'static str>,
    /// Columns that a person gave another title: they are found by the old one and come back under the new one.
    pub renamed: Vec<(&'static str, &'static str)>,
    /// Rows with this text anywhere are refused.
    pub poison: Option<&'static str>,
    pub writes: usize,
    /// Rows in one answer at most; everything when 0.
    pub page: usize,
    /// Pages that were read.
    pub pages: usize,
    /// Options of lists beside those of the table's file, by `Table.Column`; and columns that are text in a base of before.
    pub options: BTreeMap<String, Vec<String>>,
    pub text: Vec<&'static str>,
    /// A list, and what somebody else adds to it at the moment at which it is changed next.
    pub added_beside: Option<(String, String)>,
    /// When rows are changed from now on, as NocoDB tells it.
    pub changed_at: Option<String>,
    /// Questions about columns and changes of them.
    pub asked_of_columns: usize,
    pub changed_columns: usize,
}

#[derive(Clone, Default)]
pub struct StandIn(pub Arc<Mutex<State>>);

pub async fn start() -> (MockServer, StandIn) {
    let (server, stand_in) = (MockServer::start().await, StandIn::default());
    Mock::given(any()).and(Everything).respond_with(stand_in.clone()).mount(&server).await;
    (server, stand_in)
}

struct Everything;
impl Match for Everything {
    fn matches(&self, request: &Request) -> bool {
        request.headers.get("xc-token").is_some()
    }
}

impl StandIn {
    pub fn rows(&self, table: &str) -> Vec<Map<String, Value>> {
        self.0.lock().unwrap().tables.get(table).cloned().unwrap_or_default()
    }

    pub fn set(&self, table: &str, id: u64, column: &str, value: Value) {
        let mut state = self.0.lock().unwrap();
        let row = state.tables.get_mut(table).unwrap().iter_mut().find(|row| row["Id"] == id).unwrap();
        row.insert(column.to_owned(), value);
        let at = state.changed_at();
        let row = state.tables.get_mut(table).unwrap().iter_mut().find(|row| row["Id"] == id).unwrap();
        row.insert("UpdatedAt".to_owned(), at);
    }

    /// What stands beside the name of a setting.
    pub fn set_setting(&self, setting: &str, value: &str) {
        let row = self.rows("Settings").into_iter().find(|row| row["Setting"] == setting).unwrap();
        self.set("Settings", row["Id"].as_u64().unwrap(), "Value", json!(value));
    }

    pub fn cell(&self, table: &str, id: u64, column: &str) -> Value {
        self.rows(table).iter().find(|row| row["Id"] == id).unwrap().get(column).cloned().unwrap_or_default()
    }

    pub fn fail(&self, faults: &[Fault]) {
        self.0.lock().unwrap().faults.extend(faults);
    }

    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.lock().unwrap())
    }
}

impl Respond for StandIn {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut state = self.0.lock().unwrap();
        let writes = request.method != "GET";
        state.writes += usize::from(writes);
        let fault = state.down.or_else(|| writes.then(|| state.faults.pop_front()).flatten());
        match fault {
            Some(Fault::Status(status)) => answer(status, &json!({"msg": "told to fail"})),
            Some(Fault::Page(status)) => ResponseTemplate::new(status).set_body_string("<html>Sign in</html>"),
            Some(Fault::StoredButSilent) => state.answer(request).set_delay(LATE),
            None => state.answer(request),
        }
    }
}

impl State {
    fn answer(&mut self, request: &Request) -> ResponseTemplate {
        let path: Vec<&str> = request.url.path().trim_matches('/').split('/').collect();
        let body: Vec<Map<String, Value>> = request.body_json().unwrap_or_default();
        match (request.method.as_str(), path.as_slice()) {
            ("GET", ["api", "v2", "meta", "bases"]) => {
                answer(200, &json!({"list": [{"id": "p1", "title": "Loyalty", "sources": [{"type": "pg"}]}]}))
            }
            ("GET", ["api", "v2", "meta", "bases", "p1", "tables"]) => {
                let there = tables::all().iter().filter(|table| !self.absent.contains(&table.title.as_str()));
                let list: Vec<Value> = there.map(|table| json!({"id": table.title, "title": table.title})).collect();
                answer(200, &json!({ "list": list }))
            }
            ("GET", ["api", "v2", "meta", "tables", table]) => {
                let columns = tables::named(table).into_iter().flat_map(|table| &table.columns);
                self.asked_of_columns += 1;
                let columns: Vec<Value> = columns.map(|column| self.column(table, column)).collect();
                answer(200, &json!({ "columns": columns }))
            }
            ("GET", ["api", "v2", "meta", "columns", id]) => {
                let id = id.replace("%20", " ");
                let (table, title) = id.split_once('.').unwrap();
                answer(200, &self.column(table, tables::named(table).unwrap().column(title).unwrap()))
            }
            ("PATCH", ["api", "v2", "meta", "columns", id]) => {
                let body: Value = request.body_json().unwrap();
                self.changed_columns += 1;
                let id = id.replace("%20", " ");
                let was_text = self.text.contains(&id.as_str());
                self.text.retain(|column| *column != id || body["uidt"] == "SingleLineText");
                self.offer((&id, was_text), body["colOptions"]["options"].as_array().unwrap())
            }
            ("GET", ["api", "v2", "meta", "tables", table, "views"]) => {
                let views = tables::named(table).into_iter().flat_map(|table| &table.views);
                let views: Vec<Value> = views.map(|view| json!({"id": view.title, "title": view.title})).collect();
                answer(200, &json!({ "list": views }))
            }
            ("GET", ["api", "v2", "tables", table, "records"]) => self.list(table, request),
            ("POST", ["api", "v2", "tables", table, "records"]) => self.insert(table, body),
            ("PATCH", ["api", "v2", "tables", table, "records"]) => self.update(table, &body),
            ("DELETE", ["api", "v2", "tables", table, "records"]) => self.delete(table, &body),
            _ => answer(404, &json!({"error": "ERR_NOT_FOUND", "message": request.url.path()})),
        }
    }

    fn column(&self, table: &str, column: &tables::Column) -> Value {
        let id = format!("{table}.{}", column.title);
        let uidt = if self.text.contains(&id.as_str()) { tables::Kind::SingleLineText } else { column.shown_as() };
        let titles = self.options_of(&id, column);
        let options = titles.iter().zip(ids_of(&titles)).map(|(title, id)| json!({ "title": title, "id": id }));
        let options: Vec<Value> = options.collect();
        json!({"id": id, "title": column.title, "column_name": column.title, "uidt": uidt, "unique": column.unique,
               "colOptions": {"options": options}})
    }

    fn options_of(&self, id: &str, column: &tables::Column) -> Vec<String> {
        let declared = || column.options.iter().map(|option| option.title.clone()).collect();
        self.options.get(id).cloned().unwrap_or_else(declared)
    }

    /// As the real one does it: no title twice; what is left out goes, out of all cells, too.
    fn offer(&mut self, (id, was_text): (&str, bool), options: &[Value]) -> ResponseTemplate {
        let title = |option: &Value| option["title"].as_str().unwrap().to_owned();
        let mut titles: Vec<String> = options.iter().map(title).collect();
        if titles.iter().collect::<BTreeSet<_>>().len() < titles.len() {
            return answer(400, &json!({"msg": "Duplicates are not allowed!"}));
        }
        let (table, column) = id.split_once('.').unwrap();
        let was = self.options_of(id, tables::named(table).unwrap().column(column).unwrap());
        let was = if was_text { Vec::new() } else { was };
        let kept: Vec<&str> = options.iter().filter_map(|option| option["id"].as_str()).collect();
        for (title, id) in was.iter().zip(ids_of(&was)).filter(|(_, id)| !kept.contains(&id.as_str())) {
            assert!(was.iter().filter(|known| *known == title).count() > 1, "an option is removed: {id}");
            for row in self.tables.get_mut(table).into_iter().flatten() {
                let Some(cell) = row.get(column).and_then(Value::as_str).map(str::to_owned) else { continue };
                let left: Vec<&str> = cell.split(',').filter(|part| *part != title).collect();
                row.insert(column.to_owned(), json!(left.join(",")));
            }
        }
        // Somebody else read the list at the same moment, and adds the same.
        titles.extend(self.added_beside.take_if(|(list, _)| list == id).map(|(_, title)| title));
        self.options.insert(id.to_owned(), titles);
        answer(200, &json!({}))
    }

    /// The real one takes nothing into a list that it does not offer.
    fn is_offered(&self, table: &str, rows: &[Map<String, Value>]) -> Option<ResponseTemplate> {
        for column in tables::named(table)?.columns.iter().filter(|column| column.chooses()) {
            let id = format!("{table}.{}", column.title);
            if self.text.contains(&id.as_str()) {
                continue;
            }
            let options = self.options_of(&id, column);
            for text in rows.iter().filter_map(|row| row.get(&column.title)?.as_str()).filter(|text| !text.is_empty()) {
                let several = column.kind == tables::Kind::MultiSelect;
                let named: Vec<&str> = if several { text.split(',').collect() } else { vec![text] };
                if let Some(other) = named.iter().find(|name| !options.iter().any(|option| option == **name)) {
                    let told = format!("Invalid option(s) \"{other}\" provided for column \"{}\"", column.title);
                    return Some(answer(400, &json!({ "msg": told })));
                }
            }
        }
        None
    }

    fn list(&mut self, table: &str, request: &Request) -> ResponseTemplate {
        let query: BTreeMap<_, _> = request.url.query_pairs().into_owned().collect();
        let rows_of = self.tables.get(table);
        let declared = || tables::named(table).into_iter().flat_map(tables::Table::shown);
        let all = || {
            let cells = rows_of.into_iter().flatten().flat_map(|row| row.keys().cloned());
            cells.chain(declared().map(|column| column.title.clone())).collect::<BTreeSet<String>>()
        };
        let fields: Vec<String> = match query.get("fields") {
            Some(fields) => fields.split(',').map(str::to_owned).collect(),
            None => all().into_iter().filter(|field| !self.lost.contains(&field.as_str())).collect(),
        };
        if let Some(lost) = self.lost.iter().find(|lost| fields.iter().any(|field| field == **lost)) {
            return answer(
                404,
                &json!({"error": "ERR_FIELD_NOT_FOUND", "message": format!("Field '{lost}' not found")}),
            );
        }
        let mut rows = self.tables.get(table).cloned().unwrap_or_default();
        if let Some(filter) = query.get("where") {
            let parts: Vec<&str> = filter.trim_matches(['(', ')']).split(',').collect();
            if parts[2] == "exactDate" {
                let instant = |text: &str| text.replacen(' ', "T", 1).parse::<jiff::Timestamp>().ok();
                let limit = instant(parts[3]).unwrap();
                rows.retain(|row| {
                    let at = row.get(parts[0]).and_then(Value::as_str).and_then(instant);
                    at.is_some_and(|at| if parts[1] == "gte" { at >= limit } else { at < limit })
                });
            } else {
                assert_eq!(parts[1], "in");
            }
            let named = parts[1] == "in";
            rows.retain(|row| {
                !named || row.get(parts[0]).and_then(Value::as_str).is_some_and(|text| parts[2..].contains(&text))
            });
        }
        self.pages += 1;
        let number = |name: &str| query.get(name).and_then(|text| text.parse::<usize>().ok()).unwrap_or(0);
        let page = if self.page == 0 { rows.len() } else { self.page.min(number("limit")) };
        let after: Vec<_> = rows.iter().skip(number("offset")).collect();
        let shown = |row: &&Map<String, Value>| -> Map<String, Value> {
            let title = |field: &str| {
                self.renamed
                    .iter()
                    .find(|(old, _)| *old == field)
                    .map_or(field.to_owned(), |(_, new)| (*new).to_owned())
            };
            fields.iter().map(|field| (title(field), row.get(field).cloned().unwrap_or_default())).collect()
        };
        let list: Vec<_> = after.iter().take(page).map(shown).collect();
        answer(200, &json!({"list": list, "pageInfo": {"isLastPage": list.len() == after.len()}}))
    }

    fn insert(&mut self, table: &str, new: Vec<Map<String, Value>>) -> ResponseTemplate {
        if new.len() > 100 {
            let message = "Maximum 100 entities are allowed per request";
            return answer(422, &json!({"error": "ERR_MAX_PAYLOAD_LIMIT_EXCEEDED", "message": message}));
        }
        if let Some(refused) = self.refused(&new).or_else(|| self.is_offered(table, &new)) {
            return refused;
        }
        let declared = tables::named(table).unwrap();
        let rows = self.tables.entry(table.to_owned()).or_default();
        for column in declared.columns.iter().filter(|column| column.unique) {
            let title = column.title.as_str();
            let mut there: BTreeSet<String> = rows.iter().map(|known| known[title].to_string()).collect();
            if let Some(row) = new.iter().find(|row| !there.insert(row[title].to_string())) {
                let body = json!({"error": "FIELD_UNIQUE_CONSTRAINT_VIOLATION", "message": "already exists", "value": row[title]});
                return answer(400, &body);
            }
        }
        for mut row in new {
            let last = rows.iter().filter_map(|row| row["Id"].as_u64()).max().unwrap_or(0);
            row.insert("Id".to_owned(), (last + 1).into());
            rows.push(row);
        }
        answer(200, &json!([]))
    }

    fn update(&mut self, table: &str, changes: &[Map<String, Value>]) -> ResponseTemplate {
        if let Some(refused) = self.refused(changes).or_else(|| self.is_offered(table, changes)) {
            return refused;
        }
        let at = self.changed_at();
        let rows = self.tables.entry(table.to_owned()).or_default();
        for change in changes {
            let Some(row) = rows.iter_mut().find(|row| row["Id"] == change["Id"]) else {
                return answer(404, &json!({"error": "ERR_RECORD_NOT_FOUND", "message": "Record not found"}));
            };
            row.extend(change.clone());
            row.insert("UpdatedAt".to_owned(), at.clone());
        }
        answer(200, &json!([]))
    }

    fn changed_at(&self) -> Value {
        self.changed_at.clone().unwrap_or_else(|| "2026-11-20 12:00:00+00:00".to_owned()).into()
    }

    fn delete(&mut self, table: &str, ids: &[Map<String, Value>]) -> ResponseTemplate {
        let rows = self.tables.entry(table.to_owned()).or_default();
        if ids.iter().any(|id| !rows.iter().any(|row| row["Id"] == id["Id"])) {
            return answer(404, &json!({"error": "ERR_RECORD_NOT_FOUND", "message": "Record not found"}));
        }
        rows.retain(|row| !ids.iter().any(|id| row["Id"] == id["Id"]));
        answer(200, &json!([]))
    }

    fn refused(&self, rows: &[Map<String, Value>]) -> Option<ResponseTemplate> {
        let poison = self.poison?;
        let poisoned = rows.iter().any(|row| json!(row).to_string().contains(poison));
        poisoned.then(|| answer(400, &json!({"error": "ERR_DATABASE_OP_FAILED", "code": "22021"})))
    }
}

fn answer(status: u16, body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(body)
}

/// Of options by their titles; two of one title are two.
fn ids_of(titles: &[String]) -> Vec<String> {
    let before = |at: usize| titles[..at].iter().filter(|known| **known == titles[at]).count();
    let id = |at: usize| if before(at) == 0 { titles[at].clone() } else { format!("{} {}", titles[at], before(at)) };
    (0..titles.len()).map(id).collect()
}
