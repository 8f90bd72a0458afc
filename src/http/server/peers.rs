//! How many connections each client address has. A proxy that is trusted speaks for many clients and has no share.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, Once, PoisonError},
};

use ipnet::IpNet;

use crate::domain::core::client::AddressBlock;

pub(super) struct Peers {
    most: usize,
    trusted: Vec<IpNet>,
    open: Mutex<HashMap<AddressBlock, usize>>,
}

impl Peers {
    pub fn new(most: usize, trusted: Vec<IpNet>) -> Arc<Self> {
        Arc::new(Self { most, trusted, open: Mutex::default() })
    }

    pub fn trusted(&self) -> &[IpNet] {
        &self.trusted
    }

    pub fn is_trusted(&self, peer: IpAddr) -> bool {
        self.trusted.iter().any(|net| net.contains(&peer.to_canonical()))
    }

    /// A place for one more connection; `None` when the address has its share.
    pub fn enter(self: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        let block = (!self.is_trusted(peer)).then(|| AddressBlock::of(peer));
        if let Some(block) = block {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            let count = open.entry(block).or_default();
            if *count >= self.most {
                warn_once(self.most);
                return None;
            }
            *count += 1;
        }
        Some(Place { peers: Arc::clone(self), block })
    }
}

/// A proxy that the settings do not name looks like one client with very many connections, which is worth a line.
fn warn_once(most: usize) {
    static SAID: Once = Once::new();
    SAID.call_once(|| {
        tracing::warn!(
            most,
            "one client address has {most} connections and gets no more; if it is a proxy, name it in trusted_proxies"
        );
    });
}

/// Held as long as the connection.
pub(super) struct Place {
    peers: Arc<Peers>,
    block: Option<AddressBlock>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(block) = self.block else { return };
        let mut open = self.peers.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&block) {
            *count -= 1;
            if *count == 0 {
                open.remove(&block);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn an_address_has_its_share_and_gets_it_back() {
        let peers = Peers::new(2, vec!["10.0.0.0/8".parse().expect("a network")]);
        let held = [peers.enter(ip("192.0.2.1")), peers.enter(ip("::ffff:192.0.2.1"))];
        assert!(held.iter().all(Option::is_some));
        assert!(peers.enter(ip("192.0.2.1")).is_none());
        let others: Vec<_> = (0..2).map(|_| peers.enter(ip("192.0.2.2"))).collect();
        assert!(others.iter().all(Option::is_some));
        let proxy: Vec<_> = (0..9).map(|_| peers.enter(ip("10.1.1.1"))).collect();
        assert!(proxy.iter().all(Option::is_some), "a trusted proxy has no share");
        let customer = [peers.enter(ip("2001:db8::1")), peers.enter(ip("2001:db8::2"))];
        assert!(customer.iter().all(Option::is_some));
        assert!(peers.enter(ip("2001:db8::3")).is_none(), "64 bits are one customer");
        drop(held);
        assert!(peers.enter(ip("192.0.2.1")).is_some());
        drop((others, proxy, customer));
        assert!(peers.open.lock().expect("not poisoned").is_empty());
    }
}
