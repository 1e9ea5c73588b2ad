//! The columns that the connector writes in NocoDB, and those of `Duplicates` that it reads.

use crate::programme::tables::{Table, columns::columns};

/// NocoDB's number of a row.
pub const ID: &str = "Id";

/// What every table of the programme says of its rows.
pub const STATUS: &str = "Status";
pub const PROBLEM: &str = "Problem";
pub const FORECAST: &str = "Forecast";
/// How many members stand how with a row.
pub const SIZE: &str = "Size";
pub const CAME: &str = "Came";
pub const LEFT: &str = "Left";
pub const IN_PROGRESS: &str = "In progress";
pub const DONE: &str = "Done";
pub const MISSED: &str = "Missed";
/// Where a row is in force for a time: what a person writes, and the same as instants.
pub const FROM: &str = "From";
pub const UNTIL: &str = "Until";
pub const STARTS: &str = "Starts";
pub const ENDS: &str = "Ends";
/// And the one row that stands for the whole.
pub const PUBLISH: &str = "Publish";
pub const LIVE_VERSION: &str = "Live version";
pub const CHECKED: &str = "Checked";

/// All columns of a table that must be there, with the row's number first.
pub fn to_read(table: &Table) -> Vec<&str> {
    let needed = table.shown().filter(|column| !column.optional);
    [ID].into_iter().chain(needed.map(|column| column.title.as_str())).collect()
}

columns! {
    pub enum OfPoints of "Points" {
        ExternalId = "External id",
        Name = "Name",
        Points = "Points",
        Account = "Account",
        Rule = "Rule",
        Order = "Order",
        Text = "Text",
        OccurredAt = "Occurred at",
        EffectiveAt = "Effective at",
        ExpiresAt = "Expires at",
        Note = "Note",
        Member = "Member",
        Entry = "Entry",
    }

    pub enum OfMembers of "Members" {
        ExternalId = "External id",
        Name = "Name",
        Language = "Language",
        Birthday = "Birthday",
        Tier = "Tier",
        Available = "Available",
        Pending = "Pending",
        Reserved = "Reserved",
        Debt = "Debt",
        Earned = "Earned",
        Orders = "Orders",
        Segments = "Segments",
        LastActivity = "Last activity",
        Joined = "Joined",
        Test = "Test",
        Note = "Note",
        Member = "Member",
        Version = "Version",
    }

    pub enum OfAchievements of "Achievements" {
        ExternalId = "External id",
        Name = "Name",
        Challenge = "Challenge",
        Progress = "Progress",
        State = "State",
        Times = "Times",
        Badge = "Badge",
        When = "When",
        Note = "Note",
        Member = "Member",
        Achievement = "Achievement",
        Shown = "Shown",
    }

    pub enum OfClaims of "Claims" {
        ExternalId = "External id",
        Name = "Name",
        What = "What",
        State = "State",
        For = "For",
        Points = "Points",
        Code = "Code",
        When = "When",
        Until = "Until",
        Note = "Note",
        Member = "Member",
        Claim = "Claim",
        Shown = "Shown",
    }

    pub enum OfDuplicates of "Duplicates" {
        First = "First",
        Second = "Second",
        Same = "Same",
        Decision = "Decision",
        Reason = "Reason",
        State = "State",
        Answer = "Answer",
        Since = "Since",
        Pair = "Pair",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programme::{WHOLE, settings_rows::SETTINGS, tables};

    #[test]
    fn what_the_connector_writes_beside_the_programme_is_declared_and_nothing_else_is() {
        for table in tables::of_marketers() {
            let mut ours: Vec<&str> =
                table.columns.iter().filter(|c| c.written_by_us && !c.optional).map(|c| c.title.as_str()).collect();
            ours.sort_unstable();
            let expected: &[&str] = if table.title == WHOLE {
                &[CHECKED, LIVE_VERSION, PROBLEM, PUBLISH, STATUS]
            } else if table.title == SETTINGS {
                &["Allowed", "Group", "Meaning", PROBLEM, STATUS]
            } else {
                &[PROBLEM, STATUS]
            };
            assert_eq!(ours, expected, "{}", table.title);
        }
    }
}
