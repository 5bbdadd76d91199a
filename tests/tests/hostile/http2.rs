//! Frames of HTTP/2, written by hand: no library sends what is tested here.

use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

pub const HEADERS: u8 = 1;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PING: u8 = 6;
pub const WINDOW_UPDATE: u8 = 8;
pub const CONTINUATION: u8 = 9;
pub const DATA: u8 = 0;

const GOAWAY: u8 = 7;

pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;

/// Limit for any wait on loopback; long enough for a loaded machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a server that reads nothing more is written to.
const STUCK: Duration = Duration::from_secs(2);

/// A connection that nobody reads from until [`end`](Self::end).
pub struct Connection(TcpStream);

/// What has become of a connection.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// The server has closed it, with this error code if it has said one.
    Closed(Option<u32>),
    /// It is open.
    Open,
}

impl Connection {
    /// Connects, and sends the preface and empty settings.
    pub fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_write_timeout(Some(STUCK)).unwrap();
        let mut connection = Self(stream);
        connection.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").unwrap();
        connection.send(SETTINGS, 0, 0, &[]).unwrap();
        connection
    }

    /// Sends a frame. Fails once the server has closed the connection, or reads nothing more.
    pub fn send(&mut self, ty: u8, flags: u8, stream: u32, payload: &[u8]) -> io::Result<()> {
        self.write(&frame(ty, flags, stream, payload))
    }

    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    /// Reads what the server has sent until it closes the connection, or answers this ping.
    pub fn end(mut self) -> End {
        self.0.set_read_timeout(Some(PATIENCE)).unwrap();
        // Fails if the connection is closed, which the reads show.
        let _ = self.send(PING, 0, 0, b"are you?");
        let mut code = None;
        loop {
            let mut header = [0; 9];
            if self.0.read_exact(&mut header).is_err() {
                return End::Closed(code);
            }
            let length = u32::from_be_bytes([0, header[0], header[1], header[2]]) as usize;
            let mut payload = vec![0; length];
            if self.0.read_exact(&mut payload).is_err() {
                return End::Closed(code);
            }
            match header[3] {
                PING if payload == b"are you?" => return End::Open,
                GOAWAY => code = payload[4..8].try_into().ok().map(u32::from_be_bytes),
                _ => {}
            }
        }
    }
}

pub fn frame(ty: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = vec![length[1], length[2], length[3], ty, flags];
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// The headers of a GET, in HPACK without tables of its own.
pub fn get(path: &str) -> Vec<u8> {
    // `:method: GET` and `:scheme: http` of the static table, then `:path` and `:authority` as text.
    let mut headers = vec![0x82, 0x86];
    for (name, value) in [(0x04, path), (0x01, "localhost")] {
        headers.push(name);
        headers.push(u8::try_from(value.len()).unwrap());
        headers.extend(value.bytes());
    }
    headers
}

/// A header of this many bytes, whose name and value have no code.
pub fn long_header(length: u8) -> Vec<u8> {
    let mut header = vec![0x00, 1, b'x', length];
    header.extend(vec![b'y'; length.into()]);
    header
}
