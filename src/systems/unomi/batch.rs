//! Which events share a request. Pure; order is kept.

use jiff::{Timestamp, tz::TimeZone};

use super::map::Part;

/// More events in one request gain little (measured) and make a failed one dearer.
const EVENTS: usize = 20;
/// Unomi refuses 200 kB.
const BYTES: usize = 150_000;

/// Parts that share a request, and so an instant: all of them happened on the same day (UTC).
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    pub at: Timestamp,
    pub parts: Vec<Part>,
}

/// Fills requests. Events of different days never share one: the time of a request is the time of all its events, past-event
/// conditions count by it, and Unomi 2.1 keeps two copies of an event that is sent again under another month.
pub fn gather(parts: Vec<Part>) -> Vec<Batch> {
    let day = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
    let mut batches: Vec<Batch> = Vec::new();
    let mut bytes = 0;
    for part in parts {
        let size = part.properties.to_string().len() + 400; // its id, type, scope and source
        match batches.last_mut() {
            Some(batch) if day(batch.at) == day(part.at) && batch.parts.len() < EVENTS && bytes + size < BYTES => {
                bytes += size;
                batch.parts.push(part);
            }
            _ => {
                bytes = size;
                batches.push(Batch { at: part.at, parts: vec![part] });
            }
        }
    }
    batches
}
