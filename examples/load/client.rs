//! A lean HTTP/1.1 client: raw sockets, keep-alive, one request under way per connection, so that the generator leaves the
//! processors to what is measured.

use std::{io, net::SocketAddr, time::Duration};

use anyhow::{Context, bail};
use tokio::{
    net::TcpStream,
    task::JoinSet,
    time::{Instant, timeout},
};

/// What one round on so many connections gave.
#[derive(Debug, Default)]
pub struct Round {
    pub per_second: f64,
    /// Processor time of the server for one answer; set by who can see the server.
    pub processor_us: f64,
    /// Of each answer, sorted.
    latencies_us: Vec<u32>,
}

impl Round {
    /// The latency that so many of a thousand answers did not exceed, in milliseconds.
    pub fn quantile_ms(&self, thousandths: usize) -> f64 {
        let at = (self.latencies_us.len() * thousandths / 1000).min(self.latencies_us.len().saturating_sub(1));
        self.latencies_us.get(at).map_or(0.0, |us| f64::from(*us) / 1000.0)
    }

    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 answers")]
    pub fn answers(&self) -> f64 {
        self.latencies_us.len() as f64
    }

    fn of(mut latencies_us: Vec<u32>, took: Duration) -> Self {
        latencies_us.sort_unstable();
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 answers")]
        let per_second = latencies_us.len() as f64 / took.as_secs_f64();
        Self { per_second, processor_us: 0.0, latencies_us }
    }
}

/// One keep-alive connection.
pub struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
}

/// Longer than any answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

impl Connection {
    pub async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("connecting to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, answer: Vec::with_capacity(16 * 1024) })
    }

    /// Sends a request and reads its answer whole; anything but 200 is an error.
    pub async fn ask(&mut self, request: &[u8]) -> anyhow::Result<&[u8]> {
        timeout(PATIENCE, self.exchange(request)).await.context("no answer")??;
        if !self.answer.starts_with(b"HTTP/1.1 200") {
            bail!("answered {}", String::from_utf8_lossy(&self.answer));
        }
        Ok(&self.answer)
    }

    async fn exchange(&mut self, mut request: &[u8]) -> io::Result<()> {
        while !request.is_empty() {
            match self.stream.try_write(request) {
                Ok(written) => request = &request[written..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.stream.writable().await?,
                Err(error) => return Err(error),
            }
        }
        self.answer.clear();
        while length(&self.answer).is_none_or(|length| self.answer.len() < length) {
            self.stream.readable().await?;
            match self.stream.try_read_buf(&mut self.answer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Bytes of head and body together, once the head is there.
fn length(answer: &[u8]) -> Option<usize> {
    const LENGTH: &[u8] = b"content-length: ";
    let head = answer.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
    let at = answer[..head].windows(LENGTH.len()).position(|name| name == LENGTH)? + LENGTH.len();
    let digits = answer[at..].iter().take_while(|byte| byte.is_ascii_digit());
    Some(head + digits.fold(0, |length, digit| length * 10 + usize::from(digit - b'0')))
}

/// Keeps so many connections busy for a while. `source` gives each connection what fills its requests.
pub async fn round<S>(
    address: SocketAddr,
    connections: u64,
    lasting: Duration,
    mut source: impl FnMut(u64) -> S,
) -> anyhow::Result<Round>
where
    S: FnMut(&mut Vec<u8>) + Send + 'static,
{
    let mut open = Vec::new();
    for number in 0..connections {
        open.push((Connection::open(address).await?, source(number)));
    }
    let (start, mut all) = (Instant::now(), JoinSet::new());
    for (connection, next) in open {
        all.spawn(busy(connection, next, start + lasting));
    }
    let mut latencies = Vec::new();
    while let Some(done) = all.join_next().await {
        latencies.append(&mut done.context("a connection's task")??);
    }
    Ok(Round::of(latencies, start.elapsed()))
}

async fn busy<S>(mut connection: Connection, mut next: S, until: Instant) -> anyhow::Result<Vec<u32>>
where
    S: FnMut(&mut Vec<u8>) + Send,
{
    let (mut request, mut latencies) = (Vec::with_capacity(1024), Vec::with_capacity(4096));
    let mut sent = Instant::now();
    while sent < until {
        request.clear();
        next(&mut request);
        connection.ask(&request).await?;
        let now = Instant::now();
        latencies.push(u32::try_from((now - sent).as_micros()).unwrap_or(u32::MAX));
        sent = now;
    }
    Ok(latencies)
}
