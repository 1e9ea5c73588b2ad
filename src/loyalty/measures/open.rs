//! Places that are too young to be final, told by their names: nearly all are, and a name is compared sooner than the end of its window
//! is worked out.

use std::cell::OnceCell;

use jiff::{SignedDuration, Timestamp, civil::Date};

use super::{Part, Unit};
use crate::loyalty::Programmes;

/// What ended after this day is not final.
pub(super) struct Open {
    last_day: Date,
    /// The part of the calendar that this day lies in, by unit.
    names: [OnceCell<String>; 5],
}

impl Open {
    /// `now` less the shortest time that windows stay open by any version: what ends later is not final by any of them.
    pub fn of((now, programmes): (Timestamp, &Programmes)) -> Self {
        let late = SignedDuration::from_hours(programmes.shortest_late() * 24);
        let last = now.saturating_sub(late).unwrap_or(Timestamp::MIN);
        let last_day = last.to_zoned(programmes.live().programme.settings.zone.clone()).date();
        Self { last_day, names: [const { OnceCell::new() }; 5] }
    }

    /// Whether all places of a part begin after that day: then their windows end after it, too.
    pub fn has_all(&self, part: &Part) -> bool {
        [part.numbers.keys().next(), part.values.keys().next()].into_iter().flatten().all(|first| self.has(first))
    }

    fn has(&self, place: &str) -> bool {
        Unit::of(place).is_none_or(|unit| {
            let of_last_day = self.names[unit as usize].get_or_init(|| unit.name(self.last_day));
            place > of_last_day.as_str()
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::{
        loyalty::{
            Version,
            measures::{Given, Window, is_final},
            programme::check,
        },
        programme::sample,
    };

    fn programmes() -> Programmes {
        let version = |number: u32, late: &str| {
            let mut tables = sample::tables();
            let cells = &mut tables.0.get_mut("Programme").unwrap()[0].cells;
            cells.extend(
                [("Late", late), ("Time zone", "Europe/Tallinn")]
                    .map(|(name, text)| (name.to_owned(), text.to_owned())),
            );
            let effective_at = Timestamp::from_second(1_735_689_600 + i64::from(number) * 8_000_000).unwrap(); // 2025
            Version { number, effective_at, programme: Arc::new(check(&tables).unwrap()) }
        };
        Programmes::new(vec![version(1, "30D"), version(2, "90D"), version(3, "10D")]).unwrap()
    }

    proptest! {
        #[test]
        fn what_is_open_by_its_name_is_not_final(
            window in prop::sample::select(vec!["day", "week", "month", "quarter", "year", "30D", "3M", "days in a row", "ever"]),
            placed in 1_700_000_000_i64..1_900_000_000, passed in -100_000_i64..60_000_000, versions in 1_u32..4,
        ) {
            let (programmes, window) = (programmes().as_of(versions), window.parse::<Window>().unwrap());
            let (at, now) = (Timestamp::from_second(placed).unwrap(), Timestamp::from_second(placed + passed).unwrap());
            let place = window.place(at, &programmes.live().programme.settings.zone);
            let mut part = Part::default();
            part.change(&place, &Given::Number(1), 1);
            let is_final = is_final(window, &place, (now, &programmes));
            prop_assert!(!(Open::of((now, &programmes)).has_all(&part) && is_final), "{place} at {now}");
        }
    }
}
