//! Makes our base, tables, columns and views in NocoDB. It adds what is missing and gives a renamed column of ours its title
//! back: what people made or changed otherwise stays, and is named where it does not fit. Running it again does nothing.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Nocodb, client::CallError, titles};
use crate::programme::tables::{self, Column, Kind, Table, View, ViewKind};

/// One thing that is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Base(String),
    Table(String),
    Column {
        table: String,
        column: String,
    },
    /// A column of ours under another title.
    Renamed {
        table: String,
        column: String,
        found: String,
    },
    View {
        table: String,
        view: String,
    },
}

/// What setup would do, and what only a person can mend.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    pub steps: Vec<Step>,
    pub notes: Vec<String>,
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Base(base) => write!(f, "base {base}"),
            Self::Table(table) => write!(f, "table {table}"),
            Self::Column { table, column } => write!(f, "column {table}.{column}"),
            Self::Renamed { table, column, found } => write!(f, "column {table}.{column} (was renamed to `{found}`)"),
            Self::View { table, view } => write!(f, "view {table} / {view}"),
        }
    }
}

impl Step {
    /// Whether everything else works without it.
    pub fn is_optional(&self) -> bool {
        let (table, column) = match self {
            Self::Base(_) => return false,
            Self::Table(table) | Self::View { table, .. } => (table, None),
            Self::Column { table, column } | Self::Renamed { table, column, .. } => (table, Some(column)),
        };
        let Some(table) = tables::named(table) else { return false };
        table.optional || column.and_then(|column| table.column(column)).is_some_and(|column| column.optional)
    }
}

impl Plan {
    /// Columns that are made in a table that was there, as (table, column).
    pub fn made_columns(&self) -> impl Iterator<Item = (&String, &String)> {
        self.steps.iter().filter_map(|step| match step {
            Step::Column { table, column } => Some((table, column)),
            _ => None,
        })
    }
}

/// What is in NocoDB now.
#[derive(Debug, Default)]
struct Present {
    base: Option<String>,
    tables: BTreeMap<String, PresentTable>,
}

#[derive(Debug, Default)]
struct PresentTable {
    id: String,
    columns: BTreeMap<String, Value>,
    /// Title -> id.
    views: BTreeMap<String, String>,
}

impl Nocodb {
    /// What [`Nocodb::apply`] would do now.
    pub async fn plan(&self) -> Result<Plan, CallError> {
        Ok(missing(&self.base, tables::all(), &self.present().await?))
    }

    /// Adds what is missing; what was done.
    pub async fn apply(&self) -> Result<Plan, CallError> {
        let mut present = self.present().await?;
        let plan = missing(&self.base, tables::all(), &present);
        for step in &plan.steps {
            self.take(step, &mut present).await?;
            tracing::info!("made {step} in NocoDB");
        }
        // NocoDB's list of a base that was just filled now and then lacks some of it; what was made is known here.
        self.remember_tables(present.tables.into_iter().map(|(title, table)| (title, table.id)).collect());
        Ok(plan)
    }

    async fn present(&self) -> Result<Present, CallError> {
        let Some(base) = self.base_id().await? else { return Ok(Present::default()) };
        let mut tables = BTreeMap::new();
        for (title, id) in titles(&self.client.list(&format!("bases/{base}/tables")).await?) {
            if tables::named(&title).is_some() {
                tables.insert(title, self.present_table(id).await?);
            }
        }
        Ok(Present { base: Some(base), tables })
    }

    async fn present_table(&self, id: String) -> Result<PresentTable, CallError> {
        let mut table = self.client.get(&format!("tables/{id}")).await?;
        let Value::Array(columns) = table["columns"].take() else {
            return Err(CallError::Nonsense(format!("table {id} came without its columns")));
        };
        let named = columns.into_iter().filter_map(|column| Some((column["title"].as_str()?.to_owned(), column)));
        let columns = named.collect();
        let views = titles(&self.client.list(&format!("tables/{id}/views")).await?);
        Ok(PresentTable { id, columns, views })
    }

    async fn take(&self, step: &Step, present: &mut Present) -> Result<(), CallError> {
        match step {
            Step::Base(title) => {
                present.base = Some(self.client.make("bases", &json!({"title": title})).await?);
            }
            Step::Table(title) => {
                let (Some(base), Some(table)) = (&present.base, tables::named(title)) else { return Ok(()) };
                let id = self.client.make(&format!("bases/{base}/tables"), &new_table(table)).await?;
                let mut made = self.present_table(id).await?;
                // The view that NocoDB made with it is the first of ours.
                if let (Some(first), Some((_, view))) = (table.views.first(), made.views.pop_first()) {
                    self.client.change(&format!("views/{view}"), &json!({"title": first.title})).await?;
                    made.views.insert(first.title.clone(), view);
                }
                present.tables.insert(title.clone(), made);
            }
            Step::Column { table: title, column } => {
                let column =
                    tables::named(title).and_then(|table| table.columns.iter().find(|known| known.title == *column));
                let (Some(column), Some(there)) = (column, present.tables.get_mut(title)) else { return Ok(()) };
                self.client.make(&format!("tables/{}/columns", there.id), &new_column(column)).await?;
                *there = self.present_table(there.id.clone()).await?;
            }
            Step::Renamed { table: title, column, found } => {
                let Some(there) = present.tables.get_mut(title) else { return Ok(()) };
                let Some(mut kept) = there.columns.get(found).cloned() else { return Ok(()) };
                kept["title"] = json!(column);
                let id = kept["id"].as_str().unwrap_or_default().to_owned();
                self.client.change(&format!("columns/{id}"), &kept).await?;
                *there = self.present_table(there.id.clone()).await?;
            }
            Step::View { table: title, view } => {
                let Some(table) = tables::named(title) else { return Ok(()) };
                let view = table.views.iter().find(|known| known.title == *view);
                let (Some(view), Some(there)) = (view, present.tables.get(title)) else { return Ok(()) };
                self.make_view((table, there), view).await?;
            }
        }
        Ok(())
    }

    async fn make_view(&self, (declared, table): (&Table, &PresentTable), view: &View) -> Result<(), CallError> {
        let column = |title: &str| table.columns.get(title).map_or(&Value::Null, |column| &column["id"]);
        let group_by = view.group_by.as_deref().map(column);
        let (path, body) = match view.kind {
            ViewKind::Grid => ("grids", json!({"title": view.title, "type": 3})),
            ViewKind::Kanban => ("kanbans", json!({"title": view.title, "type": 4, "fk_grp_col_id": group_by})),
            ViewKind::Calendar => {
                let [from, to] = [&view.from, &view.to].map(|title| title.as_deref().map(column));
                let range = json!([{"fk_from_column_id": from, "fk_to_column_id": to}]);
                ("calendars", json!({"title": view.title, "type": 6, "calendar_range": range}))
            }
        };
        let id = match table.views.get(&view.title) {
            Some(there) => there.clone(),
            None => self.client.make(&format!("tables/{}/{path}", table.id), &body).await?,
        };
        self.arrange(&id, (declared, table), view).await?;
        for sort in &view.sort {
            let direction = if sort.descending { "desc" } else { "asc" };
            let body = json!({"fk_column_id": column(&sort.column), "direction": direction});
            self.client.make(&format!("views/{id}/sorts"), &body).await?;
        }
        for condition in &view.conditions {
            let (operator, value) = match (&condition.is, &condition.above) {
                (Some(value), _) => ("eq", value),
                (None, Some(value)) => ("gt", value),
                (None, None) => continue,
            };
            let body = json!({"fk_column_id": column(&condition.column), "comparison_op": operator, "value": value,
                              "logical_op": "and"});
            self.client.make(&format!("views/{id}/filters"), &body).await?;
        }
        if let (ViewKind::Grid, Some(group_by)) = (view.kind, group_by) {
            let shown = self.client.list(&format!("views/{id}/columns")).await?;
            let shown = shown.iter().find(|shown| shown["fk_column_id"] == *group_by);
            if let Some(shown) = shown.and_then(|shown| shown["id"].as_str()) {
                let body = json!({"group_by": true, "group_by_order": 1, "group_by_sort": "asc"});
                self.client.change(&format!("grid-columns/{shown}"), &body).await?;
            }
        }
        Ok(())
    }

    /// Shows the columns that a view names, from the left, and hides the others.
    async fn arrange(
        &self,
        id: &str,
        (declared, table): (&Table, &PresentTable),
        view: &View,
    ) -> Result<(), CallError> {
        if view.columns.is_empty() {
            return Ok(());
        }
        let widths = declared.widths_px(view);
        for shown in self.client.list(&format!("views/{id}/columns")).await? {
            let Some(column) = shown["id"].as_str() else { continue };
            let is =
                |title: &String| table.columns.get(title).is_some_and(|known| known["id"] == shown["fk_column_id"]);
            let change = match view.columns.iter().position(is) {
                Some(place) => {
                    let width = widths.get(place).copied().unwrap_or(200);
                    json!({"show": true, "order": place + 1, "width": format!("{width}px")})
                }
                None => json!({"show": false}),
            };
            self.client.change(&format!("grid-columns/{column}"), &change).await?;
        }
        Ok(())
    }
}

fn missing(base: &str, declared: &[Table], present: &Present) -> Plan {
    let mut plan = Plan::default();
    if present.base.is_none() {
        plan.steps.push(Step::Base(base.to_owned()));
    }
    for table in declared {
        let title = &table.title;
        let there = present.tables.get(title);
        if let Some(there) = there {
            for column in table.shown() {
                match there.columns.get(&column.title) {
                    Some(found) => plan.notes.extend(difference(title, column, found)),
                    None => plan.steps.push(match under_another_title(table, column, there) {
                        Some(found) => Step::Renamed { table: title.clone(), column: column.title.clone(), found },
                        None => Step::Column { table: title.clone(), column: column.title.clone() },
                    }),
                }
            }
        } else {
            plan.steps.push(Step::Table(title.clone()));
        }
        let new_views =
            table.views.iter().filter(|view| there.is_none_or(|there| !there.views.contains_key(&view.title)));
        plan.steps.extend(new_views.map(|view| Step::View { table: title.clone(), view: view.title.clone() }));
    }
    plan
}

/// The title that a person gave our column: its name in the database stays ours.
fn under_another_title(table: &Table, column: &Column, there: &PresentTable) -> Option<String> {
    let mut others = there.columns.iter().filter(|(title, _)| table.titles().all(|ours| ours != *title));
    others.find(|(_, found)| found["column_name"] == *column.title).map(|(title, _)| title.clone())
}

/// A column that is there but is not what we need; it is left as it is.
fn difference(table: &str, column: &Column, found: &Value) -> Option<String> {
    let name = format!("{table}.{}", column.title);
    if found["uidt"] != json!(column.kind) {
        return Some(format!("column {name} is {}, made as {:?}", found["uidt"], column.kind));
    }
    if column.unique && found["unique"] != json!(true) {
        return Some(format!("column {name} is no longer unique"));
    }
    let options = found["colOptions"]["options"].as_array();
    let has = |wanted: &str| options.is_some_and(|options| options.iter().any(|option| option["title"] == *wanted));
    let lost: Vec<&str> = column.options.iter().map(|option| option.title.as_str()).filter(|o| !has(o)).collect();
    (!lost.is_empty()).then(|| format!("column {name} lacks the options {}", lost.join(", ")))
}

fn new_table(table: &Table) -> Value {
    let columns: Vec<Value> = table.shown().map(new_column).collect();
    json!({"title": table.title, "table_name": table.title, "description": table.description, "columns": columns})
}

fn new_column(column: &Column) -> Value {
    let mut body = json!({"title": column.title, "column_name": column.title, "uidt": column.kind,
                          "description": column.description});
    if !column.options.is_empty() {
        body["colOptions"] = json!({"options": column.options});
    }
    if let Some(default) = &column.default {
        body["cdf"] = json!(default);
    }
    if column.unique {
        body["unique"] = json!(true);
    }
    if column.kind == Kind::DateTime {
        body["meta"] = json!({"date_format": "YYYY-MM-DD", "time_format": "HH:mm:ss", "is12hrFormat": false});
    }
    if column.kind == Kind::Decimal {
        body["meta"] = json!({"precision": 2});
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(plan: &Plan) -> Vec<String> {
        plan.steps.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_empty_nocodb_gets_everything_and_a_complete_one_nothing() {
        let declared = tables::all();
        let plan = missing("Loyalty", declared, &Present::default());
        let views: usize = declared.iter().map(|table| table.views.len()).sum();
        assert_eq!(plan.steps.len(), 1 + declared.len() + views);
        let there = |table: &Table| PresentTable {
            id: "m1".to_owned(),
            columns: table.columns.iter().map(|column| (column.title.clone(), new_column(column))).collect(),
            views: table.views.iter().map(|view| (view.title.clone(), "v1".to_owned())).collect(),
        };
        let tables = declared.iter().map(|table| (table.title.clone(), there(table))).collect();
        let mut present = Present { base: Some("p1".to_owned()), tables };
        assert_eq!(missing("Loyalty", declared, &present), Plan::default());

        let duplicates = present.tables.remove("Duplicates").unwrap();
        let plan = missing("Loyalty", declared, &present);
        assert_eq!(names(&plan)[0], "table Duplicates");
        assert!(plan.steps.iter().all(Step::is_optional), "a base of before works on");
        present.tables.insert("Duplicates".to_owned(), duplicates);

        let rules = present.tables.get_mut("Rules").unwrap();
        let forecast = rules.columns.remove("Forecast").unwrap();
        rules.columns.insert("Effect".to_owned(), json!({"uidt": "LongText", "column_name": "Effect"}));
        let plan = missing("Loyalty", declared, &present);
        assert_eq!(names(&plan), ["column Rules.Forecast"], "a base of before gets it, and its column Effect stays");
        assert!(plan.steps.iter().all(Step::is_optional) && plan.notes.is_empty(), "and works on until then");

        let rules = present.tables.get_mut("Rules").unwrap();
        rules.columns.insert("Forecast".to_owned(), forecast);
        rules.columns.remove("Expires");
        rules.columns.insert("My notes".to_owned(), json!({"uidt": "LongText"}));
        let mut segments = rules.columns.remove("Segments").unwrap();
        segments["title"] = json!("Audience");
        rules.columns.insert("Audience".to_owned(), segments);
        rules.columns.insert("Points".to_owned(), json!({"uidt": "Rating"}));
        rules.views.remove("Live rules");
        let plan = missing("Loyalty", declared, &present);
        assert_eq!(
            names(&plan),
            ["column Rules.Segments (was renamed to `Audience`)", "column Rules.Expires", "view Rules / Live rules"]
        );
        assert!(!plan.steps.iter().any(Step::is_optional));
        assert_eq!(plan.notes, ["column Rules.Points is \"Rating\", made as Number"]);
    }
}
