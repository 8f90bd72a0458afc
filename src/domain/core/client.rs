//! Where a request comes from, as far as limits and idempotency keys have to know. Lives as long as the request: none of it
//! is stored or logged.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use sha2::{Digest, Sha256};

/// Who sent a request, before and beside what the viewer may do.
#[derive(Debug, Clone, Copy, Default)]
pub struct Client {
    /// `None` where there is no network, as on the command line.
    pub address: Option<AddressBlock>,
    /// `None` for an anonymous viewer.
    pub credential: Option<Credential>,
}

/// Addresses that one customer of a provider has: a single IPv4 address, or 64 bits of an IPv6 one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AddressBlock(IpAddr);

impl AddressBlock {
    /// A wider block of IPv4 would let a neighbour use up somebody's limit; a narrower one of IPv6 would let anybody have a
    /// new address for each request.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self(address.into()),
            IpAddr::V6(address) => Self(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into()),
        }
    }
}

impl fmt::Debug for AddressBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AddressBlock(…)")
    }
}

/// A digest of what the request was sent with. It is another one than that by which a token is found, so a copy of the
/// database does not have it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Credential([u8; 32]);

impl Credential {
    /// `authorization` is the value of the header. The scheme counts whatever its case, as when it is read: otherwise one
    /// credential could be sent as many.
    pub fn of(authorization: &[u8]) -> Self {
        let mut digest = Sha256::new().chain_update(b"wellspring credential\0");
        match authorization.iter().position(|&byte| byte == b' ') {
            Some(end) => {
                let (scheme, secret) = authorization.split_at(end);
                let (first, rest) = scheme.split_at(scheme.len().min(1));
                digest.update(first.to_ascii_uppercase());
                digest.update(rest.to_ascii_lowercase());
                digest.update(b" ");
                digest.update(secret.trim_ascii());
            }
            None => digest.update(authorization),
        }
        Self(digest.finalize().into())
    }

    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(address: &str) -> AddressBlock {
        AddressBlock::of(address.parse().expect("an address"))
    }

    #[test]
    fn one_credential_is_one_however_it_is_written() {
        let one = Credential::of(b"Bearer wst_1");
        for same in ["bearer wst_1", "BEARER wst_1", "bEarer  wst_1 ", "Bearer wst_1\t"] {
            assert_eq!(one, Credential::of(same.as_bytes()), "{same:?}");
        }
        for other in ["Preview wst_1", "Bearer WST_1", "Bearer wst_2", "Bearerwst_1", "Bearer wst_1 x"] {
            assert_ne!(one, Credential::of(other.as_bytes()), "{other:?}");
        }
    }

    #[test]
    fn one_customer_is_one_block() {
        assert_eq!(block("2001:db8:1:2::1"), block("2001:db8:1:2:ffff:ffff:ffff:ffff"));
        assert_ne!(block("2001:db8:1:2::1"), block("2001:db8:1:3::1"));
        assert_ne!(block("192.0.2.1"), block("192.0.2.2"));
        assert_eq!(block("192.0.2.1"), block("::ffff:192.0.2.1"));
        assert!(!format!("{:?}", block("192.0.2.1")).contains("192"));
    }
}
