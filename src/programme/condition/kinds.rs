//! Tree -> what can be answered: every name is known, and what is compared or joined is of a kind for it. The first thing that is
//! not is told with its place and with what was meant.

use super::{
    answer::Expr,
    names::{FACTS, Kind, MEASURE, OF_EVENT, Subject, WEEKDAYS, named},
    tree::{Comparison, Node, Operator, What, Wrong},
};
use crate::{
    programme::{Tier, names},
    values::near::is_it_meant,
};

/// What a condition is asked about, and what its words are held against.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    pub subject: Subject,
    pub tiers: &'a [Tier],
    /// Challenges whose measures may be asked for; none of them where it is empty.
    pub measures: &'a [String],
}

type Checked = Result<(Expr, Kind), Wrong>;

pub(super) struct Check<'a> {
    pub text: &'a str,
    pub about: About<'a>,
}

impl Check<'_> {
    /// A condition, or a part of one: yes or no.
    pub fn yes_or_no(&self, node: &Node, in_line: bool) -> Result<Expr, Wrong> {
        let (expr, kind) = self.part(node, in_line)?;
        if kind.is_yes_or_no() {
            return Ok(expr);
        }
        let (source, words) = (self.source(node), kind.words());
        let how = match kind {
            Kind::Money | Kind::Number => format!("compare it, like {source} >= 50"),
            Kind::Texts => format!("ask like \"vip\" in {source}"),
            Kind::Numbers => format!("ask like order.number in {source}"),
            _ => format!("compare it, like {source} = \"...\""),
        };
        Err(Wrong::at(node.span.start, format!("`{source}` is {words} and says neither yes nor no: {how}")))
    }

    fn source(&self, node: &Node) -> &str {
        &self.text[node.span.clone()]
    }

    fn part(&self, node: &Node, in_line: bool) -> Checked {
        Ok(match &node.what {
            What::Number(number) => (Expr::Number(*number), Kind::Number),
            What::Text(text) => (Expr::Text(text.clone()), Kind::Text),
            What::YesNo(yes) => (Expr::YesNo(*yes), Kind::YesNo),
            What::Name(name) => self.name(node, name, in_line)?,
            What::List(items) => self.list(node, items)?,
            What::Not(inside) => (Expr::Not(Box::new(self.yes_or_no(inside, in_line)?)), Kind::YesNo),
            What::Negative(inside) => (Expr::Negative(Box::new(self.number(inside, in_line)?)), Kind::Number),
            What::Lines(lines, inside) => {
                if in_line || self.about.subject != Subject::Order {
                    let detail =
                        if in_line { "any and all cannot stand within each other" } else { "there are no lines here" };
                    return Err(Wrong::at(node.span.start, detail));
                }
                (Expr::Lines(*lines, Box::new(self.yes_or_no(inside, true)?)), Kind::YesNo)
            }
            What::Two(one, operator, other) => self.two((one, *operator, other), in_line)?,
        })
    }

    fn two(&self, (one, operator, other): (&Node, Operator, &Node), in_line: bool) -> Checked {
        let both = |one, other| Box::new((one, other));
        Ok(match operator {
            Operator::And | Operator::Or => {
                let two = both(self.yes_or_no(one, in_line)?, self.yes_or_no(other, in_line)?);
                (if operator == Operator::And { Expr::And(two) } else { Expr::Or(two) }, Kind::YesNo)
            }
            Operator::Reckons(how) => {
                let two = both(self.number(one, in_line)?, self.number(other, in_line)?);
                (Expr::Reckon(how, two), Kind::Number)
            }
            Operator::Is(how) => {
                let (left, right) = (self.part(one, in_line)?, self.part(other, in_line)?);
                self.comparable((one, left.1), how, (other, right.1))?;
                (Expr::Is(how, both(left.0, right.0)), Kind::YesNo)
            }
            Operator::In | Operator::NotIn => {
                let (left, right) = (self.part(one, in_line)?, self.part(other, in_line)?);
                self.member_of((one, left.1), (other, right.1))?;
                let is_in = Expr::In(both(left.0, right.0));
                (if operator == Operator::In { is_in } else { Expr::Not(Box::new(is_in)) }, Kind::YesNo)
            }
        })
    }

    fn number(&self, node: &Node, in_line: bool) -> Result<Expr, Wrong> {
        let (expr, kind) = self.part(node, in_line)?;
        if kind.is_number() {
            return Ok(expr);
        }
        let (source, words) = (self.source(node), kind.words());
        Err(Wrong::at(
            node.span.start,
            format!("`{source}` is {words}; only numbers can be added, taken off and multiplied"),
        ))
    }

    fn name(&self, node: &Node, name: &str, in_line: bool) -> Checked {
        let (at, subject) = (node.span.start, self.about.subject);
        if let Some(known) = named(name) {
            if !known.fact.is_of(subject) {
                let detail = match subject {
                    Subject::Order => {
                        format!("`{name}` is of an event, and a purchase is none: use order. and member.")
                    }
                    Subject::Event => {
                        format!("`{name}` is of an order, and this event has none: use event. and member.")
                    }
                    Subject::Member => {
                        format!("`{name}` is of what happens; here only the member is looked at: use member.")
                    }
                };
                return Err(Wrong::at(at, detail));
            }
            if known.fact.is_of_a_line() && !in_line {
                let detail = format!("`{name}` is of one line: ask any({name} ...) or all({name} ...)");
                return Err(Wrong::at(at, detail));
            }
            return Ok((Expr::Fact(known.fact), known.kind));
        }
        if let Some(field) = name.strip_prefix(OF_EVENT).filter(|field| !field.is_empty() && subject == Subject::Event)
        {
            return Ok((Expr::OfEvent(field.to_owned()), Kind::OfEvent));
        }
        if let Some(id) = name.strip_prefix(MEASURE) {
            return self.measure(at, id);
        }
        let usable: Vec<&str> =
            FACTS.iter().filter(|known| known.fact.is_of(subject)).map(|known| known.name).collect();
        let near = is_it_meant(name, &usable);
        let or = if name.contains('.') || !near.is_empty() { "" } else { "; a text stands in \"quotes\"" };
        Err(Wrong::at(at, format!("there is no `{name}`{near}{or}")))
    }

    fn measure(&self, at: usize, id: &str) -> Checked {
        let all = self.about.measures;
        match all.iter().find(|known| names::same(known, id)) {
            Some(known) => Ok((Expr::Measure(known.clone()), Kind::Number)),
            None if all.is_empty() => {
                Err(Wrong::at(at, "there is no challenge here whose measure could be asked for".to_owned()))
            }
            None => {
                let all: Vec<&str> = all.iter().map(String::as_str).collect();
                Err(Wrong::at(at, format!("there is no challenge `{id}`{}", is_it_meant(id, &all))))
            }
        }
    }

    /// Values alone, all of one kind.
    fn list(&self, node: &Node, items: &[Node]) -> Checked {
        let mut all = Vec::new();
        let mut kinds = Vec::new();
        for item in items {
            let (expr, kind) = self.part(item, false)?;
            if !matches!(&expr, Expr::Number(_) | Expr::Text(_) | Expr::Negative(_)) {
                let detail =
                    format!("`{}` cannot stand in a list: only numbers and texts in \"quotes\"", self.source(item));
                return Err(Wrong::at(item.span.start, detail));
            }
            all.push(expr);
            kinds.push(kind);
        }
        let kind = match kinds.first() {
            None => return Err(Wrong::at(node.span.start, "the list is empty")),
            Some(Kind::Text) => Kind::Texts,
            Some(_) => Kind::Numbers,
        };
        if kinds.iter().any(|other| *other != kinds[0]) {
            return Err(Wrong::at(node.span.start, "the list has numbers and texts: make it one or the other"));
        }
        Ok((Expr::List(all), kind))
    }

    fn comparable(&self, one: (&Node, Kind), how: Comparison, other: (&Node, Kind)) -> Result<(), Wrong> {
        let ((left, is), (right, with)) = (one, other);
        if let Some((list, _)) = [one, other].into_iter().find(|(_, kind)| kind.is_list()) {
            let detail = format!("`{0}` is a list: ask with `in`, like \"vip\" in member.segments", self.source(list));
            return Err(Wrong::at(list.span.start, detail));
        }
        let equality = matches!(how, Comparison::Equal | Comparison::Unequal);
        let yes_or_no = is.is_yes_or_no() && with.is_yes_or_no();
        let matches = is.is_number() && with.is_number() || yes_or_no || is.is_text() && with.is_text();
        if !matches {
            let detail = format!(
                "`{}` is {} and `{}` is {}: they cannot be compared",
                self.source(left),
                is.words(),
                self.source(right),
                with.words()
            );
            return Err(Wrong::at(left.span.start, detail));
        }
        if !(equality || is.is_number() && with.is_number()) {
            let detail = format!("`{}` is {}: it can be asked for with = and != only", self.source(left), is.words());
            return Err(Wrong::at(left.span.start, detail));
        }
        self.words(is, right)?;
        self.words(with, left)
    }

    fn member_of(&self, (one, is): (&Node, Kind), (list, of): (&Node, Kind)) -> Result<(), Wrong> {
        let (left, right) = (self.source(one), self.source(list));
        let wrong = |node: &Node, detail: String| Err(Wrong::at(node.span.start, detail));
        match of {
            _ if is.is_list() => {
                wrong(one, format!("`{left}` is a list: ask the other way round, like \"vip\" in {left}"))
            }
            Kind::Texts if is.is_text() => self.words(is, list),
            Kind::Numbers if is.is_number() => Ok(()),
            Kind::Texts | Kind::Numbers => {
                wrong(one, format!("`{left}` is {} and `{right}` is {}", is.words(), of.words()))
            }
            _ => wrong(list, format!("after `in` comes a list, like [{right}]")),
        }
    }

    /// Texts beside something of which the possible ones are known must be among these.
    fn words(&self, kind: Kind, beside: &Node) -> Result<(), Wrong> {
        let tiers = || self.about.tiers.iter().map(|tier| tier.id.as_str()).collect::<Vec<_>>();
        let (possible, what) = match kind {
            Kind::Weekday => (WEEKDAYS.to_vec(), "day of the week"),
            Kind::Tier => (tiers(), "tier"),
            _ => return Ok(()),
        };
        let texts = match &beside.what {
            What::List(items) => items.iter().collect(),
            _ => vec![beside],
        };
        for node in texts {
            if let What::Text(text) = &node.what
                && !possible.iter().any(|known| names::same(known, text))
            {
                let near = is_it_meant(text, &possible);
                let among = if near.is_empty() { format!(": there are {}", possible.join(", ")) } else { near };
                return Err(Wrong::at(node.span.start, format!("there is no {what} `{text}`{among}")));
            }
        }
        Ok(())
    }
}

impl Expr {
    /// Calls with every value and name in it.
    pub(super) fn each(&self, see: &mut impl FnMut(&Self)) {
        match self {
            Self::Number(_) | Self::Text(_) | Self::YesNo(_) | Self::Fact(_) | Self::OfEvent(_) | Self::Measure(_) => {
                see(self);
            }
            Self::List(items) => items.iter().for_each(|item| item.each(see)),
            Self::Not(inside) | Self::Negative(inside) | Self::Lines(_, inside) => inside.each(see),
            Self::And(two) | Self::Or(two) | Self::In(two) | Self::Is(_, two) | Self::Reckon(_, two) => {
                two.0.each(see);
                two.1.each(see);
            }
        }
    }
}
