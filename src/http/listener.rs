//! Connections in. Each has a limit of time for the headers of a request and of their size; there is a limit of how many there
//! are. When all are taken, the one that has been silent longest makes room, so that silent ones never keep a caller out.
//! At the stop sign silent ones are closed, and those with a request in work get [`DRAIN`] to finish it.

use std::{
    collections::HashMap,
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{Router, body::Body, response::IntoResponse};
use hyper::{
    Request,
    body::Incoming,
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use crate::{
    values::count::counted,
    web::{address, peer::Peer},
};

/// Time for the headers of a request, and for the next request on a connection.
const HEADERS: Duration = Duration::from_secs(10);
/// Bytes of the headers of a request.
const HEADER_BYTES: usize = 64 * 1024;
/// Time for requests in work after the stop sign.
pub const DRAIN: Duration = Duration::from_secs(10);
/// Time for an answer to leave, once nothing more is awaited of the caller.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A connection as the listener knows it.
struct Line {
    /// Milliseconds since the start at which it fell silent; [`BUSY`] while a request is in work.
    silent_since: AtomicU64,
    close: CancellationToken,
}

const BUSY: u64 = u64::MAX;

/// All connections.
struct Lines {
    start: Instant,
    open: Mutex<HashMap<u64, Arc<Line>>>,
}

impl Lines {
    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(BUSY - 1)
    }

    fn open(&self) -> MutexGuard<'_, HashMap<u64, Arc<Line>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes the one that has been silent longest, if any is.
    fn make_room(&self) {
        let open = self.open();
        let waiting = |line: &&Arc<Line>| !line.close.is_cancelled();
        let since = |line: &&Arc<Line>| line.silent_since.load(Ordering::Relaxed);
        let longest = open.values().filter(waiting).min_by_key(since);
        if let Some(line) = longest.filter(|line| since(line) != BUSY) {
            line.close.cancel();
        }
    }
}

/// Files that are open beside connections: the database's, the log, calls to other systems.
const OTHER_FILES: u64 = 256;

/// How many of the `wanted` connections the machine has room for: each is an open file.
pub fn room_for(wanted: usize) -> usize {
    let mut limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, ..limit };
    if setrlimit(Resource::Nofile, raised).is_ok() {
        limit = raised;
    }
    let room =
        limit.current.map_or(wanted, |files| usize::try_from(files.saturating_sub(OTHER_FILES)).unwrap_or(wanted));
    if room < wanted {
        tracing::warn!(
            "only {} at once, not {wanted}: the machine allows no more open files (ulimit -n)",
            counted(room, "connection")
        );
    }
    room.min(wanted).max(1)
}

/// What the connections may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How many at once.
    pub connections: usize,
    pub headers: Duration,
}

impl Limits {
    pub fn of(connections: usize) -> Self {
        Self { connections, headers: HEADERS }
    }
}

/// Serves until it is to stop.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, stop: CancellationToken) {
    let lines = Arc::new(Lines { start: Instant::now(), open: Mutex::default() });
    let places = Arc::new(Semaphore::new(limits.connections));
    let (mut tasks, mut number) = (JoinSet::new(), 0_u64);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = tasks.join_next() => continue,
            () = stop.cancelled() => break,
        };
        let (stream, from) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                lines.make_room(); // the machine may have no more to give
                tokio::select! { () = tokio::time::sleep(LAST_WORDS / 5) => {}, () = stop.cancelled() => break }
                continue;
            }
        };
        if places.available_permits() == 0 {
            lines.make_room();
        }
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place,
            () = stop.cancelled() => break,
        };
        let Ok(place) = place else { break }; // nobody closes it
        number += 1;
        let line = Arc::new(Line { silent_since: AtomicU64::new(lines.now()), close: stop.child_token() });
        lines.open().insert(number, Arc::clone(&line));
        tasks.spawn(talk((stream, from), (router.clone(), limits.headers), line, (Arc::clone(&lines), number), place));
    }
    drop(listener);
    let all = async { while tasks.join_next().await.is_some() {} };
    let _ = timeout(DRAIN, all).await; // what is left then is cut off
}

/// Answers the requests of one connection.
async fn talk(
    (stream, from): (TcpStream, SocketAddr),
    (router, headers): (Router, Duration),
    line: Arc<Line>,
    (lines, number): (Arc<Lines>, u64),
    _place: OwnedSemaphorePermit,
) {
    let _ = stream.set_nodelay(true);
    let routed = TowerToHyperService::new(router);
    let service = service_fn(|request: Request<Incoming>| {
        line.silent_since.store(BUSY, Ordering::Relaxed);
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(from.ip()));
        // Before a route is chosen by the path.
        let answer = address::clean(&mut request).map(|()| routed.call(request));
        let (line, lines) = (&line, &lines);
        async move {
            let answer = match answer {
                Ok(answer) => answer.await,
                Err(problem) => Ok(problem.into_response()),
            };
            line.silent_since.store(lines.now(), Ordering::Relaxed);
            answer as Result<_, Infallible>
        }
    });
    let mut connection = std::pin::pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(headers)
            .max_buf_size(HEADER_BYTES)
            .serve_connection(TokioIo::new(stream), service)
    );
    tokio::select! {
        _ = connection.as_mut() => {} // a caller that broke off is no matter of ours
        () = line.close.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let rest = match line.silent_since.load(Ordering::Relaxed) {
                BUSY => DRAIN,
                since => LAST_WORDS.saturating_sub(Duration::from_millis(lines.now().saturating_sub(since))),
            };
            let _ = timeout(rest, connection).await;
        }
    }
    lines.open().remove(&number);
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// What comes back on a connection that says this and no more, until it is closed, and after how long.
    async fn said_and_closed(address: SocketAddr, words: &str) -> (String, Duration) {
        let (began, mut line) = (Instant::now(), TcpStream::connect(address).await.unwrap());
        line.write_all(words.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let _ = line.read_to_end(&mut answer).await; // closed in whatever way
        (String::from_utf8_lossy(&answer).into_owned(), began.elapsed())
    }

    #[tokio::test]
    async fn headers_that_never_end_and_silence_between_requests_have_an_end() {
        let headers = Duration::from_millis(200);
        let limits = Limits { headers, ..Limits::of(10) };
        let (listener, stop) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), CancellationToken::new());
        let address = listener.local_addr().unwrap();
        let slow = axum::routing::get(async || tokio::time::sleep(Duration::from_millis(600)).await);
        let router = Router::new().route("/slow", slow).route("/", axum::routing::get(async || "there"));
        let mut served = JoinSet::new();
        served.spawn(serve(listener, router, limits, stop.clone()));
        for (words, expected, least) in [
            ("", "", headers),
            ("GET / HTTP/1.1\r\nHost: us\r\nX-Slow: ", "", headers),
            ("GET / HTTP/1.1\r\nHost: us\r\n\r\n", "there", headers),
            ("GET /slow HTTP/1.1\r\nHost: us\r\n\r\n", "200 OK", Duration::from_millis(600)),
        ] {
            let (answer, took) = timeout(Duration::from_secs(20), said_and_closed(address, words)).await.unwrap();
            assert!(answer.contains(expected), "{words:?}: {answer:?}");
            assert!(took >= least, "{words:?}: closed after {took:?}");
        }
        stop.cancel();
        served.join_all().await;
        assert_eq!(Limits::of(10).headers, Duration::from_secs(10));
    }
}
