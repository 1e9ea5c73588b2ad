//! What the table of products adds to an order's lines: name, category and brand, where a line does not say. The order keeps its lines as
//! they were completed by its own version, so each of its states is completed alike. And what points may pay for.

use std::borrow::Cow;

use super::{Programme, event::Goods, line::Line, order::OrderState};
use crate::programme::names;

/// The state with what its lines lack.
pub fn completed<'s>(programme: &Programme, state: &'s OrderState) -> Cow<'s, OrderState> {
    let lacks = |line: &&Line| added(programme, line).is_some();
    if programme.products.is_empty() || state.lines.iter().find(lacks).is_none() {
        return Cow::Borrowed(state);
    }
    let lines = state.lines.iter().map(|line| added(programme, line).unwrap_or_else(|| line.clone())).collect();
    Cow::Owned(OrderState { lines, ..state.clone() })
}

/// The line with what it lacks; none when nothing is known that it does not say.
fn added(programme: &Programme, line: &Line) -> Option<Line> {
    let product = programme.products.of(line.sku.as_deref())?;
    let first = |said: &Option<String>, known: &Option<String>| said.as_ref().or(known.as_ref()).cloned();
    let completed = Line {
        name: first(&line.name, &product.name),
        category: first(&line.category, &product.category),
        product_brand: first(&line.product_brand, &product.brand),
        ..line.clone()
    };
    (completed != *line).then_some(completed)
}

/// Whether points may pay for an article in this category, by the programme's goods and by its own row.
pub fn payable(programme: &Programme, sku: Option<&str>, category: Option<&str>) -> bool {
    let spending = &programme.settings.spending;
    let lies_in =
        |paths: &[String]| category.is_some_and(|path| paths.iter().any(|prefix| names::within(path, prefix)));
    let among = spending.goods.is_empty() || lies_in(&spending.goods);
    programme.products.payable(sku) && among && !lies_in(&spending.excluded)
}

/// Of goods that are named by their articles those that points may pay for; none where no article is named: nobody says what they are.
pub fn payable_of(programme: &Programme, goods: &[Goods]) -> Option<Vec<Goods>> {
    if goods.iter().all(|of| of.sku.is_none()) {
        return None;
    }
    let all = goods.iter().map(|of| {
        let known = programme.products.of(of.sku.as_deref()).and_then(|product| product.category.as_ref());
        Goods { category: of.category.as_ref().or(known).cloned(), ..of.clone() }
    });
    Some(all.filter(|of| payable(programme, of.sku.as_deref(), of.category.as_deref())).collect())
}
