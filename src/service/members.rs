//! The member that a body or a path is about: found, joined, changed.

use super::{App, accept::ReceiptView};
use crate::{
    access::Caller,
    ids,
    intake::{
        Incoming, Reader, Who,
        fields::all_valid,
        member::{MemberBody, Normal, normal},
        problem::Problem,
    },
    loyalty::{
        Fact, Member,
        event::{Accepted, Joined},
        measures,
    },
    store::{Store, StoreError, find::Loaded},
    values::seal,
    writer::NotAccepted,
};

/// A member by its `ref` in a path: `mem_...`, or `external:c-1042`, `email:...`, `phone:...`, `card:...`, `visitor:...`.
pub async fn find(app: &App, brand: &str, reference: &str) -> Result<Loaded, Problem> {
    find_in(&app.store, &app.secret, &app.reader(), brand, reference).await
}

/// The same without a running service.
pub async fn find_in(
    store: &Store,
    secret: &[u8],
    reader: &Reader,
    brand: &str,
    reference: &str,
) -> Result<Loaded, Problem> {
    let missing = || Problem::not_found(format!("member `{reference}`"));
    let id = match reference.split_once(':') {
        None => reference.to_owned(),
        Some((kind, value)) => {
            let kind = match kind {
                "external" | "external_id" => "external_id",
                "email" => "email",
                "phone" => "phone",
                "card" => "card",
                "visitor" => "visitor",
                _ => return Err(missing()),
            };
            // Whoever was kept under what is refused today is found by it.
            let Normal { value, former, .. } = normal(&reader.of_kept(), kind, value).map_err(|_| missing())?;
            let mut owner = None;
            for form in [value].iter().chain(&former) {
                owner = match owner {
                    None => store.owner(brand, kind, seal::keyed_hash(secret, &[kind, form])).await?,
                    found => found,
                };
            }
            owner.ok_or_else(missing)?
        }
    };
    store.led(brand, id).await?.ok_or_else(missing)
}

/// The same as a document that holds what the live programme counts of the past, which the ledger keeps from the member's next event on.
pub async fn with_past(app: &App, brand: &str, reference: &str) -> Result<Member, Problem> {
    for _ in 0..TRIES {
        let mut member = find(app, brand, reference).await?.member;
        let programmes = app.programmes_of(brand)?;
        if let Some(counted) = app.store.count_past(&programmes, (brand, &member)).await? {
            counted.take_over(&programmes, &mut member);
        }
        if measures::missing(&programmes, &member).is_empty() {
            return Ok(member);
        }
    }
    Err(StoreError::Raced("what the member did".to_owned()).into()) // it does something all the time
}

/// Times that a member is read who is just being written.
const TRIES: u32 = 10;

/// The member that has a hold or a claim of this id.
pub async fn holder_of(app: &App, brand: &str, kind: &'static str, id: &str) -> Result<String, Problem> {
    let owner = app.store.owner(brand, kind, seal::keyed_hash(&app.secret, &[kind, id])).await?;
    owner.ok_or_else(|| Problem::not_found(format!("{kind} `{id}`")))
}

/// The member a body is about, who must be known already.
pub async fn require(app: &App, brand: &str, (member, pointer): (MemberBody, &str)) -> Result<Loaded, Problem> {
    let loaded = look_up(app, brand, (member, pointer)).await?;
    loaded.ok_or_else(|| NotAccepted::UnknownMember(format!("what {pointer} gives")).into())
}

/// The member that stands at this place of a body, if it is one.
pub async fn look_up(app: &App, brand: &str, (member, pointer): (MemberBody, &str)) -> Result<Option<Loaded>, Problem> {
    let mut errors = Vec::new();
    let who = member.who(&app.reader(), pointer, &mut errors);
    all_valid(errors)?;
    resolve(app, brand, &who).await
}

/// The member that these identities belong to, found as the writer finds it.
pub async fn resolve(app: &App, brand: &str, who: &Who) -> Result<Option<Loaded>, Problem> {
    let mut owners = Vec::new();
    for form in who.forms().filter(|_| who.id.is_none()) {
        let (kind, hash) = (form.kind, seal::keyed_hash(&app.secret, &[form.kind, form.value]));
        if let Some(owner) = app.store.owner(brand, kind, hash).await? {
            let number = app.store.member(brand, &owner).await?.and_then(|loaded| loaded.person.external_id);
            owners.push((kind, owner, number));
        }
    }
    let owners = owners.iter().map(|(kind, owner, number)| (*kind, owner.clone(), number.as_deref()));
    match who.owner(owners) {
        Some(id) => Ok(app.store.led(brand, id).await?),
        None => Ok(None),
    }
}

/// Lets somebody join: the strongest identity makes the event's id, so that joining twice is joining once.
pub async fn join(app: &App, caller: &Caller, body: MemberBody) -> Result<ReceiptView, Problem> {
    let mut errors = Vec::new();
    let who = body.who(&app.reader(), "", &mut errors);
    all_valid(errors)?;
    let strongest = who.identities.first().map(|(kind, value)| seal::keyed_hash(&app.secret, &[kind, value]));
    let id = strongest.or_else(|| who.id.clone()).unwrap_or_default();
    let (brand, source) = (caller.brand.clone(), "join".to_owned());
    let fact = Fact::Joined(Joined::default());
    app.accept(caller, Incoming { brand, source, id, occurred_at: None, fact, who }).await
}

/// Lets the member of this `ref` accept to be one, which everybody does once.
pub async fn accept(app: &App, caller: &Caller, reference: &str) -> Result<ReceiptView, Problem> {
    let member = find(app, &caller.brand, reference).await?.member;
    let (brand, source, id) = (caller.brand.clone(), "accept".to_owned(), member.id.clone());
    let (fact, who) = (Fact::Accepted(Accepted::default()), Who::of(member.id));
    app.accept(caller, Incoming { brand, source, id, occurred_at: None, fact, who }).await
}

/// Changes facts of the member of this `ref`, or adds identities.
pub async fn change(app: &App, caller: &Caller, reference: &str, mut body: MemberBody) -> Result<ReceiptView, Problem> {
    let member = find(app, &caller.brand, reference).await?.member;
    let given = body.id.as_ref().map(|id| id.lenient("/id", &mut Vec::new()));
    if given.is_some_and(|id| id != member.id) {
        return Err(Problem::invalid_field("/id", "is another member's; leave it out"));
    }
    body.id = Some(member.id.into());
    let mut errors = Vec::new();
    let who = body.who(&app.reader(), "", &mut errors).strict(&mut errors);
    all_valid(errors)?;
    let fact = Fact::Changed(Joined { language: who.facts.language.clone(), ..Joined::default() });
    app.accept(caller, caller.origin().event(("member", ids::fresh("chg")), who, fact)).await
}

impl Caller {
    /// A key of somebody who is a member too has a scope `staff:REF`: it gives nothing to that member.
    pub async fn forbid_own(&self, app: &App, member: &str) -> Result<(), Problem> {
        for reference in self.own_accounts() {
            let own = find(app, &self.brand, reference).await;
            if own.is_ok_and(|own| own.member.id == member) {
                return Err(Problem::own_account());
            }
        }
        Ok(())
    }
}
