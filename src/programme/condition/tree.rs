//! A condition as it was read, before its names and kinds are looked at.

use std::ops::Range;

use super::number::Exact;

/// A part of the condition, and which bytes of the text it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub span: Range<usize>,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq)]
pub enum What {
    Number(Exact),
    Text(String),
    YesNo(bool),
    Name(String),
    List(Vec<Node>),
    Not(Box<Node>),
    Negative(Box<Node>),
    Two(Box<Node>, Operator, Box<Node>),
    Lines(Lines, Box<Node>),
}

/// What stands between two parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Or,
    And,
    Is(Comparison),
    In,
    NotIn,
    Reckons(Reckoning),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    Unequal,
    Less,
    AtMost,
    More,
    AtLeast,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reckoning {
    Plus,
    Minus,
    Times,
}

/// Of the lines of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    Any,
    All,
}

/// What is wrong with a condition, where it begins (a byte of the text), in words of whoever wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    pub at: usize,
    pub detail: String,
}

impl Wrong {
    pub fn at(at: usize, detail: impl Into<String>) -> Self {
        Self { at, detail: detail.into() }
    }
}

impl Node {
    /// The parts that must all hold: what `and` joins.
    pub fn all_of(&self) -> Vec<&Self> {
        match &self.what {
            What::Two(one, Operator::And, other) => one.all_of().into_iter().chain(other.all_of()).collect(),
            _ => vec![self],
        }
    }
}
