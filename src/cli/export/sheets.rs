//! The files of an export: one a subject, written as they come, only for their owner's eyes.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{BufWriter, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

use serde_json::Value;

use super::Format;
use crate::{values::typed::is_shortened, words::cell::inert};

/// Subjects, and their columns where the form needs them.
const SUBJECTS: [(&str, &[&str]); 11] = [
    (
        "members",
        &[
            "visitor",
            "external_id",
            "phone",
            "email",
            "name",
            "language",
            "birthday",
            "joined_at",
            "tier",
            "tier_until",
            "stands_in",
            "available",
            "pending",
            "reserved",
            "debt",
            "orders",
            "spent",
            "earned",
            "restricted",
            "test",
            "segments",
            "last_activity_at",
            "version",
            "carried",
        ],
    ),
    (
        "lots",
        &[
            "visitor",
            "external_id",
            "phone",
            "email",
            "id",
            "points",
            "state",
            "available_from",
            "expires_at",
            "expires_after",
            "awaits",
            "held",
            "goods",
            "hold",
            "hold_expires_at",
            "order_id",
            "rule",
            "of_order",
        ],
    ),
    (
        "orders",
        &[
            "visitor",
            "external_id",
            "phone",
            "email",
            "order_id",
            "status",
            "revision",
            "updated_at",
            "placed_at",
            "paid_at",
            "fulfilled_at",
            "currency",
            "exchange_rate",
            "exchange_source",
            "total",
            "lines",
            "prices_include_tax",
            "shipping",
            "shipping_refunded",
            "fees",
            "refunded",
            "channel",
            "store",
            "earned",
            "programme",
            "counted",
        ],
    ),
    (
        "entries",
        &[
            "brand",
            "member",
            "version",
            "id",
            "debit",
            "credit",
            "points",
            "lot",
            "rule",
            "order",
            "effective_at",
            "expires_at",
            "text_id",
            "text",
        ],
    ),
    (
        "events",
        &[
            "brand",
            "member",
            "version",
            "source",
            "id",
            "type",
            "occurred_at",
            "recorded_at",
            "order_id",
            "data",
            "given",
            "entries",
            "changes",
            "receipt",
            "hash",
            "chain",
        ],
    ),
    ("holds", &["member", "id", "points", "expires_at", "order_id"]),
    ("claims", &["member", "id", "reward", "state", "points", "code", "at"]),
    ("codes", &["brand", "code", "offer", "used"]),
    ("counts", &["brand", "key", "used", "offer"]),
    ("parked", &["brand", "source", "id", "number", "member", "reason", "content", "at"]),
    ("programmes", &["brand", "version", "effective_at", "tables"]),
];

pub struct Sheets(BTreeMap<&'static str, Sheet>);

struct Sheet {
    out: Out,
    columns: &'static [&'static str],
    rows: u64,
}

enum Out {
    Lines(BufWriter<File>),
    Csv(Box<csv::Writer<File>>),
}

impl Sheets {
    pub fn make(folder: &Path, format: Format) -> anyhow::Result<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let mut sheets = BTreeMap::new();
        for (name, columns) in SUBJECTS {
            let ending = if format == Format::Csv { "csv" } else { "jsonl" };
            let path = folder.join(format!("{name}.{ending}"));
            let file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
            let out = match format {
                Format::Jsonl => Out::Lines(BufWriter::new(file)),
                Format::Csv => {
                    let mut writer = csv::Writer::from_writer(file);
                    writer.write_record(columns)?;
                    Out::Csv(Box::new(writer))
                }
            };
            sheets.insert(name, Sheet { out, columns, rows: 0 });
        }
        Ok(Self(sheets))
    }

    /// Writes an object without what it lacks.
    pub fn write(&mut self, name: &str, row: Value) -> anyhow::Result<()> {
        let sheet = self.0.get_mut(name).ok_or_else(|| anyhow::anyhow!("no file of {name}"))?;
        sheet.rows += 1;
        match &mut sheet.out {
            Out::Lines(out) => {
                let Value::Object(row) = row else { return Ok(()) };
                let filled = row.into_iter().filter(|(_, value)| !value.is_null());
                serde_json::to_writer(&mut *out, &Value::Object(filled.collect()))?;
                out.write_all(b"\n")?;
            }
            Out::Csv(out) => out.write_record(sheet.columns.iter().map(|column| cell(&row[*column])))?,
        }
        Ok(())
    }

    /// How many rows each file has, now that they are on the disk.
    pub fn finish(self) -> anyhow::Result<Vec<(&'static str, u64)>> {
        let mut counts = Vec::new();
        for (name, sheet) in self.0 {
            let file = match sheet.out {
                Out::Lines(out) => out.into_inner()?,
                Out::Csv(out) => out.into_inner().map_err(csv::IntoInnerError::into_error)?,
            };
            file.sync_all()?;
            counts.push((name, sheet.rows));
        }
        Ok(counts)
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if is_shortened(text) => format!("'{text}"),
        Value::String(text) => inert(text).into_owned(),
        other => other.to_string(),
    }
}
