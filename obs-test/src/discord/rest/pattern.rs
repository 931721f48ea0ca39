/// Requests of a method and a path, such as `POST /channels/{}/messages`.
#[derive(Clone, Debug)]
pub(in crate::discord) struct Pattern {
    method: String,
    path: Vec<String>,
}

impl Pattern {
    /// # Panics
    ///
    /// If there is no method, or no path.
    pub(in crate::discord) fn new(text: &str) -> Self {
        let parsed = text.split_once(' ').filter(|(_, path)| path.starts_with('/'));
        let Some((method, path)) = parsed else {
            panic!("{text:?}: expected a method and a path such as `POST /channels/{{}}/messages`");
        };
        let path = path.split('/').skip(1).map(str::to_owned).collect();
        Self { method: method.to_owned(), path }
    }

    pub(in crate::discord) fn matches(&self, method: &str, path: &str) -> bool {
        if self.method != "*" && self.method != method {
            return false;
        }
        let mut segments = path.split('/').skip(1);
        for wanted in &self.path {
            match (wanted.as_str(), segments.next()) {
                ("**", _) => return true,
                (wanted, Some(segment)) if wanted.starts_with('{') || wanted == segment => {}
                _ => return false,
            }
        }
        segments.next().is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_and_methods_match_as_they_are_or_by_place() {
        let rows = [
            ("POST /channels/{}/messages", "POST /channels/1/messages", true),
            ("POST /channels/{channel_id}/messages", "POST /channels/1/messages", true),
            ("POST /channels/{}/messages", "GET /channels/1/messages", false),
            ("* /channels/{}/messages", "GET /channels/1/messages", true),
            ("GET /channels/{}", "GET /channels/1/messages", false),
            ("GET /channels/{}/messages", "GET /channels/1", false),
            ("GET /channels/2", "GET /channels/1", false),
            ("* /**", "DELETE /anything/at/all", true),
            ("* /channels/**", "GET /guilds/1", false),
        ];
        for (pattern, request, wanted) in rows {
            let (method, path) = request.split_once(' ').unwrap();
            let matches = Pattern::new(pattern).matches(method, path);
            assert_eq!(matches, wanted, "{pattern} and {request}");
        }
    }

    #[test]
    #[should_panic(expected = "expected a method and a path")]
    fn a_pattern_without_a_method_is_refused() {
        Pattern::new("/channels");
    }
}
