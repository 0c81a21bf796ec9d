//! The least of an HTTP server: requests with bodies, one a connection.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// A request with its body.
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// A whole answer, status line included.
pub(crate) type Answer = Vec<u8>;

pub(crate) fn answer(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Answer {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 {status} Scripted\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    [head.as_bytes(), headers.as_bytes(), b"\r\n", body].concat()
}

/// Serves on a free port until the process ends.
pub(crate) fn serve(routes: impl Fn(Request) -> Answer + Send + Sync + 'static) -> SocketAddr {
    serve_by_head(|_| (), routes)
}

/// The same, and looks at the head of each request before it has the body.
pub(crate) fn serve_by_head(
    look: impl Fn(&mut Request) + Send + Sync + 'static,
    routes: impl Fn(Request) -> Answer + Send + Sync + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("the port");
    let routes = Arc::new((look, routes));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let routes = Arc::clone(&routes);
            thread::spawn(move || serve_one(stream, &routes.0, &routes.1).ok());
        }
    });
    address
}

fn serve_one(stream: TcpStream, look: &dyn Fn(&mut Request), routes: &dyn Fn(Request) -> Answer) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut line, mut headers) = (String::new(), Vec::new());
    reader.read_line(&mut line)?;
    let mut words = line.split(' ').map(ToOwned::to_owned);
    let (Some(method), Some(target)) = (words.next(), words.next()) else { return Ok(()) };
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((key, value)) = header.trim_end().split_once(':') else { break };
        headers.push((key.to_owned(), value.trim().to_owned()));
    }
    let mut request = Request { method, target, headers, body: Vec::new() };
    look(&mut request);
    let length = request.header("Content-Length").and_then(|length| length.parse().ok()).unwrap_or(0);
    request.body = vec![0; length];
    reader.read_exact(&mut request.body)?;
    (&stream).write_all(&routes(request))
}

/// Passes a request on to another server, and hands back its answer.
pub(crate) fn pass_on(to: SocketAddr, request: &Request) -> Answer {
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.target);
    for (key, value) in request.headers.iter().filter(|(key, _)| !key.eq_ignore_ascii_case("connection")) {
        head += &format!("{key}: {value}\r\n");
    }
    let mut answer = Vec::new();
    let mut stream = TcpStream::connect(to).expect("the server behind");
    stream.write_all(&[head.as_bytes(), b"Connection: close\r\n\r\n", &request.body].concat()).expect("passed on");
    stream.read_to_end(&mut answer).expect("an answer");
    answer
}
