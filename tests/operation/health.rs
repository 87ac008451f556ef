//! Asking a server whether it lives.
use crate::program::{Folder, Server, run};
use std::{io::Write, net::TcpListener};

#[test]
fn a_server_that_serves_lives() {
    let folder = Folder::new();
    let server = Server::start(&folder.url("fieldhouse.db"));
    run(&["health", "--listen", &server.address], &[]).fine();
    let everywhere = server.address.replace("127.0.0.1", "0.0.0.0");
    run(&["health"], &[("FIELDHOUSE_LISTEN", &everywhere)]).fine();
}

#[test]
fn what_is_not_there_or_answers_otherwise_does_not() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address").to_string();
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("somebody asks");
        stream
            .write_all(b"HTTP/1.1 503 Service Unavailable\r\n\r\n")
            .expect("the answer is sent");
    });
    let complaint = run(&["health", "--listen", &address], &[]).refused();
    assert!(complaint.contains("503"), "{complaint}");
    answering.join().expect("the answer was sent");
    let complaint = run(&["health", "--listen", &address], &[]).refused();
    assert!(complaint.contains("cannot be reached"), "{complaint}");
}
