//! The table `Products`.

use super::{distinct, whole};
use crate::{
    programme::{
        Problem, Row, names,
        product::{MOST, MOST_TIMES, ONCE, Product, Products, SKU},
        reading::Reading,
        tables::{Columns, columns::columns},
    },
    values::count::counted,
};

columns! {
    pub(in crate::programme) enum Column of "Products" {
        Sku = "SKU",
        Name = "Name",
        Category = "Category",
        ProductBrand = "Product brand",
        PointsFactor = "Points factor",
        PayWithPoints = "Pay with points",
        Delicate = "Delicate",
    }
}

pub(super) fn products(rows: &[Row], problems: &mut Vec<Problem>) -> Products {
    if rows.len() > MOST {
        let (has, most) = (counted(rows.len(), "row"), counted(MOST, "row"));
        let detail = format!("has {has}, and {most} are read at most: leave out goods of which orders say everything");
        problems.push(whole(Column::TABLE, &detail));
    }
    distinct(Column::Sku, rows, |row| row.cell(Column::Sku).map(names::key), problems);
    let mut products = Products::default();
    for row in rows {
        let mut row = Reading::of(row, problems);
        let sku = row.required(Column::Sku);
        if sku.chars().count() > SKU {
            row.problem(Column::Sku, format!("is longer than {}", counted(SKU, "character")));
        }
        let factor = row.times(Column::PointsFactor, 3).unwrap_or(ONCE);
        if factor > MOST_TIMES {
            row.problem(Column::PointsFactor, "must lie between 0 and 100");
        }
        let product = Product {
            name: row.text(Column::Name).map(str::to_owned),
            category: row.list(Column::Category).into_iter().next(),
            brand: row.text(Column::ProductBrand).map(str::to_owned),
            factor,
            payable: row.tick(Column::PayWithPoints, true),
            delicate: row.tick(Column::Delicate, false),
        };
        if row.list(Column::Category).len() > 1 {
            row.problem(Column::Category, "names several; an article lies in one: sport/shoes/running");
        }
        products.add(&sku, product);
    }
    products
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(number: usize, cells: &[(&str, &str)]) -> Row {
        Row::of(number.to_string(), cells.iter().map(|(column, text)| ((*column).to_owned(), (*text).to_owned())))
    }

    #[test]
    fn what_is_wrong_with_an_article_is_said_in_its_cell() {
        let rows = [
            row(1, &[("SKU", "a"), ("Points factor", "101")]),
            row(2, &[("SKU", "A "), ("Category", "sport, toys")]),
            row(3, &[("Points factor", "-1"), ("Pay with points", "maybe")]),
            row(4, &[("SKU", "fine"), ("Points factor", "0,5"), ("Category", "/sport/shoes/"), ("Delicate", "yes")]),
        ];
        let mut problems = Vec::new();
        let products = products(&rows, &mut problems);
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            problems,
            [
                "Products, row 1, SKU: `a` is there twice, also as `A`: capitals make no difference",
                "Products, row 2, SKU: `A` is there twice, also as `a`: capitals make no difference",
                "Products, row 1, Points factor: must lie between 0 and 100",
                "Products, row 2, Category: names several; an article lies in one: sport/shoes/running",
                "Products, row 3, SKU: is empty; it is needed",
                "Products, row 3, Points factor: `-1` must not be negative",
                "Products, row 3, Pay with points: `maybe` is neither yes nor no",
            ]
        );
        let fine = products.of(Some(" FINE")).unwrap();
        assert_eq!((fine.factor, fine.category.as_deref()), (500, Some("sport/shoes")));
        assert_eq!(
            [Some("fine"), Some("a"), Some("unknown"), None].map(|sku| products.delicate(sku)),
            [true, false, false, false]
        );
        assert_eq!((products.factor(Some("unknown")), products.payable(None)), (ONCE, true));
    }

    #[test]
    fn twenty_thousand_articles_are_read_and_one_more_is_a_problem() {
        let rows: Vec<Row> = (0..=MOST).map(|number| row(number, &[("SKU", &format!("sku-{number}"))])).collect();
        let mut problems = Vec::new();
        products(&rows[..MOST], &mut problems);
        assert_eq!(problems, []);
        products(&rows, &mut problems);
        assert!(
            problems.len() == 1 && problems[0].detail.starts_with("has 20001 rows, and 20000 rows"),
            "{problems:?}"
        );
    }
}
