//! The columns that code reads and writes, by table: `columns! { enum Column of "Rules" { Rule = "Rule", .. } }` beside that code.
//! Guarantees: a title stands there once; a column that the table's file lacks, or one of it that stands nowhere here, fails the
//! test that each list brings along; one that no code names does not compile.

/// Columns of one table.
pub trait Columns: Copy + AsRef<str> + 'static {
    /// The table's title.
    const TABLE: &'static str;

    fn title(self) -> &'static str;
}

/// Lists of columns, at most one macro call in a file. Of a table of the programme: those that a marketer fills; of another one:
/// all, without what every marketer's table says of its rows. An expansion denies dead code, so that a column is named by code or gone.
macro_rules! columns {
    ($($(#[$about:meta])* $shown:vis enum $name:ident of $table:literal { $($column:ident = $title:literal),+ $(,)? })+) => {
        $(
            $(#[$about])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq)]
            #[deny(dead_code)]
            $shown enum $name { $($column),+ }

            impl $crate::programme::tables::Columns for $name {
                const TABLE: &'static str = $table;

                fn title(self) -> &'static str {
                    match self { $(Self::$column => $title),+ }
                }
            }

            impl AsRef<str> for $name {
                fn as_ref(&self) -> &str {
                    $crate::programme::tables::Columns::title(*self)
                }
            }
        )+

        #[cfg(test)]
        #[test]
        fn columns_that_code_names_are_exactly_those_of_the_tables_file() {
            $($crate::programme::tables::columns::are_those_of_the_file($table, &[$($title),+]);)+
        }
    };
}
pub(crate) use columns;

#[cfg(test)]
pub(crate) fn are_those_of_the_file(table: &str, named: &[&str]) {
    use super::Holds;
    let table = super::named(table).unwrap_or_else(|| panic!("there is no file nocodb-schema/tables/{table}.json"));
    let columns = table.columns.iter().filter(|column| match table.holds {
        Holds::Programme => !column.written_by_us,
        Holds::Settings => !["Status", "Problem"].contains(&column.title.as_str()), // as in every table of a marketer
        Holds::Projection | Holds::Decisions => true,
    });
    let declared: Vec<&str> = columns.map(|column| column.title.as_str()).collect();
    let lacking: Vec<_> = named.iter().filter(|title| !declared.contains(title)).collect();
    let unread: Vec<_> = declared.iter().filter(|title| !named.contains(title)).collect();
    assert!(lacking.is_empty(), "{}: code names {lacking:?}, which the file lacks", table.title);
    assert!(unread.is_empty(), "{}: no code names {unread:?}", table.title);
}
