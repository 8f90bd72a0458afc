//! New connections, one for each free slot. Nothing that goes wrong here ends the server.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::sleep,
};

use super::peers::{Peers, Place};

const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

pub(super) struct Acceptor {
    listener: TcpListener,
    slots: Arc<Semaphore>,
    peers: Arc<Peers>,
    pause: Option<Duration>,
}

/// What a connection holds of the server until it ends.
pub(super) struct Admitted {
    _slot: OwnedSemaphorePermit,
    _place: Place,
}

impl Acceptor {
    pub fn new(listener: TcpListener, slots: Arc<Semaphore>, peers: Arc<Peers>) -> Self {
        Self { listener, slots, peers, pause: None }
    }

    /// Waits for a free slot first, so that the kernel keeps what we cannot serve. An address that has its share is refused
    /// at once: its connections would otherwise wait in front of those of others. Loses nothing when dropped.
    pub async fn next(&mut self) -> (TcpStream, SocketAddr, Admitted) {
        let Ok(slot) = Arc::clone(&self.slots).acquire_owned().await else {
            // Nobody closes the semaphore; if somebody ever did, there would be nothing more to accept.
            return std::future::pending().await;
        };
        loop {
            match self.listener.accept().await {
                Ok((stream, peer)) => {
                    self.pause = None;
                    let Some(place) = self.peers.enter(peer.ip()) else {
                        // A reset leaves nothing behind in the kernel. When the option cannot be set, it is a plain close.
                        let _ = stream.set_zero_linger();
                        continue;
                    };
                    if let Err(error) = stream.set_nodelay(true) {
                        // The peer is gone already, which its task will find out.
                        tracing::debug!(%error, "cannot set TCP_NODELAY");
                    }
                    return (stream, peer, Admitted { _slot: slot, _place: place });
                }
                Err(error) => {
                    self.pause = pause_after(&error, self.pause);
                    if let Some(pause) = self.pause {
                        let pause_ms = pause.as_millis();
                        tracing::warn!(%error, pause_ms, "cannot accept connections for now");
                        sleep(pause).await;
                    }
                }
            }
        }
    }
}

/// A peer that left while it waited concerns nobody else; anything else (EMFILE, ENFILE, ENOBUFS, ENOMEM) lasts until
/// something is freed, and trying again at once would burn a core.
fn pause_after(error: &io::Error, previous: Option<Duration>) -> Option<Duration> {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    match error.kind() {
        ConnectionAborted | ConnectionReset | Interrupted => None,
        _ => Some(previous.map_or(FIRST_PAUSE, |pause| (pause * 2).min(LONGEST_PAUSE))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lack_of_descriptors_backs_off_up_to_a_second() {
        let emfile = io::Error::from_raw_os_error(24);
        let mut pause = None;
        let mut pauses = Vec::new();
        for _ in 0..10 {
            pause = pause_after(&emfile, pause);
            pauses.extend(pause.map(|pause| pause.as_millis()));
        }
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000]);
    }

    #[test]
    fn a_peer_that_left_pauses_nobody() {
        let aborted = io::Error::from(io::ErrorKind::ConnectionAborted);
        assert_eq!(pause_after(&aborted, None), None);
    }
}
