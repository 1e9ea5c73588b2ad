//! How often a goal is reached, by its measure; and what is final.

use super::{Giving, Lasting, Standing, rows::Goal, wanted::wanted};
use crate::{
    loyalty::{measures::Part, mechanics::Keep, programme::check},
    programme::{Known, Row, sample},
};

/// The one goal of a row with these cells.
pub(super) fn goal(cells: &[(&str, &str)]) -> Result<Goal, String> {
    let mut tables = sample::tables();
    let cells = [("Challenge", "c"), ("Points", "5")].iter().chain(cells);
    let cells = cells.map(|(column, text)| ((*column).to_owned(), (*text).to_owned())).collect();
    tables.0.insert("Challenges".to_owned(), vec![Row { key: "1".to_owned(), cells }]);
    let checked =
        check(&tables).map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "));
    checked.map(|programme| programme.mechanics.challenges.goals[0].clone())
}

fn part(numbers: &[(&str, i64)]) -> Part {
    let numbers = numbers.iter().map(|(place, number)| ((*place).to_owned(), *number)).collect();
    Part { numbers, ..Part::default() }
}

#[test]
fn a_goal_is_reached_as_often_as_its_row_says() {
    for (cells, kept, expected) in [
        (vec![("Goal", "3")], vec![("ever", 7)], vec![("ever", 1)]),
        (vec![("Goal", "3"), ("Repeats", "every time")], vec![("ever", 7)], vec![("ever", 2)]),
        (vec![("Goal", "3"), ("Repeats", "every time"), ("Head start", "2")], vec![("ever", 1)], vec![("ever", 1)]),
        (
            vec![("Goal", "3"), ("Within", "month")],
            vec![("2026-10", 3), ("2026-11", 7)],
            vec![("2026-10", 1), ("2026-11", 1)],
        ),
        (
            vec![("Goal", "3"), ("Within", "month"), ("Repeats", "once")],
            vec![("2026-10", 3), ("2026-11", 7)],
            vec![("ever", 1)],
        ),
        (vec![("Goal", "3"), ("Within", "7D")], vec![("2026-11-20", 1), ("2026-11-27", 2)], vec![]),
        (vec![("Goal", "3"), ("Within", "7D")], vec![("2026-11-21", 1), ("2026-11-27", 2)], vec![("ever", 1)]),
        (
            vec![("Goal", "3"), ("Counts", "weeks in a row")],
            vec![("2026-W52", 1), ("2026-W53", 4), ("2027-W01", 1)],
            vec![("ever", 1)],
        ),
        (
            vec![("Goal", "3"), ("Counts", "weeks in a row")],
            vec![("2026-W52", 1), ("2027-W01", 4), ("2027-W02", 1)],
            vec![],
        ),
    ] {
        let goal = goal(&cells).unwrap();
        let expected = expected.into_iter().map(|(period, times)| (period.to_owned(), times)).collect();
        assert_eq!(wanted(&goal, &part(&kept)), expected, "{cells:?} with {kept:?}");
    }
}

#[test]
fn what_cannot_be_meant_is_a_problem_of_its_cell() {
    for (cells, expected) in [
        (vec![("Goal", "0")], "Goal: must be more than 0"),
        (vec![("Goal", "0.5")], "Goal: `0.5` is not a whole number"),
        (vec![("Within", "fortnight")], "Within: `fortnight` is none of day, week, month"),
        (vec![("Counts", "weeks in a row"), ("Within", "month")], "Within: a row has no window"),
        (vec![("Counts", "weeks in a row"), ("Goal", "61")], "Goal: must be at most 60"),
        (vec![("Within", "7D"), ("Repeats", "every time")], "Repeats: a row and a window that rolls are done once"),
        (vec![("Counts", "events")], "Event: is empty"),
        (vec![("Counts", "events"), ("Event", "goal.done:none")], "Event: there is no challenge `none`"),
        (vec![("Counts", "events"), ("Event", "tier.changed:none")], "Event: there is no tier `none`"),
        (
            vec![("Counts", "events"), ("Event", "segment.left:staf")],
            "Event: there is no active segment `staf`; is `staff`",
        ),
        (vec![("Counts", "events"), ("Event", "goal.done:c")], "Event: goes round in a circle: c -> c"),
        (
            vec![("Counts", "events"), ("Event", "tier.changed"), ("Tier", "gold")],
            "Event: goes round in a circle: c -> c",
        ),
        (vec![("Counts", "events"), ("Event", "purchase")], "Event: `purchase` is no event that is sent in"),
        (vec![("Event", "review")], "Event: only counts where Counts is events"),
        (vec![("Counts", "points earned"), ("Categories", "books")], "Counts: has no goods"),
        (vec![("Points", "")], "Points: the challenge gives nothing"),
        (vec![("Condition", "order.total > 5")], "Condition: `order.total` is of what happens; here only the member"),
        (vec![("Condition", "measure.d > 5")], "Condition: there is no challenge `d`"),
        (vec![("Condition", "measure.c")], "Condition: `measure.c` is a number and says neither yes nor no"),
        (vec![("Reward", "nothing")], "Reward: there is no active reward `nothing`"),
        (vec![("Code offer", "welcom")], "Code offer: there is no active offer `welcom` in Codes; is `welcome` meant?"),
        (vec![("Head start", "1")], "Head start: must be less than the goal"),
        (vec![("After", "c")], "After: there is no other challenge `c`"),
        (vec![("Waits", "delivery")], "Waits: `delivery` is neither none nor a length"),
        (vec![("Time limit", "7D")], "Time limit: begins with joining"),
        (vec![("Tier", "platinum")], "Tier: there is no tier `platinum`"),
        (vec![("Tier", "silver"), ("Tier for", "soon")], "Tier for: "),
        (vec![("Tier for", "6M")], "Tier for: is the time of no tier"),
        (vec![("Multiplier", "1")], "Multiplier: must be more than 1"),
        (vec![("Multiplier for", "6M")], "Multiplier for: is the time of no multiplier"),
        (vec![("Counts", "months as a member"), ("Within", "month")], "Within: months as a member have no window"),
        (vec![("Counts", "months as a member"), ("Stores", "tartu")], "Counts: time has no goods and no store"),
        (vec![("Remind before end", "soon")], "Remind before end: "),
        (vec![("Tiers", "platinum")], "Tiers: there is no tier `platinum`"),
    ] {
        let problems = goal(&cells).unwrap_err();
        assert!(problems.contains(expected), "{cells:?}: {problems}");
    }
}

#[test]
fn rows_that_ask_for_the_same_share_one_measure() {
    let name = |cells: &[(&str, &str)]| goal(cells).unwrap().measure.name().to_owned();
    assert_eq!(name(&[]), "orders|ever");
    assert_eq!(name(&[("Goal", "9"), ("Points", "70")]), "orders|ever");
    assert_eq!(name(&[("Categories", "a, b/c")]), name(&[("Categories", "B / C; A")]));
    let all = ["Categories", "Products", "Stores", "Channels"].map(|column| name(&[(column, "x")]));
    let more = [name(&[("Smallest order", "1.00")]), name(&[("Until", "2027-01-01")]), name(&[("Within", "month")])];
    let different: std::collections::BTreeSet<_> = all.iter().chain(&more).collect();
    assert_eq!(different.len(), 7);
}

/// What another installation is told is done there for good; tiers and multipliers run on to their ends.
#[test]
fn what_is_carried_elsewhere_is_final_and_runs_to_its_end() {
    let from: jiff::Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
    let until = |days: i64| from + jiff::SignedDuration::from_hours(24 * days);
    let giving = |times, days| Giving {
        version: 1,
        at: from,
        times,
        most: 1,
        first: 1,
        each: 0,
        award: None,
        reward: None,
        offer: None,
        tier: Some(Lasting { what: "gold".to_owned(), from, until: until(days) }),
        multiplier: Some(Lasting { what: 2000, from, until: until(days) }),
        ended_at: None,
        badge: false,
        limited: false,
    };
    let mut standing = Standing::default();
    standing.change(("mem_1", "kinds"), |taken| {
        taken.givings.insert("2026-10".to_owned(), vec![giving(1, 10), giving(0, 99)]);
        taken.givings.insert("2026-11".to_owned(), vec![giving(1, 40)]);
    });
    let carried = standing.carried();
    let taken = carried.part("mem_1", "kinds").unwrap();
    assert!(taken.givings.is_empty() && carried.times("kinds", Some("2026-10")) == 1);
    assert_eq!(taken.tiers().map(|tier| tier.until).collect::<Vec<_>>(), [until(40)]);
    assert_eq!(taken.multipliers(until(39)).map(|by| by.until).collect::<Vec<_>>(), [until(40)]);
}

/// A row leads to another where it brings about what that one counts; all of a circle are told.
#[test]
fn a_circle_of_challenges_is_a_problem_of_each_of_its_cells() {
    let row = |key: &str, id: &str, event: &str, tier: &str| {
        let cells = [("Challenge", id), ("Counts", "events"), ("Event", event), ("Tier", tier), ("Points", "1")];
        let cells = cells.iter().map(|(column, text)| ((*column).to_owned(), (*text).to_owned()));
        Row { key: key.to_owned(), cells: cells.filter(|(_, text)| !text.is_empty()).collect() }
    };
    let problems = |rows: Vec<Row>| {
        let mut tables = sample::tables();
        tables.0.insert("Challenges".to_owned(), rows);
        let problems = check(&tables).err().unwrap_or_default();
        problems
            .into_iter()
            .map(|problem| format!("{} {}: {}", problem.row, problem.column, problem.detail))
            .collect::<Vec<_>>()
    };
    let found = problems(vec![
        row("1", "a", "goal.done:c", ""),
        row("2", "b", "goal.done:a", "gold"),
        row("3", "c", "tier.changed:silver", ""),
        row("4", "d", "goal.done", ""),
    ]);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].starts_with("1 Event: goes round in a circle: a -> b -> c -> a"), "{found:?}");
    assert!(found[1].starts_with("2 Event: ") && found[2].starts_with("3 Event: "), "{found:?}");
    assert_eq!(problems(vec![row("1", "all", "goal.done", "gold")]), Vec::<String>::new());
}

/// What is live keeps what it counts and within what; everything else of it can be edited.
#[test]
fn an_id_that_is_live_does_not_become_another_challenge() {
    let tables = |cells: &[(&str, &str)]| {
        let cells = [("Challenge", "c"), ("Points", "5")].iter().chain(cells);
        let cells = cells.map(|(column, text)| ((*column).to_owned(), (*text).to_owned())).collect();
        let mut tables = sample::tables();
        tables.0.insert("Challenges".to_owned(), vec![Row { key: "1".to_owned(), cells }]);
        tables
    };
    let live = tables(&[("Goal", "3"), ("Within", "month")]);
    let known = Known { live, ..Known::default() };
    let review = |cells: &[(&str, &str)]| {
        let problems = crate::loyalty::programme::review(&tables(cells), &known).err().unwrap_or_default();
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    assert_eq!(review(&[("Goal", "4"), ("Within", "month"), ("Show as", "milestone"), ("Stores", "tartu")]), "");
    assert!(review(&[("Goal", "3"), ("Within", "week")]).contains("Within: `c` is live and stays what it is"));
    let counts = review(&[("Goal", "3"), ("Within", "month"), ("Counts", "amount")]);
    assert!(counts.contains("Challenges, row 1, Counts: `c` is live"), "{counts}");
}

/// A tier that a goal gives may move its member into a segment, whose entering another goal counts.
#[test]
fn a_circle_through_a_segment_is_a_problem_of_its_cells() {
    let row = |key: &str, cells: &[(&str, &str)]| {
        let cells = cells.iter().map(|(column, text)| ((*column).to_owned(), (*text).to_owned()));
        Row { key: key.to_owned(), cells: cells.collect() }
    };
    let problems = |looks_at: (&str, &str), gives: (&str, &str)| {
        let mut tables = sample::tables();
        tables.0.insert("Segments".to_owned(), vec![row("1", &[("Segment", "golden"), looks_at])]);
        let event = ("Event", "segment.entered:golden");
        let goal = row("1", &[("Challenge", "c"), ("Counts", "events"), event, ("Points", "5"), gives]);
        tables.0.insert("Challenges".to_owned(), vec![goal]);
        check(&tables).err().unwrap_or_default().iter().map(|problem| problem.detail.clone()).collect::<Vec<_>>()
    };
    let circle = vec!["goes round in a circle: c -> c; count something else in one of these".to_owned()];
    assert_eq!(problems(("Tiers", "gold"), ("Tier", "gold")), circle);
    assert_eq!(problems(("Condition", "\"c\" in member.badges"), ("Badge", "yes")), circle);
    assert_eq!(problems(("Tiers", "gold"), ("Badge", "yes")), Vec::<String>::new());
    assert_eq!(problems(("Points at least", "100"), ("Points", "5")), Vec::<String>::new());
}
