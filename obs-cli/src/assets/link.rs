//! The links of alerts: relative as bundled, absolute where the reader said where things are.

/// `rules` with absolute links in the annotations `runbook_url` and `dashboard_url`.
///
/// Works on rule files and on their tests, which expect the same annotations. It goes by the line,
/// because the files keep each link on a line of its own, and so keeps comments and layout.
pub(super) fn absolute(rules: &str, runbooks: Option<&str>, grafana: Option<&str>) -> String {
    let mut out = String::with_capacity(rules.len() + rules.len() / 8);
    for line in rules.split_inclusive('\n') {
        let indent = line.len() - line.trim_start().len();
        let (head, tail) = line.split_at(indent);
        out.push_str(head);
        match (
            prefixed(tail, "runbook_url: ", runbooks),
            prefixed(tail, "dashboard_url: ", grafana),
        ) {
            (Some((base, page)), _) => {
                out.push_str(&format!("runbook_url: {base}/{page}"));
            }
            (None, Some((base, page))) => {
                out.push_str(&format!("dashboard_url: {base}{page}"));
            }
            (None, None) => out.push_str(tail),
        }
    }
    out
}

fn prefixed<'a>(line: &'a str, key: &str, base: Option<&'a str>) -> Option<(&'a str, &'a str)> {
    Some((base?, line.strip_prefix(key)?))
}

/// An `http` or `https` URL without the slash at its end.
pub(super) fn base_url(url: &str) -> Result<String, String> {
    checked(url).map(|url| url.trim_end_matches('/').to_owned())
}

/// A URL in which `{trace_id}` stands once.
pub(super) fn trace_url(url: &str) -> Result<String, String> {
    if url.matches("{trace_id}").count() != 1 {
        return Err("expected `{trace_id}` once, such as https://traces.example/{trace_id}".into());
    }
    checked(url)
}

fn checked(url: &str) -> Result<String, String> {
    let host = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    // What YAML would read as something else is no part of a URL either.
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '\\' | '<' | '>' | '`');
    match host {
        Some(host) if !host.starts_with(['/', '#', '?']) && !host.is_empty() => {}
        _ => return Err("expected a URL such as https://wiki.example/runbooks".into()),
    }
    if !url.chars().all(plain) {
        return Err("a URL has no spaces, quotes or backslashes: write them as %20".into());
    }
    Ok(url.to_owned())
}

/// `host:port`, as Prometheus takes a target.
pub(super) fn host_port(target: &str) -> Result<String, String> {
    let expected = || "expected HOST:PORT without a scheme or path, such as 10.0.0.7:8080";
    let (host, port) = target.rsplit_once(':').ok_or_else(expected)?;
    let ipv6 = host.starts_with('[') && host.ends_with(']');
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let inner = |c: char| c.is_ascii_hexdigit() || matches!(c, ':' | '.' | '%');
    let host_ok = if ipv6 {
        host.len() > 2 && host[1..host.len() - 1].chars().all(inner)
    } else {
        !host.is_empty() && host.chars().all(plain)
    };
    if !host_ok || !port.parse::<u16>().is_ok_and(|port| port > 0) {
        return Err(expected().to_owned());
    }
    Ok(target.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_become_absolute_only_where_a_base_is_given() {
        let rules = "  runbook_url: a.md#x\n  dashboard_url: /d/a?b={{ $labels.job }}\n  summary: runbook_url: no\n";
        for (runbooks, grafana, want) in [
            (None, None, rules.to_owned()),
            (Some("https://w"), None, rules.replace(" a.md", " https://w/a.md")),
            (None, Some("https://g"), rules.replace(" /d/", " https://g/d/")),
            (
                Some("https://w"),
                Some("https://g"),
                rules.replace(" a.md", " https://w/a.md").replace(" /d/", " https://g/d/"),
            ),
        ] {
            assert_eq!(absolute(rules, runbooks, grafana), want, "{runbooks:?} {grafana:?}");
        }
    }

    #[test]
    fn a_base_url_is_http_and_plain() {
        for (url, want) in [
            ("https://wiki.example/runbooks/", Some("https://wiki.example/runbooks")),
            ("http://127.0.0.1:3000", Some("http://127.0.0.1:3000")),
            ("wiki.example", None),
            ("https://", None),
            ("https:///x", None),
            ("file:///x", None),
            ("https://a b", None),
            ("https://a\"b", None),
            ("https://a\nb", None),
        ] {
            assert_eq!(base_url(url).ok().as_deref(), want, "{url:?}");
        }
    }

    #[test]
    fn a_target_is_host_and_port() {
        for (target, good) in [
            ("127.0.0.1:8080", true),
            ("shop.internal:80", true),
            ("[::1]:8080", true),
            ("shop", false),
            ("shop:", false),
            (":80", false),
            ("shop:0", false),
            ("shop:70000", false),
            ("http://shop:80", false),
            ("shop:80/metrics", false),
            ("::1:8080", false),
            ("[]:80", false),
        ] {
            assert_eq!(host_port(target).is_ok(), good, "{target:?}");
        }
    }
}
