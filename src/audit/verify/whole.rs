//! What no single member's rows can show: that shared counts are the sum of what members and orders used, that an order which
//! went to another member is there, that who is told of is found, that no row belongs to nobody, and that the database itself
//! is whole. Sound on a ledger in use: what changes meanwhile is left to the next time.

use std::collections::BTreeMap;

use super::{Finding, Traces};
use crate::{
    store::{
        Store, StoreError,
        audit::{Integrity, SharedCount, Stream},
    },
    values::seal::keyed_hash,
};

/// Gathers what each member's rows say of things that are kept elsewhere.
#[derive(Default)]
pub struct Whole {
    /// Counts as they were before the first member was read.
    before: BTreeMap<(String, String), SharedCount>,
    counts: BTreeMap<(String, String), i64>,
    elsewhere: Vec<(String, String, u64)>,
    known_as: Vec<KnownAs>,
}

/// Something that a member is known by.
struct KnownAs {
    brand: String,
    member: String,
    kind: &'static str,
    hash: String,
    /// Nobody else was ever taken for this member: it must be the owner itself.
    alone: bool,
}

impl Whole {
    pub async fn begin(store: &Store) -> Result<Self, StoreError> {
        Ok(Self { before: counts(store).await?, ..Self::default() })
    }

    /// What the rows of one member left behind.
    pub fn add(&mut self, stream: &Stream, traces: Traces, secret: &[u8; 32]) {
        for (key, used) in traces.counts {
            *self.counts.entry((stream.brand.clone(), key)).or_default() += used;
        }
        let elsewhere = traces.elsewhere.into_iter().map(|(order, version)| (stream.brand.clone(), order, version));
        self.elsewhere.extend(elsewhere);
        let joined = ["member.merged", "member.absorbed", "member.restored", "member.unmerged"];
        let alone = !stream.rows.iter().any(|row| joined.contains(&row.kind.as_str()));
        for (kind, value) in stream.person.known_by() {
            let (brand, member) = (stream.brand.clone(), stream.member.clone());
            let hash = keyed_hash(secret, &[kind, &value]);
            self.known_as.push(KnownAs { brand, member, kind, hash, alone: alone && kind == "external_id" });
        }
    }

    /// What does not agree, and what this database cannot be asked.
    pub async fn findings(self, store: &Store) -> Result<(Vec<Finding>, Option<String>), StoreError> {
        let mut findings = self.wrong_counts(&counts(store).await?);
        for (brand, order, version) in &self.elsewhere {
            let kept = store.order(brand, order).await?;
            if kept.is_none_or(|kept| kept.version < *version) {
                findings.push(format!("order {order}: went to another member, and is not there as it was"));
            }
        }
        for known in &self.known_as {
            let KnownAs { brand, member, kind, hash, alone } = known;
            let owner = store.owner(brand, kind, hash.clone()).await?;
            match owner {
                None => findings.push(format!("member {member}: is not found by its {kind}")),
                Some(owner) if *alone && owner != *member => {
                    findings.push(format!("member {member}: its {kind} finds {owner}"));
                }
                Some(_) => {}
            }
        }
        let nobodys = store.rows_of_nobody().await?;
        findings.extend(
            nobodys.into_iter().map(|(table, member)| format!("{table}: a row of {member}, of whom no event is there")),
        );
        let Integrity { damage, not_asked } = store.integrity().await?;
        findings.extend(damage.into_iter().map(|damage| format!("database: {damage}")));
        Ok((findings, not_asked))
    }

    fn wrong_counts(&self, after: &BTreeMap<(String, String), SharedCount>) -> Vec<Finding> {
        let keys: std::collections::BTreeSet<_> = after.keys().chain(self.counts.keys()).collect();
        let steady = |key: &(String, String)| {
            after.get(key).map(|now| now.version) == self.before.get(key).map(|was| was.version)
        };
        let wrong = keys.into_iter().filter(|key| steady(key)).filter_map(|key| {
            let (kept, used) =
                (after.get(key).map_or(0, |count| count.used), self.counts.get(key).copied().unwrap_or(0));
            (kept != used).then(|| format!("count {} of brand {}: is {kept}, its uses are {used}", key.1, key.0))
        });
        wrong.collect()
    }
}

async fn counts(store: &Store) -> Result<BTreeMap<(String, String), SharedCount>, StoreError> {
    Ok(store.shared_counts().await?.into_iter().collect())
}
