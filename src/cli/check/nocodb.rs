//! NocoDB: reached, token, what setup would change, what keeps the draft from being published, and two traps: sign-up open to
//! everybody, columns that only look unique.

use super::Findings;
use crate::{
    config::Settings,
    data_folder::open_store,
    systems::nocodb::{Failure, Nocodb, admin, setup::Step},
    values::count::counted,
    writer::programmes::LiveProgrammes,
};

pub async fn look(settings: &Settings, findings: &mut Findings) {
    let nocodb = match Nocodb::connect(&settings.nocodb) {
        Ok(Some(nocodb)) => nocodb,
        Ok(None) => return findings.off("the programme is read from CSV files, members are shown in the console"),
        Err(error) => {
            return findings.missing(error.to_string(), "`loyalty setup nocodb` with the administrator makes a token");
        }
    };
    if let Err(error) = contents(settings, &nocodb, findings).await {
        return findings.wrong(error.to_string(), "see docs/connect/nocodb.md");
    }
    if matches!(admin::sign_up_is_open(&settings.nocodb).await, Ok(true)) {
        findings.note(
            "sign-up is open: anybody who reaches NocoDB can make an account there",
            "`loyalty setup nocodb --close-sign-up`, or Account settings, Users, Settings, Invite only",
        );
    }
}

async fn contents(settings: &Settings, nocodb: &Nocodb, findings: &mut Findings) -> Result<(), Failure> {
    let plan = nocodb.plan().await?;
    findings.ok("token accepted");
    if let Some(base @ Step::Base(_)) = plan.steps.first() {
        findings.missing(format!("{base}: missing, nothing is set up yet"), "`loyalty setup nocodb`");
        return Ok(());
    }
    for step in &plan.steps {
        findings.missing(format!("{step}: missing"), "`loyalty setup nocodb`");
    }
    for note in plan.notes {
        findings.note(note, "change it back in NocoDB");
    }
    if plan.steps.is_empty() {
        findings.ok("base, tables, columns and views are there");
    }
    if plan.steps.iter().all(Step::is_optional) {
        draft(settings, nocodb, findings).await?;
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

/// What keeps the draft from being published. A table that lost its rows is a slip; a cell may be somebody's work of today.
async fn draft(settings: &Settings, nocodb: &Nocodb, findings: &mut Findings) -> Result<(), Failure> {
    let store = open_store(settings).await?;
    let live = LiveProgrammes::load(&store).await?;
    let Err(problems) = nocodb.review_draft(&store, &live, &settings.server.brand).await? else { return Ok(()) };
    for problem in problems.iter().filter(|problem| problem.row.is_empty()) {
        findings
            .wrong(problem.to_string(), "what is live stays; `loyalty setup nocodb` fills an emptied table with it");
    }
    let cells = problems.iter().filter(|problem| !problem.row.is_empty()).count();
    if cells > 0 {
        let detail = format!("the draft cannot be published: {} with a problem", counted(cells, "cell"));
        findings.note(detail, "the rows say which; what is live stays");
    }
    Ok(())
}
