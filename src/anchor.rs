//! Anchors: once a day, one line per brand in `anchors.log` of the data folder, over the newest chain hash of every member.
//! Whoever keeps a copy of the file elsewhere can prove that no event before a line was changed or removed since.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::{
    clock::Clock,
    ids::sha256_hex,
    store::{Store, StoreError, audit::Head},
};

/// How often the day is looked at.
const LOOK: Duration = Duration::from_secs(600);

/// One line: `2026-11-20T00:00:03Z main 1043 <sha-256>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    pub at: Timestamp,
    pub brand: String,
    /// The last event it covers, as a position in the store.
    pub until: u64,
    /// SHA-256 over the heads, in order of member.
    pub hash: String,
}

/// The file of anchors: lines are only ever added.
#[derive(Debug, Clone)]
pub struct Anchors(PathBuf);

/// Why anchors could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum AnchorError {
    #[error("anchors.log: {0}")]
    File(#[from] io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Anchors {
    pub fn of(data: &Path) -> Self {
        Self(data.join("anchors.log"))
    }

    /// All anchors, oldest first; a line that cannot be read is left out (the file is for people too).
    pub fn read(&self) -> Result<Vec<Anchor>, AnchorError> {
        match fs::read_to_string(&self.0) {
            Ok(text) => Ok(text.lines().filter_map(parse).collect()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }

    /// Adds today's line for each brand that has none yet. Returns how many were added.
    pub async fn drop_today(&self, store: &Store, brands: &[String], now: Timestamp) -> Result<usize, AnchorError> {
        let known = self.read()?;
        let today = |at: Timestamp| at.strftime("%F").to_string();
        let mut added = 0;
        for brand in brands {
            if known.iter().any(|anchor| anchor.brand == *brand && today(anchor.at) == today(now)) {
                continue;
            }
            let until = store.last_event(brand).await?;
            let hash = digest(&store.heads(brand, until).await?);
            let mut file = OpenOptions::new().create(true).append(true).open(&self.0)?;
            writeln!(file, "{now} {brand} {until} {hash}")?;
            file.sync_all()?;
            added += 1;
        }
        Ok(added)
    }

    /// Adds a line each day until told to stop.
    pub async fn keep(self, store: Store, brands: Vec<String>, clock: Arc<dyn Clock>, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.drop_today(&store, &brands, clock.now()).await {
                tracing::error!(%error, "today's anchor could not be written; it is tried again");
            }
            tokio::select! { () = tokio::time::sleep(LOOK) => {}, () = stop.cancelled() => {} }
        }
    }

    /// Anchors that the ledger no longer fits, in words.
    pub async fn broken(&self, store: &Store) -> Result<Vec<String>, AnchorError> {
        let mut broken = Vec::new();
        for anchor in self.read()? {
            if digest(&store.heads(&anchor.brand, anchor.until).await?) != anchor.hash {
                let Anchor { at, brand, until, .. } = anchor;
                broken
                    .push(format!("brand {brand}: events up to {until} are not what they were at {at} (anchors.log)"));
            }
        }
        Ok(broken)
    }
}

fn digest(heads: &[Head]) -> String {
    let lines: Vec<String> =
        heads.iter().map(|head| format!("{} {} {}", head.member, head.version, head.chain)).collect();
    sha256_hex(lines.join("\n").as_bytes())
}

fn parse(line: &str) -> Option<Anchor> {
    let mut parts = line.split(' ');
    let at = parts.next()?.parse().ok()?;
    let (brand, until, hash) = (parts.next()?.to_owned(), parts.next()?.parse().ok()?, parts.next()?.to_owned());
    Some(Anchor { at, brand, until, hash })
}
