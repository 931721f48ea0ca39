//! Which alerts are to be sent, and when again.

use obs_promql::Labels;

use super::alert::{Alert, AlertState};

/// What an Alertmanager is told of an alert. Times are milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The alert's labels.
    pub labels: Labels,
    /// Its annotations, sorted by name.
    pub annotations: Vec<(String, String)>,
    /// When it began to fire.
    pub starts_at: i64,
    /// When it was over; of one that fires, when it counts as over unless it is sent again.
    pub ends_at: i64,
    /// Whether it is over.
    pub resolved: bool,
    /// Where the expression can be looked at.
    pub generator_url: String,
}

impl Alert {
    /// Whether the alert is to be sent: when it is over and that was not said, or when `resend_delay`
    /// has passed.
    #[must_use]
    pub fn needs_sending(&self, now: i64, resend_delay: i64) -> bool {
        match self.last_sent_at {
            _ if self.state == AlertState::Pending => false,
            None => true,
            // `None` is less than every time.
            Some(sent) => self.resolved_at > Some(sent) || sent.saturating_add(resend_delay) < now,
        }
    }

    /// What to say of the alert at `now`, which counts as sent with that. What is sent is good for
    /// four rounds, so that two may fail.
    pub(super) fn send(&mut self, now: i64, round: i64, generator_url: &str) -> Notification {
        let valid_until = now.saturating_add(round.saturating_mul(4));
        self.last_sent_at = Some(now);
        self.valid_until = Some(valid_until);
        Notification {
            labels: self.labels.clone(),
            annotations: self.annotations.clone(),
            starts_at: self.fired_at.unwrap_or(self.active_at),
            ends_at: self.resolved_at.unwrap_or(valid_until),
            resolved: self.resolved_at.is_some(),
            generator_url: generator_url.to_owned(),
        }
    }
}

/// The page of a Prometheus at `external_url` that shows `expr` as a table.
#[must_use]
pub fn generator_url(external_url: &str, expr: &str) -> String {
    let mut url = format!("{external_url}/graph?g0.expr=");
    for byte in expr.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                url.push(byte.into());
            }
            b' ' => url.push('+'),
            _ => url.push_str(&format!("%{byte:02X}")),
        }
    }
    url.push_str("&g0.tab=1");
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    fn alert(state: AlertState) -> Alert {
        Alert { state, ..Alert::new(Labels::empty(), Vec::new(), 1.0, 0) }
    }

    #[test]
    fn is_sent_when_it_fires_and_again_after_the_delay() {
        let mut alert = alert(AlertState::Firing);
        alert.fired_at = Some(5 * MINUTE);
        assert!(alert.needs_sending(5 * MINUTE, MINUTE));
        let sent = alert.send(5 * MINUTE, MINUTE, "url");
        assert_eq!((sent.starts_at, sent.ends_at, sent.resolved), (5 * MINUTE, 9 * MINUTE, false));
        // The delay must have passed, and more than that.
        assert!(!alert.needs_sending(6 * MINUTE, MINUTE));
        assert!(alert.needs_sending(6 * MINUTE + 1, MINUTE));
    }

    #[test]
    fn is_sent_at_once_when_it_is_over() {
        let mut alert = alert(AlertState::Firing);
        alert.fired_at = Some(0);
        alert.send(10 * MINUTE, MINUTE, "url");
        alert.state = AlertState::Inactive;
        alert.resolved_at = Some(10 * MINUTE + 1);
        assert!(alert.needs_sending(10 * MINUTE + 1, MINUTE));
        let sent = alert.send(10 * MINUTE + 1, MINUTE, "url");
        assert_eq!((sent.ends_at, sent.resolved), (10 * MINUTE + 1, true));
        assert!(!alert.needs_sending(11 * MINUTE, MINUTE));
        // It is said again, in case it was lost, with the time at which it was over.
        assert!(alert.needs_sending(12 * MINUTE, MINUTE));
        assert_eq!(alert.send(12 * MINUTE, MINUTE, "url").ends_at, 10 * MINUTE + 1);
    }

    #[test]
    fn pending_is_never_sent() {
        assert!(!alert(AlertState::Pending).needs_sending(i64::MAX, 0));
    }

    #[test]
    fn the_url_has_the_expression_as_go_escapes_it() {
        assert_eq!(
            generator_url("http://shop:9090", r#"up{job="a b"} == 0"#),
            "http://shop:9090/graph?g0.expr=up%7Bjob%3D%22a+b%22%7D+%3D%3D+0&g0.tab=1"
        );
    }
}
