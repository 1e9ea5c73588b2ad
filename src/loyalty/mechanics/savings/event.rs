//! The member chose what becomes of points by themselves.

use serde::{Deserialize, Serialize};

use crate::loyalty::event::{EachText, Kind};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Savings {
    /// True: points turn into the programme's coupon by themselves. False: they are saved.
    pub convert: bool,
}

impl Kind for Savings {
    fn each_text(&mut self, _: EachText<'_>) {}
}

impl Savings {
    pub fn line(&self) -> String {
        let converts = "points turn into coupons by themselves now";
        if self.convert { converts } else { "points are saved now" }.to_owned()
    }
}
