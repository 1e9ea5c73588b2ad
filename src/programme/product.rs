//! Products: what is known of goods beside what an order's lines say of them.

use std::collections::BTreeMap;

use super::names;

/// Rows of one version, at most; a larger catalogue fills its lines in the shop.
pub const MOST: usize = 20_000;
/// Characters of an article's name.
pub const SKU: usize = 100;
/// Thousandths of a factor that changes nothing.
pub const ONCE: i64 = 1000;
/// The same of the largest.
pub const MOST_TIMES: i64 = 100_000;

/// One article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    pub name: Option<String>,
    pub category: Option<String>,
    pub brand: Option<String>,
    /// Its money counts so many thousandths for points; 0: it never earns.
    pub factor: i64,
    /// Whether points may pay for it.
    pub payable: bool,
    /// Whether nobody but the shop and the member is to read that it was bought.
    pub delicate: bool,
}

/// By the article's name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Products(BTreeMap<String, Product>);

/// Where nothing is known of goods.
pub static UNKNOWN: Products = Products(BTreeMap::new());

impl Products {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn add(&mut self, sku: &str, product: Product) {
        self.0.insert(names::key(sku), product);
    }

    pub fn of(&self, sku: Option<&str>) -> Option<&Product> {
        if self.0.is_empty() { None } else { self.0.get(&names::key(sku?)) }
    }

    /// Thousandths that the article's money counts.
    pub fn factor(&self, sku: Option<&str>) -> i64 {
        self.of(sku).map_or(ONCE, |product| product.factor)
    }

    /// Whether no text and no other system names the article, nor where it lies.
    pub fn delicate(&self, sku: Option<&str>) -> bool {
        self.of(sku).is_some_and(|product| product.delicate)
    }

    /// Whether points may pay for the article.
    pub fn payable(&self, sku: Option<&str>) -> bool {
        self.of(sku).is_none_or(|product| product.payable)
    }
}
