//! Events of callers on their way to the writer, each held to what its caller may do: whoever may not say facts about members
//! only names them, nobody gives to their own account, and a receipt shows no balance to somebody who has no use for it.

use std::{collections::BTreeSet, ops::Deref};

use serde::{Serialize, Serializer};
use tokio::sync::oneshot;

use super::App;
use crate::{
    access::Caller,
    intake::{Incoming, incoming::Origin, problem::Problem},
    loyalty::{Fact, receipt::Receipt},
    service::members,
    values::person::Person,
    writer::{Accepted, NotAccepted},
};

/// The answer of the writer that somebody waits for.
pub type Answer = oneshot::Receiver<Result<Accepted, NotAccepted>>;

/// What the writer said, once it has.
pub(super) async fn committed(answer: Answer) -> Result<Accepted, NotAccepted> {
    answer.await.unwrap_or_else(|_| Err(NotAccepted::unanswered()))
}

/// A receipt as its caller may see it.
pub struct ReceiptView {
    receipt: Receipt,
    with_balance: bool,
}

impl ReceiptView {
    pub fn new(caller: &Caller, receipt: Receipt) -> Self {
        Self { receipt, with_balance: caller.may_see_balances() }
    }

    pub fn into_receipt(self) -> Receipt {
        self.receipt
    }
}

impl Deref for ReceiptView {
    type Target = Receipt;

    fn deref(&self) -> &Receipt {
        &self.receipt
    }
}

impl Serialize for ReceiptView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.with_balance {
            return self.receipt.serialize(serializer);
        }
        let mut shown = serde_json::to_value(&self.receipt).map_err(serde::ser::Error::custom)?;
        if let Some(fields) = shown.as_object_mut() {
            fields.remove("balance");
            fields.remove("tier");
        }
        shown.serialize(serializer)
    }
}

impl Caller {
    /// Where what it says comes from.
    pub fn origin(&self) -> Origin<'_> {
        Origin { brand: &self.brand, name: &self.name }
    }
}

impl App {
    /// Accepts an event of a caller: resolves after the commit.
    pub async fn accept(&self, caller: &Caller, incoming: Incoming) -> Result<ReceiptView, Problem> {
        let accepted = self.writer.accept(self.held_to(caller, incoming).await?).await?;
        Ok(ReceiptView::new(caller, accepted.receipt))
    }

    /// Queues an event of a caller who has many.
    pub async fn submit(&self, caller: &Caller, incoming: Incoming) -> Result<Answer, Problem> {
        Ok(self.writer.submit(self.held_to(caller, incoming).await?)?)
    }

    async fn held_to(&self, caller: &Caller, mut incoming: Incoming) -> Result<Incoming, Problem> {
        if !caller.may_say_facts() {
            let external_id = incoming.who.facts.external_id.take();
            incoming.who.facts = Person { external_id, ..Person::default() };
            incoming.who.only_named = true;
        }
        if incoming.fact.gives() && caller.own_accounts().next().is_some() {
            let mut members: BTreeSet<String> = match &incoming.fact {
                Fact::Merged(merged) => BTreeSet::from([merged.into.clone()]),
                Fact::Unmerged(unmerged) => BTreeSet::from([unmerged.from.clone()]),
                _ => BTreeSet::new(),
            };
            members.extend(incoming.who.id.clone()); // as it is named, and as who it turned out to be
            members.extend(members::resolve(self, &caller.brand, &incoming.who).await?.map(|loaded| loaded.member.id));
            for member in members {
                caller.forbid_own(self, &member).await?;
            }
        }
        Ok(incoming)
    }
}
