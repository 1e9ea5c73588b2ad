//! The words, numbers, texts and signs of a condition, each with where it stands. As people and their keyboards write them: `≥` is
//! `>=`, `==` is `=`, and quotes may be curved.

use std::ops::Range;

use winnow::{
    Parser, Result,
    ascii::{Caseless, digit1, multispace0},
    combinator::{alt, delimited, opt, preceded},
    error::EmptyError,
    stream::{LocatingSlice, Location, Stream},
    token::{any, literal, take_till, take_while},
};

use super::{names::MEASURE, number::Exact, tree::Wrong};

type Input<'t> = LocatingSlice<&'t str>;

#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    Number(Exact),
    Text(String),
    /// A name, or one of the language's own words.
    Word(String),
    Sign(&'static str),
}

/// What is read and where.
pub type Placed = (Token, Range<usize>);

/// Quotes around a text, and the sign that ends it.
const QUOTES: [(char, &[char]); 6] = [
    ('"', &['"', '”']),
    ('\'', &['\'', '’']),
    ('“', &['”', '"']),
    ('„', &['“', '”', '"']),
    ('‘', &['’', '\'']),
    ('«', &['»']),
];

pub fn tokens(text: &str) -> std::result::Result<Vec<Placed>, Wrong> {
    let mut input = LocatingSlice::new(text);
    let mut all = Vec::new();
    loop {
        blanks(&mut input);
        let at = input.current_token_start();
        if input.eof_offset() == 0 {
            return Ok(all);
        }
        let (raw, span) = raw.with_span().parse_next(&mut input).map_err(|_| strange(text, at))?;
        let token = match raw {
            Raw::Number(digits) => Token::Number(Exact::written(digits).map_err(|detail| Wrong::at(at, detail))?),
            Raw::Text(text) => Token::Text(text.to_owned()),
            Raw::Word(word) => Token::Word(word.to_owned()),
            Raw::Sign(sign) => Token::Sign(sign),
        };
        all.push((token, span));
    }
}

enum Raw<'t> {
    Number(&'t str),
    Text(&'t str),
    Word(&'t str),
    Sign(&'static str),
}

fn blanks(input: &mut Input<'_>) {
    let _: Result<&str, EmptyError> = preceded(multispace0, take_while(0.., char::is_whitespace)).parse_next(input);
}

fn raw<'t>(input: &mut Input<'t>) -> Result<Raw<'t>, EmptyError> {
    alt((number.map(Raw::Number), word.map(Raw::Word), sign.map(Raw::Sign), quoted.map(Raw::Text))).parse_next(input)
}

fn number<'t>(input: &mut Input<'t>) -> Result<&'t str, EmptyError> {
    (digit1, opt(('.', digit1))).take().parse_next(input)
}

fn word<'t>(input: &mut Input<'t>) -> Result<&'t str, EmptyError> {
    alt((measure, name)).parse_next(input)
}

/// The id of a row may have dashes; what is taken off a measure stands behind a blank.
fn measure<'t>(input: &mut Input<'t>) -> Result<&'t str, EmptyError> {
    let id = take_while(1.., |c: char| c.is_alphanumeric() || "_.-".contains(c));
    (literal(Caseless(MEASURE)), id).take().parse_next(input)
}

fn name<'t>(input: &mut Input<'t>) -> Result<&'t str, EmptyError> {
    let first = any.verify(|c: &char| c.is_alphabetic() || *c == '_');
    let more = take_while(0.., |c: char| c.is_alphanumeric() || c == '_' || c == '.');
    (first, more).take().parse_next(input)
}

fn sign(input: &mut Input<'_>) -> Result<&'static str, EmptyError> {
    let equal = alt((literal("==").value("="), literal("=").value("=")));
    let unequal = alt((literal("!=").value("!="), literal("<>").value("!="), literal("≠").value("!=")));
    let most = alt((literal("<=").value("<="), literal("≤").value("<="), literal("<").value("<")));
    let least = alt((literal(">=").value(">="), literal("≥").value(">="), literal(">").value(">")));
    let sums =
        alt((literal("+").value("+"), literal("-").value("-"), literal("−").value("-"), literal("*").value("*")));
    let around = alt((
        literal("(").value("("),
        literal(")").value(")"),
        literal("[").value("["),
        literal("]").value("]"),
        literal(",").value(","),
    ));
    alt((equal, unequal, most, least, sums, around)).parse_next(input)
}

fn quoted<'t>(input: &mut Input<'t>) -> Result<&'t str, EmptyError> {
    let start = input.checkpoint();
    for (opens, closes) in QUOTES {
        let end = any.verify(move |c: &char| closes.contains(c));
        let inside = take_till(0.., move |c: char| closes.contains(&c));
        let read: Result<&str, EmptyError> = delimited(literal(opens), inside, end).parse_next(input);
        if read.is_ok() {
            return read;
        }
        input.reset(&start);
    }
    Err(EmptyError)
}

/// What begins at `at` is nothing that a condition has.
fn strange(text: &str, at: usize) -> Wrong {
    let sign = text[at..].chars().next().unwrap_or(' ');
    let detail = match sign {
        _ if QUOTES.iter().any(|(opens, _)| *opens == sign) => {
            format!("a text begins with {sign} and has no end: put {sign} behind it too")
        }
        '/' => "conditions do not divide: multiply the other side instead".to_owned(),
        '%' => "write a percentage as a number: 0.1 is 10 %".to_owned(),
        '&' => "write `and`".to_owned(),
        '|' => "write `or`".to_owned(),
        '!' => "write `not`, or `!=` for is not".to_owned(),
        '{' | '}' => "a list stands in [ ], and there are no placeholders here".to_owned(),
        _ if sign.is_control() => "has a sign that cannot be seen: type it again".to_owned(),
        _ => format!("`{sign}` has no meaning in a condition; a text stands in \"quotes\""),
    };
    Wrong::at(at, detail)
}
