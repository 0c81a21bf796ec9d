//! What stands between a client and a server: a front that speaks TLS, and a proxy that clients are sent to.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Whom to trust to reach a [`tls_front`].
pub(crate) const AUTHORITY: &str = include_str!("tls/ca.pem");

/// `host:port` of a server that speaks TLS as `localhost` and `127.0.0.1`, and passes on what it hears.
pub(crate) fn tls_front(behind: SocketAddr) -> String {
    // Fails only where one is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let certificate = CertificateDer::from_pem_slice(include_bytes!("tls/server.pem")).expect("a certificate");
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("tls/server.key")).expect("a key");
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key);
    let config = Arc::new(config.expect("a certificate with its key"));
    let address = accepting(move |socket| {
        let connection = ServerConnection::new(Arc::clone(&config)).map_err(io::Error::other)?;
        let back = TcpStream::connect(behind)?;
        relay_tls(StreamOwned::new(connection, socket), back)
    });
    format!("localhost:{}", address.port())
}

/// As [`tls_front`], but so many of the next connections are cut in the middle of the answer, without the end that TLS has.
#[allow(dead_code)] // Compiled into several test crates.
pub(crate) fn tls_cutting(behind: SocketAddr, cuts: Arc<std::sync::atomic::AtomicUsize>) -> String {
    use std::sync::atomic::Ordering::SeqCst;
    let front = tls_front(behind);
    let whole: SocketAddr = front.replace("localhost", "127.0.0.1").parse().expect("an address");
    let address = accepting(move |socket| {
        let cut = cuts.fetch_update(SeqCst, SeqCst, |cuts| cuts.checked_sub(1)).is_ok();
        let mut back = TcpStream::connect(whole)?;
        let (mut hears, mut says) = (back.try_clone()?, socket.try_clone()?);
        thread::spawn(move || io::copy(&mut says, &mut back).ok());
        // The handshake takes more than a thousand bytes, and every answer begins before two thousand.
        let passed = io::copy(&mut (&mut hears).take(if cut { 1900 } else { u64::MAX }), &mut socket.try_clone()?);
        let _ = socket.shutdown(std::net::Shutdown::Both);
        passed.map(drop)
    });
    format!("localhost:{}", address.port())
}

/// Both ways in turn: a TLS stream can't be read and written at once.
fn relay_tls(mut front: StreamOwned<ServerConnection, TcpStream>, mut back: TcpStream) -> io::Result<()> {
    for socket in [&front.sock, &back] {
        socket.set_read_timeout(Some(Duration::from_millis(5)))?;
    }
    let mut buffer = vec![0; 16 << 10];
    let waits = |error: &io::Error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
    loop {
        match front.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => back.write_all(&buffer[..length])?,
            Err(error) if waits(&error) => {}
            Err(error) => return Err(error),
        }
        match back.read(&mut buffer) {
            Ok(0) => {
                front.conn.send_close_notify();
                return front.flush();
            }
            Ok(length) => {
                front.write_all(&buffer[..length])?;
                front.flush()?;
            }
            Err(error) if waits(&error) => {}
            Err(error) => return Err(error),
        }
    }
}

/// A proxy as companies have one: `CONNECT` for https, whole addresses for http.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// A proxy that lets everybody pass, or only who has this user and password.
    pub(crate) fn start(userinfo: Option<&str>) -> Proxy {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noting = Arc::clone(&asked);
        let expected = userinfo.map(|userinfo| format!("Basic {}", BASE64_STANDARD.encode(userinfo)));
        let address = accepting(move |socket| pass(socket, expected.as_deref(), &noting));
        Proxy { address, asked }
    }

    /// What it passed since it was last asked: `CONNECT host:port`, or `GET http://…`.
    pub(crate) fn passed(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().expect("no panic"))
    }
}

fn pass(mut front: TcpStream, expected: Option<&str>, asked: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut reader = BufReader::new(front.try_clone()?);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        match line.trim_end() {
            "" => break,
            line => head.push(line.to_owned()),
        }
    }
    let authorization = head.iter().filter_map(|line| line.split_once(": "));
    let mut authorization = authorization.filter(|(name, _)| name.eq_ignore_ascii_case("proxy-authorization"));
    if expected.is_some() && authorization.next().map(|(_, value)| value) != expected {
        return front.write_all(b"HTTP/1.1 407 Who are you?\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
    let mut words = head[0].split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    asked.lock().expect("no panic").push(format!("{method} {target}"));
    let mut back = if method == "CONNECT" {
        let back = TcpStream::connect(target)?;
        front.write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
        back
    } else {
        let rest = target.strip_prefix("http://").unwrap_or_default();
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let mut back = TcpStream::connect(host)?;
        let ours = |line: &&String| !line.to_ascii_lowercase().starts_with("proxy-");
        let headers: Vec<&str> = head[1..].iter().filter(ours).map(String::as_str).collect();
        back.write_all(format!("{method} {path} HTTP/1.1\r\n{}\r\n\r\n", headers.join("\r\n")).as_bytes())?;
        back
    };
    back.write_all(reader.buffer())?;
    let (mut hears, mut says) = (back.try_clone()?, front.try_clone()?);
    thread::spawn(move || {
        let _ = io::copy(&mut hears, &mut says);
        let _ = says.shutdown(std::net::Shutdown::Both);
    });
    io::copy(&mut front, &mut back)?;
    back.shutdown(std::net::Shutdown::Write)
}

/// Serves on a free port until the process ends, each connection in a thread of its own.
fn accepting(serve: impl Fn(TcpStream) -> io::Result<()> + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("the port");
    let serve = Arc::new(serve);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = Arc::clone(&serve);
            // Who hangs up early is the other side's business.
            thread::spawn(move || serve(stream).ok());
        }
    });
    address
}
