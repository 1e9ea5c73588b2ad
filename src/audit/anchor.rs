//! Anchors: once a day, one line per brand in `anchors.log` of the data folder, over the newest chain hash of every member.
//! Whoever keeps a copy of the file elsewhere can prove that no event before a line was changed or removed since; and a member
//! can prove the same of a statement, without the other members' hashes.

use std::{
    fmt,
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

mod tree;

use crate::{
    clock::Clock,
    ids::sha256_hex,
    store::{Store, StoreError, audit::Head},
};
pub use tree::Beside;

/// How often the day is looked at.
const LOOK: Duration = Duration::from_secs(600);

/// One line: `2026-11-20T00:00:03Z main 1043 tree:<sha-256>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    pub at: Timestamp,
    pub brand: String,
    /// The last event it covers, as a position in the store.
    pub until: u64,
    /// The root of the tree over the heads, in order of member. Lines of the first version have no `tree:`, and one SHA-256
    /// over all heads.
    pub hash: String,
}

/// That an anchor covers one member's chain up to a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    pub anchor: Anchor,
    /// The member's last version that it covers.
    pub version: u64,
    /// From the member's leaf to the root.
    pub path: Vec<Beside>,
}

impl Covered {
    /// Whether the path leads from this head to the anchor's hash.
    pub fn proves(&self, member: &str, chain: &str) -> bool {
        let head = Head { member: member.to_owned(), version: self.version, chain: chain.to_owned() };
        self.anchor.hash == format!("{TREE}{}", tree::root_over(&head, &self.path))
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {}", self.at, self.brand, self.until, self.hash)
    }
}

/// Before the hash of a line that is the root of a tree.
const TREE: &str = "tree:";

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
            Ok(text) => Ok(read_lines(&text)),
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
            let hash = format!("{TREE}{}", tree::root(&store.heads(brand, until).await?));
            let anchor = Anchor { at: now, brand: brand.clone(), until, hash };
            let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(&self.0)?;
            writeln!(file, "{anchor}")?;
            file.sync_all()?;
            added += 1;
        }
        Ok(added)
    }

    /// Adds a line each day until told to stop.
    pub async fn keep(self, store: Store, brands: Vec<String>, clock: Arc<dyn Clock>, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if clock.doubt().is_none()
                && let Err(error) = self.drop_today(&store, &brands, clock.now()).await
            {
                tracing::error!(%error, "today's anchor could not be written; it is tried again");
            }
            tokio::select! { () = tokio::time::sleep(LOOK) => {}, () = stop.cancelled() => {} }
        }
    }

    /// Anchors that the ledger no longer fits, in words.
    pub async fn broken(&self, store: &Store) -> Result<Vec<String>, AnchorError> {
        let mut broken = Vec::new();
        for anchor in self.read()? {
            let heads = store.heads(&anchor.brand, anchor.until).await?;
            let hash = match anchor.hash.strip_prefix(TREE) {
                Some(_) => format!("{TREE}{}", tree::root(&heads)),
                None => digest(&heads),
            };
            if hash != anchor.hash {
                let Anchor { at, brand, until, .. } = anchor;
                broken
                    .push(format!("brand {brand}: events up to {until} are not what they were at {at} (anchors.log)"));
            }
        }
        Ok(broken)
    }

    /// The newest anchor that covers this member, with the way from the member's hash to it.
    pub async fn newest_over(&self, store: &Store, brand: &str, member: &str) -> Result<Option<Covered>, AnchorError> {
        let anchors = self.read()?.into_iter().rev();
        let Some(anchor) = anchors.into_iter().find(|known| known.brand == brand && known.hash.starts_with(TREE))
        else {
            return Ok(None);
        };
        let heads = store.heads(brand, anchor.until).await?;
        let place = heads.iter().position(|head| head.member == member);
        Ok(place.map(|place| Covered { version: heads[place].version, path: tree::path(&heads, place), anchor }))
    }
}

/// The anchors in a copy of the file.
pub fn read_lines(text: &str) -> Vec<Anchor> {
    text.lines().filter_map(parse).collect()
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
