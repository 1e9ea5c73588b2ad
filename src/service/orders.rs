//! Orders: the full state of one in, a receipt out; what is kept of one; those of a member.

use super::{
    App,
    accept::ReceiptView,
    members,
    page::{Page, PageQuery},
    views::OrderView,
};
use crate::{
    access::Caller,
    intake::{order::OrderBody, problem::Problem},
};

/// Takes the full state of an order.
pub async fn put(app: &App, caller: &Caller, order_id: String, body: OrderBody) -> Result<ReceiptView, Problem> {
    let incoming = body.incoming(&app.reader(), &caller.brand, &order_id.into(), false)?;
    app.accept(caller, incoming).await
}

/// Who sends the thank-you for orders of a brand: `connector`, `n8n` or `nobody`.
pub fn thanked_by(app: &App, brand: &str) -> &'static str {
    app.programmes.of(brand).map_or("nobody", |live| live.live().programme.settings.thank_you.name())
}

/// What is kept of an order.
pub async fn get(app: &App, brand: &str, order_id: &str) -> Result<OrderView, Problem> {
    let order = app.store.order(brand, order_id).await?;
    let order = order.ok_or_else(|| Problem::not_found(format!("order `{order_id}`")))?;
    Ok(OrderView::of(order, &app.programmes_of(brand)?.live().programme.stores))
}

/// The orders of the member of this `ref`.
pub async fn of_member(app: &App, brand: &str, reference: &str, page: PageQuery) -> Result<Page<OrderView>, Problem> {
    let member = members::find(app, brand, reference).await?.member;
    let limit = page.limit();
    let cursor = page.cursor.unwrap_or_default();
    let orders = app.store.orders_of(brand, &member.id, &cursor, limit + 1).await?;
    let programmes = app.programmes_of(brand)?;
    let stores = &programmes.live().programme.stores;
    let orders = orders.into_iter().map(|order| OrderView::of(order, stores)).collect();
    Ok(Page::cut(orders, limit, |order: &OrderView| order.order_id.clone()))
}
