//! Bytes that requests and their answers may hold in memory at once: together, for one client address, for one connection.
//!
//! A quarter of the whole is one address's share, so one client cannot use up what others need. The last eighth is kept for
//! small leases: whatever large bodies do, a plain query still fits. Nothing here waits; what does not fit is refused.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::core::client::AddressBlock;

/// The largest lease that may use the last eighth.
const SMALL: usize = 16 * 1024;

/// Bytes of one kind in this process.
#[derive(Debug)]
pub struct Budget {
    total: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    used: usize,
    /// Addresses that hold something.
    addresses: HashMap<AddressBlock, usize>,
}

impl Budget {
    pub fn new(total: usize) -> Arc<Self> {
        Arc::new(Self { total, state: Mutex::default() })
    }

    /// Whether three quarters are in use.
    pub fn is_crowded(&self) -> bool {
        self.state().used >= self.total / 4 * 3
    }

    fn take(&self, payer: &Payer, bytes: usize) -> bool {
        let mut state = self.state();
        let ceiling = if bytes <= SMALL { self.total } else { self.total - self.total / 8 };
        let of_address = state.addresses.get(&payer.address).copied().unwrap_or(0);
        let of_connection = payer.connection.as_ref().map(|used| used.load(Ordering::Relaxed));
        let fits = state.used.saturating_add(bytes) <= ceiling
            && of_address.saturating_add(bytes) <= self.total / 4
            // A connection that holds nothing may take one lease as large as the address's share.
            && of_connection.is_none_or(|used| used == 0 || used.saturating_add(bytes) <= self.total / 16 * 3);
        if fits && bytes > 0 {
            state.used += bytes;
            state.addresses.insert(payer.address, of_address + bytes);
            // Changed under the lock alone.
            if let Some(connection) = &payer.connection {
                connection.fetch_add(bytes, Ordering::Relaxed);
            }
        }
        fits
    }

    fn give_back(&self, payer: &Payer, bytes: usize) {
        let mut state = self.state();
        state.used = state.used.saturating_sub(bytes);
        if let Some(used) = state.addresses.get_mut(&payer.address) {
            *used = used.saturating_sub(bytes);
            if *used == 0 {
                state.addresses.remove(&payer.address);
            }
        }
        if let Some(connection) = &payer.connection {
            connection.fetch_sub(bytes, Ordering::Relaxed);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whose share a lease counts for.
#[derive(Debug, Clone)]
pub struct Payer {
    budget: Arc<Budget>,
    address: AddressBlock,
    /// What the connection holds; `None` where one connection carries the requests of many clients.
    connection: Option<Arc<AtomicUsize>>,
}

impl Payer {
    pub fn new(budget: Arc<Budget>, address: AddressBlock, connection: Option<Arc<AtomicUsize>>) -> Self {
        Self { budget, address, connection }
    }

    /// `None` when there is no room.
    pub fn lease(&self, bytes: usize) -> Option<Lease> {
        let mut lease = Lease { payer: self.clone(), bytes: 0 };
        lease.grow(bytes).then_some(lease)
    }
}

/// Bytes that are held until this is dropped.
#[derive(Debug)]
pub struct Lease {
    payer: Payer,
    bytes: usize,
}

impl Lease {
    /// Holds so many more; false, with the lease as it was, when there is no room.
    #[must_use]
    pub fn grow(&mut self, bytes: usize) -> bool {
        let fits = self.payer.budget.take(&self.payer, bytes);
        if fits {
            self.bytes += bytes;
        }
        fits
    }

    /// Gives back all but so many.
    pub fn shrink_to(&mut self, bytes: usize) {
        let surplus = self.bytes.saturating_sub(bytes);
        if surplus > 0 {
            self.payer.budget.give_back(&self.payer, surplus);
            self.bytes -= surplus;
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.shrink_to(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIB: usize = 1024;

    fn payer(budget: &Arc<Budget>, address: &str, connection: &Arc<AtomicUsize>) -> Payer {
        let address = AddressBlock::of(address.parse().expect("an address"));
        Payer::new(Arc::clone(budget), address, Some(Arc::clone(connection)))
    }

    #[test]
    fn an_address_and_a_connection_have_a_share() {
        let budget = Budget::new(1_600 * KIB);
        let (first, second) = (Arc::default(), Arc::default());
        let ann = payer(&budget, "192.0.2.1", &first);
        let held = ann.lease(300 * KIB).expect("the connection's share");
        assert!(ann.lease(1).is_none(), "the connection's share is used up");
        let same = payer(&budget, "192.0.2.1", &second);
        let more = same.lease(100 * KIB).expect("the address's share");
        assert!(same.lease(1).is_none(), "the address's share is used up");
        let bob = payer(&budget, "192.0.2.2", &Arc::default());
        assert!(bob.lease(300 * KIB).is_some(), "another address has its own");
        drop(held);
        assert!(ann.lease(300 * KIB).is_some());
        drop(more);
        assert!(budget.state().addresses.is_empty(), "no address is remembered that holds nothing");
        assert_eq!(budget.state().used, 0);
    }

    #[test]
    fn the_last_eighth_is_for_small_leases() {
        let budget = Budget::new(800 * KIB);
        let of = |address: &str| {
            let address = AddressBlock::of(address.parse().expect("an address"));
            Payer::new(Arc::clone(&budget), address, None)
        };
        let held: Vec<_> = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"]
            .into_iter()
            .map(|address| of(address).lease(175 * KIB).expect("within the share"))
            .collect();
        assert!(budget.is_crowded());
        assert!(of("192.0.2.5").lease(17 * KIB).is_none());
        assert!(of("192.0.2.5").lease(16 * KIB).is_some());
        drop(held);
        assert!(!budget.is_crowded());
    }

    #[test]
    fn a_lease_grows_and_shrinks_or_stays_as_it_was() {
        let budget = Budget::new(1_600 * KIB);
        let connection = Arc::default();
        let mut lease = payer(&budget, "192.0.2.1", &connection).lease(100 * KIB).expect("room");
        assert!(!lease.grow(201 * KIB));
        assert!(lease.grow(200 * KIB));
        lease.shrink_to(50 * KIB);
        assert_eq!(connection.load(Ordering::Relaxed), 50 * KIB);
        drop(lease);
        assert_eq!(connection.load(Ordering::Relaxed), 0);
    }
}
