//! What a member buys, what it buys most, and how often: the columns `Bought`, `Not bought`, `Favourite` and `Habit` of Segments.

use super::{Back, Column, Counted, Test};
use crate::{
    loyalty::measures::{Counts, Measure, Of, Window},
    programme::{check::known, goods::Goods, names, reading::Reading},
};

/// What a cell of the column says.
#[derive(Clone, Copy)]
enum Habit {
    /// The usual gap between days with an order: at least so many days, at most so many.
    Gap(i64, i64),
    Sales,
    Birthday,
}

/// Goods that a cell names, each kind by itself, with what counts orders of them.
pub(super) fn bought(row: &mut Reading<'_, Column>, column: Column, last: Option<Back>) -> Vec<Counted> {
    goods(row, column).into_iter().map(|goods| orders_of(goods, last)).collect()
}

/// Category paths, `sku:` and `brand:`, each kind by itself: any of them.
fn goods(row: &mut Reading<'_, Column>, column: Column) -> Vec<Goods> {
    let (mut categories, mut products, mut product_brands) = (Vec::new(), Vec::new(), Vec::new());
    for one in row.list(column) {
        match one.split_once(':').map(|(kind, name)| (kind.trim().to_lowercase(), name.trim().to_owned())) {
            Some((kind, name)) if kind == "sku" => products.push(name),
            Some((kind, name)) if kind == "brand" => product_brands.push(name),
            Some((kind, _)) => row.unreadable(column, format!("`{kind}:` is neither sku: nor brand:")),
            None => categories.push(one),
        }
    }
    let all = [
        Goods { categories, ..Goods::default() },
        Goods { products, ..Goods::default() },
        Goods { product_brands, ..Goods::default() },
    ];
    all.into_iter().filter(|goods| !goods.are_all()).collect()
}

fn orders_of(goods: Goods, last: Option<Back>) -> Counted {
    let mut measure = Measure::of(Counts::Orders, Window::Ever);
    measure.goods = goods;
    Counted::of(measure, last)
}

/// Category paths, `sku:`, `brand:` and `store:`, each with the measure of its kind.
pub(super) fn favourites(row: &mut Reading<'_, Column>, year: Back) -> Vec<(Counted, String)> {
    let mut all = Vec::new();
    for one in row.list(Column::Favourite) {
        let (kind, name) = one.split_once(':').map_or(("", one.as_str()), |(kind, name)| (kind.trim(), name.trim()));
        let key = names::key(name);
        let of = match kind.to_lowercase().as_str() {
            "" => Of::CategoryTo(u8::try_from(key.split('/').count()).unwrap_or(u8::MAX)),
            "sku" => Of::Product,
            "brand" => Of::ProductBrand,
            "store" => Of::Store,
            other => {
                row.unreadable(Column::Favourite, format!("`{other}:` is none of sku:, brand: and store:"));
                continue;
            }
        };
        if matches!(of, Of::CategoryTo(parts) if usize::from(parts) > Of::DEEPEST) {
            row.unreadable(Column::Favourite, format!("`{name}` has more than {} parts", Of::DEEPEST));
            continue;
        }
        all.push((Counted::of(Measure::of(Counts::Different(of), Window::Ever), Some(year)), key));
    }
    all
}

/// How often a member usually buys, or only what the shop takes something off, or only around its birthday.
pub(super) fn habit(row: &mut Reading<'_, Column>, year: Back) -> Option<Test> {
    row.text(Column::Habit)?;
    let of = |counts: Counts| Counted::of(Measure::of(counts, Window::Ever), Some(year));
    let habits = [
        ("buys weekly", Habit::Gap(1, 10)),
        ("buys monthly", Habit::Gap(11, 45)),
        ("skips months", Habit::Gap(46, i64::MAX)),
        ("only in sales", Habit::Sales),
        ("only around the birthday", Habit::Birthday),
    ];
    Some(match known(row, Column::Habit, &habits) {
        Habit::Gap(least, most) => Test::UsualGap { least, most, of: of(Counts::Orders) },
        Habit::Sales => Test::OnlyInSales { orders: of(Counts::Orders), full_price: of(Counts::FullPriceOrders) },
        Habit::Birthday => Test::AroundBirthday { orders: of(Counts::Orders) },
    })
}
