//! What the table of products adds to an order's lines: name, category and maker, where a line does not say. The order keeps its lines as
//! they were completed by its own version, so each of its states is completed alike.

use std::borrow::Cow;

use super::{Programme, line::Line, order::OrderState};

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
