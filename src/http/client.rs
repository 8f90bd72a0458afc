//! Where a request comes from: the peer, or whom a proxy that is trusted says it speaks for.
//!
//! A proxy adds the address of its own peer at the end of the header, so the list is read from its end, past proxies that
//! are trusted, up to the first that is not: what stands before that was written by whoever is not trusted.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Once;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;

use crate::app::App;
use crate::domain::core::client::{AddressBlock, Client, Credential};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The client of a request, as an argument of its handler.
#[derive(Debug, Clone, Copy)]
pub struct SentBy(pub Client);

impl FromRequestParts<App> for SentBy {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        let address = peer.map(|peer| address(peer, &parts.headers, &app.config.trusted_proxies));
        let credential = parts.headers.get(header::AUTHORIZATION);
        Ok(Self(Client {
            address: address.map(AddressBlock::of),
            credential: credential.map(|value| Credential::of(value.as_bytes())),
        }))
    }
}

/// The address that the request counts for.
pub fn address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|net| net.contains(&address.to_canonical()));
    if !is_trusted(peer) {
        warn_once(headers);
        return peer;
    }
    let mut nearest = peer;
    // One header alone: a proxy that knows only one of the two passes the other on as the client wrote it.
    let hops = if headers.contains_key(X_FORWARDED_FOR) {
        items(headers, &X_FORWARDED_FOR).map(plain).collect::<Vec<_>>()
    } else {
        items(headers, &header::FORWARDED).map(forwarded_for).collect()
    };
    for hop in hops.into_iter().rev() {
        // What cannot be read may be anybody; the last hop that could is answerable for it.
        let Some(hop) = hop else { break };
        nearest = hop;
        if !is_trusted(hop) {
            break;
        }
    }
    nearest
}

/// Somebody set up a proxy and forgot the setting, or a client lies. The first is worth a line.
fn warn_once(headers: &HeaderMap) {
    static SAID: Once = Once::new();
    if headers.contains_key(X_FORWARDED_FOR) || headers.contains_key(header::FORWARDED) {
        SAID.call_once(|| {
            tracing::warn!(
                "a peer that is not in trusted_proxies sends X-Forwarded-For or Forwarded, which is not believed: \
                 behind a proxy, all clients share its limits until it is in that setting"
            );
        });
    }
}

/// The items of all headers of a name, in order. One that is not text stands for something that cannot be read.
fn items<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    headers.get_all(name).iter().flat_map(|value| value.to_str().unwrap_or("?").split(',')).map(str::trim)
}

/// An address, perhaps with a port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`.
fn plain(text: &str) -> Option<IpAddr> {
    let address = text.parse().or_else(|_| text.parse::<SocketAddr>().map(|socket| socket.ip()));
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    address.ok().or_else(bracketed).map(|address: IpAddr| address.to_canonical())
}

/// The `for` of an item of RFC 7239: `for=192.0.2.1;proto=https`, `for="[2001:db8::1]:80"`.
fn forwarded_for(item: &str) -> Option<IpAddr> {
    let pairs = item.split(';').filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("for"))?;
    let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    plain(quoted.unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(peer: &str, headers: &[(HeaderName, &str)]) -> String {
        let trusted = ["10.0.0.0/8", "fd00::/8"].map(|net| net.parse().expect("a network"));
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, value.parse().expect("a value"));
        }
        address(peer.parse().expect("an address"), &map, &trusted).to_string()
    }

    #[test]
    fn only_a_trusted_peer_is_believed() {
        let claim = [(X_FORWARDED_FOR, "192.0.2.1"), (header::FORWARDED, "for=192.0.2.2")];
        assert_eq!(found("198.51.100.1", &claim), "198.51.100.1");
        assert_eq!(found("10.1.1.1", &claim), "192.0.2.1");
        assert_eq!(found("::ffff:10.1.1.1", &claim), "192.0.2.1");
        assert_eq!(found("fd00::1", &claim), "192.0.2.1");
        assert_eq!(found("10.1.1.1", &[]), "10.1.1.1");
    }

    #[test]
    fn the_right_most_hop_that_is_not_trusted_counts() {
        for (value, expected) in [
            ("203.0.113.7, 192.0.2.1", "192.0.2.1"),
            ("203.0.113.7, 192.0.2.1, 10.9.9.9, 10.8.8.8", "192.0.2.1"),
            ("10.3.3.3, 10.2.2.2", "10.3.3.3"),
            ("192.0.2.1:4711", "192.0.2.1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
        ] {
            assert_eq!(found("10.1.1.1", &[(X_FORWARDED_FOR, value)]), expected, "{value}");
        }
        let split = [(X_FORWARDED_FOR, "203.0.113.7, 192.0.2.1"), (X_FORWARDED_FOR, "10.2.2.2")];
        assert_eq!(found("10.1.1.1", &split), "192.0.2.1");
        for (value, expected) in [
            ("for=203.0.113.7, for=192.0.2.1;proto=https;by=10.1.1.1", "192.0.2.1"),
            ("For=\"[2001:db8::1]:4711\"", "2001:db8::1"),
        ] {
            assert_eq!(found("10.1.1.1", &[(header::FORWARDED, value)]), expected, "{value}");
        }
    }

    #[test]
    fn garbage_ends_the_search_at_the_last_hop_that_could_be_read() {
        for value in
            ["", "unknown", "192.0.2.1, garbage", "192.0.2.1,", "192.0.2.1, 10.2.2", "_hidden", "1e3"]
        {
            assert_eq!(found("10.1.1.1", &[(X_FORWARDED_FOR, value)]), "10.1.1.1", "{value}");
        }
        assert_eq!(found("10.1.1.1", &[(X_FORWARDED_FOR, "192.0.2.1, garbage, 10.2.2.2")]), "10.2.2.2");
        for value in ["for=_secret", "proto=https", "for=", "for=\"", "for=unknown, by=10.1.1.1"] {
            assert_eq!(found("10.1.1.1", &[(header::FORWARDED, value)]), "10.1.1.1", "{value}");
        }
    }
}
