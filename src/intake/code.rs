//! Codes: those of an order, one that is used or given back, and many that are made or taken over.

use serde::Deserialize;

use super::{
    GivenId, Incoming, Reader,
    fields::{FieldError, Unread, all_valid, check_id},
    incoming::Origin,
    member::MemberBody,
};
use crate::{
    loyalty::{Fact, mechanics::codes::CodeUse},
    values::code::normal,
};

/// Codes of an order.
pub const CODES: usize = 20;

/// The codes of an order or of a cart: few, and short.
pub fn check_codes(codes: &[String], errors: &mut Vec<FieldError>) {
    if codes.len() > CODES {
        errors.push(FieldError::at("/codes", format!("has more than {CODES} codes")));
        return;
    }
    for (index, code) in codes.iter().enumerate() {
        check_id(code, &format!("/codes/{index}"), errors);
    }
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "till-3-779", "member": {"external_id": "c-1042"}}))]
pub struct CodeBody {
    /// Names this use; the same id again is the same use.
    #[schema(value_type = String)]
    pub id: GivenId,
    pub member: MemberBody,
}

/// What happens to a use of a code.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    Redeem,
    Release,
}

impl CodeBody {
    /// The event that uses this code, or gives its use back. `partner` is whose codes alone the key may use.
    pub fn incoming(
        self,
        reader: &Reader,
        origin: Origin<'_>,
        (step, code): (Step, String),
        partner: Option<&str>,
    ) -> Result<Incoming, Unread> {
        let mut errors = Vec::new();
        let id = self.id.strict("/id", &mut errors);
        check_id(&code, "/code", &mut errors);
        let who = self.member.who(reader, "/member", &mut errors);
        all_valid(errors)?;
        let code_use = CodeUse { code, reference: id.clone(), partner: partner.map(str::to_owned) };
        let (call, fact) = match step {
            Step::Redeem => ("code.redeem", Fact::CodeRedeemed(code_use)),
            Step::Release => ("code.release", Fact::CodeReleased(code_use)),
        };
        Ok(origin.event((call, id), who, fact))
    }
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckBody {
    pub member: MemberBody,
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"offer": "welcome5", "count": 100}))]
pub struct IssueBody {
    /// The row of `Codes` that they are worth.
    pub offer: String,
    /// How many to make up; or give `codes`.
    pub count: Option<usize>,
    /// A list from outside.
    #[serde(default)]
    pub codes: Vec<String>,
}

/// Codes of one call.
pub const AT_ONCE: usize = 10_000;

/// Codes that come to be.
pub enum NewCodes {
    /// So many that are made up.
    Made(usize),
    /// Those of a list, in their one form.
    Given(Vec<String>),
}

impl IssueBody {
    /// What is to be issued. `is_live` says whether the live programme has the offer.
    pub fn checked(&self, is_live: bool) -> Result<NewCodes, Unread> {
        let mut errors = Vec::new();
        if !is_live {
            errors.push(FieldError::at("/offer", format!("there is no live offer `{}`", self.offer)));
        }
        if self.codes.is_empty() != self.count.is_some() || self.codes.len().max(self.count.unwrap_or(0)) > AT_ONCE {
            errors.push(FieldError::at("/count", format!("give exactly one of count and codes, at most {AT_ONCE}")));
        }
        for (index, code) in self.codes.iter().enumerate() {
            check_id(code, &format!("/codes/{index}"), &mut errors);
        }
        all_valid(errors)?;
        let given = || NewCodes::Given(self.codes.iter().map(|code| normal(code)).collect());
        Ok(self.count.map_or_else(given, NewCodes::Made))
    }
}
