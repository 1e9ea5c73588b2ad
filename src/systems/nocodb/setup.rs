//! Makes our base, tables, columns and views in NocoDB. It adds what is missing and gives a renamed column of ours its title
//! back: what people made or changed otherwise stays, and is named where it does not fit. Running it again does nothing.

use std::collections::BTreeMap;

use serde_json::{Value, json};

pub use super::plan::{Plan, Step};
use super::{
    Nocodb,
    client::CallError,
    plan::{Present, PresentTable, missing},
    titles,
};
use crate::programme::tables::{self, Column, Kind, Table, View, ViewKind};

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
                let mut there = self.present_table(id).await?;
                there.awkward = self.awkward(&title, &there).await?;
                tables.insert(title, there);
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
        Ok(PresentTable { id, columns, views, awkward: BTreeMap::new() })
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
            Step::List { table: title, column } => {
                let column = tables::named(title).and_then(|table| Some((table, table.column(column)?)));
                let (Some((table, column)), Some(there)) = (column, present.tables.get(title)) else { return Ok(()) };
                self.make_list(table, column, there).await?;
            }
            Step::Text { table: title, column } => {
                let column = tables::named(title).and_then(|table| table.column(column));
                let (Some(column), Some(there)) = (column, present.tables.get(title)) else { return Ok(()) };
                self.make_text(column, there).await?;
            }
            Step::Options { table: title, column, options } => {
                let Some(there) = present.tables.get(title) else { return Ok(()) };
                let wanted = BTreeMap::from([(column.as_str(), options.clone())]);
                self.add_options((title, &there.id), &wanted).await?;
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

    /// A column of decimals becomes text; its cells stay, as the numbers were shown.
    async fn make_text(&self, column: &Column, there: &PresentTable) -> Result<(), CallError> {
        let Some(mut kept) = there.columns.get(&column.title).cloned() else { return Ok(()) };
        kept["uidt"] = json!(column.shown_as());
        kept["description"] = json!(column.description);
        for of_numbers in ["dt", "dtx", "dtxp", "dtxs", "np", "ns", "meta"] {
            if let Some(fields) = kept.as_object_mut() {
                fields.remove(of_numbers);
            }
        }
        self.client.change(&format!("columns/{}", kept["id"].as_str().unwrap_or_default()), &kept).await?;
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

fn new_table(table: &Table) -> Value {
    let columns: Vec<Value> = table.shown().map(new_column).collect();
    json!({"title": table.title, "table_name": table.title, "description": table.description, "columns": columns})
}

pub(super) fn new_column(column: &Column) -> Value {
    let mut body = json!({"title": column.title, "column_name": column.title, "uidt": column.shown_as(),
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
    body
}
