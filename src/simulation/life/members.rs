//! The members of a life: a document is let go when nothing more is recorded of its member and no alarm of its rings in the window.
//! Guarantees: nothing is decided for a member whose document is gone, nor are more held than may be: then the life breaks off.

use std::{cell::Cell, sync::Arc};

use jiff::Timestamp;

use crate::{loyalty::Member, simulation::Start};

pub struct Members {
    pub ids: Arc<Vec<String>>,
    all: Vec<Stands>,
    /// After so many events nothing more is recorded of each.
    last: Arc<Vec<u32>>,
    /// Events that happened.
    happened: u32,
    /// Whose documents the last of them changed.
    changed: Vec<usize>,
    tiers: Vec<(String, i64)>,
    /// Documents that are held, and how many may be.
    held: usize,
    most: usize,
    until: Timestamp,
    broke_off: Cell<Option<BrokeOff>>,
}

/// What there is of a member.
enum Stands {
    Unborn,
    Here(Arc<Member>),
    /// Nothing more happens to it; whom it turned out to be.
    Over(Ended, Option<Box<str>>),
}

/// How a member stands at the end.
#[derive(Debug, Clone, Copy)]
pub struct Ended {
    pub points: i64,
    pub spendable: i64,
    pub test: bool,
    /// Place among the tiers.
    pub tier: u32,
}

/// How all members stand at the end, and the tiers with how many members wear each.
pub type AllEnded = (Vec<Option<Ended>>, Vec<(String, i64)>);

/// Why a life cannot go on as it was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrokeOff {
    /// Something happened to a member of whom nothing more is recorded.
    NotOver,
    /// It would have to hold more documents than it may.
    TooMany,
}

impl Members {
    pub fn of(start: &mut Start) -> Self {
        let members = std::mem::take(&mut start.members);
        let held = members.iter().flatten().count();
        Self {
            ids: Arc::clone(&start.ids),
            all: members.into_iter().map(|member| member.map_or(Stands::Unborn, Stands::Here)).collect(),
            last: Arc::clone(&start.last),
            happened: 0,
            changed: Vec::new(),
            tiers: Vec::new(),
            held,
            most: start.most.max(held),
            until: start.window.until,
            broke_off: Cell::new(None),
        }
    }

    pub fn broke_off(&self) -> Option<BrokeOff> {
        self.broke_off.get()
    }

    pub fn place(&self, id: &str) -> Option<usize> {
        self.ids.binary_search_by(|known| known.as_str().cmp(id)).ok()
    }

    /// The document of a member to whom something may happen.
    pub fn here(&self, place: usize) -> Option<&Arc<Member>> {
        match &self.all[place] {
            Stands::Unborn => None,
            Stands::Here(member) => Some(member),
            Stands::Over(..) => {
                self.broke_off.set(Some(BrokeOff::NotOver));
                None
            }
        }
    }

    /// The same, where it may be over.
    pub fn held(&self, place: usize) -> Option<&Member> {
        if let Stands::Here(member) = &self.all[place] { Some(member) } else { None }
    }

    /// The member that this one turned out to be.
    pub fn led(&self, id: &str) -> Option<usize> {
        let (mut place, mut steps) = (self.place(id)?, self.ids.len());
        let into = |place: usize| match &self.all[place] {
            Stands::Unborn => None,
            Stands::Here(member) => member.merged_into.as_deref(),
            Stands::Over(_, into) => into.as_deref(),
        };
        while let Some(into) = into(place) {
            steps = steps.checked_sub(1)?;
            place = self.place(into)?;
        }
        Some(place)
    }

    /// A document after an event.
    pub fn put(&mut self, place: usize, member: Member) {
        self.held += usize::from(!matches!(self.all[place], Stands::Here(_)));
        self.all[place] = Stands::Here(Arc::new(member));
        self.changed.push(place);
    }

    /// One event more has happened to this member, or was refused.
    pub fn happened(&mut self, place: usize) {
        self.happened += 1;
        self.changed.push(place);
        self.let_go();
    }

    /// Lets go of the documents that changed last and to which nothing more happens.
    pub fn let_go(&mut self) {
        while let Some(place) = self.changed.pop() {
            let rings = |member: &Member| member.next_due_at.is_some_and(|at| at < self.until);
            let is_over = self.held(place).is_some_and(|member| !rings(member));
            if is_over && self.last[place] <= self.happened {
                self.end_of(place);
            }
        }
        if self.held > self.most {
            self.broke_off.set(Some(BrokeOff::TooMany));
        }
    }

    /// Nothing more happens to anybody.
    pub fn end(mut self) -> AllEnded {
        for place in 0..self.all.len() {
            self.end_of(place);
        }
        let ended = self.all.iter().map(|member| if let Stands::Over(ended, _) = member { Some(*ended) } else { None });
        (ended.collect(), self.tiers)
    }

    fn end_of(&mut self, place: usize) {
        let Stands::Here(member) = &self.all[place] else { return };
        let (balance, into, test) = (member.balance, member.merged_into.as_deref().map(Box::from), member.test);
        let points = balance.available + balance.pending + balance.reserved - balance.debt;
        let tier = self.tiers.iter().position(|(tier, _)| *tier == member.tier.id);
        let tier = tier.unwrap_or_else(|| {
            self.tiers.push((member.tier.id.clone(), 0));
            self.tiers.len() - 1
        });
        self.tiers[tier].1 += i64::from(!test && into.is_none());
        let tier = u32::try_from(tier).unwrap_or(u32::MAX);
        self.all[place] = Stands::Over(Ended { points, spendable: balance.spendable(), test, tier }, into);
        self.held -= 1;
    }
}
