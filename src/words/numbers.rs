//! The numbers in a text: digits with any thousand separator, decimals, percentages, amounts, and numbers written as words.
//! It rather finds one too many than one too few.

/// A number as it stands in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// As written.
    pub shown: String,
    /// What it says, in one canonical form; `None` when that cannot be told.
    pub value: Option<String>,
    pub unit: Unit,
}

/// What a number counts; ten percent are not ten points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    Plain,
    Percent,
    Money,
}

const PERCENT_WORDS: [&str; 5] = ["percent", "protsen", "процент", "відсот", "pct"];
const MONEY_WORDS: [&str; 14] =
    ["eur", "usd", "uah", "gbp", "dollar", "pound", "cent", "sent", "евро", "євро", "руб", "грн", "гривн", "цент"];

/// All numbers of a text, in order; those written as words after those in digits.
pub fn find(text: &str) -> Vec<Found> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        if chars[at].is_ascii_digit() {
            let (number, next) = digits(&chars, at);
            found.push(number);
            at = next;
        } else {
            if chars[at].is_numeric() {
                found.push(unreadable(chars[at])); // ½, Ⅻ, digits of other scripts: never among the facts
            }
            at += 1;
        }
    }
    found.extend(words(text));
    found
}

fn unreadable(c: char) -> Found {
    Found { shown: c.to_string(), value: None, unit: Unit::Plain }
}

/// One number from its first digit on; the second value is where the text goes on.
fn digits(chars: &[char], start: usize) -> (Found, usize) {
    let run_end = |from: usize| from + chars[from..].iter().take_while(|c| c.is_ascii_digit()).count();
    let mut end = run_end(start);
    let mut runs: Vec<String> = vec![chars[start..end].iter().collect()];
    let mut separators = Vec::new();
    while let (Some(&separator), Some(next)) = (chars.get(end), chars.get(end + 1)) {
        let run = run_end(end + 1);
        let groups = run - end - 1 == 3 && runs[0].len() <= 3;
        let joins = match separator {
            '.' | ',' => true,
            '\'' | '’' => groups,
            c if c.is_whitespace() && c != '\n' => groups,
            _ => false,
        };
        if !next.is_ascii_digit() || !joins {
            break;
        }
        runs.push(chars[end + 1..run].iter().collect());
        separators.push(if separator.is_whitespace() { ' ' } else { separator });
        end = run;
    }
    let minus = start > 0
        && matches!(chars[start - 1], '-' | '−' | '–')
        && (start == 1 || chars[start - 2].is_whitespace() || chars[start - 2] == '(');
    let sign = if minus { "-" } else { "" };
    let value = value(&runs, &separators).map(|value| format!("{sign}{value}"));
    let shown = chars[start - usize::from(minus)..end].iter().collect();
    (Found { shown, value, unit: unit(chars, start - usize::from(minus), end) }, end)
}

/// Groups of three are thousands (`278,000` never means 278); otherwise the last run is the fraction.
fn value(runs: &[String], separators: &[char]) -> Option<String> {
    let grouped = |runs: &[String], separators: &[char]| {
        let three = runs[1..].iter().all(|run| run.len() == 3);
        runs[0].len() <= 3 && three && separators.windows(2).all(|pair| pair[0] == pair[1])
    };
    let Some((decimal, thousands)) = separators.split_last() else { return Some(canonical(&runs[0], "")) };
    let (whole, fraction) = (&runs[..runs.len() - 1], &runs[runs.len() - 1]);
    if grouped(runs, separators) {
        Some(canonical(&runs.concat(), ""))
    } else if matches!(decimal, '.' | ',') && grouped(whole, thousands) && !thousands.contains(decimal)
        || whole.len() == 1
    {
        Some(canonical(&whole.concat(), fraction))
    } else {
        None
    }
}

/// `007` and `7`, `2.50` and `2.5` are the same.
fn canonical(integer: &str, fraction: &str) -> String {
    let (integer, fraction) = (integer.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let integer = if integer.is_empty() { "0" } else { integer };
    if fraction.is_empty() { integer.to_owned() } else { format!("{integer}.{fraction}") }
}

fn unit(chars: &[char], start: usize, end: usize) -> Unit {
    let space = |c: &&char| c.is_whitespace() && **c != '\n';
    let after = &chars[end + chars[end..].iter().take_while(space).count()..];
    let before = chars[..start].iter().rev().find(|c| !(c.is_whitespace() && **c != '\n'));
    let currency = |c: &char| matches!(c, '€' | '$' | '£' | '¥' | '₽' | '₴');
    if after.first().is_some_and(|c| matches!(c, '%' | '‰' | '٪' | '％')) {
        return Unit::Percent;
    }
    if after.first().is_some_and(currency) || before.is_some_and(currency) {
        return Unit::Money;
    }
    let word: String = after.iter().take_while(|c| c.is_alphabetic()).flat_map(|c| c.to_lowercase()).collect();
    if PERCENT_WORDS.iter().any(|start| word.starts_with(start)) {
        Unit::Percent
    } else if MONEY_WORDS.iter().any(|start| word.starts_with(start)) {
        Unit::Money
    } else {
        Unit::Plain
    }
}

/// Numbers as words in the languages members read. Left out: "one" and words that mostly mean something else.
const WORDS: [(&str, &[&str]); 24] = [
    ("2", &["two", "twice", "double", "doubled", "kaks", "kahe", "kaht", "topelt", "kahekordne", "kahekordselt"]),
    ("2", &["два", "две", "двух", "вдвое", "двойные", "дважды", "дві", "двох", "вдвічі", "удвічі", "подвійні"]),
    ("3", &["three", "triple", "kolm", "kolme", "три", "трех", "трёх", "втрое", "трьох", "втричі"]),
    ("4", &["four", "neli", "nelja", "четыре", "чотири"]),
    ("5", &["five", "viit", "пять", "п'ять"]),
    ("6", &["six", "kuut", "шесть", "шість"]),
    ("7", &["seven", "seitse", "семь", "сім"]),
    ("8", &["eight", "kaheksa", "восемь", "вісім"]),
    ("9", &["nine", "üheksa", "девять", "дев'ять"]),
    ("10", &["ten", "kümme", "kümne", "десять", "десяти"]),
    ("12", &["twelve", "dozen", "tosin", "дюжина", "двенадцать", "дванадцять"]),
    ("15", &["fifteen", "viisteist", "пятнадцать", "п'ятнадцять"]),
    ("20", &["twenty", "kakskümmend", "двадцать", "двадцять"]),
    ("30", &["thirty", "kolmkümmend", "тридцать", "тридцять"]),
    ("40", &["forty", "nelikümmend", "сорок"]),
    ("50", &["fifty", "viiskümmend", "пятьдесят", "п'ятдесят"]),
    ("60", &["sixty", "kuuskümmend", "шестьдесят", "шістдесят"]),
    ("70", &["seventy", "seitsekümmend", "семьдесят", "сімдесят"]),
    ("80", &["eighty", "kaheksakümmend", "восемьдесят", "вісімдесят"]),
    ("90", &["ninety", "üheksakümmend", "девяносто", "дев'яносто"]),
    ("100", &["hundred", "hundreds", "sada", "saja", "sadu", "сто", "сотня", "сотню", "сотни", "сотні"]),
    ("200", &["kakssada", "двести", "двісті"]),
    (
        "1000",
        &[
            "thousand",
            "thousands",
            "tuhat",
            "tuhande",
            "тысяча",
            "тысячу",
            "тысячи",
            "тысяч",
            "тисяча",
            "тисячу",
            "тисячі",
            "тисяч",
        ],
    ),
    (
        "1000000",
        &["million", "millions", "miljon", "miljoni", "миллион", "миллиона", "миллионов", "мільйон", "мільйонів"],
    ),
];

fn words(text: &str) -> impl Iterator<Item = Found> {
    let lower = text.to_lowercase().replace(['’', 'ʼ'], "'");
    let words: Vec<String> =
        lower.split(|c: char| !c.is_alphabetic() && c != '\'').map(|word| word.trim_matches('\'').to_owned()).collect();
    words.into_iter().filter_map(|word| {
        let (value, _) = WORDS.iter().find(|(_, words)| words.contains(&word.as_str()))?;
        Some(Found { shown: word, value: Some((*value).to_owned()), unit: Unit::Plain })
    })
}
