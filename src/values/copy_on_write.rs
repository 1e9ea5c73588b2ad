//! A value that copies of what holds it share until one of them changes it. A decision starts from a copy of the member's document;
//! most of a long document is left as it was, and costs that copy a count instead of its texts.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Error;

use super::changes::{Document, Patch};

/// Reads and writes as the value itself; writing through it copies the value when others share it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CopyOnWrite<T>(Arc<T>);

impl<T: Clone> CopyOnWrite<T> {
    pub fn into_inner(self) -> T {
        Arc::unwrap_or_clone(self.0)
    }
}

impl<T> From<T> for CopyOnWrite<T> {
    fn from(value: T) -> Self {
        Self(Arc::new(value))
    }
}

impl<T> Deref for CopyOnWrite<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> DerefMut for CopyOnWrite<T> {
    fn deref_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }
}

impl<T: Serialize> Serialize for CopyOnWrite<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for CopyOnWrite<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::from)
    }
}

impl<D: Document + Eq> Document for CopyOnWrite<D> {
    fn changes(&self, before: Option<&Self>, patch: &mut Patch) -> Result<(), Error> {
        self.0.changes(before.map(|before| &*before.0), patch)
    }
}

#[cfg(test)]
mod tests {
    use super::CopyOnWrite;

    #[test]
    fn a_copy_that_is_changed_leaves_the_other_as_it_was() {
        let before = CopyOnWrite::from("ten".to_owned());
        let mut after = before.clone();
        after.push_str(" points");
        assert_eq!((before.as_str(), after.as_str()), ("ten", "ten points"));
    }
}
