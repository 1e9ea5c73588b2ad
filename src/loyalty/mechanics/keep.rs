//! What becomes of that which a mechanic keeps of a member when two members turn out to be one, or one comes from another
//! installation. An un-merge gives back lots only; what else came stays.

/// A field of the member's document. Its default is not written.
pub trait Keep: Default + Clone {
    /// What goes to the member that this one turned out to be; what is not taken out stays behind as well.
    fn leave(&mut self) -> Self {
        std::mem::take(self)
    }

    /// What another member had comes here.
    fn take_in(&mut self, came: &Self);

    /// What an export tells another installation beside the rows that it has for it.
    fn carried(&self) -> Self {
        Self::default()
    }
}
