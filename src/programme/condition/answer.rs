//! What a condition answers of facts: yes, no, or nothing where a fact is absent or a number grew too large. `not` of nothing is
//! nothing; `and` with a no is no, `or` with a yes is yes, whatever the other part is.

use std::{borrow::Cow, cmp::Ordering, collections::BTreeSet};

use super::{
    names::Fact,
    number::Exact,
    tree::{Comparison, Lines, Reckoning},
};
use crate::programme::names;

/// A condition whose names are known and whose parts fit each other.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    Number(Exact),
    Text(String),
    YesNo(bool),
    Fact(Fact),
    /// A field of an event.
    OfEvent(String),
    /// What a challenge counts.
    Measure(String),
    List(Vec<Expr>),
    Not(Box<Expr>),
    Negative(Box<Expr>),
    And(Box<(Expr, Expr)>),
    Or(Box<(Expr, Expr)>),
    In(Box<(Expr, Expr)>),
    Is(Comparison, Box<(Expr, Expr)>),
    Reckon(Reckoning, Box<(Expr, Expr)>),
    Lines(Lines, Box<Expr>),
}

/// What a fact is at the moment.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    Number(Exact),
    YesNo(bool),
    Text(Cow<'a, str>),
    /// A path that is also each path above it.
    Category(Cow<'a, str>),
    Texts(Cow<'a, BTreeSet<String>>),
}

/// Where facts come from. What is not known is `None`.
pub trait Facts {
    fn fact(&self, fact: Fact) -> Option<Value<'_>>;

    /// A field of an event: a number, or yes or no.
    fn of_event(&self, _field: &str) -> Option<Value<'_>> {
        None
    }

    /// What the challenge of this id counts of the member.
    fn measure(&self, _id: &str) -> Option<Value<'_>> {
        None
    }

    /// How many lines there are.
    fn lines(&self) -> usize {
        0
    }

    /// Of the line of this number, from 0.
    fn of_line(&self, _line: usize, _fact: Fact) -> Option<Value<'_>> {
        None
    }
}

pub(super) struct Asking<'f> {
    pub facts: &'f dyn Facts,
    pub line: Option<usize>,
}

impl Asking<'_> {
    pub fn yes(&self, expr: &Expr) -> Option<bool> {
        match expr {
            Expr::YesNo(yes) => Some(*yes),
            Expr::Fact(_) | Expr::OfEvent(_) => match self.value(expr)? {
                Value::YesNo(yes) => Some(yes),
                _ => None,
            },
            Expr::Not(inside) => self.yes(inside).map(|yes| !yes),
            Expr::And(two) => join([self.yes(&two.0), self.yes(&two.1)], false),
            Expr::Or(two) => join([self.yes(&two.0), self.yes(&two.1)], true),
            Expr::Is(how, two) => compared(*how, &self.value(&two.0)?, &self.value(&two.1)?),
            Expr::In(two) => self.is_in(&self.value(&two.0)?, &two.1),
            Expr::Lines(lines, inside) => {
                let decides = *lines == Lines::Any;
                let each = (0..self.facts.lines()).map(|line| Asking { line: Some(line), ..*self }.yes(inside));
                join(each, decides)
            }
            Expr::Number(_)
            | Expr::Text(_)
            | Expr::Measure(_)
            | Expr::List(_)
            | Expr::Negative(_)
            | Expr::Reckon(..) => None,
        }
    }

    fn value<'v>(&'v self, expr: &'v Expr) -> Option<Value<'v>> {
        match expr {
            Expr::Number(number) => Some(Value::Number(*number)),
            Expr::Text(text) => Some(Value::Text(text.into())),
            Expr::Fact(fact) => match self.line.filter(|_| fact.is_of_a_line()) {
                Some(line) => self.facts.of_line(line, *fact),
                None => self.facts.fact(*fact),
            },
            Expr::OfEvent(field) => self.facts.of_event(field),
            Expr::Measure(id) => self.facts.measure(id),
            Expr::Negative(inside) => self.number(inside)?.negative().map(Value::Number),
            Expr::Reckon(how, two) => {
                let (one, other) = (self.number(&two.0)?, self.number(&two.1)?);
                let result = match how {
                    Reckoning::Plus => one.plus(other),
                    Reckoning::Minus => one.minus(other),
                    Reckoning::Times => one.times(other),
                };
                result.map(Value::Number)
            }
            Expr::List(_) => None,
            _ => self.yes(expr).map(Value::YesNo),
        }
    }

    fn number(&self, expr: &Expr) -> Option<Exact> {
        match self.value(expr)? {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    fn is_in(&self, one: &Value<'_>, list: &Expr) -> Option<bool> {
        if let Expr::List(items) = list {
            let each = items.iter().map(|item| compared(Comparison::Equal, one, &self.value(item)?));
            return join(each, true);
        }
        match (one, self.value(list)?) {
            (Value::Text(text), Value::Texts(all)) => Some(names::any_is(all.iter(), text)),
            _ => None,
        }
    }
}

fn compared(how: Comparison, one: &Value<'_>, other: &Value<'_>) -> Option<bool> {
    let (Value::Number(left), Value::Number(right)) = (one, other) else {
        let same = same(one, other)?;
        return match how {
            Comparison::Equal => Some(same),
            Comparison::Unequal => Some(!same),
            _ => None,
        };
    };
    let order = left.compare(*right)?;
    Some(match how {
        Comparison::Equal => order == Ordering::Equal,
        Comparison::Unequal => order != Ordering::Equal,
        Comparison::Less => order == Ordering::Less,
        Comparison::AtMost => order != Ordering::Greater,
        Comparison::More => order == Ordering::Greater,
        Comparison::AtLeast => order != Ordering::Less,
    })
}

/// Answers as one: any that `decides` does so alone; otherwise all must be known.
fn join(answers: impl IntoIterator<Item = Option<bool>>, decides: bool) -> Option<bool> {
    let mut known = true;
    for answer in answers {
        match answer {
            Some(one) if one == decides => return Some(decides),
            Some(_) => {}
            None => known = false,
        }
    }
    known.then_some(!decides)
}

/// Texts are names: case and outer blanks do not count.
fn same(one: &Value<'_>, other: &Value<'_>) -> Option<bool> {
    match (one, other) {
        (Value::YesNo(one), Value::YesNo(other)) => Some(one == other),
        (Value::Category(path), Value::Text(prefix)) | (Value::Text(prefix), Value::Category(path)) => {
            Some(names::within(path, prefix))
        }
        (Value::Text(one), Value::Text(other)) | (Value::Category(one), Value::Category(other)) => {
            Some(names::same(one, other))
        }
        _ => None,
    }
}
