//! A proxy before PostgreSQL that breaks a connection at the n-th statement: before the server gets it, or after it has
//! begun to answer.
//!
//! The messages: <https://www.postgresql.org/docs/current/protocol-message-formats.html>.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// Where the connection breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// The statement does not arrive.
    Before,
    /// The statement is carried out, and its answer does not arrive.
    After,
}

#[derive(Debug)]
pub struct Proxy {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// Statements since it was armed.
    seen: AtomicU64,
    /// The number of the one that is cut, from 1; 0 for none.
    first: AtomicU64,
    after: AtomicU64,
}

impl Proxy {
    pub async fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket");
        let shared = Arc::<Shared>::default();
        let accepted = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(server).await else { continue };
                // Messages are passed on one by one; otherwise each would wait for the one before to be acknowledged.
                for socket in [&client, &server] {
                    socket.set_nodelay(true).expect("TCP");
                }
                tokio::spawn(forward(client, server, Arc::clone(&accepted)));
            }
        });
        Self { address, shared }
    }

    pub fn arm(&self, cut: Cut, first: u64) {
        self.shared.after.store(u64::from(cut == Cut::After), Ordering::SeqCst);
        self.shared.seen.store(0, Ordering::SeqCst);
        self.shared.first.store(first, Ordering::SeqCst);
    }

    /// Nothing breaks any more. Answers how many statements there were since it was armed.
    pub fn disarm(&self) -> u64 {
        self.shared.first.store(0, Ordering::SeqCst);
        self.shared.seen.load(Ordering::SeqCst)
    }
}

async fn forward(client: TcpStream, server: TcpStream, shared: Arc<Shared>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    if begin((&mut from_client, &mut to_client), (&mut from_server, &mut to_server)).await.is_err() {
        return;
    }
    // Answers are passed on until a statement is cut; then the halves are dropped, which ends both connections.
    let answers = async {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = from_server.read(&mut buffer).await {
            if is_cut_after(&shared) || to_client.write_all(&buffer[..length]).await.is_err() {
                return;
            }
        }
    };
    let statements = async {
        while let Ok(message) = message(&mut from_client).await {
            // Sync ends what is sent of an extended query, Query is a simple one.
            let is_statement = matches!(message[0], b'S' | b'Q');
            if is_statement {
                let number = shared.seen.fetch_add(1, Ordering::SeqCst) + 1;
                let is_meant = number == shared.first.load(Ordering::SeqCst);
                if is_meant && shared.after.load(Ordering::SeqCst) == 0 {
                    return;
                }
            }
            if to_server.write_all(&message).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = answers => {}
        () = statements => {}
    }
}

/// Whether the answer that has just begun is that of the statement which is cut.
fn is_cut_after(shared: &Shared) -> bool {
    let (first, seen) = (shared.first.load(Ordering::SeqCst), shared.seen.load(Ordering::SeqCst));
    shared.after.load(Ordering::SeqCst) == 1 && first > 0 && seen == first
}

/// What comes before the first message with a type: perhaps a question about TLS, then the parameters.
async fn begin(
    (from_client, to_client): (&mut OwnedReadHalf, &mut OwnedWriteHalf),
    (from_server, to_server): (&mut OwnedReadHalf, &mut OwnedWriteHalf),
) -> std::io::Result<()> {
    const TLS: u32 = 80_877_103;
    loop {
        let length = from_client.read_u32().await?;
        let mut rest = vec![0; (length as usize).saturating_sub(4).min(64 * 1024)];
        from_client.read_exact(&mut rest).await?;
        to_server.write_u32(length).await?;
        to_server.write_all(&rest).await?;
        if rest.first_chunk().is_none_or(|code| u32::from_be_bytes(*code) != TLS) {
            return Ok(());
        }
        let answer = from_server.read_u8().await?;
        to_client.write_u8(answer).await?;
    }
}

/// One message: its type, its length and what follows.
async fn message(from: &mut OwnedReadHalf) -> std::io::Result<Vec<u8>> {
    let kind = from.read_u8().await?;
    let length = from.read_u32().await?;
    let mut message = vec![kind];
    message.extend(length.to_be_bytes());
    message.resize(1 + length as usize, 0);
    from.read_exact(&mut message[5..]).await?;
    Ok(message)
}
