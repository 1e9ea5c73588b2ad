//! What a connected system shows otherwise than the ledger, and what to do about it.

/// One difference, in words that lead to the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub brand: String,
    pub member: String,
    /// The delivery's own key: a dead letter of this key explains it.
    pub key: String,
    pub what: String,
    pub remedy: Remedy,
    /// Segments that are shown of the member and are not the ledger's, or the other way round.
    pub segments: Vec<Stray>,
}

/// A segment that one side sees the member in, and the other does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stray {
    pub segment: String,
    /// It is shown there; else it is missing there.
    pub is_there: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// Telling everything about the member again mends it.
    TellAgain,
    /// A person does this there first.
    ByHand(String),
}
