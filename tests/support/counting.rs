//! A relay that counts what comes back through it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;

/// Passes on what it hears, and counts the bytes that come back and the connections.
pub(crate) fn counting(behind: SocketAddr) -> (SocketAddr, Arc<AtomicU64>, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("the port");
    let (bytes, connections) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicUsize::new(0)));
    let counters = (Arc::clone(&bytes), Arc::clone(&connections));
    thread::spawn(move || {
        for front in listener.incoming().flatten() {
            let bytes = Arc::clone(&counters.0);
            counters.1.fetch_add(1, Ordering::SeqCst);
            let Ok(back) = TcpStream::connect(behind) else { continue };
            let (Ok(mut from), Ok(mut to)) = (front.try_clone(), back.try_clone()) else { continue };
            thread::spawn(move || std::io::copy(&mut from, &mut to).ok());
            let (mut from, mut to) = (back, front);
            thread::spawn(move || {
                let mut buffer = vec![0; 64 << 10];
                while let Ok(length @ 1..) = from.read(&mut buffer) {
                    bytes.fetch_add(length as u64, Ordering::SeqCst);
                    if to.write_all(&buffer[..length]).is_err() {
                        break;
                    }
                }
                let _ = to.shutdown(std::net::Shutdown::Both);
            });
        }
    });
    (address, bytes, connections)
}
