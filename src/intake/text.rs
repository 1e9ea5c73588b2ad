//! A text that is to be written for a member.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    GivenId,
    fields::{Decimal, FieldError, Unread, all_valid, check_id, optional},
    member::MemberBody,
};
use crate::words::{Facts, facts};

/// What is to be written.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "thanks-1001", "member": {"external_id": "c-1042"}, "text_id": "thank_you",
    "cause": "order:1001", "facts": {"points": 278}}))]
pub struct TextBody {
    /// The same id gives the same text; without one each call writes a new one.
    #[serde(default, deserialize_with = "optional")]
    #[schema(value_type = Option<String>)]
    pub id: Option<GivenId>,
    /// A member that is known already.
    pub member: MemberBody,
    /// A row of the table `Texts`.
    #[schema(value_type = String)]
    pub text_id: GivenId,
    /// What it is about, like `order:1001`: that order's points and goods become facts. One text is written about one cause:
    /// who asks again, under whatever id, gets the same words, which are also those that the connector sends.
    pub cause: Option<String>,
    /// Facts the text may use: strings or numbers, nothing personal. The ledger's own (balance, tier, programme, and the
    /// points of an order) win over what is given here. Amounts carry their currency, percentages their sign.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub facts: BTreeMap<String, Decimal>,
}

/// What a caller gave, read.
pub struct Given {
    pub id: Option<String>,
    pub text_id: String,
    pub facts: Facts,
}

impl TextBody {
    pub fn checked(&self) -> Result<Given, Unread> {
        let mut errors = Vec::new();
        let id = self.id.as_ref().map(|id| id.strict("/id", &mut errors));
        let text_id = self.text_id.lenient("/text_id", &mut errors);
        if let Some(cause) = &self.cause {
            check_id(cause, "/cause", &mut errors);
        }
        let facts: Facts = self.facts.iter().map(|(name, value)| (name.clone(), value.0.clone())).collect();
        if let Err((name, problem)) = facts::check(&facts) {
            let pointer = if name.is_empty() { "/facts".to_owned() } else { format!("/facts/{name}") };
            errors.push(FieldError::at(pointer, problem.to_string()));
        }
        all_valid(errors).map(|()| Given { id, text_id, facts })
    }
}
