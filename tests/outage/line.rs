//! The line to one system. While it is well everything passes; while it is ill the caller meets what systems do when they
//! are: nobody there, silence, a lost answer, "too many", an error, a page.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri, header::CONTENT_TYPE},
    response::{Html, IntoResponse, Response},
};
use loyalty_connector::{lifecycle::Tasks, systems::http};
use tokio::{net::TcpSocket, sync::oneshot};

use crate::support;

/// What is wrong with a system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Illness {
    /// Nobody listens.
    Refused,
    /// Nothing is done and no answer comes.
    Silent,
    /// It is done and no answer comes.
    AnswerLost,
    /// 429, asking to wait for [`BUSY_SECONDS`].
    Busy,
    /// 500.
    Failing,
    /// 200, with the page of something that stands in between.
    Nonsense,
}

pub const ILLNESSES: [Illness; 6] =
    [Illness::Refused, Illness::Silent, Illness::AnswerLost, Illness::Busy, Illness::Failing, Illness::Nonsense];
pub const BUSY_SECONDS: i64 = 7;

impl Illness {
    /// Whether the caller has to lose its patience.
    pub fn hangs(self) -> bool {
        matches!(self, Self::Silent | Self::AnswerLost)
    }
}

#[derive(Clone)]
pub struct Line {
    address: SocketAddr,
    behind: String,
    state: Arc<Mutex<Condition>>,
    tasks: Tasks,
}

#[derive(Default)]
struct Condition {
    ill: Option<Illness>,
    /// How the next requests are met, before `ill` counts.
    script: VecDeque<Option<Illness>>,
    hanging: usize,
    /// Holds the port while nobody listens.
    unrouted: Option<TcpSocket>,
    listening: Option<(oneshot::Sender<()>, oneshot::Receiver<()>)>,
}

/// Counts a request that hangs, for as long as its caller waits.
struct Hanging(Arc<Mutex<Condition>>);

impl Drop for Hanging {
    fn drop(&mut self) {
        self.0.lock().unwrap().hanging -= 1;
    }
}

impl Line {
    /// A line to the system behind this address; well.
    pub fn to(behind: &str) -> Self {
        let socket = bound("127.0.0.1:0".parse().unwrap());
        let address = socket.local_addr().unwrap();
        let line = Self { address, behind: behind.to_owned(), state: Arc::default(), tasks: Tasks::default() };
        line.listen(socket);
        line
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on the system has this illness, or none.
    pub async fn set(&self, ill: Option<Illness>) {
        let (unrouted, listening) = {
            let mut state = self.state.lock().unwrap();
            state.ill = ill;
            let ends = ill == Some(Illness::Refused);
            (state.unrouted.take(), if ends { state.listening.take() } else { None })
        };
        if let Some((stop, stopped)) = listening {
            drop(stop);
            let _ = stopped.await; // an error: its sender is gone, which is the end
            self.state.lock().unwrap().unrouted = Some(bound(self.address));
        } else if let Some(socket) = unrouted {
            if ill == Some(Illness::Refused) {
                self.state.lock().unwrap().unrouted = Some(socket);
            } else {
                self.listen(socket);
            }
        }
    }

    /// How the next requests are met, one by one.
    pub fn meet(&self, script: impl IntoIterator<Item = Option<Illness>>) {
        self.state.lock().unwrap().script = script.into_iter().collect();
    }

    /// Requests whose callers wait in vain at this moment.
    pub fn hanging(&self) -> usize {
        self.state.lock().unwrap().hanging
    }

    fn listen(&self, socket: TcpSocket) {
        let listener = socket.listen(1024).unwrap();
        let ((stop, stopping), (ended, stopped)) = (oneshot::channel::<()>(), oneshot::channel::<()>());
        self.state.lock().unwrap().listening = Some((stop, stopped));
        let router = Router::new().fallback(meet).with_state(self.clone());
        self.tasks.spawn("server", async move {
            tokio::select! { served = axum::serve(listener, router) => served.unwrap(), _ = stopping => {} }
            drop(ended);
        });
    }

    async fn pass(&self, method: Method, uri: &Uri, mut headers: HeaderMap, body: Bytes) -> Response {
        for own in ["host", "content-length", "connection"] {
            headers.remove(own);
        }
        let request = support::client().request(method, format!("{}{uri}", self.behind)).headers(headers).body(body);
        let answer = http::send(request).await.unwrap();
        let kind = answer.headers.get("content-type").cloned();
        let mut response = (answer.status, answer.body).into_response();
        response.headers_mut().remove(CONTENT_TYPE);
        response.headers_mut().extend(kind.map(|kind| (CONTENT_TYPE, kind)));
        response
    }

    async fn hang(&self) -> Response {
        self.state.lock().unwrap().hanging += 1;
        let _hanging = Hanging(Arc::clone(&self.state));
        std::future::pending().await
    }
}

async fn meet(State(line): State<Line>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let ill = {
        let mut state = line.state.lock().unwrap();
        state.script.pop_front().unwrap_or(state.ill)
    };
    let answer = match ill {
        None | Some(Illness::Refused) => line.pass(method, &uri, headers, body).await,
        Some(Illness::Silent) => line.hang().await,
        Some(Illness::AnswerLost) => {
            line.pass(method, &uri, headers, body).await;
            line.hang().await
        }
        Some(Illness::Busy) => {
            (StatusCode::TOO_MANY_REQUESTS, [("retry-after", BUSY_SECONDS.to_string())]).into_response()
        }
        Some(Illness::Failing) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Some(Illness::Nonsense) => Html("<!doctype html><title>Welcome</title>Sign in to the network").into_response(),
    };
    // Each request comes over a connection of its own: none outlives the moment at which nobody listens any more.
    ([("connection", "close")], answer).into_response()
}

fn bound(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind(address).unwrap();
    socket
}
