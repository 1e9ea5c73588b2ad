//! NocoDB: reached, token, what setup would change, and two traps: sign-up open to everybody, columns that only look unique.

use super::Findings;
use crate::{
    config::Settings,
    systems::nocodb::{Nocodb, admin, client::CallError},
};

pub async fn look(settings: &Settings, findings: &mut Findings) {
    let nocodb = match Nocodb::connect(&settings.nocodb) {
        Ok(Some(nocodb)) => nocodb,
        Ok(None) => return findings.off("the programme is read from CSV files, members are shown in the console"),
        Err(error) => {
            return findings.wrong(error.to_string(), "`loyalty setup nocodb` with the administrator makes a token");
        }
    };
    if let Err(error) = contents(&nocodb, findings).await {
        return findings.wrong(error.to_string(), "see docs/connect/nocodb.md");
    }
    if matches!(admin::sign_up_is_open(&settings.nocodb).await, Ok(true)) {
        findings.note(
            "sign-up is open: anybody who reaches NocoDB can make an account there",
            "`loyalty setup nocodb --close-sign-up`, or Account settings, Users, Settings, Invite only",
        );
    }
}

async fn contents(nocodb: &Nocodb, findings: &mut Findings) -> Result<(), CallError> {
    let plan = nocodb.plan().await?;
    findings.ok("token accepted");
    for step in &plan.steps {
        findings.missing(format!("{step}: missing"), "`loyalty setup nocodb`");
    }
    for note in plan.notes {
        findings.note(note, "change it back in NocoDB");
    }
    if plan.steps.is_empty() {
        findings.ok("base, tables, columns and views are there");
    }
    match nocodb.database().await?.as_deref() {
        None | Some("pg") => {}
        Some(kind) => findings.note(
            format!("NocoDB keeps its tables in {kind}, where it does not enforce unique columns"),
            "run NocoDB on PostgreSQL (NC_DB); until then two rows of one entry can appear if somebody copies a row by hand",
        ),
    }
    Ok(())
}
