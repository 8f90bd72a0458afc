//! How often something may be done, by whom: the generic cell rate algorithm (ITU-T I.371) in a table of fixed size.
//!
//! A limit of `n` in a period lets `n` through at once and then one for each `n`-th of the period. A key costs 16 bytes, as a
//! hash with a secret of the process, so no address is kept. The table never grows: where it is full, the key that is
//! nearest to being forgotten anyway makes room, so a flood of new keys pushes out each other and not those that are
//! being held back. Each process counts for itself.

use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use entity::{AccountId, Timestamp};

use crate::domain::core::client::{AddressBlock, Client, Credential};
use crate::domain::core::error::{Error, Result};

/// Of the table: 1,024 locks, 64 keys under each, 1 MiB for 65,536 keys.
const SHARDS: usize = 1_024;
const WAYS: usize = 64;

/// How many attempts to sign in to one account are let through from all addresses, for each that one address has.
const ADDRESSES_PER_ACCOUNT: u32 = 10;

/// How many letters for a new password one account gets from all addresses that it is not known at, for each that one address
/// may ask for. Few, since each is a letter in its mailbox.
const RESETS_PER_ACCOUNT: u32 = 3;

/// In microseconds.
const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
/// For how long it is known where an account has signed in.
const KNOWN: i64 = 30 * 24 * HOUR;

/// What is counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Requests to the API, per second.
    Request,
    /// Mutations of whoever, per minute.
    Mutation,
    /// Attempts to sign in, per minute.
    SignIn,
    /// Attempts to sign in to one account from wherever it never did, per minute: ten times as many.
    AccountSignIn,
    /// Attempts to sign in to an account from where it has done so before, per minute.
    KnownSignIn,
    /// Requests for a password reset email, per hour.
    Reset,
    /// Password reset emails of one account, requested from addresses where it never signed in, per hour: three times as many.
    AccountReset,
    /// Password reset emails of one account, requested from an address where it has signed in before, per hour.
    KnownReset,
    /// What readers send in, per minute.
    PublicMutation,
}

/// On whose account it is counted. A class is usually checked for the address and for whom it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key<'a> {
    Address(AddressBlock),
    Credential(Credential),
    Account(AccountId),
    /// Something that may not exist, such as the email that a sign-in is tried with.
    Name(&'a str),
    /// The same together with where it is tried from.
    NameFrom(&'a str, AddressBlock),
}

/// How often; `None` is without limit. Of all classes 1 to 100,000.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rates {
    pub requests_per_second: Option<u32>,
    pub mutations_per_minute: Option<u32>,
    /// Sign-ins per minute of an address, and resets per hour.
    pub sign_ins: Option<u32>,
    pub public_mutations_per_minute: Option<u32>,
}

/// Counts in this process.
#[derive(Debug)]
pub struct Limits {
    rates: Rates,
    secret: RandomState,
    shards: Box<[Mutex<Shard>]>,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    key: u64,
    /// The theoretical arrival time, in microseconds since 1970: until when what was let through fills the limit's time.
    until: i64,
}

type Shard = [Slot; WAYS];

impl Limits {
    pub fn new(rates: Rates) -> Self {
        let empty = [Slot { key: 0, until: i64::MIN }; WAYS];
        let shards = (0..SHARDS).map(|_| Mutex::new(empty)).collect();
        Self { rates, secret: RandomState::new(), shards }
    }

    /// Counts one more, or says after how many seconds it will be let through.
    pub fn check(&self, now: Timestamp, class: Class, key: Key<'_>) -> Result<()> {
        self.check_many(now, class, key, 1)
    }

    /// Counts so many at once, all or none. More than the whole limit at once passes when nothing was counted before: it
    /// could never otherwise.
    pub fn check_many(&self, now: Timestamp, class: Class, key: Key<'_>, number: u32) -> Result<()> {
        let Some((period, most)) = self.rate(class).filter(|_| number > 0) else { return Ok(()) };
        let most = i64::from(most);
        let step = period / most;
        let number = i64::from(number).min(most);
        let now = now.0.saturating_mul(1_000);
        let hash = self.secret.hash_one((class, key));
        let mut shard = self.shard(hash);
        let slot = slot(&mut shard, hash);
        // The clock may have been set back: from then on no more is held against the key than a full limit.
        slot.until = slot.until.min(now.saturating_add(period));
        let until = slot.until.max(now);
        let wait = until.saturating_add((number - most) * step).saturating_sub(now);
        if wait > 0 {
            let seconds = u32::try_from(wait / SECOND + i64::from(wait % SECOND > 0)).unwrap_or(u32::MAX);
            return Err(Error::TooManyRequests { retry_after: seconds });
        }
        *slot = Slot { key: hash, until: until + number * step };
        Ok(())
    }

    /// Counts an attempt to sign in. It counts first for the address that it comes from, so that one who guesses is stopped
    /// before the account is. An address from which the account has signed in has a number of its own: what others guess
    /// from elsewhere does not keep its owner out.
    pub fn check_sign_in(&self, now: Timestamp, client: &Client, email: &str) -> Result<()> {
        if let Some(address) = client.address {
            let key = Key::NameFrom(email, address);
            if self.knows(now, key) {
                return self.check(now, Class::KnownSignIn, key);
            }
            self.check(now, Class::SignIn, Key::Address(address))?;
        }
        self.check(now, Class::AccountSignIn, Key::Name(email))
    }

    /// Counts a letter for a new password in the same way.
    pub fn check_reset(&self, now: Timestamp, client: &Client, email: &str) -> Result<()> {
        if let Some(address) = client.address {
            self.check(now, Class::Reset, Key::Address(address))?;
            let key = Key::NameFrom(email, address);
            if self.knows(now, key) {
                return self.check(now, Class::KnownReset, key);
            }
        }
        self.check(now, Class::AccountReset, Key::Name(email))
    }

    /// Remembers from where an account has signed in, as long as this process lives, for 30 days at most.
    pub fn signed_in(&self, now: Timestamp, client: &Client, email: &str) {
        let Some(address) = client.address else { return };
        let hash = self.hash_of_known(Key::NameFrom(email, address));
        let until = now.0.saturating_mul(1_000).saturating_add(KNOWN);
        *slot(&mut self.shard(hash), hash) = Slot { key: hash, until };
    }

    fn knows(&self, now: Timestamp, key: Key<'_>) -> bool {
        let hash = self.hash_of_known(key);
        let now = now.0.saturating_mul(1_000);
        self.shard(hash).iter().any(|slot| slot.key == hash && slot.until > now)
    }

    fn hash_of_known(&self, key: Key<'_>) -> u64 {
        self.secret.hash_one(("signed in", key))
    }

    fn shard(&self, hash: u64) -> MutexGuard<'_, Shard> {
        let shard = usize::try_from(hash % SHARDS as u64).expect("below the number of shards");
        self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts mutations of whoever sent the request, on the address and on the credential.
    pub fn check_mutations(&self, now: Timestamp, client: &Client, number: u32) -> Result<()> {
        if let Some(credential) = client.credential {
            self.check_many(now, Class::Mutation, Key::Credential(credential), number)?;
        }
        match client.address {
            Some(address) => self.check_many(now, Class::Mutation, Key::Address(address), number),
            None => Ok(()),
        }
    }

    /// The period in microseconds, and how many in it.
    fn rate(&self, class: Class) -> Option<(i64, u32)> {
        let rates = &self.rates;
        let (period, number) = match class {
            Class::Request => (SECOND, rates.requests_per_second),
            Class::Mutation => (MINUTE, rates.mutations_per_minute),
            Class::SignIn | Class::KnownSignIn => (MINUTE, rates.sign_ins),
            Class::AccountSignIn => {
                (MINUTE, rates.sign_ins.map(|number| number.saturating_mul(ADDRESSES_PER_ACCOUNT)))
            }
            Class::Reset | Class::KnownReset => (HOUR, rates.sign_ins),
            Class::AccountReset => {
                (HOUR, rates.sign_ins.map(|number| number.saturating_mul(RESETS_PER_ACCOUNT)))
            }
            Class::PublicMutation => (MINUTE, rates.public_mutations_per_minute),
        };
        number.filter(|&number| number > 0).map(|number| (period, number))
    }
}

/// The key's place: its own, or that of the key that would be forgotten first.
fn slot(shard: &mut Shard, key: u64) -> &mut Slot {
    let own = shard.iter().position(|slot| slot.key == key);
    let index = own.unwrap_or_else(|| {
        let oldest = (0..WAYS).min_by_key(|&index| shard[index].until).expect("there are places");
        shard[oldest] = Slot { key, until: i64::MIN };
        oldest
    });
    &mut shard[index]
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_795_424_400_000;

    fn limits(sign_ins: u32) -> Limits {
        Limits::new(Rates { sign_ins: Some(sign_ins), ..Rates::default() })
    }

    fn check(limits: &Limits, millis: i64, name: &str) -> Option<u32> {
        match limits.check(Timestamp(START + millis), Class::SignIn, Key::Name(name)) {
            Ok(()) => None,
            Err(Error::TooManyRequests { retry_after }) => Some(retry_after),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn a_limit_lets_its_number_through_at_once_and_then_one_at_a_time() {
        let limits = limits(6);
        for _ in 0..6 {
            assert_eq!(check(&limits, 0, "ada"), None);
        }
        assert_eq!(check(&limits, 0, "ada"), Some(10));
        assert_eq!(check(&limits, 0, "bob"), None, "another key");
        assert_eq!(
            limits.check(Timestamp(START), Class::Reset, Key::Name("ada")).ok(),
            Some(()),
            "another class"
        );
        assert_eq!(check(&limits, 9_001, "ada"), Some(1), "rounded up");
        assert_eq!(check(&limits, 10_000, "ada"), None);
        assert_eq!(check(&limits, 10_000, "ada"), Some(10));
        for _ in 0..6 {
            assert_eq!(check(&limits, 130_000, "ada"), None, "as new after a while");
        }
        assert_eq!(check(&limits, 130_000, "ada"), Some(10));
    }

    #[test]
    fn many_at_once_are_counted_together_or_not_at_all() {
        let limits = limits(6);
        let many =
            |number| limits.check_many(Timestamp(START), Class::SignIn, Key::Name("ada"), number).is_ok();
        assert_eq!([many(4), many(3), many(2), many(1)], [true, false, true, false]);
        let whole = |name| limits.check_many(Timestamp(START), Class::SignIn, Key::Name(name), 1_000).is_ok();
        assert_eq!([whole("bob"), whole("bob")], [true, false]);
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out_for_longer_than_usual() {
        let limits = limits(6);
        for _ in 0..6 {
            assert_eq!(check(&limits, 3_600_000, "ada"), None);
        }
        assert_eq!(check(&limits, 0, "ada"), Some(10));
        assert_eq!(check(&limits, 10_000, "ada"), None);
    }

    #[test]
    fn guessing_stops_the_address_first_and_never_the_owner_at_a_known_one() {
        let limits = limits(6);
        let from =
            |last: u8| Client { address: Some(AddressBlock::of([192, 0, 2, last].into())), credential: None };
        let now = Timestamp(START);
        let tried = |last: u8| limits.check_sign_in(now, &from(last), "ada").is_ok();
        limits.signed_in(now, &from(1), "ada");
        assert_eq!((0..20).filter(|_| tried(2)).count(), 6, "one address has its number");
        assert!(tried(3), "and another is let through");
        let guessed = (4..=40).map(|last| (0..20).filter(|_| tried(last)).count()).sum::<usize>();
        assert_eq!(guessed, 60 - 6 - 1, "all addresses together have ten times that");
        assert!(!tried(41));
        assert_eq!((0..20).filter(|_| tried(1)).count(), 6, "a known address has its own number");
        assert!(limits.check_sign_in(now, &from(1), "bob").is_ok(), "for that account only");
        let later = Timestamp(START + 31 * 24 * 3_600_000);
        assert!(!limits.knows(later, Key::NameFrom("ada", from(1).address.expect("an address"))));
    }

    #[test]
    fn asking_for_letters_does_not_keep_the_owner_from_one() {
        let limits = limits(6);
        let from =
            |last: u8| Client { address: Some(AddressBlock::of([192, 0, 2, last].into())), credential: None };
        let now = Timestamp(START);
        let asked = |last: u8| limits.check_reset(now, &from(last), "ada").is_ok();
        limits.signed_in(now, &from(1), "ada");
        assert_eq!((0..20).filter(|_| asked(2)).count(), 6, "one address has its number");
        assert!(asked(3), "and another is let through");
        assert_eq!((4..=40).map(|last| (0..20).filter(|_| asked(last)).count()).sum::<usize>(), 18 - 6 - 1);
        assert_eq!((0..20).filter(|_| asked(1)).count(), 6, "a known address has its own number");
    }

    #[test]
    fn without_a_number_there_is_no_limit() {
        let limits = Limits::new(Rates::default());
        for _ in 0..100_000 {
            assert_eq!(check(&limits, 0, "ada"), None);
        }
    }

    /// A flood of keys neither takes more memory nor frees those that are held back.
    #[test]
    fn a_flood_of_keys_does_not_free_one_that_is_held_back() {
        let limits = limits(6);
        for _ in 0..6 {
            assert_eq!(check(&limits, 0, "ada"), None);
        }
        for number in 0..4 * SHARDS * WAYS {
            assert_eq!(check(&limits, 0, &number.to_string()), None);
        }
        assert_eq!(check(&limits, 0, "ada"), Some(10));
    }
}
