//! What the rooms below refuse or cannot do, as what went wrong for whoever asked.

use crate::{
    access::NotLetIn,
    intake::{draft::at_cells, problem::Problem},
    loyalty::Refusal,
    store::StoreError,
    writer::{NotAccepted, publishing::NotPublished},
};

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed");
        match error {
            StoreError::NotKnown(cause) => Self::not_known(format!("It broke off: {}", cause.reason())),
            error => Self::unavailable(format!("It cannot be served now: {}", error.reason())),
        }
    }
}

impl From<NotAccepted> for Problem {
    fn from(error: NotAccepted) -> Self {
        let detail = error.to_string();
        match error {
            NotAccepted::Refused(refusal) => refusal.into(),
            NotAccepted::Conflict { .. } => Self::new(
                409,
                "known-with-other-content",
                "This id is known with other content",
                format!("{detail}. Nothing was changed. A new state needs a new id or a higher revision."),
            ),
            NotAccepted::UnknownMember(_) => Self::new(
                422,
                "unknown-member",
                "The member is not known",
                format!(
                    "{detail}. Let the member join first (POST /v1/members), or let the programme join unknown members by itself."
                ),
            ),
            NotAccepted::Busy => Self::new(
                503,
                "busy",
                "There is too much to do",
                "Too much is waiting to be written. Nothing was stored.",
            )
            .after(1),
            NotAccepted::Stopping => Self::stopping(),
            NotAccepted::ClockJumped(doubt) => Self::clock(doubt),
            NotAccepted::NotKnown(_) => Self::not_known(detail),
            NotAccepted::NoProgramme(_) | NotAccepted::Unavailable(_) => Self::unavailable(detail),
            NotAccepted::Broken => Self::internal(
                "This event cannot be decided or written; the log says why. Nothing of it was stored, and all others are served.",
            ),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let detail = refusal.to_string();
        match refusal {
            Refusal::NotEnoughPoints { available, .. } => {
                let title = "Not enough points";
                let problem = Self::new(409, "not-enough-points", title, format!("{detail}."));
                Self { available: Some(available), ..problem }
            }
            Refusal::OrderOfAnotherMember { .. } => Self::new(
                409,
                "order-of-another-member",
                "The order belongs to another member",
                format!("{detail}. Nothing was changed."),
            ),
            Refusal::NoSuch { what, id } => Self::not_found(format!("{what} `{id}`")),
            Refusal::Over { .. } => {
                Self::new(409, "over-already", "It is over already", format!("{detail}. Nothing was changed."))
            }
            Refusal::NeedsSecondKey { .. } => {
                Self::new(403, "second-key", "A second key is needed", format!("{detail}."))
            }
            Refusal::NotAllowed(_) => {
                Self::new(409, "not-allowed", "The programme does not allow it", format!("{detail}."))
            }
            Refusal::TooLarge(ref too_large) => Self::invalid_field(too_large.pointer, detail),
            Refusal::MixedRevisions { .. } => Self::invalid_field("/revision", detail),
            Refusal::WrongCurrency { .. } => Self::invalid_field("/currency", detail),
            Refusal::InTheFuture { field } => {
                Self::invalid_field(format!("/{field}"), "lies more than 5 minutes in the future")
            }
        }
    }
}

impl From<NotPublished> for Problem {
    fn from(error: NotPublished) -> Self {
        let detail = error.to_string();
        match error {
            NotPublished::Problems(problems) => Self::invalid(at_cells(&problems)),
            NotPublished::OtherDraft { .. } => Self::new(
                409,
                "other-draft",
                "The rows are others than were checked",
                format!(
                    "{detail}. Nothing was changed. Check these rows, look at what is said of them, and publish those."
                ),
            ),
            NotPublished::Moved { .. } => Self::new(
                409,
                "programme-moved",
                "Another version went live meanwhile",
                format!(
                    "{detail}. Nothing was changed. Bring what you want of it into your rows, and check them again."
                ),
            ),
            NotPublished::SamePerson => Self::second_key(),
            NotPublished::NothingWaits(fingerprint) => Self::not_found(format!("draft `{fingerprint}` that waits")),
            NotPublished::TooNew(_) => Self::unavailable(detail),
            NotPublished::Store(error) => error.into(),
        }
    }
}

impl From<NotLetIn> for Problem {
    fn from(error: NotLetIn) -> Self {
        match error {
            NotLetIn::Unknown => Self::unauthorized(),
            NotLetIn::TooOften { retry_after_seconds } => Self::too_often(retry_after_seconds),
            NotLetIn::Store(error) => error.into(),
        }
    }
}
