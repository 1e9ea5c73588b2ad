//! What cannot be meant is a problem of its cell; the calendar of days that count.

use jiff::civil::date;

use super::rows::Back;
use crate::{
    loyalty::programme::check,
    programme::{csv, sample},
};

fn problems(rows: &str) -> Vec<String> {
    let mut tables = sample::tables();
    tables.0.insert("Segments".to_owned(), csv::read("Segments", rows).unwrap());
    let found = check(&tables).err().unwrap_or_default();
    found.iter().map(|problem| format!("{}: {}", problem.column, problem.detail)).collect()
}

#[test]
fn what_cannot_be_meant_is_a_problem_of_its_cell() {
    let cases = [
        ("Segment\nall", "Segment: everybody would be in it"),
        ("Segment,Orders at least,Orders at most\na,5,3", "Orders at most: is less than the cell `at least`"),
        ("Segment,Last order before\na,3h", "Last order before: `3h` must be whole days"),
        (
            "Segment,Orders at least,In the last\na,1,3Y",
            "In the last: `3Y` must be whole days, like 30D, 2W, 6M, 1Y, at most a year",
        ),
        ("Segment,Overdue\na,0.5", "Overdue: must be between 1 and 100"),
        ("Segment,Bought\na,shop:1", "Bought: `shop:` is neither sku: nor brand:"),
        ("Segment,Favourite\na,shop:1", "Favourite: `shop:` is none of sku:, brand: and store:"),
        ("Segment,Favourite\na,a/b/c/d/e/f/g", "Favourite: `a/b/c/d/e/f/g` has more than 6 parts"),
        (
            "Segment,Habit\na,often",
            "Habit: `often` is none of buys weekly, buys monthly, skips months, only in sales, only around the birthday",
        ),
        ("Segment,Top percent by spend\na,51", "Top percent by spend: must be more than 0 and at most 50 percent"),
        (
            "Segment,Points at least,Or top tier\na,5,yes",
            "Or top tier: only counts where Top percent by spend is filled",
        ),
        ("Segment,Share\na,101", "Share: must be more than 0 and at most 100 percent"),
        ("Segment,Kind\na,list", "Members: is empty"),
        ("Segment,Members,Points at least\na,c-1,5", "Members: only counts where Kind is list"),
        ("Segment,Tiers\na,platin", "Tiers: there is no tier `platin`"),
        ("Segment,Condition\na,order.total > 5", "Condition: "),
        ("Segment,Condition\na,\"\"\"vip\"\" in member.segments\"", "Condition: a segment cannot ask for segments"),
    ];
    for (rows, wanted) in cases {
        let found = problems(rows);
        assert!(found.iter().any(|problem| problem.starts_with(wanted)), "{rows}: {found:?}");
    }
    assert_eq!(problems("Segment,Group\nrest,lifecycle"), Vec::<String>::new(), "who is left of a group");
}

#[test]
fn a_day_leaves_on_the_first_day_that_does_not_reach_back_to_it() {
    for back in ["1D", "30D", "2W", "1M", "6M", "1Y"] {
        let back: Back = back.parse().unwrap();
        let mut day = date(2027, 1, 1);
        while day < date(2028, 4, 1) {
            let leaves = back.leaves(day);
            assert!(back.first_day(leaves) > day, "{back:?} {day}");
            assert!(back.first_day(leaves.yesterday().unwrap()) <= day, "{back:?} {day}");
            day = day.tomorrow().unwrap();
        }
    }
    assert_eq!("30D".parse::<Back>().unwrap().first_day(date(2026, 11, 30)), date(2026, 11, 1));
}
