//! Which goods a row is for: by category path, by article and by brand. All that it names must hold.

use super::{names, reading::Reading, tables::Columns};

/// Names no goods at all: it is for all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Goods {
    /// Path prefixes.
    pub categories: Vec<String>,
    /// Articles (SKU).
    pub products: Vec<String>,
    pub product_brands: Vec<String>,
}

/// What is known of one line's goods.
#[derive(Debug, Clone, Copy, Default)]
pub struct Article<'a> {
    pub category: Option<&'a str>,
    pub product: Option<&'a str>,
    pub product_brand: Option<&'a str>,
}

impl Goods {
    /// Goods below these paths.
    pub fn of_categories(categories: Vec<String>) -> Self {
        Self { categories, ..Self::default() }
    }

    /// Reads them from the columns of categories, products and brands.
    pub fn read<C: Columns>(row: &Reading<'_, C>, [categories, products, product_brands]: [C; 3]) -> Self {
        Self {
            categories: row.list(categories),
            products: row.list(products),
            product_brands: row.list(product_brands),
        }
    }

    pub fn are_all(&self) -> bool {
        self.categories.is_empty() && self.products.is_empty() && self.product_brands.is_empty()
    }

    pub fn include(&self, article: Article<'_>) -> bool {
        let Self { categories, products, product_brands } = self;
        let within = |path: &str| categories.iter().any(|prefix| names::within(path, prefix));
        let is_one = |names: &[String], given: Option<&str>| given.is_some_and(|given| names::any_is(names, given));
        (categories.is_empty() || article.category.is_some_and(within))
            && (products.is_empty() || is_one(products, article.product))
            && (product_brands.is_empty() || is_one(product_brands, article.product_brand))
    }

    /// All names, as a person reads them.
    pub fn named(&self) -> String {
        let all = [&self.categories, &self.products, &self.product_brands].into_iter().flatten();
        all.map(String::as_str).collect::<Vec<_>>().join(", ")
    }
}
