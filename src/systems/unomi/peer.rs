//! Whether Unomi takes us for a trusted peer. It answers 200 "processed" either way and ignores what it does not trust, so
//! only a change that shows proves it: a property of one profile of our own.

use jiff::Timestamp;
use serde_json::json;

use super::{
    client::{Client, Trouble},
    map::{Part, VERSION_PROPERTY},
};

/// The profile that is written to. It has none of the properties that our segments ask for.
pub const PROFILE: &str = "loyalty.check";

/// Sets a property to something new and looks whether the answer has it.
pub async fn accepts(client: &Client, now: Timestamp) -> Result<bool, String> {
    let new = now.as_millisecond().unsigned_abs();
    let update = json!({ format!("properties.{VERSION_PROPERTY}"): new });
    let part =
        Part { key: PROFILE.to_owned(), kind: "updateProperties", at: now, properties: json!({ "update": update }) };
    match client.context(PROFILE, None, &[&part]).await {
        Ok(context) => Ok(context.version() == Some(new)),
        Err(Trouble::Doubt(problem)) => Err(format!("Unomi {problem}")),
        Err(Trouble::System(outcome)) => Err(format!("Unomi {}", outcome.problem())),
    }
}
