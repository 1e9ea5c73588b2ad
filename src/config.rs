//! Every setting, from `config/default.toml`, a file, and `LOYALTY__SECTION__KEY`, in that order.
//! A secret may also be given as the path of a file under the same name with `_file`. A wrong setting names itself.

use std::{
    collections::BTreeSet,
    net::IpAddr,
    path::{Path, PathBuf},
};

use config::{Config, Environment, File, FileFormat};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;

const DEFAULTS: &str = include_str!("../config/default.toml");

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// A file with the first administrator's key, made outside.
    pub admin_key: Option<SecretString>,
    pub server: Server,
    pub limits: Limits,
    pub store: StoreSettings,
    pub programme: ProgrammeSettings,
    pub webhooks: Webhooks,
    pub nocodb: Nocodb,
    pub unomi: Unomi,
    pub openai: OpenAi,
    pub brevo: Brevo,
    pub n8n: N8n,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    pub listen: String,
    pub data: PathBuf,
    pub brand: String,
    pub log: String,
    pub log_format: LogFormat,
}

/// What one caller may take.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Connections at the same time.
    pub connections: usize,
    /// Calls of one key in a second.
    pub key_calls: u32,
    /// Calls without a known key from one address in a second.
    pub stranger_calls: u32,
    /// Tries to log in from one address in a minute.
    pub logins: u32,
    /// Addresses of our own proxies, separated by spaces.
    #[serde(deserialize_with = "addresses")]
    pub proxies: Vec<IpAddr>,
}

fn addresses<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpAddr>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let parse = |address: &str| address.parse().map_err(|_| D::Error::custom(format!("`{address}` is no IP address")));
    text.split([' ', ',']).filter(|address| !address.is_empty()).map(parse).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreSettings {
    /// PostgreSQL; none: SQLite in the data folder.
    pub url: Option<SecretString>,
    /// Certificates to trust besides the machine's.
    pub ca_certificates: Option<PathBuf>,
    pub connections: usize,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgrammeSettings {
    pub folder: Option<PathBuf>,
    /// Of phone numbers that name none; empty: none.
    pub country: String,
    pub poll_ms: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhooks {
    /// Active Standard Webhooks secrets (`whsec_...`), separated by spaces: two while one is rotated.
    pub standard_secrets: Option<SecretString>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nocodb {
    pub url: Option<String>,
    pub token: Option<SecretString>,
    /// Given and not there yet: `loyalty setup nocodb` makes it.
    pub token_file: Option<PathBuf>,
    pub base: String,
    pub timeout_ms: u64,
    /// How long rows of `Points` are kept there, like 24M; none: for ever.
    pub points_kept: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unomi {
    pub url: Option<String>,
    pub user: String,
    pub password: Option<SecretString>,
    pub peer_key: Option<SecretString>,
    pub scope: String,
    pub parallel: usize,
    pub timeout_ms: u64,
    /// How often profiles are looked at that changed in Unomi.
    pub poll_ms: u64,
    /// This connector's address as Unomi reaches it; none: `server.listen`.
    pub connector_url: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenAi {
    pub url: Option<String>,
    pub api_key: Option<SecretString>,
    pub model: String,
    pub max_tokens: u32,
    pub max_tokens_field: String,
    pub timeout_ms: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Brevo {
    pub url: String,
    pub api_key: Option<SecretString>,
    pub sender_email: String,
    pub sender_name: String,
    pub timeout_ms: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct N8n {
    /// Where n8n is, for `loyalty setup` and `loyalty check`.
    pub url: Option<String>,
    /// This connector's address as n8n reaches it; none: `server.listen`.
    pub connector_url: Option<String>,
    pub signal_url: Option<String>,
    pub signal_secret: Option<SecretString>,
    pub timeout_ms: u64,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("setting {name}: {detail} (see config/default.toml; the environment variable is LOYALTY__{variable})")]
    Wrong { name: String, variable: String, detail: String },
    #[error("the settings cannot be read: {0}")]
    Unreadable(String),
}

impl Settings {
    /// Reads the defaults, then `file`, then the environment.
    pub fn load(file: Option<&Path>) -> Result<Self, SettingsError> {
        Self::load_with(file, [])
    }

    /// And after these what was `said` on the command line.
    pub fn load_with<const N: usize>(
        file: Option<&Path>,
        said: [(&str, Option<String>); N],
    ) -> Result<Self, SettingsError> {
        let unreadable = |error: config::ConfigError| SettingsError::Unreadable(error.to_string());
        let environment = Environment::with_prefix("LOYALTY").prefix_separator("__").separator("__").ignore_empty(true);
        let mut builder = Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        if let Some(file) = file {
            builder = builder.add_source(File::from(file));
        }
        builder = builder.add_source(environment);
        for (name, value) in said {
            builder = builder.set_override_option(name, value).map_err(unreadable)?;
        }
        let tree = builder.build().and_then(Config::try_deserialize::<Value>).map_err(unreadable)?;
        Self::from_tree(tree)
    }

    fn from_tree(mut tree: Value) -> Result<Self, SettingsError> {
        read_files(&mut tree, "")?;
        let defaults = Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml)).build();
        let defaults =
            defaults.and_then(Config::try_deserialize).map_err(|e| SettingsError::Unreadable(e.to_string()))?;
        fit(&mut tree, &defaults, "")?;
        let settings: Self =
            serde_path_to_error::deserialize(tree).map_err(|error| wrong(&error.path().to_string(), error.inner()))?;
        settings.addresses()?;
        Ok(settings)
    }

    /// Addresses that could never work are refused before anything is started.
    fn addresses(&self) -> Result<(), SettingsError> {
        let listen = &self.server.listen;
        if !listen.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok()) {
            return Err(wrong("server.listen", format!("`{listen}` is no address with a port, like 127.0.0.1:8091")));
        }
        let urls = [
            ("nocodb.url", &self.nocodb.url),
            ("unomi.url", &self.unomi.url),
            ("openai.url", &self.openai.url),
            ("brevo.url", &Some(self.brevo.url.clone())),
            ("unomi.connector_url", &self.unomi.connector_url),
            ("n8n.url", &self.n8n.url),
            ("n8n.connector_url", &self.n8n.connector_url),
            ("n8n.signal_url", &self.n8n.signal_url),
        ];
        for (name, url) in urls.into_iter().filter_map(|(name, url)| url.as_ref().map(|url| (name, url))) {
            let parsed = reqwest::Url::parse(url);
            if !parsed.is_ok_and(|url| ["http", "https"].contains(&url.scheme()) && url.has_host()) {
                return Err(wrong(name, format!("`{url}` is no address like https://host:port")));
            }
        }
        Ok(())
    }
}

/// Variables of the environment that look like ours and are read by nobody, each with the one that was probably meant.
/// `known` are those that commands read by themselves.
pub fn ignored(names: impl Iterator<Item = String>, known: &BTreeSet<String>) -> Vec<(String, Option<String>)> {
    let squeezed = |name: &str| name.to_uppercase().replace('_', "");
    let settings = setting_names();
    let ours =
        names.filter(|name| name.starts_with("LOYALTY_") && !name.starts_with("LOYALTY__") && !known.contains(name));
    ours.map(|name| {
        let meant = settings.iter().find(|setting| squeezed(setting) == squeezed(&name)).cloned();
        (name, meant)
    })
    .collect()
}

/// `LOYALTY__SECTION__KEY` of every setting, also of those that have no default and stand there as a comment.
fn setting_names() -> Vec<String> {
    let (mut names, mut section) = (Vec::new(), "");
    for line in DEFAULTS.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name;
        }
        let key = line.trim_start_matches("# ").split_once(" = ").map_or("", |(key, _)| key);
        if !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
            names.push(format!("LOYALTY__{section}__{key}").to_uppercase().replace("____", "__"));
        }
    }
    names
}

fn wrong(name: &str, detail: impl std::fmt::Display) -> SettingsError {
    let variable = name.to_uppercase().replace('.', "__");
    SettingsError::Wrong { name: name.to_owned(), variable, detail: detail.to_string() }
}

/// The one file that may be named before it is there.
const MADE_BY_SETUP: &str = "nocodb.token_file";

/// Replaces each `x_file` by `x` with the file's content.
fn read_files(tree: &mut Value, path: &str) -> Result<(), SettingsError> {
    let Value::Object(map) = tree else { return Ok(()) };
    let files: Vec<String> = map.keys().filter(|key| key.ends_with("_file")).cloned().collect();
    for key in files {
        let Some(Value::String(file)) = map.remove(&key) else { continue };
        let name = format!("{path}{key}");
        let content = match std::fs::read_to_string(&file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && name == MADE_BY_SETUP => {
                map.insert(key, Value::from(file));
                continue;
            }
            content => content.map_err(|error| wrong(&name, format!("{file}: {error}")))?,
        };
        map.insert(key.trim_end_matches("_file").to_owned(), Value::from(content.trim()));
    }
    for (key, value) in map.iter_mut() {
        read_files(value, &format!("{path}{key}."))?;
    }
    Ok(())
}

/// The environment gives everything as text: a setting whose default is a number becomes one.
fn fit(tree: &mut Value, defaults: &Value, path: &str) -> Result<(), SettingsError> {
    match (tree, defaults) {
        (Value::Object(tree), defaults) => {
            for (key, value) in tree.iter_mut() {
                fit(value, &defaults[key.as_str()], &format!("{path}{key}."))?;
            }
        }
        (value @ Value::String(_), Value::Number(_)) => {
            let text = value.as_str().unwrap_or_default();
            let number = text
                .parse::<u64>()
                .map_err(|_| wrong(path.trim_end_matches('.'), format!("`{text}` is not a number")))?;
            *value = Value::from(number);
        }
        (value @ Value::Number(_), Value::String(_) | Value::Null) => *value = Value::from(value.to_string()),
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_nobody_reads_is_told_with_the_one_that_was_meant() {
        let names = [
            "LOYALTY_NOCODB_URL",
            "LOYALTY__NOCODB__URL",
            "LOYALTY_ADMIN_KEY",
            "LOYALTY_KEY",
            "LOYALTY_SHOE_SIZE",
            "HOME",
        ];
        let known = BTreeSet::from(["LOYALTY_KEY".to_owned()]);
        let ignored = ignored(names.into_iter().map(str::to_owned), &known);
        let meant = |name: &str| Some(name.to_owned());
        assert_eq!(
            ignored,
            [
                ("LOYALTY_NOCODB_URL".to_owned(), meant("LOYALTY__NOCODB__URL")),
                ("LOYALTY_ADMIN_KEY".to_owned(), meant("LOYALTY__ADMIN_KEY")),
                ("LOYALTY_SHOE_SIZE".to_owned(), None),
            ]
        );
    }
}
