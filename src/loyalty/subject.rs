//! What an event made, used or changed, as its receipt says it. It is written as its fields alone, in the order of their names;
//! what a row says in any other form is read as it stands.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

use super::mechanics::{rewards::ClaimState, savings::Saving};

macro_rules! subjects {
    ($($(#[$doc:meta])* $variant:ident { $($field:ident: $type:ty),* })*) => {
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Subject {
            $($(#[$doc])* $variant { $($field: $type),* },)*
            /// In a form that this version does not write.
            Other(Value),
        }

        impl Subject {
            /// No two kinds have the same fields: by these one is known.
            fn read(value: &Value) -> Option<Self> {
                let fields = value.as_object()?;
                $({
                    let names: &[&str] = &[$(stringify!($field)),*];
                    if fields.len() == names.len() && names.iter().all(|name| fields.contains_key(*name)) {
                        return Some(Self::$variant { $($field: <$type>::deserialize(&fields[stringify!($field)]).ok()?),* });
                    }
                })*
                None
            }
        }

        impl Serialize for Subject {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant { $($field),* } => {
                        let mut fields = serializer.serialize_map(None)?;
                        $(fields.serialize_entry(stringify!($field), $field)?;)*
                        fields.end()
                    })*
                    Self::Other(value) => value.serialize(serializer),
                }
            }
        }
    };
}

subjects! {
    HoldMade { expires_at: Timestamp, id: String, points: i64 }
    HoldCaptured { captured: i64, id: String, released: i64 }
    HoldReleased { id: String, released: i64 }
    /// `code` is the coupon's.
    Claim { code: Option<String>, id: String, points: i64, reward: String, state: ClaimState }
    ClaimFulfilled { id: String, reward: String, state: ClaimState }
    /// `returned`: points that went back.
    ClaimCancelled { id: String, returned: i64, reward: String, state: ClaimState }
    CodeUsed { code: String, name: String, offer: String }
    CodeReleased { code: String, offer: String }
    /// `coupon` is the name under which it is the member's own.
    CodeGiven { code: String, coupon: String, offer: String }
    CodeTaken { code: String, coupon: String, offer: String, void: bool }
    Tier { tier: String, until: Timestamp }
    Savings { savings: Saving }
    Restricted { restricted: bool }
    Accepted { accepted: bool }
    Left { left: bool }
    Merged { merged_into: String }
    Unmerged { restored: String }
}

impl Subject {
    /// The kind of name and the id under which the caller will come back: a new hold's or a new claim's.
    pub fn name(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::HoldMade { id, .. } => Some(("hold", id)),
            Self::Claim { id, .. } => Some(("claim", id)),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Ok(Self::read(&value).unwrap_or(Self::Other(value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_read_as_it_was_written() {
        let written = [
            r#"{"expires_at":"2026-11-20T12:15:00Z","id":"hold_1","points":100}"#,
            r#"{"captured":60,"id":"hold_1","released":40}"#,
            r#"{"code":null,"id":"clm_1","points":500,"reward":"mug","state":"claimed"}"#,
            r#"{"id":"clm_1","returned":500,"reward":"mug","state":"cancelled"}"#,
            r#"{"code":"SUMMER","name":"Summer","offer":"summer"}"#,
            r#"{"savings":"convert"}"#,
            r#"{"merged_into":"mem_2"}"#,
        ];
        for text in written {
            let subject: Subject = serde_json::from_str(text).unwrap();
            assert!(!matches!(subject, Subject::Other(_)), "{text}");
            assert_eq!(serde_json::to_string(&subject).unwrap(), text);
        }
    }

    #[test]
    fn what_no_version_of_today_writes_stays_as_it_is() {
        for text in [r#"{"id":"x","colour":"red"}"#, r#"{"left":"yes"}"#, "[1]", r#"{"points":1e3,"id":"x"}"#] {
            let subject: Subject = serde_json::from_str(text).unwrap();
            assert!(matches!(subject, Subject::Other(_)), "{text}");
            let value: Value = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_value(&subject).unwrap(), value);
        }
    }
}
