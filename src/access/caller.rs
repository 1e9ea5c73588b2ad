//! An authenticated caller and what it may do.

use crate::store::ApiKey;

/// What a key may be allowed to do. `admin` may do everything.
pub const SCOPES: [&str; 10] =
    ["orders", "events", "members", "redeem", "adjust", "texts", "messages", "programme", "metrics", "admin"];

/// Whether a scope is one: of the list, `partner:NAME`, or `staff:REF` (the member that the key's holder is).
pub fn is_scope(scope: &str) -> bool {
    let named = |prefix: &str| scope.strip_prefix(prefix).is_some_and(|name| !name.is_empty());
    SCOPES.contains(&scope) || named("partner:") || named("staff:")
}

/// Whoever holds a key.
#[derive(Debug, Clone)]
pub struct Caller {
    pub key_id: String,
    /// The key's name: the source of what it sends.
    pub name: String,
    pub brand: String,
    pub(super) scopes: Vec<String>,
}

impl From<ApiKey> for Caller {
    fn from(ApiKey { id, name, brand, scopes, .. }: ApiKey) -> Self {
        Self { key_id: id, name, brand, scopes }
    }
}

impl Caller {
    /// Whether the key has this scope; `partner` is what `partner:NAME` gives.
    pub fn may(&self, scope: &str) -> bool {
        let partner = scope == "partner" && self.partner().is_some();
        partner || self.scopes.iter().any(|own| own == scope || own == "admin")
    }

    /// The partner that the key belongs to: it redeems its own codes and no others.
    pub fn partner(&self) -> Option<&str> {
        self.scopes.iter().find_map(|scope| scope.strip_prefix("partner:"))
    }

    /// The members that the key's holder is, each as a `ref`: nobody gives to their own account.
    pub fn own_accounts(&self) -> impl Iterator<Item = &str> {
        self.scopes.iter().filter_map(|scope| scope.strip_prefix("staff:"))
    }

    /// Whether it is told what a member has. Partners and whoever only reports events have no use for it.
    pub fn may_see_balances(&self) -> bool {
        ["members", "orders", "redeem", "adjust"].into_iter().any(|scope| self.may(scope))
    }

    /// Whether what it says about a member is believed: names, addresses, days of birth. Everybody else only names members.
    pub fn may_say_facts(&self) -> bool {
        self.may("members") || self.may("orders")
    }
}
