//! Hosts, ports and links.

use std::net::IpAddr;

use super::escape::query_escape;
use super::{Function, string};
use crate::template::param::Param;
use crate::template::value::Value;

const STRING: &[Param] = &[Param::String];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("stripPort", STRING, |env, args| {
        let address = string(args, 0);
        env.budget.text(address.len(), address.len())?;
        Ok(Value::string(split(address).map_or(address, |(host, _)| host)))
    }),
    Function::new("stripDomain", STRING, |env, args| {
        let address = string(args, 0);
        env.budget.text(address.len(), address.len())?;
        Ok(Value::string(without_domain(address)))
    }),
    Function::new("graphLink", STRING, |env, args| {
        let link = format!("/graph?g0.expr={}&g0.tab=0", query_escape(string(args, 0)));
        env.budget.text(link.len(), link.len())?;
        Ok(Value::string(link))
    }),
    Function::new("tableLink", STRING, |env, args| {
        let link = format!("/graph?g0.expr={}&g0.tab=1", query_escape(string(args, 0)));
        env.budget.text(link.len(), link.len())?;
        Ok(Value::string(link))
    }),
    Function::new("externalURL", &[], |env, _| Ok(Value::string(env.data.external_url))),
    Function::new("pathPrefix", &[], |env, _| Ok(Value::string(path(env.data.external_url)))),
];

/// Host and port, where there is a port.
fn split(address: &str) -> Option<(&str, &str)> {
    let (before, port) = address.rsplit_once(':')?;
    let Some(bracketed) = before.strip_prefix('[') else {
        let plain = !before.contains([':', '[', ']']) && !port.contains(['[', ']']);
        return plain.then_some((before, port));
    };
    let host = bracketed.strip_suffix(']')?;
    (!host.contains(['[', ']']) && !port.contains(['[', ']'])).then_some((host, port))
}

fn without_domain(address: &str) -> String {
    let (host, port) = split(address).unwrap_or((address, ""));
    if host.parse::<IpAddr>().is_ok() {
        return address.to_owned();
    }
    let host = host.split('.').next().unwrap_or_default();
    match port {
        "" => host.to_owned(),
        port if host.contains(':') => format!("[{host}]:{port}"),
        port => format!("{host}:{port}"),
    }
}

/// The path of an address, decoded.
fn path(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').map_or("", |at| &rest[at..]);
    let mut bytes = Vec::with_capacity(path.len());
    let mut left = path;
    while let Some(c) = left.bytes().next() {
        let code = left.get(1..3).filter(|_| c == b'%');
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                left = &left[3..];
            }
            None => {
                let length = left.chars().next().map_or(1, char::len_utf8);
                bytes.extend_from_slice(&left.as_bytes()[..length]);
                left = &left[length..];
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_and_domains_are_taken_off_as_go_does() {
        for (address, host, short) in [
            ("foo.example.com", "foo.example.com", "foo"),
            ("foo.example.com:12345", "foo.example.com", "foo:12345"),
            ("192.0.2.1:12345", "192.0.2.1", "192.0.2.1:12345"),
            ("2001:0DB8::1", "2001:0DB8::1", "2001:0DB8::1"),
            ("[2001:0DB8::1]:12345", "2001:0DB8::1", "[2001:0DB8::1]:12345"),
            ("[2001:0DB8::1]::12345", "[2001:0DB8::1]::12345", "[2001:0DB8::1]::12345"),
            (":80", "", ":80"),
            ("", "", ""),
        ] {
            assert_eq!(split(address).map_or(address, |(host, _)| host), host, "{address}");
            assert_eq!(without_domain(address), short, "{address}");
        }
    }

    #[test]
    fn the_path_of_an_address_is_decoded() {
        assert_eq!(path("http://testhost:9090/path/pre%20fix?a=/b"), "/path/pre fix");
        assert_eq!(path("http://testhost:9090"), "");
        assert_eq!(path("/path%zz"), "/path%zz");
    }
}
