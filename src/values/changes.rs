//! What an event changes in a document, as a JSON merge patch (RFC 7396): written from the two documents, applied to a text.
//! Guarantees: the patch is the very one that `json::diff` finds between their texts, and
//! `apply(before, patch) == after` for documents without null members, which ours are. A new document is its own change:
//! its text with the keys of every object in order.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Error, Map, Value};

use super::json::{self, merged};

/// A document, or a part of one, whose fields are compared as they stand: what two of them share is never written down, and
/// that is most of a busy member's. `document!` implements it.
pub trait Document: Serialize + PartialEq {
    /// Adds what differs from `before`, in the order of the fields' names; everything where there was nothing.
    fn changes(&self, before: Option<&Self>, patch: &mut Patch) -> Result<(), Error>;
}

/// Lists the fields of a [`Document`], each with the function of [`Patch`] that compares it.
macro_rules! document {
    ($name:ident { $($(#[$cfg:meta])* $field:ident: $how:ident),* $(,)? }) => {
        impl $crate::values::changes::Document for $name {
            fn changes(
                &self,
                before: Option<&Self>,
                patch: &mut $crate::values::changes::Patch,
            ) -> Result<(), serde_json::Error> {
                let Self { $($(#[$cfg])* $field),* } = self; // none may be forgotten
                $($(#[$cfg])* patch.$how(stringify!($field), (before.map(|before| &before.$field), $field))?;)*
                Ok(())
            }
        }
    };
}
pub(crate) use document;

/// Writes what turns one value into another, where there was one.
pub(crate) type Written<'w, V> = &'w dyn Fn(&mut Patch, Option<&V>, &V) -> Result<(), Error>;

/// An object on its way: the fields that differ, and where each field of the objects that are open begins.
pub struct Patch(String, Vec<usize>);

impl Patch {
    /// What turns `before` into `after`.
    pub fn between<D: Document>(before: Option<&D>, after: &D) -> Result<String, Error> {
        Self::of(|patch| after.changes(before, patch))
    }

    /// A document whole, and one field beside its own.
    pub fn whole_with<D: Document>(document: &D, (name, value): (&str, &str)) -> Result<String, Error> {
        Self::of(|patch| {
            document.changes(None, patch)?;
            patch.as_written(name, (None, &value))
        })
    }

    fn of(fill: impl FnOnce(&mut Self) -> Result<(), Error>) -> Result<String, Error> {
        let mut patch = Self(String::with_capacity(1024), Vec::with_capacity(32));
        patch.object(fill)?;
        Ok(patch.0)
    }

    /// A field that is always there.
    pub(crate) fn always<T: Serialize + PartialEq>(
        &mut self,
        name: &str,
        (before, after): (Option<&T>, &T),
    ) -> Result<(), Error> {
        if before == Some(after) {
            return Ok(());
        }
        self.name(name);
        let text = serde_json::to_string(after)?;
        match before {
            Some(before) if text.starts_with('{') => {
                self.0.push_str(&json::diff(&serde_json::to_string(before)?, &text));
            }
            _ => self.value(&text),
        }
        Ok(())
    }

    /// The same of one that is no object, and whose objects have their fields in the order of their names already.
    pub(crate) fn as_written<T: Serialize + PartialEq>(
        &mut self,
        name: &str,
        (before, after): (Option<&T>, &T),
    ) -> Result<(), Error> {
        if before != Some(after) {
            self.name(name);
            self.0.push_str(&serde_json::to_string(after)?);
        }
        Ok(())
    }

    /// A field that is left out while it says nothing.
    pub(crate) fn seldom<T: Serialize + PartialEq + Default>(
        &mut self,
        name: &str,
        (before, after): (Option<&T>, &T),
    ) -> Result<(), Error> {
        if before == Some(after) {
            return Ok(());
        }
        let none = T::default();
        let before = before.filter(|before| **before != none);
        if *after != none {
            return self.always(name, (before, after));
        }
        if before.is_some() {
            self.name(name);
            self.0.push_str("null");
        }
        Ok(())
    }

    /// A document within the document.
    pub(crate) fn part<D: Document>(&mut self, name: &str, (before, after): (Option<&D>, &D)) -> Result<(), Error> {
        if before == Some(after) {
            return Ok(());
        }
        self.name(name);
        self.object(|patch| after.changes(before, patch))
    }

    /// A document within the document that is left out while it says nothing.
    pub(crate) fn seldom_part<D: Document + Default>(
        &mut self,
        name: &str,
        (before, after): (Option<&D>, &D),
    ) -> Result<(), Error> {
        if before == Some(after) {
            return Ok(());
        }
        let none = D::default();
        let before = before.filter(|before| **before != none);
        if *after != none {
            self.name(name);
            return self.object(|patch| after.changes(before, patch));
        }
        if before.is_some() {
            self.name(name);
            self.0.push_str("null");
        }
        Ok(())
    }

    /// Documents by what they are found by; always there, even when there are none.
    pub(crate) fn each<K: Serialize + Ord, D: Document>(
        &mut self,
        name: &str,
        (before, after): (Option<&BTreeMap<K, D>>, &BTreeMap<K, D>),
    ) -> Result<(), Error> {
        if before == Some(after) {
            return Ok(());
        }
        self.name(name);
        self.map(before, after, &|patch, was, is| patch.object(|patch| is.changes(was, patch)))
    }

    /// Values by what they are found by; left out while there are none.
    pub(crate) fn seldom_map<K: Serialize + Ord, V: PartialEq>(
        &mut self,
        name: &str,
        (before, after): (Option<&BTreeMap<K, V>>, &BTreeMap<K, V>),
        value: Written<'_, V>,
    ) -> Result<(), Error> {
        let before = before.filter(|before| !before.is_empty());
        match (before, after.is_empty()) {
            (Some(before), false) if before == after => Ok(()),
            (None, true) => Ok(()),
            (Some(_), true) => {
                self.name(name);
                self.0.push_str("null");
                Ok(())
            }
            (before, false) => {
                self.name(name);
                self.map(before, after, value)
            }
        }
    }

    /// An object of values by what they are found by.
    pub(crate) fn map<K: Serialize + Ord, V: PartialEq>(
        &mut self,
        before: Option<&BTreeMap<K, V>>,
        after: &BTreeMap<K, V>,
        value: Written<'_, V>,
    ) -> Result<(), Error> {
        self.object(|patch| patch.each_in(before, after, value))
    }

    /// The same within an object that is open.
    pub(crate) fn each_in<K: Serialize + Ord, V: PartialEq>(
        &mut self,
        before: Option<&BTreeMap<K, V>>,
        after: &BTreeMap<K, V>,
        value: Written<'_, V>,
    ) -> Result<(), Error> {
        for (key, was, is) in merged(before.into_iter().flatten(), after.iter(), Ord::cmp) {
            if was == is {
                continue;
            }
            self.separate();
            self.0.push_str(&serde_json::to_string(key)?);
            self.0.push(':');
            match is {
                Some(is) => value(self, was, is)?,
                None => self.0.push_str("null"),
            }
        }
        Ok(())
    }

    /// A value that is no object.
    pub(crate) fn plain<T: Serialize>(&mut self, _: Option<&T>, is: &T) -> Result<(), Error> {
        self.0.push_str(&serde_json::to_string(is)?);
        Ok(())
    }

    pub(crate) fn object(&mut self, fill: impl FnOnce(&mut Self) -> Result<(), Error>) -> Result<(), Error> {
        let first = self.1.len();
        self.0.push('{');
        fill(self)?;
        self.sort(first);
        self.0.push('}');
        Ok(())
    }

    /// Brings the fields of the innermost object into the order of their names, where they were not written so.
    fn sort(&mut self, first: usize) {
        let starts = &self.1[first..];
        if !starts.is_sorted_by(|one, next| self.0[*one..] < self.0[*next..]) {
            let ends = starts.iter().skip(1).map(|next| next - 1).chain([self.0.len()]);
            let mut fields: Vec<&str> = starts.iter().zip(ends).map(|(start, end)| &self.0[*start..end]).collect();
            fields.sort_unstable();
            let sorted = fields.join(",");
            self.0.truncate(starts[0]);
            self.0.push_str(&sorted);
        }
        self.1.truncate(first);
    }

    fn name(&mut self, name: &str) {
        self.separate();
        self.1.push(self.0.len());
        self.0.push('"');
        self.0.push_str(name);
        self.0.push_str("\":");
    }

    fn separate(&mut self) {
        if !self.0.ends_with('{') {
            self.0.push(',');
        }
    }

    fn value(&mut self, text: &str) {
        json::write_sorted(text, &mut self.0);
    }
}

/// Applies a merge patch in place.
pub fn apply(document: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *document = patch.clone();
        return;
    };
    if !document.is_object() {
        *document = Value::Object(Map::new());
    }
    let Value::Object(document) = document else { return };
    for (key, value) in patch {
        if value.is_null() {
            document.remove(key);
        } else {
            apply(document.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}
