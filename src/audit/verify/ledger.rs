//! The whole ledger, member by member and then what lies between them. Members are read and checked side by side.

use futures_util::{StreamExt, stream};

use super::{Checked, Finding, check, whole::Whole};
use crate::{
    store::{Store, StoreError, audit::Stream},
    writer::programmes::LiveProgrammes,
};

/// Members read and checked together.
const AT_ONCE: usize = 16;

/// What became of it.
#[derive(Debug, Default)]
pub struct Report {
    pub members: usize,
    pub decided_again: usize,
    /// Events of older engines: their chain and their sums were checked.
    pub only_checked: usize,
    pub findings: Vec<Finding>,
    /// What this database cannot be asked.
    pub not_asked: Option<String>,
}

/// Checks everything; `looked_at` is told how many members more.
pub async fn ledger(store: &Store, live: &LiveProgrammes, looked_at: impl Fn(usize)) -> Result<Report, StoreError> {
    let (streams, secret) = (store.streams().await?, store.installation_secret().await?);
    let mut whole = Whole::begin(store).await?;
    let mut report = Report { members: streams.len(), ..Report::default() };
    let mut found = Vec::new();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let checks = (0..).zip(streams.chunks(AT_ONCE)).map(|(number, members)| {
        let checked = together(store.clone(), live.clone(), members.to_vec());
        async move { checked.await.map(|checked| (number, checked)) }
    });
    let mut checks = stream::iter(checks).buffer_unordered(2 * cores); // one half reads while the other decides
    while let Some(checked) = checks.next().await {
        let (number, checked): (usize, _) = checked?;
        looked_at(checked.len());
        for (stream, checked) in checked {
            report.decided_again += checked.decided_again;
            report.only_checked += checked.only_checked;
            found.extend(checked.findings.into_iter().map(|finding| (number, finding)));
            whole.add(&stream, checked.traces, &secret);
        }
    }
    found.sort_by_key(|(number, _)| *number);
    report.findings.extend(found.into_iter().map(|(_, finding)| finding));
    let (between, not_asked) = whole.findings(store).await?;
    report.findings.extend(between);
    report.not_asked = not_asked;
    Ok(report)
}

/// What became of each of these members. Deciding is all work and no waiting: it leaves the runtime's threads alone.
async fn together(
    store: Store,
    live: LiveProgrammes,
    members: Vec<(String, String)>,
) -> Result<Vec<(Stream, Checked)>, StoreError> {
    let streams = store.streams_of(members).await?;
    let programmes = live.all();
    let checked = tokio::task::spawn_blocking(move || {
        let check = |stream: Stream| {
            let checked = match programmes.get(&stream.brand) {
                Some(programmes) => check(&stream, programmes),
                None => Checked {
                    findings: vec![format!("brand {} has events but no programme", stream.brand)],
                    ..Checked::default()
                },
            };
            (stream, checked)
        };
        streams.into_iter().map(check).collect()
    });
    checked.await.map_err(|_| StoreError::Closed)
}
