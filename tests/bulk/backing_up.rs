//! Backups: one file of a running service, and a data folder again.

use serde_json::json;

use crate::{
    house::{House, on_sqlite, run},
    support::{Folder, purchase},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_running_service_is_restored_and_verified() {
    if !on_sqlite("a_backup_of_a_running_service_is_restored_and_verified") {
        return;
    }
    let house = House::new();
    for member in ["c-1", "c-2", "c-3"] {
        house.put(&format!("/v1/orders/o-{member}"), purchase(member, 1)).await;
    }
    std::fs::write(house.folder.0.join("programme/note.txt"), "of the marketer").unwrap();
    let file = house.folder.0.join("night.backup");
    let (fine, said) = house.run(&["backup", file.to_str().unwrap()]);
    assert!(fine && said.contains("events and"), "{said}");
    house.put("/v1/orders/later", purchase("c-4", 1)).await; // the service goes on

    let folder = Folder::new();
    let (fine, said) = run(&folder.0, &["restore", file.to_str().unwrap()]);
    assert!(fine, "{said}");
    let (fine, said) = run(&folder.0, &["verify"]);
    assert!(fine && said.contains("3 members") && said.contains("all agree"), "{said}");
    let kept = |name: &str| std::fs::read(folder.0.join(name)).unwrap();
    assert_eq!(kept("programme/note.txt"), b"of the marketer");
    assert_eq!(kept("anchors.log"), std::fs::read(house.folder.0.join("anchors.log")).unwrap());

    let mut restored = House { service: crate::support::Binary::start(&folder.0, &[]), folder };
    std::fs::copy(house.folder.0.join("admin.key"), restored.folder.0.join("admin.key")).unwrap();
    assert_eq!(restored.get("/v1/members/external:c-2").await["balance"]["available"], 278, "the keys came too");
    let again = restored.put("/v1/orders/o-c-2", purchase("c-2", 1)).await;
    assert_eq!(again["duplicate"], true, "what was known is known");
    restored.restart();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_overwrites_nothing_unless_told_and_deletes_nothing() {
    if !on_sqlite("a_restore_overwrites_nothing_unless_told_and_deletes_nothing") {
        return;
    }
    let mut house = House::new();
    house.put("/v1/orders/1", purchase("c-1", 1)).await;
    let file = house.folder.0.join("one.backup");
    let named = file.to_str().unwrap().to_owned();
    assert!(house.run(&["backup", &named]).0);
    let (fine, said) = house.run(&["backup", &named]);
    assert!(!fine && said.contains("is there already"), "{said}");
    let (fine, said) = house.run(&["restore", &named]);
    assert!(!fine && said.contains("in use by another connector"), "{said}");
    house.put("/v1/orders/2", purchase("c-2", 1)).await;
    house.service.kill();
    let (fine, said) = house.run(&["restore", &named]);
    assert!(!fine && said.contains("is not empty") && said.contains("--replace"), "{said}");
    let wrong = house.file("wrong.backup", "not a database");
    let (fine, said) = house.run(&["restore", wrong.to_str().unwrap(), "--replace"]);
    assert!(!fine && said.contains("is no backup of loyalty"), "{said}");
    assert!(house.folder.0.join("loyalty.db").exists(), "nothing was put aside for a file that is no backup");
    let (fine, said) = house.run(&["restore", &named, "--replace"]);
    assert!(fine && said.contains("before-restore-"), "{said}");
    let (fine, said) = house.run(&["verify"]);
    assert!(fine && said.contains("1 member,"), "{said}");
    let mut aside = std::fs::read_dir(&house.folder.0).unwrap().flatten().map(|entry| entry.path());
    let aside = aside.find(|path| path.to_string_lossy().contains("before-restore-")).unwrap();
    let (fine, said) = run(&aside, &["verify"]);
    assert!(fine && said.contains("2 members"), "{said}");
}

#[test]
fn on_postgresql_backup_and_restore_name_its_own_tools() {
    let folder = Folder::new();
    for (command, tool) in [("backup", "pg_dump"), ("restore", "pg_restore")] {
        let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_loyalty"));
        program.args(["--data", folder.0.to_str().unwrap(), command, "x"]);
        let output = program.env("LOYALTY__STORE__URL", "postgres://u:p@127.0.0.1:9/x").output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains(tool) && said.contains("docs/OPERATIONS.md"), "{said}");
    }
    assert_eq!(json!(std::fs::read_dir(&folder.0).unwrap().count()), 0, "and touch nothing");
}
