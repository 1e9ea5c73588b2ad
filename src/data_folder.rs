//! The data folder: its lock, secrets in files that only their owner reads, and the store that the settings name.

use std::{
    fs::{DirBuilder, File, TryLockError},
    os::unix::fs::DirBuilderExt,
    path::Path,
};

use anyhow::{Context, bail};

use crate::{
    config::{Settings, StoreSettings},
    ids,
    store::{Shared, Store, StoreError, backup::DATABASE},
};

/// The store the settings name: PostgreSQL by its URL, else SQLite in the data folder.
pub async fn open_store(settings: &Settings) -> Result<Store, StoreError> {
    let StoreSettings { url, ca_certificates, connections } = settings.store.clone();
    match url {
        Some(url) => {
            let name = connector_name(&settings.server.data);
            Store::share(&Shared { url, ca_certificates, connections, name }).await
        }
        None => Store::open(&settings.server.data),
    }
}

/// The ledger of commands that only make sense where there is one.
pub async fn open_ledger(settings: &Settings) -> anyhow::Result<Store> {
    let folder = &settings.server.data;
    if settings.store.url.is_none() && !folder.join(DATABASE).is_file() {
        bail!(
            "there is no ledger in {}: name its folder (--data, LOYALTY__SERVER__DATA), or start `loyalty` once",
            folder.display()
        );
    }
    Ok(open_store(settings).await?)
}

/// Kept in the data folder, so that a connector that comes back takes up what it held. Without a folder it is a passing one.
fn connector_name(data: &Path) -> String {
    let file = data.join("connector");
    std::fs::read_to_string(&file).unwrap_or_else(|_| {
        let name = ids::fresh("con");
        let _ = std::fs::write(&file, &name);
        name
    })
}

/// A data folder held by this process alone.
pub struct DataFolder(#[expect(dead_code, reason = "held for its lock")] File);

impl DataFolder {
    /// Makes the folder and locks it.
    pub fn lock(path: &Path) -> anyhow::Result<Self> {
        let named = || format!("the data folder {} (--data, LOYALTY__SERVER__DATA)", path.display());
        // For its owner alone: in it are personal data and the keys of what is encrypted.
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .with_context(|| format!("{} cannot be made", named()))?;
        let file = File::create(path.join("lock")).with_context(|| format!("{} cannot be written to", named()))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => {
                bail!("{} is in use by another connector: stop that one, or give this one a folder of its own", named())
            }
            Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("{} cannot be locked", named())),
        }
    }
}

/// Writes a file that only its owner reads.
pub fn write_secret(path: &Path, text: &str) -> std::io::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    writeln!(file, "{text}")
}
