//! A member's own choice: what becomes of points by themselves.

use serde::{Deserialize, Serialize};

use super::{
    GivenId,
    fields::{Unread, all_valid},
};
use crate::loyalty::mechanics::savings::Saving;

/// What becomes of points by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// They stay until the member spends them.
    Save,
    /// They turn into the programme's coupon as soon as they are enough for one.
    Convert,
}

impl From<Saving> for Choice {
    fn from(saving: Saving) -> Self {
        match saving {
            Saving::Save => Self::Save,
            Saving::Convert | Saving::Converting => Self::Convert,
        }
    }
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "choice-7", "choice": "convert"}))]
pub struct SavingsBody {
    #[schema(value_type = String)]
    pub id: GivenId,
    pub choice: Choice,
}

impl SavingsBody {
    /// Its id, and whether points shall turn into coupons. `is_offered` says whether the programme names one.
    pub fn checked(&self, is_offered: bool) -> Result<(String, bool), Unread> {
        let mut errors = Vec::new();
        let id = self.id.strict("/id", &mut errors);
        all_valid(errors)?;
        let convert = self.choice == Choice::Convert;
        if convert && !is_offered {
            let detail = "is not offered: `Converts to` in the table Settings names no coupon";
            return Err(Unread::field("/choice", detail));
        }
        Ok((id, convert))
    }
}
