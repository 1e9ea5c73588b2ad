//! What an operator should know about the connected NocoDB.

use super::{Nocodb, client::CallError};

/// As NocoDB tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Only the container image says it.
    pub version: Option<String>,
    /// Anybody who reaches it can make an account: NocoDB's default.
    pub open_sign_up: bool,
    /// On SQLite unique columns are not enforced, and it is slow.
    pub on_sqlite: bool,
}

impl Nocodb {
    /// Reaches NocoDB and proves the token.
    pub async fn about(&self) -> Result<About, CallError> {
        self.base_id().await?; // the two below answer without a token
        let info = self.client.get("nocodb/info").await?;
        let version = self.client.version().await?;
        Ok(About { version, open_sign_up: info["inviteOnlySignup"] == false, on_sqlite: info["prodReady"] == false })
    }
}
