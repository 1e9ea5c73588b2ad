//! Where a request comes from.

use std::net::{IpAddr, Ipv6Addr};

use axum::http::HeaderMap;

/// The address at the other end of the connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// Where a request comes from: the connection's other end, or whoever a proxy of ours says it is.
pub fn address(peer: Option<&Peer>, headers: &HeaderMap, proxies: &[IpAddr]) -> IpAddr {
    let mut address = peer.map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |peer| peer.0.to_canonical());
    let values = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let said: Vec<&str> = values.flat_map(|value| value.split(',')).map(str::trim).collect();
    for said in said.iter().rev() {
        match said.parse::<IpAddr>() {
            Ok(before) if proxies.contains(&address) => address = before.to_canonical(),
            _ => break,
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_proxy_of_ours_says_where_somebody_comes_from() {
        let proxies = ["127.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()];
        let from = |peer: &str, said: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", said.parse().unwrap());
            address(Some(&Peer(peer.parse().unwrap())), &headers, &proxies).to_string()
        };
        assert_eq!(from("203.0.113.7", "198.51.100.1"), "203.0.113.7", "a stranger is not believed");
        assert_eq!(from("127.0.0.1", "198.51.100.1"), "198.51.100.1");
        assert_eq!(
            from("::ffff:127.0.0.1", "192.0.2.9, 198.51.100.1, 10.0.0.2"),
            "198.51.100.1",
            "what the next one said"
        );
        assert_eq!(from("127.0.0.1", "192.0.2.9, nonsense"), "127.0.0.1");
    }
}
