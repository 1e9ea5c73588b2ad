//! How a connection is made: each host of the URL in turn, the one that took the last connection first.
//! Guarantees: a host that refuses, is gone or is frozen holds a connection up for two seconds at most; of several hosts only
//! the one that takes writes is used; a line that breaks silently is noticed.

use std::{
    cmp::max,
    future::{Future, pending},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use deadpool_postgres::Connect;
use tokio::{task::JoinHandle, time::timeout};
use tokio_postgres::{
    Client, Config, Error,
    config::{Host, TargetSessionAttrs},
};
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_util::task::AbortOnDropHandle;

use crate::store::innermost;

/// Longest wait for one host of several: resolving, greeting, signing in and the session's settings.
const PER_HOST: Duration = Duration::from_secs(2);
/// The same where there is no other.
const ALONE: Duration = Duration::from_secs(5);

/// What is sent and not acknowledged for so long breaks the line; a line that is quiet is asked as early.
const UNACKNOWLEDGED: Duration = Duration::from_secs(5);
const ASKED_AGAIN: Duration = Duration::from_secs(2);
const ASKED_TIMES: u32 = 2;

/// Whatever the server's settings say.
///
/// Every statement ends, so that a commit is never older than a few minutes: anchors rest on that. It ends later than anybody
/// waits for it: a commit that a missing standby holds up is reported as done when the server gives up waiting.
const SESSION: &str = "SET synchronous_commit = on; SET statement_timeout = '60s'; \
                       SET idle_in_transaction_session_timeout = '60s'; SET TIME ZONE 'UTC'";

/// The writer only looks up keys: a plan is made once for all of them, as soon as the tables have been counted (see
/// [`super::statistics`]); before, and with Citus, which refuses a plan that is kept, each is made anew. A database that knows no
/// such setting does without.
const LOOKS_UP: [&str; 5] = [
    "SELECT set_config('plan_cache_mode', CASE WHEN EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus') \
     OR COALESCE((SELECT reltuples FROM pg_class WHERE oid = to_regclass('event')), 0) < 500 \
     THEN 'force_custom_plan' ELSE 'force_generic_plan' END, false)",
    "SET enable_seqscan = off",
    "SET enable_hashjoin = off",
    "SET enable_mergejoin = off",
    "SET jit = off",
];

/// The hosts of a URL, each as if it were alone.
#[derive(Clone)]
pub struct Hosts {
    each: Arc<[Config]>,
    /// Place of the one that took the last connection.
    last: Arc<AtomicUsize>,
    tls: MakeRustlsConnect,
}

impl Hosts {
    pub fn of(config: &Config, tls: MakeRustlsConnect) -> Self {
        let count = max(config.get_hosts().len(), config.get_hostaddrs().len());
        let each = if count > 1 { (0..count).map(|at| alone(config, at)).collect() } else { [config.clone()].into() };
        Self { each, last: Arc::default(), tls }
    }

    /// Longest wait for a connection, when none of them answers.
    pub fn patience(&self) -> Duration {
        self.per_host() * u32::try_from(self.each.len()).unwrap_or(1)
    }

    pub fn count(&self) -> usize {
        self.each.len()
    }

    fn per_host(&self) -> Duration {
        if self.each.len() > 1 { PER_HOST } else { ALONE }
    }

    pub fn for_the_writer(&self) -> Session {
        Session { hosts: self.clone(), settings: &LOOKS_UP }
    }

    pub fn for_others(&self) -> Session {
        Session { hosts: self.clone(), settings: &[] }
    }
}

/// Makes connections with settings of their own.
pub struct Session {
    hosts: Hosts,
    settings: &'static [&'static str],
}

impl Session {
    async fn anywhere(&self) -> Result<(Client, JoinHandle<()>), Error> {
        let Hosts { each, last, .. } = &self.hosts;
        let (first, mut refused) = (last.load(Ordering::Relaxed), None);
        for at in (first..first + each.len()).map(|at| at % each.len()) {
            match timeout(self.hosts.per_host(), self.at(&each[at])).await {
                Ok(Ok(made)) => {
                    last.store(at, Ordering::Relaxed);
                    return Ok(made);
                }
                Ok(Err(error)) => refused = Some(error),
                Err(_) => tracing::warn!(host = at + 1, "host {} of store.url does not answer", at + 1),
            }
        }
        match refused {
            Some(error) => Err(error),
            None => pending().await, // the pool's patience ends now, too
        }
    }

    async fn at(&self, config: &Config) -> Result<(Client, JoinHandle<()>), Error> {
        let (client, connection) = config.connect(self.hosts.tls.clone()).await?;
        let carry = async move {
            if let Err(error) = connection.await {
                tracing::warn!("a connection to the database ended: {}", innermost(&error));
            }
        };
        #[expect(clippy::disallowed_methods, reason = "it belongs to its client, and the pool wants its handle")]
        let carried = AbortOnDropHandle::new(tokio::spawn(carry));
        client.batch_execute(SESSION).await?;
        for setting in self.settings {
            match client.batch_execute(setting).await {
                Err(error) if error.as_db_error().is_none() => return Err(error),
                _ => {}
            }
        }
        Ok((client, carried.detach()))
    }
}

impl Connect for Session {
    fn connect(
        &self,
        _: &Config,
    ) -> Pin<Box<dyn Future<Output = Result<(Client, JoinHandle<()>), Error>> + Send + '_>> {
        Box::pin(self.anywhere())
    }
}

/// Adds to what the URL says how a broken line is noticed, and that of several hosts the one is meant that takes writes.
pub fn with_defaults(mut config: Config) -> Config {
    config.application_name("loyalty");
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(UNACKNOWLEDGED);
    }
    if config.get_keepalives_interval().is_none() {
        config.keepalives_idle(UNACKNOWLEDGED.min(config.get_keepalives_idle())).keepalives_interval(ASKED_AGAIN);
    }
    if config.get_keepalives_retries().is_none() {
        config.keepalives_retries(ASKED_TIMES);
    }
    if max(config.get_hosts().len(), config.get_hostaddrs().len()) > 1 {
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
    }
    config
}

/// The same for one host of several.
fn alone(all: &Config, at: usize) -> Config {
    let mut one = Config::new();
    match all.get_hosts().get(at) {
        Some(Host::Tcp(name)) => drop(one.host(name)),
        Some(Host::Unix(path)) => drop(one.host_path(path)),
        None => {}
    }
    if let Some(address) = all.get_hostaddrs().get(at) {
        one.hostaddr(*address);
    }
    if let Some(port) = all.get_ports().get(at).or_else(|| all.get_ports().first()) {
        one.port(*port);
    }
    if let Some(user) = all.get_user() {
        one.user(user);
    }
    if let Some(password) = all.get_password() {
        one.password(password);
    }
    if let Some(name) = all.get_dbname() {
        one.dbname(name);
    }
    if let Some(options) = all.get_options() {
        one.options(options);
    }
    if let Some(name) = all.get_application_name() {
        one.application_name(name);
    }
    if let Some(wait) = all.get_tcp_user_timeout() {
        one.tcp_user_timeout(*wait);
    }
    if let Some(wait) = all.get_keepalives_interval() {
        one.keepalives_interval(wait);
    }
    if let Some(times) = all.get_keepalives_retries() {
        one.keepalives_retries(times);
    }
    one.keepalives(all.get_keepalives())
        .keepalives_idle(all.get_keepalives_idle())
        .ssl_mode(all.get_ssl_mode())
        .ssl_negotiation(all.get_ssl_negotiation())
        .channel_binding(all.get_channel_binding())
        .target_session_attrs(all.get_target_session_attrs());
    one
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_host_of_a_url_is_meant_alone_and_for_writing() {
        let url = "postgres://loyalty:secret@db1:5433,db2:5434/points?sslmode=require&application_name=mine";
        let hosts: Vec<Config> = {
            let all = with_defaults(url.parse().unwrap());
            (0..2).map(|at| alone(&all, at)).collect()
        };
        for (config, (name, port)) in hosts.iter().zip([("db1", 5433), ("db2", 5434)]) {
            assert_eq!(config.get_hosts(), [Host::Tcp(name.to_owned())]);
            assert_eq!(config.get_ports(), [port]);
            assert_eq!(config.get_target_session_attrs(), TargetSessionAttrs::ReadWrite);
            assert_eq!((config.get_user(), config.get_dbname()), (Some("loyalty"), Some("points")));
            assert_eq!(config.get_password(), Some(b"secret".as_slice()));
            assert_eq!(config.get_tcp_user_timeout(), Some(&UNACKNOWLEDGED));
            assert_eq!(config.get_keepalives_idle(), UNACKNOWLEDGED);
        }
        let one = with_defaults("postgres://db1/points?tcp_user_timeout=30".parse().unwrap());
        assert_eq!(one.get_tcp_user_timeout(), Some(&Duration::from_secs(30)), "what the URL says is kept");
        assert_eq!(one.get_target_session_attrs(), TargetSessionAttrs::Any);
    }
}
