//! Text -> tree. From what binds least: `or`, `and`, `not`, one comparison, `+ -`, `*`, a value. Guarantees: any text is a tree or
//! one problem with its place; nothing is deeper or has more parts than is allowed, so reading and answering are bounded.

use std::ops::Range;

use super::{
    tokens::{Placed, Token, tokens},
    tree::{Comparison, Lines, Node, Operator, Reckoning, What, Wrong},
};
use crate::values::count::counted;

/// Characters of a condition.
pub const CHARACTERS: usize = 500;
/// Names, values and signs between them.
pub const PARTS: usize = 64;
/// Brackets within brackets, and signs before signs.
const DEPTH: usize = 12;

type Read = Result<Node, Wrong>;

pub fn read(text: &str) -> Read {
    let characters = text.chars().count();
    if characters > CHARACTERS {
        let characters = counted(characters, "character");
        let detail = format!("has {characters}; at most {CHARACTERS} are read: make two rows of it");
        return Err(Wrong::at(0, detail));
    }
    let tokens = tokens(text)?;
    let mut reader = Reader { text, tokens: &tokens, next: 0, parts: 0, depth: 0 };
    let whole = reader.either()?;
    match reader.tokens.get(reader.next) {
        None => Ok(whole),
        Some((token, span)) => Err(reader.after(token, span)),
    }
}

struct Reader<'t> {
    text: &'t str,
    tokens: &'t [Placed],
    next: usize,
    parts: usize,
    depth: usize,
}

impl Reader<'_> {
    fn token(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(token, _)| token)
    }

    fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.text.len(), |(_, span)| span.start)
    }

    /// Where the last token ended.
    fn end(&self) -> usize {
        self.next.checked_sub(1).map_or(0, |last| self.tokens[last].1.end)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.token(), Some(Token::Word(given)) if given.eq_ignore_ascii_case(word))
    }

    fn take_word(&mut self, word: &str) -> bool {
        let is = self.is_word(word);
        self.next += usize::from(is);
        is
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let is = matches!(self.token(), Some(Token::Sign(given)) if *given == sign);
        self.next += usize::from(is);
        is
    }

    fn node(&mut self, start: usize, what: What) -> Read {
        self.parts += 1;
        if self.parts > PARTS {
            let detail = format!("is too long: at most {PARTS} names, values and comparisons; make two rows of it");
            return Err(Wrong::at(start, detail));
        }
        Ok(Node { span: start..self.end(), what })
    }

    /// One level deeper.
    fn within(&mut self, read: impl FnOnce(&mut Self) -> Read) -> Read {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Wrong::at(self.at(), format!("nests too deeply: at most {DEPTH} levels of brackets")));
        }
        let node = read(self);
        self.depth -= 1;
        node
    }

    fn two(&mut self, one: Node, operator: Operator, other: Node) -> Read {
        let start = one.span.start;
        self.node(start, What::Two(Box::new(one), operator, Box::new(other)))
    }

    fn either(&mut self) -> Read {
        let mut one = self.both()?;
        while self.take_word("or") {
            let other = self.both()?;
            one = self.two(one, Operator::Or, other)?;
        }
        Ok(one)
    }

    fn both(&mut self) -> Read {
        let mut one = self.negated()?;
        while self.take_word("and") {
            let other = self.negated()?;
            one = self.two(one, Operator::And, other)?;
        }
        Ok(one)
    }

    fn negated(&mut self) -> Read {
        let start = self.at();
        if !self.take_word("not") {
            return self.comparison();
        }
        let negated = self.within(Self::negated)?;
        self.node(start, What::Not(Box::new(negated)))
    }

    fn comparison(&mut self) -> Read {
        let one = self.sum()?;
        let Some(operator) = self.compares() else { return Ok(one) };
        let other = self.sum()?;
        let compared = self.two(one, operator, other)?;
        let at = self.at();
        match self.compares() {
            None => Ok(compared),
            Some(_) => Err(Wrong::at(at, "compares a second time: join two comparisons with `and`")),
        }
    }

    fn compares(&mut self) -> Option<Operator> {
        use Comparison::{AtLeast, AtMost, Equal, Less, More, Unequal};
        let signs =
            [("=", Equal), ("!=", Unequal), ("<=", AtMost), ("<", Less), (">=", AtLeast), (">", More)].into_iter();
        let sign = { signs }.find(|(sign, _)| self.take_sign(sign)).map(|(_, is)| Operator::Is(is));
        if sign.is_some() {
            return sign;
        }
        if self.is_word("not")
            && matches!(self.tokens.get(self.next + 1), Some((Token::Word(word), _)) if word.eq_ignore_ascii_case("in"))
        {
            self.next += 2;
            return Some(Operator::NotIn);
        }
        self.take_word("in").then_some(Operator::In)
    }

    fn sum(&mut self) -> Read {
        let mut one = self.product()?;
        loop {
            let reckons = match () {
                () if self.take_sign("+") => Reckoning::Plus,
                () if self.take_sign("-") => Reckoning::Minus,
                () => return Ok(one),
            };
            let other = self.product()?;
            one = self.two(one, Operator::Reckons(reckons), other)?;
        }
    }

    fn product(&mut self) -> Read {
        let mut one = self.signed()?;
        while self.take_sign("*") {
            let other = self.signed()?;
            one = self.two(one, Operator::Reckons(Reckoning::Times), other)?;
        }
        Ok(one)
    }

    fn signed(&mut self) -> Read {
        let start = self.at();
        if !self.take_sign("-") {
            return self.value();
        }
        let number = self.within(Self::signed)?;
        self.node(start, What::Negative(Box::new(number)))
    }

    fn value(&mut self) -> Read {
        let start = self.at();
        let Some(token) = self.token().cloned() else { return Err(self.missing()) };
        self.next += 1;
        match token {
            Token::Number(number) => self.node(start, What::Number(number)),
            Token::Text(text) => self.node(start, What::Text(text)),
            Token::Sign("(") => {
                let inside = self.within(Self::either)?;
                self.close(")", start)?;
                Ok(Node { span: start..self.end(), ..inside })
            }
            Token::Sign("[") => self.list(start),
            Token::Word(word) => self.word(start, &word),
            Token::Sign(_) => {
                self.next -= 1;
                Err(self.missing())
            }
        }
    }

    fn word(&mut self, start: usize, word: &str) -> Read {
        match word.to_lowercase().as_str() {
            "yes" | "true" => self.node(start, What::YesNo(true)),
            "no" | "false" => self.node(start, What::YesNo(false)),
            "any" => self.lines(start, Lines::Any),
            "all" => self.lines(start, Lines::All),
            "and" | "or" | "not" | "in" => {
                self.next -= 1;
                Err(self.missing())
            }
            lower => {
                if matches!(self.token(), Some(Token::Sign("("))) {
                    let detail = format!("there is no function `{word}`: only any(...) and all(...) look at the lines");
                    return Err(Wrong::at(start, detail));
                }
                self.node(start, What::Name(lower.to_owned()))
            }
        }
    }

    fn lines(&mut self, start: usize, lines: Lines) -> Read {
        let opened = self.at();
        if !self.take_sign("(") {
            let detail = "after `any` or `all` comes what is asked of a line, in ( ): any(line.amount >= 20)";
            return Err(Wrong::at(opened, detail));
        }
        let inside = self.within(Self::either)?;
        self.close(")", opened)?;
        self.node(start, What::Lines(lines, Box::new(inside)))
    }

    fn list(&mut self, start: usize) -> Read {
        let mut items = Vec::new();
        while !self.take_sign("]") {
            if !items.is_empty() && !self.take_sign(",") {
                return Err(self.unclosed("]", start));
            }
            items.push(self.within(Self::signed)?);
        }
        self.node(start, What::List(items))
    }

    fn close(&mut self, sign: &str, opened: usize) -> Result<(), Wrong> {
        if self.take_sign(sign) { Ok(()) } else { Err(self.unclosed(sign, opened)) }
    }

    fn unclosed(&self, sign: &str, opened: usize) -> Wrong {
        match self.tokens.get(self.next) {
            None => {
                let opens = &self.text[opened..=opened];
                Wrong::at(opened, format!("`{opens}` is opened here and never closed: `{sign}` is missing"))
            }
            Some((token, span)) => self.after(token, span),
        }
    }

    /// A value should stand here.
    fn missing(&self) -> Wrong {
        let here = self.tokens.get(self.next).map(|(_, span)| &self.text[span.clone()]);
        let before = self.next.checked_sub(1).map(|last| &self.text[self.tokens[last].1.clone()]);
        let values = "a name or value, like order.total, 50 or \"gold\"";
        let detail = match (before, here) {
            (None, None) => format!("is empty: {values} is needed"),
            (Some(before), None) => format!("ends too early: after `{before}` comes {values}"),
            (None, Some(here)) => format!("cannot begin with `{here}`: {values} comes first"),
            (Some(before), Some(here)) => format!("after `{before}` comes {values}, not `{here}`"),
        };
        Wrong::at(self.at(), detail)
    }

    /// Something stands where a part has ended.
    fn after(&self, token: &Token, span: &Range<usize>) -> Wrong {
        let (here, before) = (&self.text[span.clone()], &self.text[..self.end()]);
        let ended_with_digit = before.ends_with(|c: char| c.is_ascii_digit());
        let detail = match token {
            Token::Sign(",") if ended_with_digit => "numbers have a point: 49.99; a list stands in [ ]".to_owned(),
            Token::Sign(")") => "`)` closes nothing: `(` is missing".to_owned(),
            Token::Sign("]") => "`]` closes nothing: `[` is missing".to_owned(),
            Token::Word(word) if ended_with_digit && !word.contains('.') => {
                format!(
                    "`{here}` after a number has no meaning: amounts are in the programme's money, a text stands in \"quotes\""
                )
            }
            _ => format!("`{here}` was not expected: join two parts with `and` or `or`; a text stands in \"quotes\""),
        };
        Wrong::at(span.start, detail)
    }
}
