//! A scripted HTTP/1.1 server for tests: answers as told, misbehaves as told, and remembers what it was asked.
//!
//! One request a connection and only the standard library. A proxy can be played too: [`Request::target`] is then the
//! absolute address that was asked for.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// What the server was asked.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// `GET`, in practice.
    pub(crate) method: String,
    /// What stands in the request line: path and query, or the whole address when a proxy is asked.
    pub(crate) target: String,
    /// The path without the query.
    pub(crate) path: String,
    /// The query without its `?`; empty where there is none.
    pub(crate) query: String,
    /// The headers in the order sent.
    pub(crate) headers: Vec<(String, String)>,
    /// The body; empty where there is none.
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The value of a header, whatever its case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The value of a query parameter, as sent.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).map(|(_, v)| v)
    }

    /// Whether a body follows the head.
    fn has_body(&self) -> bool {
        self.header("Transfer-Encoding").is_some() || self.header("Content-Length").is_some_and(|length| length != "0")
    }

    /// Reads the body (RFC 9112, 6 and 7.1).
    fn read_body(&mut self, reader: &mut impl BufRead) -> io::Result<()> {
        if self.header("Transfer-Encoding").is_none() {
            let length = self.header("Content-Length").and_then(|length| length.parse().ok()).unwrap_or(0);
            self.body = vec![0; length];
            return reader.read_exact(&mut self.body);
        }
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let size = usize::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
            let mut chunk = vec![0; size + 2];
            reader.read_exact(&mut chunk)?;
            if size == 0 {
                return Ok(());
            }
            self.body.extend(&chunk[..size]);
        }
    }

    fn parse(head: &str) -> Option<Request> {
        let mut lines = head.split("\r\n");
        let mut words = lines.next()?.split(' ');
        let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
        let local = match target.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("/", |slash| &rest[slash..]),
            None => &target,
        };
        let (path, query) = local.split_once('?').unwrap_or((local, ""));
        let headers = lines.filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(key, value)| (key.to_owned(), value.trim().to_owned())).collect();
        let (path, query) = (path.to_owned(), query.to_owned());
        Some(Request { method, target, path, query, headers, body: Vec::new() })
    }
}

/// How an answer goes over the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// As it should.
    Whole,
    /// The length of the whole body, half of the body, and the connection closed.
    Half,
    /// One byte of the body, a pause, the next byte.
    Trickle(Duration),
    /// A chunked body that repeats itself for ever.
    Endless,
    /// Chunks as it should, but the connection closed before the last one.
    Unfinished,
    /// The connection reset instead of an answer.
    Reset,
    /// No answer, and the connection kept open.
    Silence,
    /// The bare body, which has all of the answer in it, or no HTTP at all.
    Bare,
}

/// What the server answers.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    manner: Manner,
}

impl Reply {
    /// A status with a body.
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Reply {
        Reply { status, headers: Vec::new(), body: body.into(), manner: Manner::Whole }
    }

    /// `200 OK` with a body.
    pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Reply {
        Reply::new(200, body)
    }

    /// `404 Not Found` with the body that Canonical's API has for it.
    pub(crate) fn not_found() -> Reply {
        Reply::new(404, r#"{"message":"does not exist"}"#)
    }

    /// With a header more.
    pub(crate) fn header(mut self, name: &str, value: impl ToString) -> Reply {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }

    /// Closes the connection after half of the body.
    pub(crate) fn half(self) -> Reply {
        Reply { manner: Manner::Half, ..self }
    }

    /// Closes the connection within a chunked body.
    pub(crate) fn unfinished(self) -> Reply {
        Reply { manner: Manner::Unfinished, ..self }
    }

    /// Sends the body a byte at a time, with this pause before each.
    pub(crate) fn trickle(self, pause: Duration) -> Reply {
        Reply { manner: Manner::Trickle(pause), ..self }
    }

    /// Repeats the body for ever, chunked.
    pub(crate) fn endless(self) -> Reply {
        Reply { manner: Manner::Endless, ..self }
    }

    /// Resets the connection.
    pub(crate) fn reset() -> Reply {
        Reply { manner: Manner::Reset, ..Reply::ok("") }
    }

    /// Never answers.
    pub(crate) fn silence() -> Reply {
        Reply { manner: Manner::Silence, ..Reply::ok("") }
    }

    /// Answers with what is no HTTP.
    pub(crate) fn garbage() -> Reply {
        Reply { manner: Manner::Bare, ..Reply::ok("\u{1}SSH-2.0-what\r\n\r\n") }
    }

    /// Answers with these bytes, status line and headers included.
    pub(crate) fn bare(answer: impl Into<Vec<u8>>) -> Reply {
        Reply { manner: Manner::Bare, ..Reply::ok(answer) }
    }

    /// A small gzip body that unpacks to about this many zero bytes, 158 times its size.
    pub(crate) fn gzip_bomb(unpacked: usize) -> Reply {
        Reply::ok(gzip_of_zeros(unpacked)).header("Content-Encoding", "gzip")
    }
}

/// One gzip member (RFC 1952) with one block of fixed Huffman codes (RFC 1951, 3.2.6): a zero, then copies of it, 258 at
/// a time. Its checksum is wrong; whoever gets that far has unpacked too much.
fn gzip_of_zeros(unpacked: usize) -> Vec<u8> {
    const LAST_BLOCK_FIXED_CODES: &[bool] = &[true, true, false];
    const LITERAL_ZERO: &[bool] = &[false, false, true, true, false, false, false, false];
    // Length code 285 (258 bytes), then distance code 0 (one byte back).
    const COPY_258: &[bool] = &[true, true, false, false, false, true, false, true, false, false, false, false, false];
    const END: &[bool] = &[false; 7];
    let copies = std::iter::repeat_n(COPY_258, unpacked / 258).flatten();
    let bits = LAST_BLOCK_FIXED_CODES.iter().chain(LITERAL_ZERO).chain(copies).chain(END);
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let start = bytes.len();
    for (at, &bit) in bits.enumerate() {
        if at % 8 == 0 {
            bytes.push(0);
        }
        bytes[start + at / 8] |= u8::from(bit) << (at % 8);
    }
    bytes.extend([0; 8]);
    bytes
}

/// A server on a free port of this machine, from [`start`](Server::start) until it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    stopping: Arc<AtomicBool>,
    asked: Arc<Mutex<Vec<Request>>>,
    accepting: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts a server that answers each request with what `routes` gives for it.
    pub(crate) fn start(routes: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Server {
        Server::by_head(|_| (), routes)
    }

    /// The same, and looks at the head of each request before it has the body.
    pub(crate) fn by_head(
        look: impl Fn(&mut Request) + Send + Sync + 'static,
        routes: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("the port");
        let (stopping, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let look = Box::new(look);
        let desk = Arc::new(Desk { look, routes, stopping: Arc::clone(&stopping), asked: Arc::clone(&asked) });
        let accepting = Some(thread::spawn(move || desk.accept(&listener)));
        Server { address, stopping, asked, accepting }
    }

    /// The address of a path on this server; the path starts with `/`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// `host:port`.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// All requests so far, in the order they came.
    pub(crate) fn requests(&self) -> Vec<Request> {
        lock(&self.asked).clone()
    }

    /// How many requests came since the last call of this.
    pub(crate) fn take_count(&self) -> usize {
        std::mem::take(&mut *lock(&self.asked)).len()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // Wakes the accepting thread.
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the serving threads share.
struct Desk<F> {
    look: Box<dyn Fn(&mut Request) + Send + Sync>,
    routes: F,
    stopping: Arc<AtomicBool>,
    asked: Arc<Mutex<Vec<Request>>>,
}

impl<F: Fn(&Request) -> Reply + Send + Sync + 'static> Desk<F> {
    fn accept(self: Arc<Self>, listener: &TcpListener) {
        for stream in listener.incoming() {
            if self.stopping() {
                return;
            }
            let desk = Arc::clone(&self);
            if let Ok(stream) = stream {
                // A client that hangs up early is the client's business.
                thread::spawn(move || desk.serve(stream).ok());
            }
        }
    }

    fn stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        let Some(head) = self.peek_head(&stream)? else { return Ok(()) };
        let Some(mut request) = Request::parse(&head) else { return Ok(()) };
        let mut reader = BufReader::new(stream.try_clone()?);
        (self.look)(&mut request);
        if request.has_body() {
            reader.read_exact(&mut vec![0; head.len()])?;
            request.read_body(&mut reader)?;
        }
        lock(&self.asked).push(request.clone());
        let reply = (self.routes)(&request);
        if reply.manner == Manner::Reset {
            // Closing a socket with unread bytes makes Linux send a reset.
            return Ok(());
        }
        if !request.has_body() {
            reader.read_exact(&mut vec![0; head.len()])?;
        }
        self.answer(&mut stream, &reply)?;
        stream.flush()
    }

    /// The request line and headers, left unread in the socket.
    fn peek_head(&self, stream: &TcpStream) -> io::Result<Option<String>> {
        let mut buffer = vec![0; 16 << 10];
        while !self.stopping() {
            let length = stream.peek(&mut buffer)?;
            if let Some(end) = buffer[..length].windows(4).position(|four| four == b"\r\n\r\n") {
                return Ok(Some(String::from_utf8_lossy(&buffer[..end + 4]).into_owned()));
            }
            if length == 0 {
                return Ok(None);
            }
            thread::sleep(Duration::from_millis(1));
        }
        Ok(None)
    }

    fn answer(&self, stream: &mut TcpStream, reply: &Reply) -> io::Result<()> {
        let body = &reply.body;
        match reply.manner {
            Manner::Whole => stream.write_all(&[head(reply, Some(body.len())).as_slice(), body].concat()),
            Manner::Half => {
                stream.write_all(&[head(reply, Some(body.len())).as_slice(), &body[..body.len() / 2]].concat())
            }
            Manner::Trickle(pause) => {
                stream.write_all(&head(reply, Some(body.len())))?;
                body.iter().take_while(|_| !self.stopping()).try_for_each(|byte| {
                    thread::sleep(pause);
                    stream.write_all(&[*byte])
                })
            }
            Manner::Endless => {
                stream.write_all(&head(reply, None))?;
                while !self.stopping() {
                    stream.write_all(&chunk(body))?;
                }
                Ok(())
            }
            Manner::Unfinished => stream.write_all(&[head(reply, None), chunk(body)].concat()),
            Manner::Silence => {
                stream.set_read_timeout(Some(Duration::from_millis(20)))?;
                // Until the client hangs up.
                while !self.stopping() && !matches!(stream.read(&mut [0]), Ok(0)) {}
                Ok(())
            }
            Manner::Bare => stream.write_all(body),
            Manner::Reset => Ok(()),
        }
    }
}

/// The status line and headers; without a length the body is chunked.
fn head(reply: &Reply, length: Option<usize>) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {} Scripted\r\nConnection: close\r\n", reply.status);
    match length {
        // RFC 9110, 8.6: a 304 has no body, and a length would be that of the answer it stands for.
        _ if reply.status == 304 => {}
        Some(length) => head += &format!("Content-Length: {length}\r\n"),
        None => head += "Transfer-Encoding: chunked\r\n",
    }
    for (name, value) in &reply.headers {
        head += &format!("{name}: {value}\r\n");
    }
    (head + "\r\n").into_bytes()
}

fn chunk(body: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", body.len()).as_bytes(), body, b"\r\n"].concat()
}
