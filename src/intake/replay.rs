//! Which dead letters are to be sent again.

use serde::Deserialize;

use super::{
    GivenId,
    fields::{Unread, all_valid, optional},
};

/// Which dead letters to send again: one, those of one destination, or (with neither) all.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayBody {
    #[serde(default, deserialize_with = "optional")]
    #[schema(value_type = Option<String>)]
    pub id: Option<GivenId>,
    pub destination: Option<String>,
}

impl ReplayBody {
    /// Their id and destination, where they are named.
    pub fn checked(self) -> Result<(Option<String>, Option<String>), Unread> {
        let mut errors = Vec::new();
        let id = self.id.map(|id| id.lenient("/id", &mut errors));
        all_valid(errors).map(|()| (id, self.destination))
    }
}
