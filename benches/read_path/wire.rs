//! One keep-alive connection that costs next to nothing: bytes out, and bytes in until the announced length is there.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The largest answer that is taken.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

pub struct Answer<'a> {
    pub status: u16,
    pub body: &'a [u8],
}

impl Connection {
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 * 1024) })
    }

    pub async fn exchange(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let (status, body) = loop {
            self.more().await?;
            if let Some(end) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                let (status, length) = head(&self.buffer[..end])?;
                break (status, end + 4..end + 4 + length);
            }
        };
        while self.buffer.len() < body.end {
            self.more().await?;
        }
        if self.buffer.len() > body.end {
            return Err(malformed("more bytes than were announced"));
        }
        Ok(Answer { status, body: &self.buffer[body] })
    }

    async fn more(&mut self) -> io::Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if self.buffer.len() > MAX_ANSWER {
            return Err(malformed("an answer that does not end"));
        }
        Ok(())
    }
}

/// The status and the length of the body.
fn head(bytes: &[u8]) -> io::Result<(u16, usize)> {
    let text = std::str::from_utf8(bytes).map_err(|_| malformed("a head that is not text"))?;
    let status = text.get(9..12).and_then(|status| status.parse().ok());
    let status: u16 = status.ok_or_else(|| malformed("no status"))?;
    if status == 204 {
        return Ok((status, 0));
    }
    let length = text.split("\r\n").find_map(|line| line.strip_prefix("content-length: "));
    let length = length.and_then(|length| length.parse().ok());
    Ok((status, length.ok_or_else(|| malformed("no content-length"))?))
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
