//! Where a request comes from: the peer, or whom a trusted proxy names.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::extract::{ConnectInfo, Request};
use axum::http::HeaderMap;
use ipnet::IpNet;

/// Proxies whose `X-Forwarded-For` is believed. Everybody else could write what they like there.
#[derive(Clone, Debug, Default)]
pub struct Proxies(Arc<[IpNet]>);

impl Proxies {
    /// Reads addresses and networks between commas, such as `10.0.0.0/8, ::1`.
    pub fn parse(text: &str) -> Result<Self> {
        let parts = text.split(',').map(str::trim).filter(|p| !p.is_empty());
        let network = |part: &str| {
            let parsed = part.parse().or_else(|_| part.parse::<IpAddr>().map(IpNet::from));
            parsed.with_context(|| format!("`{part}` is neither an address nor a network such as 10.0.0.0/8"))
        };
        parts.map(network).collect::<Result<Vec<_>>>().map(|networks| Self(networks.into()))
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The nearest address that is not a trusted proxy.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let lines = headers.get_all("x-forwarded-for").iter().rev().filter_map(|line| line.to_str().ok());
        let mut named = lines.flat_map(|line| line.rsplit(',')).map(|part| part.trim().parse::<IpAddr>());
        let mut nearest = peer.to_canonical();
        while self.trusts(nearest) {
            let Some(Ok(before)) = named.next() else { break };
            nearest = before.to_canonical();
        }
        nearest
    }
}

/// Puts the client's address in the place of a trusted proxy's.
pub fn see_through(proxies: &Proxies, request: &mut Request) {
    if let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied() {
        let client = SocketAddr::new(proxies.client(peer.ip(), request.headers()), peer.port());
        request.extensions_mut().insert(ConnectInfo(client));
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn client(trusted: &str, peer: &str, forwarded: &[&'static str]) -> Result<String> {
        let line = |text: &&'static str| (HeaderName::from_static("x-forwarded-for"), HeaderValue::from_static(text));
        let headers: HeaderMap = forwarded.iter().map(line).collect();
        Ok(Proxies::parse(trusted)?.client(peer.parse()?, &headers).to_string())
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() -> Result<()> {
        let ours = "10.0.0.0/8, ::1";
        assert_eq!(client("", "10.0.0.1", &["203.0.113.7"])?, "10.0.0.1");
        assert_eq!(client(ours, "198.51.100.1", &["203.0.113.7"])?, "198.51.100.1");
        assert_eq!(client(ours, "10.0.0.1", &["203.0.113.7"])?, "203.0.113.7");
        assert_eq!(client(ours, "::ffff:10.0.0.1", &["1.1.1.1, 203.0.113.7", "10.2.2.2"])?, "203.0.113.7");
        assert_eq!(client(ours, "10.0.0.1", &[])?, "10.0.0.1");
        assert_eq!(client(ours, "10.0.0.1", &["203.0.113.7, nonsense"])?, "10.0.0.1");
        assert!(Proxies::parse("10.0.0.0/99").is_err() && Proxies::parse("localhost").is_err());
        Ok(())
    }
}
