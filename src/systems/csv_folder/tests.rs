//! What becomes of edits of the folder.

use super::*;
use crate::clock::ManualClock;

struct Shop {
    folder: PathBuf,
    settings: Settings,
    store: Store,
    live: LiveProgrammes,
    clock: std::sync::Arc<ManualClock>,
}

impl Shop {
    fn open(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("loyalty-csv-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let mut settings = Settings::load(None).unwrap();
        settings.server.data.clone_from(&folder);
        let store = Store::open(&folder).unwrap();
        let clock = ManualClock::at("2026-11-20T12:00:00Z");
        Self { folder, settings, store, live: LiveProgrammes::default(), clock }
    }

    async fn start(&self) -> Result<CsvFolder, FolderError> {
        let folder = CsvFolder::open(&self.settings)?;
        folder.first_publish(&self.store, &self.live, "main", self.clock.as_ref()).await?;
        Ok(folder)
    }

    fn write(&self, file: &str, from: &str, to: &str) {
        let path = self.folder.join("programme").join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from));
        fs::write(path, text.replace(from, to)).unwrap();
    }

    fn version(&self) -> u32 {
        self.live.of("main").unwrap().live().number
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[tokio::test]
async fn the_first_start_makes_the_folder_and_publishes_the_sample() {
    let shop = Shop::open("first");
    shop.start().await.unwrap();
    assert_eq!(shop.version(), 1);
    assert!(shop.folder.join("programme/Rules.csv").exists());
}

#[tokio::test]
async fn an_edit_made_between_two_starts_counts_also_one_that_goes_back() {
    let shop = Shop::open("starts");
    shop.start().await.unwrap();
    shop.write("Rules.csv", ",,,,2,,,,no,", ",,,,3,,,,no,");
    shop.start().await.unwrap();
    assert_eq!(shop.version(), 2);
    shop.write("Rules.csv", ",,,,3,,,,no,", ",,,,2,,,,no,");
    shop.start().await.unwrap();
    assert_eq!(shop.version(), 3);
    shop.start().await.unwrap();
    assert_eq!(shop.version(), 3);
}

/// What NocoDB would publish.
async fn published_elsewhere(shop: &Shop) -> Tables {
    let mut tables = sample::tables();
    tables.0.get_mut("Rules").unwrap().pop();
    let programme = crate::loyalty::programme::check(&tables).unwrap();
    shop.live.publish(&shop.store, "main", &tables, programme, shop.clock.now()).await.unwrap();
    tables
}

#[tokio::test]
async fn an_untouched_folder_never_replaces_what_was_published_elsewhere() {
    let shop = Shop::open("elsewhere");
    shop.start().await.unwrap();
    published_elsewhere(&shop).await;
    shop.start().await.unwrap();
    assert_eq!(shop.version(), 2);
    fs::remove_file(shop.folder.join("programme.mark")).unwrap();
    shop.start().await.unwrap();
    assert_eq!(shop.version(), 2);
}

#[tokio::test]
async fn a_lost_folder_is_filled_with_the_live_version() {
    let shop = Shop::open("lost");
    shop.start().await.unwrap();
    let live = published_elsewhere(&shop).await;
    fs::remove_dir_all(shop.folder.join("programme")).unwrap();
    let folder = shop.start().await.unwrap();
    assert_eq!((shop.version(), folder.load().unwrap().canonical()), (2, live.canonical()));
}

#[test]
fn a_mistyped_folder_is_an_error_and_no_sample() {
    let mut settings = Settings::load(None).unwrap();
    settings.programme.folder = Some("/nowhere/programe".into());
    let error = CsvFolder::open(&settings).unwrap_err().to_string();
    assert!(error.contains("/nowhere/programe does not exist (setting programme.folder)"), "{error}");
}

#[tokio::test]
async fn a_column_that_a_file_lost_is_no_empty_column() {
    let shop = Shop::open("lost-column");
    shop.start().await.unwrap();
    let all = fs::read_to_string(shop.folder.join("programme/Rewards.csv")).unwrap();
    let mut rows: Vec<Vec<&str>> = all.lines().map(|line| line.split(',').collect()).collect();
    let stock = rows[0].iter().position(|column| *column == "Stock").unwrap();
    for row in &mut rows {
        _ = row.remove(stock);
    }
    let without: Vec<String> = rows.iter().map(|row| row.join(",")).collect();
    fs::write(shop.folder.join("programme/Rewards.csv"), without.join("\n")).unwrap();
    let error = shop.start().await.unwrap_err().to_string();
    assert_eq!(
        error,
        "Rewards.csv, line 1, Stock: the column is gone, and in the live version it is filled in 1 row: put it back, or leave it in \
         empty if that is meant"
    );
    let empty = all.replace(",gift,250,100,1", ",gift,250,,1");
    fs::write(shop.folder.join("programme/Rewards.csv"), empty).unwrap();
    shop.start().await.unwrap();
    assert_eq!(shop.version(), 2);
}

#[tokio::test]
async fn a_misspelled_column_never_goes_live() {
    let shop = Shop::open("column");
    shop.start().await.unwrap();
    shop.write("Rules.csv", ",Until,", ",Untill,");
    let error = shop.start().await.unwrap_err().to_string();
    assert_eq!(error, "Rules.csv, line 1, Untill: is no column of Rules; is `Until` meant?");
    assert_eq!(shop.version(), 1);
}

#[tokio::test]
async fn one_wrong_cell_is_one_problem() {
    let shop = Shop::open("one");
    shop.start().await.unwrap();
    shop.write("Rules.csv", ",1,1.00,", ",two,1.00,");
    let error = shop.start().await.unwrap_err().to_string();
    let expected = "Rules.csv, line 2, Points: `two` is not a whole number between 0 and 1000000000";
    assert_eq!(error, expected);
}

#[tokio::test]
async fn a_broken_file_names_line_and_column_and_changes_nothing() {
    let shop = Shop::open("broken");
    let folder = shop.start().await.unwrap();
    shop.write("Rules.csv", ",,,,2,,,,no,", ",,,,0.5,,,,no,");
    let error = shop.start().await.unwrap_err().to_string();
    assert_eq!(error, "Rules.csv, line 3, Multiplier: must lie between 1 and 100");
    shop.write("Rules.csv", "base,", "\"base,");
    assert!(folder.load().is_err());
    fs::remove_file(shop.folder.join("programme/Tiers.csv")).unwrap();
    fs::write(shop.folder.join("programme/Tiers.xlsx"), "PK").unwrap();
    let missing = folder.load().unwrap_err().to_string();
    for said in [
        "the file Tiers.csv is missing in the folder ",
        "put it back, or save the table as CSV UTF-8 by that name. Its first line names the columns: Tier,Name,",
        "; the file `Tiers.xlsx` is not read: save it in the spreadsheet as CSV UTF-8 by the name `Tiers.csv`",
    ] {
        assert!(missing.contains(said), "{missing}");
    }
    assert_eq!(shop.version(), 1);
}

#[tokio::test]
async fn a_file_that_looks_like_a_table_is_looked_at() {
    let shop = Shop::open("strays");
    let folder = shop.start().await.unwrap();
    assert_eq!(folder.strays(), Vec::<String>::new());
    fs::write(shop.folder.join("programme/Rules (1).csv"), "Rule\n").unwrap();
    let look = folder.review(&shop.store, &shop.live, "main").await.unwrap();
    assert!(look.len() == 1 && look[0].contains("the file `Rules (1).csv` is not read"), "{look:?}");
}

#[test]
fn a_change_is_taken_once_and_only_after_it_stood_still() {
    let (old, mut new) = (sample::tables(), sample::tables());
    new.0.get_mut("Rules").unwrap().pop();
    let mut watch = Watch { done: Some(old.clone()), seen: None };
    let mut look = |tables: &Tables| watch.changed(Ok(tables.clone())).unwrap().is_some();
    let seen = [look(&old), look(&new), look(&old), look(&new), look(&new), look(&new)];
    assert_eq!(seen, [false, false, false, false, true, false]);
}

#[test]
fn what_was_there_before_an_unreadable_edit_is_dealt_with_again() {
    let tables = sample::tables();
    let mut watch = Watch { done: Some(tables.clone()), seen: None };
    assert!(watch.changed(Err(FolderError::Problems(Vec::new()))).is_err());
    assert!(watch.changed(Ok(tables.clone())).unwrap().is_none());
    assert!(watch.changed(Ok(tables)).unwrap().is_some());
}

#[tokio::test]
async fn an_emptied_or_shortened_file_is_no_programme_until_confirmed() {
    let shop = Shop::open("emptied");
    shop.start().await.unwrap();
    let rules = shop.folder.join("programme/Rules.csv");
    let whole = fs::read_to_string(&rules).unwrap();
    let lines = |count: usize| whole.lines().take(count).collect::<Vec<_>>().join("\n");
    for (text, left) in [(String::new(), "no row any more"), (lines(1), "no row any more"), (lines(2), "only 1 row")] {
        fs::write(&rules, text).unwrap();
        let error = shop.start().await.unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("Rules.csv: has {left}; the live version with 4 rows stays live.")),
            "{error}"
        );
        assert_eq!(shop.version(), 1);
    }
    fs::remove_file(shop.folder.join("programme/Rewards.csv")).unwrap();
    assert!(
        shop.start()
            .await
            .unwrap_err()
            .to_string()
            .contains("Rewards.csv: has no row any more; the live version with 2 rows")
    );
    let confirm = |cell: &str| {
        let path = shop.folder.join("programme/Settings.csv");
        let mut tables = sample::tables();
        tables.0.get_mut("Programme").unwrap()[0].cells.insert("Fewer rows".to_owned(), cell.to_owned());
        fs::write(path, csv::write("Settings", settings_rows::unfolded(&tables).rows("Settings"))).unwrap();
    };
    confirm("Rules 1");
    assert!(shop.start().await.unwrap_err().to_string().starts_with("Rewards.csv: "));
    confirm("Rules 1, Rewards 0");
    shop.start().await.unwrap();
    assert_eq!(shop.version(), 2);
}

/// The file that a folder of before has: all settings as columns.
fn as_before() -> String {
    let tables = sample::tables();
    let cells = &tables.rows("Programme")[0].cells;
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(cells.keys()).unwrap();
    writer.write_record(cells.values()).unwrap();
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

#[tokio::test]
async fn a_folder_of_before_is_read_as_it_was_and_makes_no_version_when_its_settings_become_rows() {
    let shop = Shop::open("before");
    shop.start().await.unwrap();
    let [whole, settings] = ["Programme.csv", "Settings.csv"].map(|file| shop.folder.join("programme").join(file));
    let rows = [&whole, &settings].map(|file| fs::read_to_string(file).unwrap());
    fs::write(&whole, as_before()).unwrap();
    fs::remove_file(&settings).unwrap();
    shop.start().await.unwrap();
    assert_eq!(shop.version(), 1, "the same programme as columns");
    shop.write("Programme.csv", "12M_M", "a year");
    let error = shop.start().await.unwrap_err().to_string();
    assert!(error.starts_with("Programme.csv, line 2, Expires: "), "{error}");
    for (file, text) in [&whole, &settings].into_iter().zip(&rows) {
        fs::write(file, text).unwrap();
    }
    shop.start().await.unwrap();
    assert_eq!(shop.version(), 1, "and as rows");
    shop.write("Settings.csv", "Currency,EUR", "Currency,Euro");
    let error = shop.start().await.unwrap_err().to_string();
    assert_eq!(error, "Settings.csv, line 2, Value: `Euro` is not a currency code like EUR");
    fs::remove_file(&settings).unwrap();
    let error = shop.start().await.unwrap_err().to_string();
    assert!(error.starts_with("Settings.csv: has no value any more; the live version with 20 values"), "{error}");
    assert_eq!(shop.version(), 1);
}
