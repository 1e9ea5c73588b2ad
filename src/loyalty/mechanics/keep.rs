//! What becomes of that which a mechanic keeps of a member when two members turn out to be one, or one comes from another
//! installation. What does not know whose it is stays where it came when they are two again.

use std::collections::BTreeSet;

/// A field of the member's document. Its default is not written.
pub trait Keep: Default + Clone {
    /// What goes to the member that this one turned out to be; what is not taken out stays behind as well.
    fn leave(&mut self) -> Self {
        std::mem::take(self)
    }

    /// What another member had comes here.
    fn take_in(&mut self, came: &Self);

    /// What is of these members, who turned out to be this one and are on their own again, goes with them.
    fn give_back(&mut self, _owners: &BTreeSet<String>) -> Self {
        Self::default()
    }

    /// What an export tells another installation beside the rows that it has for it.
    fn carried(&self) -> Self {
        Self::default()
    }
}
