//! Servers that answer with whole answers, as those of buckets are scripted, until the process ends.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

pub(crate) use crate::support::server::Request;
use crate::support::server::{Reply, Server};

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
    let server = Server::by_head(look, move |request| Reply::bare(routes(request.clone())));
    let address = server.address();
    std::mem::forget(server);
    address
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
